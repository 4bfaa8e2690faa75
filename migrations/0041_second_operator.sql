-- By which token a token was made: the two do not decide for each other. And finding an account's open subscriptions, to end them all.

ALTER TABLE token ADD COLUMN made_by TEXT;
CREATE INDEX subscription_open ON subscription (account_id, service_id) WHERE state <> 'cancelled';
