-- Requests that carry an Idempotency-Key, with their answers.

CREATE TABLE idempotency (
  id TEXT PRIMARY KEY,
  scope TEXT NOT NULL,
  digest TEXT NOT NULL,
  claim TEXT NOT NULL,
  claimed_until INTEGER NOT NULL,
  seed TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  begun_wall INTEGER NOT NULL,
  steps INTEGER NOT NULL DEFAULT 0,
  record TEXT NOT NULL DEFAULT '[]',
  status INTEGER,
  answer TEXT,
  until INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX idempotency_until ON idempotency (until);
