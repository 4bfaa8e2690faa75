/** The repeat guard in SQL: which charge counts as a repeat, if the customer gave no id. */

/**
 * A charge equal to the new one: the same person, service and amount, from the same kind of request, accepted since
 * `new.like_since`. One that was not billed, or was reversed, does not count. Needs a row `new` with `recipient`,
 * `account_id`, `guard`, `service_id`, `amount`, `currency` and `like_since`.
 */
export const LIKE_CHARGE = `
  SELECT 1 FROM txn AS like
  WHERE like.recipient = new.recipient AND like.account_id = new.account_id AND like.kind = 'charge'
    AND like.guard = new.guard AND like.service_id IS new.service_id
    AND like.amount = new.amount AND like.currency = new.currency
    AND like.accepted_at > new.like_since AND like.state NOT IN ('failed', 'expired', 'cancelled', 'reversed')`;

/** A paid message just like the new one, whose charge is not written yet: until it is held, the message stands for it. */
export const LIKE_PAID_MESSAGE = `
  SELECT 1 FROM message AS like
  WHERE like.recipient = new.recipient AND like.account_id = new.account_id
    AND like.charge->'guard'->>'as' = new.guard AND like.charge->>'service' IS new.service_id
    AND like.charge->>'amount' = new.amount AND like.charge->>'currency' = new.currency
    AND like.accepted_at > new.like_since AND like.state IN ('scheduled', 'accepted', 'submitting', 'held')`;
