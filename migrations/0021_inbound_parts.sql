-- Parts of long texts that people wrote, until they are joined.

CREATE TABLE inbound_part (
  carrier TEXT NOT NULL,
  their_id TEXT NOT NULL,
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  reference TEXT NOT NULL,
  number INTEGER NOT NULL,
  total INTEGER NOT NULL,
  text TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  is_joined INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (carrier, their_id)
) WITHOUT ROWID;
CREATE INDEX inbound_part_text ON inbound_part (sender, recipient, reference) WHERE is_joined = 0;
CREATE INDEX inbound_part_received ON inbound_part (is_joined, received_at);
