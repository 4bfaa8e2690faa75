-- Keywords: whose a text is, who is told of it, and what its person is asked first.

CREATE TABLE keyword (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES account (id),
  dialect TEXT NOT NULL,
  short_number TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('exact', 'startswith', 'wildcard', 'regex')),
  text TEXT NOT NULL,
  sameness TEXT NOT NULL,
  aliases TEXT NOT NULL DEFAULT '[]',
  forward_url TEXT NOT NULL,
  is_enabled INTEGER NOT NULL,
  pre_auth TEXT,
  tags TEXT NOT NULL DEFAULT '[]',
  properties TEXT NOT NULL DEFAULT '{}',
  echo TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX keyword_text ON keyword (short_number, mode, sameness);
CREATE INDEX keyword_account ON keyword (account_id);

-- A text is looked up by its carrier's id for it, whichever carrier that was.
ALTER TABLE inbound ADD COLUMN keyword_id TEXT;
ALTER TABLE inbound ADD COLUMN forward TEXT;
DROP INDEX inbound_their_id;
CREATE UNIQUE INDEX inbound_their_id ON inbound (their_id, carrier);

ALTER TABLE consent ADD COLUMN short_number TEXT;
CREATE INDEX consent_number ON consent (recipient) WHERE short_number IS NOT NULL;

CREATE TABLE preauth (
  inbound_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  keyword_id TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  description TEXT,
  short_number TEXT NOT NULL,
  recipient TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'agreed', 'refused', 'expired')),
  token TEXT NOT NULL,
  message_id TEXT,
  asks_at INTEGER NOT NULL,
  due_at INTEGER,
  changed_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX preauth_recipient ON preauth (recipient) WHERE due_at IS NOT NULL;
CREATE INDEX preauth_due ON preauth (due_at) WHERE due_at IS NOT NULL;
