-- Charging: merchants, services, transactions and their ledger, windows, consents, subscriptions.
-- A CHECK list grows by making its table anew.

CREATE TABLE new_route (
  account_id TEXT NOT NULL,
  prefix TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT 'message' CHECK (kind IN ('message', 'charge')),
  carriers TEXT NOT NULL,
  PRIMARY KEY (account_id, prefix, kind)
) WITHOUT ROWID;
INSERT INTO new_route (account_id, prefix, kind, carriers)
SELECT account_id, prefix, kind, carriers FROM route;
DROP TABLE route;
ALTER TABLE new_route RENAME TO route;

CREATE TABLE new_message (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  dialect TEXT NOT NULL,
  their_id TEXT NOT NULL,
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  text TEXT NOT NULL,
  encoding TEXT NOT NULL CHECK (encoding IN ('gsm7', 'ucs2')),
  parts INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN (
    'scheduled', 'accepted', 'held', 'submitting', 'unknown', 'sent', 'delivered', 'failed', 'expired', 'cancelled'
  )),
  reason TEXT,
  priority INTEGER NOT NULL CHECK (priority IN (0, 1, 2)),
  delivery_mode TEXT NOT NULL CHECK (delivery_mode IN ('at-most-once', 'at-least-once')),
  send_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  accepted_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  due_at INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  report_url TEXT,
  echo TEXT NOT NULL DEFAULT '{}',
  charge TEXT,
  billed INTEGER CHECK (billed IN (0, 1)),
  carrier TEXT,
  reference TEXT,
  operator TEXT,
  history TEXT NOT NULL DEFAULT '[]'
) WITHOUT ROWID;
INSERT INTO new_message (id, account_id, dialect, their_id, sender, recipient, text, encoding, parts, state, reason, priority, delivery_mode, send_at, expires_at, accepted_at, changed_at, due_at, attempts, report_url, echo, carrier, reference, operator, history)
SELECT id, account_id, dialect, their_id, sender, recipient, text, encoding, parts, state, reason, priority, delivery_mode, send_at, expires_at, accepted_at, changed_at, due_at, attempts, report_url, echo, carrier, reference, operator, history FROM message;
DROP TABLE message;
ALTER TABLE new_message RENAME TO message;
CREATE UNIQUE INDEX message_their_id ON message (account_id, dialect, their_id);
CREATE INDEX message_recipient ON message (recipient);
CREATE INDEX message_due ON message (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE new_webhook (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  dialect TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('report', 'charge', 'inbound', 'subscription')),
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
  history TEXT NOT NULL DEFAULT '[]'
) WITHOUT ROWID;
INSERT INTO new_webhook (id, account_id, dialect, kind, subject, url, endpoint, event, state, reason, attempts, due_at, created_at, changed_at, history)
SELECT id, account_id, dialect, kind, message_id, url, endpoint, event, state, reason, attempts, due_at, created_at, changed_at, history FROM webhook;
DROP TABLE webhook;
ALTER TABLE new_webhook RENAME TO webhook;
CREATE INDEX webhook_due ON webhook (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_dead ON webhook (account_id, endpoint) WHERE state = 'dead';

CREATE TABLE new_inbound (
  id TEXT PRIMARY KEY,
  number INTEGER NOT NULL,
  carrier TEXT NOT NULL,
  their_id TEXT NOT NULL,
  account_id TEXT,
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  text TEXT NOT NULL,
  operator TEXT,
  keyword TEXT,
  is_stop INTEGER NOT NULL DEFAULT 0,
  received_at INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO new_inbound (number, id, carrier, their_id, account_id, sender, recipient, text, received_at)
SELECT 100000000 + row_number() OVER (ORDER BY id), id, carrier, their_id, account_id, sender, recipient, text, received_at FROM inbound;
DROP TABLE inbound;
ALTER TABLE new_inbound RENAME TO inbound;
CREATE UNIQUE INDEX inbound_their_id ON inbound (carrier, their_id);
CREATE UNIQUE INDEX inbound_number ON inbound (number);

CREATE TABLE counter (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counter (name, value) SELECT 'inbound', coalesce(max(number), 100000000) FROM inbound;

CREATE TABLE merchant (
  account_id TEXT NOT NULL REFERENCES account (id),
  id TEXT NOT NULL,
  name TEXT,
  short_number_ids TEXT NOT NULL DEFAULT '[]',
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, id)
) WITHOUT ROWID;

CREATE TABLE service (
  account_id TEXT NOT NULL REFERENCES account (id),
  id TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  short_number TEXT NOT NULL,
  keyword TEXT COLLATE NOCASE,
  terms TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, id)
) WITHOUT ROWID;
CREATE INDEX service_id ON service (id, created_at);
CREATE INDEX service_number ON service (short_number);

CREATE TABLE callback (
  account_id TEXT NOT NULL REFERENCES account (id),
  dialect TEXT NOT NULL,
  message_url TEXT,
  report_url TEXT,
  subscription_url TEXT,
  method TEXT NOT NULL DEFAULT 'POST' CHECK (method IN ('POST', 'GET')),
  PRIMARY KEY (account_id, dialect)
) WITHOUT ROWID;

CREATE TABLE txn (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  dialect TEXT NOT NULL,
  their_id TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('charge', 'reversal')),
  merchant_id TEXT NOT NULL,
  service_id TEXT,
  short_number TEXT NOT NULL,
  service_code TEXT NOT NULL,
  invoice_text TEXT NOT NULL,
  recipient TEXT,
  amount INTEGER NOT NULL CHECK ((kind = 'charge' AND amount > 0) OR (kind = 'reversal' AND amount < 0)),
  currency TEXT NOT NULL,
  age INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN (
    'waiting', 'ready', 'charging', 'sent', 'unknown', 'billed', 'reversed', 'failed', 'expired', 'cancelled'
  )),
  reason TEXT,
  waits_for TEXT CHECK (waits_for IN ('window', 'ok')),
  consent TEXT,
  consent_description TEXT,
  makes_consent INTEGER NOT NULL DEFAULT 0,
  starts_subscription INTEGER NOT NULL DEFAULT 0,
  terms TEXT,
  message_id TEXT,
  subscription_id TEXT,
  period INTEGER,
  reverses TEXT,
  registration_minutes INTEGER NOT NULL DEFAULT 0,
  charged_at INTEGER,
  in_hand_until INTEGER,
  is_stopped INTEGER NOT NULL DEFAULT 0,
  disputed_at INTEGER,
  expires_at INTEGER NOT NULL,
  accepted_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  due_at INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  echo TEXT NOT NULL DEFAULT '{}',
  carrier TEXT,
  reference TEXT,
  operator TEXT,
  history TEXT NOT NULL DEFAULT '[]'
) WITHOUT ROWID;
CREATE UNIQUE INDEX txn_their_id ON txn (account_id, their_id);
CREATE INDEX txn_recipient ON txn (recipient) WHERE recipient IS NOT NULL;
CREATE INDEX txn_subscription ON txn (subscription_id) WHERE subscription_id IS NOT NULL;
CREATE INDEX txn_due ON txn (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX txn_disputed ON txn (disputed_at) WHERE disputed_at IS NOT NULL;
CREATE INDEX txn_asked ON txn (recipient, short_number) WHERE waits_for = 'ok' AND state = 'waiting';

CREATE TABLE ledger (
  id TEXT PRIMARY KEY,
  txn_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  book TEXT NOT NULL,
  amount INTEGER NOT NULL,
  currency TEXT NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE win (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  dialect TEXT NOT NULL,
  txn_id TEXT NOT NULL,
  their_id TEXT NOT NULL,
  custom_id TEXT,
  is_public INTEGER NOT NULL DEFAULT 0,
  service_id TEXT,
  state TEXT NOT NULL CHECK (state IN ('open', 'confirmed', 'cancelled', 'abandoned', 'expired')),
  recipient TEXT,
  is_pin_sent INTEGER NOT NULL DEFAULT 0,
  pins_sent INTEGER NOT NULL DEFAULT 0,
  session TEXT,
  redirect_url TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX win_their_id ON win (account_id, their_id);
CREATE UNIQUE INDEX win_public_id ON win (their_id) WHERE is_public = 1;

CREATE TABLE pin (
  account_id TEXT NOT NULL,
  purpose TEXT NOT NULL CHECK (purpose IN ('otp', 'window')),
  their_id TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  recipient TEXT NOT NULL,
  hash TEXT NOT NULL,
  tries_left INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  echo TEXT NOT NULL DEFAULT '{}',
  PRIMARY KEY (account_id, purpose, their_id, created_at)
) WITHOUT ROWID;
CREATE INDEX pin_recipient ON pin (recipient, created_at);

CREATE TABLE consent (
  account_id TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  service_id TEXT NOT NULL,
  recipient TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'ended')),
  token TEXT NOT NULL,
  description TEXT,
  ended_by TEXT CHECK (ended_by IN ('person', 'merchant')),
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, recipient, merchant_id, service_id)
) WITHOUT ROWID;

