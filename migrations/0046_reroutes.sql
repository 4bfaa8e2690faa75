-- Whether a text that is reported as undelivered goes to another carrier is for the route to say by which it went. Texts that are on
-- their way just now went before that was written down, and are not sent again.

ALTER TABLE message ADD COLUMN reroutes INTEGER;
