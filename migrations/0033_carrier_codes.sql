-- One-time passwords that a carrier makes and sends: the carrier, the id under which it has the code, and whether it said so.
-- A charge keeps such a code until its carrier was asked.

ALTER TABLE pin ADD COLUMN carrier TEXT;
ALTER TABLE pin ADD COLUMN txn_id TEXT;
ALTER TABLE pin ADD COLUMN is_sent INTEGER NOT NULL DEFAULT 1;
ALTER TABLE txn ADD COLUMN one_time_password TEXT;
