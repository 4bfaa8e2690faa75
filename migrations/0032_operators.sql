-- Limits of credentials, what was used of them, and figures that only grow; sessions by token; what the audit log was cut after;
-- what waits for a second operator.

ALTER TABLE credential ADD COLUMN limits TEXT;

CREATE TABLE allowance (
  account_id TEXT NOT NULL,
  credential_id TEXT NOT NULL,
  what TEXT NOT NULL,
  day TEXT NOT NULL,
  used INTEGER NOT NULL,
  PRIMARY KEY (account_id, credential_id, what, day)
) WITHOUT ROWID;
CREATE INDEX allowance_day ON allowance (day);

CREATE TABLE event_count (
  name TEXT NOT NULL,
  labels TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (name, labels)
) WITHOUT ROWID;

ALTER TABLE session ADD COLUMN token_id TEXT;

CREATE INDEX audit_actor ON audit (actor, seq);
CREATE INDEX audit_action ON audit (action, seq);
CREATE INDEX audit_subject ON audit (subject, seq);

CREATE TABLE audit_anchor (
  seq INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  cut_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE approval (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'rejected', 'expired')),
  action TEXT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  sealed TEXT NOT NULL,
  shown TEXT,
  why TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_name TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  decided_by TEXT,
  decided_name TEXT,
  decided_at INTEGER,
  status INTEGER
) WITHOUT ROWID;
CREATE INDEX approval_state ON approval (state, expires_at);
