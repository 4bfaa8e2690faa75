-- A subscription whose first charge was declined ended without having begun: it counts neither as begun nor as ended.
ALTER TABLE subscription ADD COLUMN never_begun INTEGER NOT NULL DEFAULT 0;
DROP INDEX subscription_begun;
CREATE INDEX subscription_begun ON subscription (created_at, account_id, service_id)
  WHERE auto_rebill = 1 AND never_begun = 0;
DROP INDEX subscription_ended;
CREATE INDEX subscription_ended ON subscription (changed_at, account_id, service_id, ended_by, reason, created_at)
  WHERE state = 'cancelled' AND auto_rebill = 1 AND never_begun = 0;

-- What is said before the question of a pre-authorisation: the question waits for it.
ALTER TABLE preauth ADD COLUMN info_id TEXT;
CREATE INDEX preauth_info ON preauth (info_id) WHERE info_id IS NOT NULL AND due_at IS NOT NULL;
