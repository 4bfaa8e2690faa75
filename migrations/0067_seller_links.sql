-- Purchase pages say where a merchant's terms are, and how it is reached.

ALTER TABLE merchant ADD COLUMN terms_url TEXT;
ALTER TABLE merchant ADD COLUMN contact TEXT;
