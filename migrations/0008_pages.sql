-- Addresses of purchase pages belong to an account, PINs have budgets, purchases that nobody confirmed are forgotten.

CREATE TABLE page_name (
  name TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Each address stays with the account whose service it shows today; where it shows none, with the first that had it.
INSERT INTO page_name (name, account_id, created_at)
SELECT id, account_id, created_at FROM (
  SELECT service.id, service.account_id, service.created_at, row_number() OVER (
    PARTITION BY service.id ORDER BY account.state <> 'open', service.created_at, service.account_id) AS place
  FROM service JOIN account ON account.id = service.account_id)
WHERE place = 1;

DROP INDEX service_id;

CREATE INDEX win_unconfirmed ON win (changed_at) WHERE state IN ('cancelled', 'abandoned', 'expired');

CREATE TABLE spent_id (
  account_id TEXT NOT NULL,
  their_id TEXT NOT NULL,
  PRIMARY KEY (account_id, their_id)
) WITHOUT ROWID;

CREATE TABLE pin_budget (
  hour INTEGER NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('address', 'service', 'account')),
  subject TEXT NOT NULL,
  sent INTEGER NOT NULL,
  PRIMARY KEY (hour, scope, subject)
) WITHOUT ROWID;
