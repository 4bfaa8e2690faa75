-- Which lane a text goes in: 0 what is urgent, 1, 2 what came in bulk.
ALTER TABLE message ADD COLUMN lane INTEGER NOT NULL DEFAULT 1 CHECK (lane IN (0, 1, 2));
UPDATE message SET lane = 2 - priority WHERE due_at IS NOT NULL AND priority <> 1;
