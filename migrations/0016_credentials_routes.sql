-- A kind of credential is a name that its dialect declares, and the row says by what it is found. A route has a name of its
-- own, so that it can be put, moved and removed by it.

CREATE TABLE credential_new (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES account (id),
  dialect TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  found_by TEXT NOT NULL CHECK (found_by IN ('secret', 'name')),
  secret_hash TEXT,
  public_key TEXT,
  sign_algo TEXT,
  not_before INTEGER,
  expires_at INTEGER,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO credential_new
  (id, account_id, dialect, kind, name, found_by, secret_hash, public_key, sign_algo, not_before, expires_at, created_at,
   changed_at)
SELECT id, account_id, dialect, kind, name, iif(kind IN ('api-key', 'product-token'), 'secret', 'name'), secret_hash,
  public_key, sign_algo, not_before, expires_at, created_at, changed_at
FROM credential;
DROP TABLE credential;
ALTER TABLE credential_new RENAME TO credential;
CREATE UNIQUE INDEX credential_key_name ON credential (dialect, kind, name) WHERE found_by = 'name';
CREATE UNIQUE INDEX credential_secret ON credential (dialect, secret_hash) WHERE found_by = 'secret';
CREATE INDEX credential_account ON credential (account_id);

CREATE TABLE route_new (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  prefix TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT 'message' CHECK (kind IN ('message', 'charge')),
  carriers TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO route_new (id, account_id, prefix, kind, carriers)
SELECT 'route-' || row_number() OVER (ORDER BY account_id, kind, prefix), account_id, prefix, kind, carriers FROM route;
DROP TABLE route;
ALTER TABLE route_new RENAME TO route;
CREATE UNIQUE INDEX route_for ON route (account_id, prefix, kind);
