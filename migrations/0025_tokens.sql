-- Tokens of the operator's API, each with a role.

CREATE TABLE token (
  id TEXT PRIMARY KEY,
  secret_hash TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'operator', 'viewer', 'merchant')),
  account_id TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  used_at INTEGER
) WITHOUT ROWID;
CREATE UNIQUE INDEX token_secret ON token (secret_hash);
