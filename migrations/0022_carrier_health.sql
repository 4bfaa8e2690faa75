-- How carriers fare: how much each may be handed in a second, and which of them do not answer.

ALTER TABLE carrier ADD COLUMN max_per_second INTEGER;

CREATE TABLE outage (
  carrier TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('down', 'probing', 'up')),
  since INTEGER NOT NULL,
  "until" INTEGER NOT NULL,
  wait INTEGER NOT NULL,
  is_told_up INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;
