-- Messages over channels other than SMS, callbacks for single numbers, people who asked to be left alone, and what the console asks.

ALTER TABLE message ADD COLUMN channel TEXT;
ALTER TABLE message ADD COLUMN rich TEXT;

ALTER TABLE inbound ADD COLUMN channel TEXT;
ALTER TABLE inbound ADD COLUMN told TEXT;
CREATE INDEX inbound_account ON inbound (account_id);
CREATE INDEX inbound_sender ON inbound (sender);

CREATE TABLE callback_anew (
  account_id TEXT NOT NULL REFERENCES account (id),
  dialect TEXT NOT NULL,
  number TEXT NOT NULL DEFAULT '',
  message_url TEXT,
  report_url TEXT,
  mms_message_url TEXT,
  mms_report_url TEXT,
  subscription_url TEXT,
  method TEXT NOT NULL DEFAULT 'POST' CHECK (method IN ('POST', 'GET')),
  template TEXT,
  forms TEXT NOT NULL DEFAULT '{}',
  PRIMARY KEY (account_id, dialect, number)
) WITHOUT ROWID;
INSERT INTO callback_anew (account_id, dialect, message_url, report_url, subscription_url, method)
  SELECT account_id, dialect, message_url, report_url, subscription_url, method FROM callback;
DROP TABLE callback;
ALTER TABLE callback_anew RENAME TO callback;

CREATE TABLE suppression (
  account_id TEXT NOT NULL REFERENCES account (id),
  number TEXT NOT NULL,
  recipient TEXT NOT NULL,
  word TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, number, recipient)
) WITHOUT ROWID;
CREATE INDEX suppression_number ON suppression (number, recipient);

DROP INDEX credential_key_name;
CREATE UNIQUE INDEX credential_key_name ON credential (dialect, kind, name) WHERE kind NOT IN ('api-key', 'product-token');

CREATE TABLE exchange (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  account_id TEXT,
  dialect TEXT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  request TEXT NOT NULL,
  status INTEGER NOT NULL,
  answer TEXT NOT NULL,
  milliseconds INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX message_ended ON message (state, substr(id, 11)) WHERE state IN ('held', 'failed', 'expired', 'cancelled');
CREATE INDEX txn_ended ON txn (state, substr(id, 11)) WHERE state IN ('failed', 'expired', 'cancelled');

-- When subscriptions ended, to be counted by.

CREATE INDEX subscription_ended ON subscription (changed_at) WHERE state = 'cancelled';

-- The dead list, newest last: who turns its pages must not sort all of it each time.
CREATE INDEX webhook_newest_dead ON webhook (substr(id, 11)) WHERE state = 'dead';
