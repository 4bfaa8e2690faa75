/** Events of opt-outs, for every statement that writes one down or lifts it. */

import type { SuppressionFacts } from "../../../core/webhooks/events.ts";
import { factsOf, tell } from "./told.ts";

/** SQL for one value each. `from` and `where`: of the rows that are about to be written. */
type OptOuts = {
  account: string;
  at: string;
  stem: string;
  number: string;
  /** As it is to be stored; and each form in which it may be stored already, a list for IN. */
  recipient: string;
  forms: string;
  word: string;
  source: string;
  proof: string;
  from: string;
  where: string;
};

/** Whether an opt-out is there already, in whichever form the person is stored. */
export function isNoted({ account, number, forms }: Pick<OptOuts, "account" | "number" | "forms">): string {
  return `EXISTS (
      SELECT 1 FROM suppression AS known
      WHERE known.account_id = ${account} AND known.number = ${number} AND known.recipient IN ${forms})`;
}

/** Tells of opt-outs that are about to be written: of one that is there already, nothing; of one that comes twice, once. */
export function tellOfOptOuts(optOuts: OptOuts) {
  const { account, at, stem, number, recipient, word, source, proof, from, where } = optOuts;
  return tell({
    account,
    type: "'suppression.added'",
    at,
    stem,
    recipient,
    number,
    data: factsOf<SuppressionFacts>({ number, recipient, word, source, proof, at }),
    from,
    where: `NOT ${isNoted(optOuts)}
      AND ${where}
    GROUP BY ${account}, ${number}, ${recipient}`,
    order: `${at}, ${recipient}`,
  });
}

/** Tells of opt-outs that are about to be deleted. `from` has `suppression`. */
export function tellOfLifting({
  at,
  stem,
  by,
  from,
  where,
}: {
  at: string;
  stem: string;
  by: string;
  from: string;
  where: string;
}) {
  return tell({
    account: "suppression.account_id",
    type: "'suppression.lifted'",
    at,
    stem,
    recipient: "suppression.recipient",
    number: "suppression.number",
    data: factsOf<SuppressionFacts>({
      number: "suppression.number",
      recipient: "suppression.recipient",
      word: undefined,
      source: by,
      proof: undefined,
      at,
    }),
    from,
    where: `${where} GROUP BY suppression.account_id, suppression.number, suppression.recipient`,
    order: "suppression.number, suppression.recipient",
  });
}
