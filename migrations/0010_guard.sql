-- The kind of request that asked for a charge without an id, among which repeats of it are looked for. What was charged
-- before this migration has none: the guard counts from here.

ALTER TABLE txn ADD COLUMN guard TEXT;
