-- What a person saw when they confirmed a purchase, and from where.
CREATE TABLE evidence (
  window_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  txn_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  "by" TEXT NOT NULL CHECK ("by" IN ('pin', 'network')),
  message_id TEXT,
  language TEXT NOT NULL,
  page TEXT NOT NULL,
  is_as_sent INTEGER NOT NULL CHECK (is_as_sent IN (0, 1)),
  shown TEXT NOT NULL,
  terms TEXT NOT NULL,
  address TEXT NOT NULL,
  browser TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX evidence_txn ON evidence (txn_id);
