-- Quiet hours: which senders are for marketing, and what each of their texts must heed.

ALTER TABLE sender ADD COLUMN purpose TEXT CHECK (purpose IN ('transactional', 'marketing'));
ALTER TABLE message ADD COLUMN quiet TEXT;
