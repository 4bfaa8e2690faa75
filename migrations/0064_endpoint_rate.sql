-- An endpoint may say how many calls it takes in a second.

ALTER TABLE named_endpoint ADD COLUMN per_second INTEGER;
