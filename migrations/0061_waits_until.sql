-- A claim no longer moves what is indexed: what is with a carrier, or being delivered, says in a column of its own until when.

ALTER TABLE message ADD COLUMN waits_until INTEGER;
ALTER TABLE webhook ADD COLUMN waits_until INTEGER;
