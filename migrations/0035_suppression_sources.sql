-- Where an opt-out comes from; and finding those of one person. A number `*` stands for every sender of the account.

ALTER TABLE suppression ADD COLUMN source TEXT NOT NULL DEFAULT 'person' CHECK (source IN ('person', 'carrier', 'operator'));
UPDATE suppression SET source = 'carrier' WHERE word LIKE 'carrier %';
CREATE INDEX suppression_person ON suppression (account_id, recipient);
