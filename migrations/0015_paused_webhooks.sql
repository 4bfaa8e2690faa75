-- Whether a webhook waits in the dead list because its endpoint is paused: until now its reason said so, in words.

ALTER TABLE webhook ADD COLUMN is_paused INTEGER NOT NULL DEFAULT 0;

UPDATE webhook SET is_paused = 1, reason = substr(reason, length('paused: ') + 1)
WHERE state = 'dead' AND reason LIKE 'paused: %';
