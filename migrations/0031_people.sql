-- A person's purchases are found by their number, so that they can be handed out and erased.
CREATE INDEX win_recipient ON win (recipient) WHERE recipient IS NOT NULL;
