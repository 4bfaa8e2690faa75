-- Purchases that nobody confirmed go by their account's own time.

DROP INDEX win_unconfirmed;
CREATE INDEX win_unconfirmed ON win (account_id, changed_at) WHERE state IN ('cancelled', 'abandoned', 'expired');
