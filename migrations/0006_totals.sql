-- What is asked often of what grows: totals that are kept instead of being added up each time, indexes that answer by
-- themselves, and subscriptions that rest.

DROP INDEX txn_ended;
CREATE INDEX txn_ended ON txn (state, substr(id, 11)) WHERE state IN ('reversed', 'failed', 'expired', 'cancelled');

CREATE INDEX ledger_at ON ledger (account_id, at);

CREATE TABLE ledger_day (
  account_id TEXT NOT NULL,
  book TEXT NOT NULL,
  currency TEXT NOT NULL,
  day INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (account_id, book, currency, day)
) WITHOUT ROWID;
INSERT INTO ledger_day (account_id, book, currency, day, amount)
  SELECT account_id, book, currency, at / 86400000, sum(amount) FROM ledger GROUP BY 1, 2, 3, 4;

CREATE TABLE revenue (
  account_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  service_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (account_id, at, service_id, currency)
) WITHOUT ROWID;
INSERT INTO revenue (account_id, at, service_id, currency, amount)
  SELECT txn.account_id, txn.accepted_at / 900000 * 900000, coalesce(txn.service_id, ''), txn.currency, sum(txn.amount)
  FROM txn LEFT JOIN txn AS original ON original.id = txn.reverses
  WHERE txn.state IN ('billed', 'reversed')
    AND (coalesce(original.subscription_id, txn.subscription_id) IS NOT NULL
      OR coalesce(original.terms, txn.terms)->>'autoRebill' = 1)
  GROUP BY 1, 2, 3, 4;

ALTER TABLE subscription ADD COLUMN resting_due_at INTEGER;
CREATE INDEX subscription_resting ON subscription (account_id, service_id, resting_due_at) WHERE resting_due_at IS NOT NULL;
CREATE INDEX subscription_begun ON subscription (created_at, account_id, service_id) WHERE auto_rebill = 1;
DROP INDEX subscription_ended;
CREATE INDEX subscription_ended ON subscription (changed_at, account_id, service_id, ended_by, reason, created_at)
  WHERE state = 'cancelled' AND auto_rebill = 1;

CREATE TABLE subscription_count (
  account_id TEXT NOT NULL,
  service_id TEXT NOT NULL,
  auto_rebill INTEGER NOT NULL,
  state TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (account_id, service_id, auto_rebill, state)
) WITHOUT ROWID;
INSERT INTO subscription_count (account_id, service_id, auto_rebill, state, count)
  SELECT account_id, service_id, auto_rebill, state, count(*) FROM subscription GROUP BY 1, 2, 3, 4;

CREATE TABLE renewal (
  account_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  service_id TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  currency TEXT NOT NULL,
  count INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  dunning INTEGER NOT NULL,
  PRIMARY KEY (account_id, at, service_id, time_zone, currency)
) WITHOUT ROWID;
INSERT INTO renewal (account_id, at, service_id, time_zone, currency, count, amount, dunning)
  SELECT account_id, due_at / 900000 * 900000, service_id, time_zone, currency, count(*), sum(price), sum(state = 'dunning')
  FROM subscription WHERE due_at IS NOT NULL GROUP BY 1, 2, 3, 4, 5;

CREATE TRIGGER subscription_counted AFTER INSERT ON subscription
BEGIN
  INSERT INTO subscription_count (account_id, service_id, auto_rebill, state, count)
    VALUES (new.account_id, new.service_id, new.auto_rebill, new.state, 1)
    ON CONFLICT (account_id, service_id, auto_rebill, state) DO UPDATE SET count = count + 1;
  INSERT INTO renewal (account_id, at, service_id, time_zone, currency, count, amount, dunning)
    SELECT new.account_id, new.due_at / 900000 * 900000, new.service_id, new.time_zone, new.currency, 1, new.price,
      new.state = 'dunning'
    WHERE new.due_at IS NOT NULL
    ON CONFLICT (account_id, at, service_id, time_zone, currency) DO UPDATE
    SET count = count + 1, amount = amount + excluded.amount, dunning = dunning + excluded.dunning;
END;
CREATE TRIGGER subscription_recounted AFTER UPDATE OF state ON subscription WHEN old.state <> new.state
BEGIN
  UPDATE subscription_count SET count = count - 1
    WHERE account_id = old.account_id AND service_id = old.service_id AND auto_rebill = old.auto_rebill
      AND state = old.state;
  INSERT INTO subscription_count (account_id, service_id, auto_rebill, state, count)
    VALUES (new.account_id, new.service_id, new.auto_rebill, new.state, 1)
    ON CONFLICT (account_id, service_id, auto_rebill, state) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER subscription_renewal_moved AFTER UPDATE OF due_at, price, state ON subscription
WHEN old.due_at IS NOT new.due_at OR (new.due_at IS NOT NULL AND (old.price <> new.price OR old.state <> new.state))
BEGIN
  UPDATE renewal SET count = count - 1, amount = amount - old.price, dunning = dunning - (old.state = 'dunning')
    WHERE account_id = old.account_id AND at = old.due_at / 900000 * 900000 AND service_id = old.service_id
      AND time_zone = old.time_zone AND currency = old.currency;
  DELETE FROM renewal
    WHERE account_id = old.account_id AND at = old.due_at / 900000 * 900000 AND service_id = old.service_id
      AND time_zone = old.time_zone AND currency = old.currency
      AND count = 0;
  INSERT INTO renewal (account_id, at, service_id, time_zone, currency, count, amount, dunning)
    SELECT new.account_id, new.due_at / 900000 * 900000, new.service_id, new.time_zone, new.currency, 1, new.price,
      new.state = 'dunning'
    WHERE new.due_at IS NOT NULL
    ON CONFLICT (account_id, at, service_id, time_zone, currency) DO UPDATE
    SET count = count + 1, amount = amount + excluded.amount, dunning = dunning + excluded.dunning;
END;
