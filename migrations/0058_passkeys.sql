-- Passkeys: the second factor of an owner who logs in to the console with a token.

CREATE TABLE passkey (
  token_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  public_key TEXT NOT NULL,
  counter INTEGER NOT NULL,
  transports TEXT NOT NULL CHECK (json_valid(transports)),
  created_at INTEGER NOT NULL,
  used_at INTEGER,
  PRIMARY KEY (token_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX passkey_id ON passkey (id);

ALTER TABLE session ADD COLUMN passkey_id TEXT;
