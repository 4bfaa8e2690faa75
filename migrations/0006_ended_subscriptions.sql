-- When subscriptions ended, to be counted by.

CREATE INDEX subscription_ended ON subscription (changed_at) WHERE state = 'cancelled';
