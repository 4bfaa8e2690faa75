-- Endpoints that an account sets up by name, the log of its events, and webhooks that tell of them. The table of webhooks is written
-- anew, since a CHECK list cannot be changed.

CREATE TABLE named_endpoint (
  account_id TEXT NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  failover_url TEXT,
  description TEXT NOT NULL,
  events TEXT NOT NULL,
  services TEXT,
  numbers TEXT,
  ordered_by TEXT NOT NULL CHECK (ordered_by IN ('none', 'subject', 'recipient')),
  schedule TEXT NOT NULL,
  sealed TEXT NOT NULL,
  public_key TEXT NOT NULL,
  old_sealed TEXT,
  old_public_key TEXT,
  old_until INTEGER,
  sealed_with TEXT NOT NULL,
  headers TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, name)
) WITHOUT ROWID;
CREATE INDEX named_endpoint_sealed_with ON named_endpoint (sealed_with);

CREATE TABLE event_log (
  account_id TEXT PRIMARY KEY,
  is_pulled INTEGER NOT NULL,
  since INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE event (
  account_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  stem TEXT NOT NULL,
  recipient TEXT,
  service_id TEXT,
  own_number TEXT,
  data TEXT NOT NULL,
  PRIMARY KEY (account_id, number)
) WITHOUT ROWID;
CREATE INDEX event_recipient ON event (recipient) WHERE recipient IS NOT NULL;

CREATE TABLE new_webhook (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  dialect TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('report', 'charge', 'inbound', 'subscription', 'event')),
  subject TEXT NOT NULL,
  url TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  event TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('owed', 'delivering', 'answered', 'dead')),
  reason TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  history TEXT NOT NULL DEFAULT '[]',
  is_paused INTEGER NOT NULL DEFAULT 0,
  order_key TEXT
) WITHOUT ROWID;
INSERT INTO new_webhook (id, account_id, dialect, kind, subject, url, endpoint, event, state, reason, attempts, due_at, created_at,
  changed_at, history, is_paused)
SELECT id, account_id, dialect, kind, subject, url, endpoint, event, state, reason, attempts, due_at, created_at, changed_at, history,
  is_paused FROM webhook;
DROP TABLE webhook;
ALTER TABLE new_webhook RENAME TO webhook;
CREATE INDEX webhook_due ON webhook (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_dead ON webhook (account_id, endpoint) WHERE state = 'dead';
CREATE INDEX webhook_newest_dead ON webhook (substr(id, 11)) WHERE state = 'dead';
CREATE INDEX webhook_in_order ON webhook (account_id, endpoint, order_key) WHERE order_key IS NOT NULL AND due_at IS NOT NULL;
