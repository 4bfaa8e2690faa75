-- When an account was told that a limit of a day is nearly used up, and that it is.

ALTER TABLE allowance ADD COLUMN near_at INTEGER;
ALTER TABLE allowance ADD COLUMN reached_at INTEGER;
