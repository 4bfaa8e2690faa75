-- A timeline entry is a code with members now (src/core/history.ts), and was a sentence. Entries written before are put into
-- codes; a sentence that is not in this list stays as its own code. On a database with many millions of rows, run the
-- updates by ranges of ids: D1 ends a statement after 30 seconds.

CREATE TABLE history_word (sentence TEXT PRIMARY KEY, event TEXT NOT NULL, more TEXT NOT NULL DEFAULT '{}') WITHOUT ROWID;

INSERT INTO history_word (sentence, event) VALUES
  ('left behind', 'claim.lost'), ('left behind, owed again', 'claim.lost'), ('validity over', 'expired'),
  ('taken by the carrier', 'carrier.took'), ('billed by the carrier', 'carrier.billed'),
  ('refused by the carrier', 'carrier.refused'), ('carrier busy', 'carrier.busy'),
  ('carrier busy, not charged', 'carrier.busy'), ('answer lost, carrier to be asked', 'carrier.answer_lost'),
  ('carrier asked', 'carrier.asked'), ('receipt', 'carrier.receipt'),
  ('disputed: the carrier says it billed this', 'carrier.disputed'),
  ('stopped: the person was sent the same text too often', 'loop.stopped'),
  ('not sent: the person has asked this number to be left alone', 'opt_out.stopped'),
  ('held until it is paid', 'held'), ('not paid', 'not_paid'),
  ('for a paid message', 'charge.for_message'),
  ('refused: its id was used for another charge', 'charge.id_used'),
  ('refused: there is no consent', 'charge.no_consent'),
  ('refused: the person is being asked about another charge', 'charge.in_transaction'),
  ('taken back: ended', 'charge.stopped'), ('window opened', 'window.opened'),
  ('confirmed by the person', 'person.confirmed'), ('cancelled by the person', 'person.cancelled'),
  ('given up: too many wrong PINs', 'person.wrong_pins'), ('the person did not act in time', 'person.timed_out'),
  ('reversal asked for', 'reversal.requested'), ('given back: ended by the person', 'reversal.after_stop'),
  ('opened by the operator', 'subscription.opened'), ('started', 'subscription.started'),
  ('renewed', 'subscription.renewed'), ('period due', 'period.due'),
  ('attempt', 'webhook.attempted'), ('given up', 'webhook.given_up'), ('replayed', 'webhook.replayed'),
  ('endpoint paused', 'endpoint.paused'), ('endpoint resumed', 'endpoint.resumed');
INSERT INTO history_word (sentence, event, more) VALUES
  ('cancelled: the person said STOP', 'cancelled', '{"by":"person"}'),
  ('withdrawn: ended by person', 'withdrawn', '{"by":"person"}'),
  ('withdrawn: ended by merchant', 'withdrawn', '{"by":"merchant"}'),
  ('withdrawn: ended by operator', 'withdrawn', '{"by":"operator"}'),
  ('withdrawn: ended by dunning', 'withdrawn', '{"by":"dunning"}'),
  ('declined, ended', 'period.declined', '{"outcome":"end"}'),
  ('declined, this period is given up', 'period.declined', '{"outcome":"next-period"}'),
  ('declined, to be tried again', 'period.declined', '{"outcome":"retry"}');

UPDATE message SET history = (
  SELECT json_group_array(json_patch(json_set(json_remove(entry.value, '$.what'), '$.event',
    coalesce(word.event, entry.value->>'what', entry.value->>'event')), coalesce(word.more, '{}')))
  FROM json_each(message.history) AS entry LEFT JOIN history_word AS word ON word.sentence = entry.value->>'what')
WHERE history LIKE '%"what":%';

UPDATE subscription SET history = (
  SELECT json_group_array(json_patch(json_set(json_remove(entry.value, '$.what'), '$.event',
    coalesce(word.event, entry.value->>'what', entry.value->>'event')), coalesce(word.more, '{}')))
  FROM json_each(subscription.history) AS entry LEFT JOIN history_word AS word ON word.sentence = entry.value->>'what')
WHERE history LIKE '%"what":%';

UPDATE webhook SET history = (
  SELECT json_group_array(json_patch(json_set(json_remove(entry.value, '$.what'), '$.event',
    coalesce(word.event, entry.value->>'what', entry.value->>'event')), coalesce(word.more, '{}')))
  FROM json_each(webhook.history) AS entry LEFT JOIN history_word AS word ON word.sentence = entry.value->>'what')
WHERE history LIKE '%"what":%';

-- Of a charge, "refused" was the carrier's word; of a message, ours.
INSERT INTO history_word (sentence, event) VALUES ('refused', 'carrier.refused');

UPDATE txn SET history = (
  SELECT json_group_array(json_patch(json_set(json_remove(entry.value, '$.what'), '$.event',
    coalesce(word.event, entry.value->>'what', entry.value->>'event')), coalesce(word.more, '{}')))
  FROM json_each(txn.history) AS entry LEFT JOIN history_word AS word ON word.sentence = entry.value->>'what')
WHERE history LIKE '%"what":%';

DROP TABLE history_word;
