-- The guard against pumping: codes sent and confirmed, and where few were.

CREATE TABLE code_count (
  account_id TEXT NOT NULL,
  area TEXT NOT NULL,
  at INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  confirmed INTEGER NOT NULL,
  PRIMARY KEY (account_id, area, at)
) WITHOUT ROWID;
CREATE INDEX code_count_at ON code_count (at);

CREATE TABLE code_area (
  account_id TEXT NOT NULL,
  area TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('conversion', 'budget')),
  alarmed_at INTEGER,
  blocked_until INTEGER,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, area)
) WITHOUT ROWID;
CREATE INDEX code_area_changed ON code_area (changed_at);
