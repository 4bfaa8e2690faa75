-- An endpoint may be told only of what has certain labels of the customer's.

ALTER TABLE named_endpoint ADD COLUMN tags TEXT;
