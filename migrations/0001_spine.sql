-- The whole schema, in the order a message meets it. `migrations/` holds the same in steps, for databases that live.
--
-- Times are epoch milliseconds, money would be integer minor units, lists and objects are JSON text.
-- Text keys are WITHOUT ROWID and indexes are few: every index entry is a written row, and written rows are the bill.

-- Who calls us. `number` is the account as the wires that want an integer show it, and begins the ids of its messages.
CREATE TABLE account (
  id TEXT PRIMARY KEY,
  number INTEGER NOT NULL UNIQUE CHECK (number BETWEEN 1 AND 999999),
  name TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
  settings TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) WITHOUT ROWID;

-- How an account proves who it is. A secret is kept as its SHA-256 only; of a key pair we hold the public half.
CREATE TABLE credential (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES account (id),
  dialect TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('api-key', 'public-key', 'campaign', 'product-token', 'access-key')),
  name TEXT NOT NULL,
  secret_hash TEXT,
  public_key TEXT,
  sign_algo TEXT,
  not_before INTEGER,
  expires_at INTEGER,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) WITHOUT ROWID;
-- A signed request names its key and nothing else, so such a name may stand for one key only.
CREATE UNIQUE INDEX credential_key_name ON credential (dialect, kind, name) WHERE kind <> 'api-key';
CREATE UNIQUE INDEX credential_secret ON credential (dialect, secret_hash) WHERE kind IN ('api-key', 'product-token');
CREATE INDEX credential_account ON credential (account_id);

-- What an account may send from.
CREATE TABLE sender (
  account_id TEXT NOT NULL REFERENCES account (id),
  sender TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('short-number', 'long-number', 'alphanumeric')),
  country TEXT NOT NULL,
  short_number_id TEXT,
  PRIMARY KEY (account_id, sender)
) WITHOUT ROWID;
CREATE INDEX sender_number ON sender (sender);

-- Which carriers take an account's messages, best first. The longest prefix wins; account '*' is everybody.
CREATE TABLE route (
  account_id TEXT NOT NULL,
  prefix TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT 'message' CHECK (kind IN ('message')),
  carriers TEXT NOT NULL,
  PRIMARY KEY (account_id, prefix, kind)
) WITHOUT ROWID;

-- Requests that may not be made again: the nonces of signed requests. `claim` tells whose request was first.
CREATE TABLE nonce (
  credential_id TEXT NOT NULL,
  nonce TEXT NOT NULL,
  claim TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (credential_id, nonce)
) WITHOUT ROWID;

-- Text going out. An id begins with its account's number and then the time, so that one account's messages lie
-- together in order of time: listing them needs no index. `history` is the timeline, appended to by the very
-- statement that changes the state. `due_at` is when something must next be done; settled rows have none.
CREATE TABLE message (
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
    'scheduled', 'accepted', 'submitting', 'unknown', 'sent', 'delivered', 'failed', 'expired', 'cancelled'
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
  carrier TEXT,
  reference TEXT,
  operator TEXT,
  history TEXT NOT NULL DEFAULT '[]'
) WITHOUT ROWID;
CREATE UNIQUE INDEX message_their_id ON message (account_id, dialect, their_id);
CREATE INDEX message_recipient ON message (recipient);
CREATE INDEX message_due ON message (due_at) WHERE due_at IS NOT NULL;

-- Text a person sent to us. A carrier may report it twice: its own id for it tells. The account is the one that has the
-- number, if just one has.
CREATE TABLE inbound (
  id TEXT PRIMARY KEY,
  carrier TEXT NOT NULL,
  their_id TEXT NOT NULL,
  account_id TEXT,
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  text TEXT NOT NULL,
  received_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX inbound_their_id ON inbound (carrier, their_id);

-- A call we owe a customer. The id is made of the message's and of what happened, so the same news is owed once however
-- often it comes, and a message's webhooks lie together. `event` is what happened, in our words; the dialect makes the
-- bytes. `endpoint` is the address without its query: what is slow, or dead, or paused together. `history` holds the
-- attempts.
CREATE TABLE webhook (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  dialect TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('report')),
  message_id TEXT NOT NULL,
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
CREATE INDEX webhook_due ON webhook (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_dead ON webhook (account_id, endpoint) WHERE state = 'dead';

-- Where webhooks go, once one has failed there: since when, and whether we have stopped knocking.
CREATE TABLE endpoint (
  account_id TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  failing_since INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  paused_at INTEGER,
  reason TEXT,
  PRIMARY KEY (account_id, endpoint)
) WITHOUT ROWID;

-- The public halves of the keys we sign webhooks with. Kept after they retire, under names that are never used again.
CREATE TABLE server_key (
  name TEXT PRIMARY KEY,
  public_key TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;

-- The sandbox's clock, as milliseconds to add to the real one.
CREATE TABLE sandbox (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