CREATE TABLE subscription (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  dialect TEXT NOT NULL,
  service_id TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  recipient TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'dunning', 'cancelled')),
  reason TEXT,
  ended_by TEXT CHECK (ended_by IN ('person', 'merchant', 'operator', 'dunning')),
  price INTEGER NOT NULL CHECK (price > 0),
  currency TEXT NOT NULL,
  interval TEXT NOT NULL CHECK (interval IN ('weekly', 'monthly', 'yearly')),
  time_zone TEXT NOT NULL,
  auto_rebill INTEGER NOT NULL,
  anchor INTEGER NOT NULL,
  period INTEGER NOT NULL,
  declines INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER,
  txn_id TEXT,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  history TEXT NOT NULL DEFAULT '[]'
) WITHOUT ROWID;
CREATE INDEX subscription_recipient ON subscription (recipient);
CREATE INDEX subscription_due ON subscription (due_at) WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX subscription_rebilling ON subscription (account_id, recipient, service_id)
  WHERE state <> 'cancelled' AND auto_rebill = 1;

CREATE TABLE period (
  subscription_id TEXT NOT NULL,
  period INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('charging', 'declined', 'billed', 'failed', 'cancelled')),
  attempt INTEGER NOT NULL,
  txn_id TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (subscription_id, period)
) WITHOUT ROWID;
