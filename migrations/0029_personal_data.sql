-- Texts that carry a code lose it: 1, once they are settled; 2, once their time is over; then 0.
ALTER TABLE message ADD COLUMN is_code INTEGER NOT NULL DEFAULT 0 CHECK (is_code IN (0, 1, 2));
CREATE INDEX message_code ON message (expires_at) WHERE is_code > 0;
UPDATE message SET is_code = 2 WHERE id IN (SELECT message_id FROM pin);

-- That a person was erased, and how much of them there was: never who.
CREATE TABLE erasure (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  account_id TEXT,
  actor TEXT NOT NULL,
  "rows" TEXT NOT NULL
) WITHOUT ROWID;
