-- Texts that carry codes of their account's own: they are counted as codes, and their account says which were confirmed.

CREATE TABLE code_text (
  message_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  areas TEXT NOT NULL,
  at INTEGER NOT NULL,
  confirmed_at INTEGER
) WITHOUT ROWID;
CREATE INDEX code_text_at ON code_text (at);
