-- Names that an operator chose for signing keys, beside the one that each was first published under.

CREATE TABLE server_key_name (
  name TEXT PRIMARY KEY,
  public_key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
