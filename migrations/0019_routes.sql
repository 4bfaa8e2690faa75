-- Routes by sender and channel, shared by weight, and with a second carrier for what was not delivered.

ALTER TABLE route ADD COLUMN channel TEXT NOT NULL DEFAULT '';
ALTER TABLE route ADD COLUMN sender TEXT NOT NULL DEFAULT '';
ALTER TABLE route ADD COLUMN strategy TEXT NOT NULL DEFAULT 'in-order' CHECK (strategy IN ('in-order', 'weighted'));
ALTER TABLE route ADD COLUMN weights TEXT;
ALTER TABLE route ADD COLUMN is_rerouting INTEGER NOT NULL DEFAULT 0;
DROP INDEX route_for;
CREATE UNIQUE INDEX route_for ON route (account_id, prefix, kind, sender, channel);

ALTER TABLE message ADD COLUMN rerouted_from TEXT;
