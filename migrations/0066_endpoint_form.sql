-- An endpoint's calls may have the form of a dialect's webhooks.

ALTER TABLE named_endpoint ADD COLUMN form TEXT NOT NULL DEFAULT 'standard';
