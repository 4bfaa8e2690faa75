-- Pincodes are codes too. A CHECK list is changed by making the table anew.
CREATE TABLE new_pin (
  account_id TEXT NOT NULL,
  purpose TEXT NOT NULL CHECK (purpose IN ('otp', 'window', 'pincode')),
  their_id TEXT NOT NULL,
  merchant_id TEXT NOT NULL,
  recipient TEXT NOT NULL,
  hash TEXT NOT NULL,
  tries_left INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  echo TEXT NOT NULL DEFAULT '{}',
  PRIMARY KEY (account_id, purpose, their_id, created_at)
) WITHOUT ROWID;
INSERT INTO new_pin SELECT * FROM pin;
DROP TABLE pin;
ALTER TABLE new_pin RENAME TO pin;
CREATE INDEX pin_recipient ON pin (recipient, created_at);
CREATE INDEX pin_created ON pin (created_at);
