-- How carriers answer, by the minute.

CREATE TABLE carrier_answer (
  minute INTEGER NOT NULL,
  carrier TEXT NOT NULL,
  answer TEXT NOT NULL CHECK (answer IN ('taken', 'refused', 'unable', 'busy', 'lost')),
  reason TEXT NOT NULL,
  "within" INTEGER NOT NULL,
  "count" INTEGER NOT NULL,
  PRIMARY KEY (minute, carrier, answer, reason, "within")
) WITHOUT ROWID;
