/** Events of texts that people wrote. ?1 is the list of texts. */

import type { InboundFacts } from "../../../core/webhooks/events.ts";
import { storedAs } from "../../sealed/stored-as.ts";
import { accountPartOf, factsOf, tell } from "./told.ts";

const WITH_ACCOUNT = `
  SELECT key, value, coalesce(value->>'account',
    (SELECT iif(count(*) = 1, min(account_id), NULL) FROM sender WHERE sender.sender = value->>'recipient')) AS account_id
  FROM json_each(?1)`;

/**
 * New texts, each with the account that it is for: the one that it names, or else the only one that has its number; and with its person
 * and its words as that account wants them stored.
 */
export const NEW_TEXTS = `
  SELECT key, value, account_id,
    ${storedAs("its.account_id", { plain: "value->>'sender'", sealed: "value->'sealed'->>'sender'" })} AS sender,
    ${storedAs("its.account_id", { plain: "value->>'text'", sealed: "value->'sealed'->>'text'" })} AS text
  FROM (${WITH_ACCOUNT}) AS its`;

/** Before they are written: a text that was reported before is told of no more, and one that comes twice in a list once. */
export const TELL_OF_TEXTS = tell({
  account: "new.account_id",
  type: "'inbound.received'",
  at: "new.value->>'receivedAt'",
  stem: `${accountPartOf("new.account_id")} || substr(new.value->>'id', 5)`,
  recipient: "new.sender",
  service: "new.value->'service'->>'id'",
  number: "new.value->>'recipient'",
  data: factsOf<InboundFacts>({
    id: "new.value->>'id'",
    sender: "new.sender",
    recipient: "new.value->>'recipient'",
    text: "new.text",
    binary: "new.value->'binary'",
    channel: "new.value->>'channel'",
    keyword: "new.value->>'keyword'",
    operator: "new.value->>'operator'",
    service: "new.value->'service'->>'id'",
    tags: "json(nullif(new.value->'forward'->'tags', '[]'))",
    isStop: "json(iif(new.value->>'isStop', 'true', 'false'))",
    receivedAt: "new.value->>'receivedAt'",
  }),
  from: `(${NEW_TEXTS}) AS new`,
  where: `NOT EXISTS (
      SELECT 1 FROM inbound WHERE inbound.id = new.value->>'id')
    AND NOT EXISTS (
      SELECT 1 FROM inbound
      WHERE inbound.their_id = new.value->>'theirId' AND inbound.carrier = new.value->>'carrier')
    AND NOT EXISTS (
      SELECT 1 FROM json_each(?1) AS before
      WHERE before.key < new.key AND before.value->>'theirId' = new.value->>'theirId'
        AND before.value->>'carrier' = new.value->>'carrier')`,
  order: "new.key",
});
