-- Messages of accounts that want it are sealed. NULL, as in all that are there: not sealed.
ALTER TABLE message ADD COLUMN seal TEXT;
