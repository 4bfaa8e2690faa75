-- What carriers take for a text, by prefix.

CREATE TABLE price (
  prefix TEXT NOT NULL,
  carrier TEXT NOT NULL,
  nanos INTEGER NOT NULL,
  currency TEXT NOT NULL,
  PRIMARY KEY (prefix, carrier)
) WITHOUT ROWID;
CREATE INDEX price_carrier ON price (carrier, prefix);
