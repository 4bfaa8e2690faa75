-- Every change that an operator asked for, in a chain: only added to.

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  token TEXT NOT NULL,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  was TEXT,
  wanted TEXT,
  hash TEXT NOT NULL
) WITHOUT ROWID;
