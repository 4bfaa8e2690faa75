-- Charges whose person is forgotten after the time that their account says.

CREATE TABLE forgotten (
  account_id TEXT PRIMARY KEY,
  txn_id TEXT NOT NULL
) WITHOUT ROWID;
