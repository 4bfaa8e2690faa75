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

/**
 * A text that says the same, from the same sender to the same person, and did not fail. Needs a row `new` of a message with
 * `alike_from`: what its id would begin with if it were of the time since which such a text counts.
 */
const likeText = (recipient: string, text: string) => `
  SELECT 1 FROM message AS like INDEXED BY message_recipient
  WHERE like.recipient ${recipient} AND like.id >= new.alike_from AND like.id < substr(new.alike_from, 1, 10) || '~'
    AND like.id <> new.id AND like.account_id = new.account_id AND like.sender = new.sender AND ${text}
    AND like.state NOT IN ('failed', 'expired', 'cancelled')`;

export const LIKE_TEXT = likeText("= new.recipient", "like.text = new.text");

/**
 * The same where texts of the account are sealed, or were: either may be, by whatever key. Needs of the new one `formerly` (what may
 * stand for its recipient), `said` (its text) and `marks`, or NULL. What is sealed begins with the mark of its text: see `sealMessage`.
 */
export const LIKE_SEALED_TEXT = likeText(
  "IN (SELECT new.recipient UNION ALL SELECT value FROM json_each(new.formerly))",
  `iif(like.seal IS NULL, like.text = coalesce(new.said, new.text), EXISTS (
    SELECT 1 FROM json_each(new.marks) AS mark WHERE like.seal GLOB mark.value || '*'))`,
);

/** A paid message just like the new one, whose charge is not written yet: until it is held, the message stands for it. */
export const LIKE_PAID_MESSAGE = `
  SELECT 1 FROM message AS like
  WHERE like.recipient = new.recipient AND like.account_id = new.account_id
    AND like.charge->'guard'->>'as' = new.guard AND like.charge->>'service' IS new.service_id
    AND like.charge->>'amount' = new.amount AND like.charge->>'currency' = new.currency
    AND like.accepted_at > new.like_since AND like.state IN ('scheduled', 'accepted', 'submitting', 'held')`;
