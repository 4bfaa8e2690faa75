/** People who asked one of an account's numbers to be left alone. */

import { normalSender } from "../accounts/account.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Log } from "../kernel/ports.ts";
import type { Suppression, SuppressionStore } from "../messages/suppression.ts";
import { type AccountPorts, findAccount } from "./accounts.ts";

type SuppressionPorts = AccountPorts & { suppressions: SuppressionStore };

/**
 * Who has opted out, by number.
 * @throws GatewayError not-found
 */
export async function listSuppressions(
  ports: SuppressionPorts,
  id: AccountId,
  page: Page,
): Promise<PageOf<Suppression>> {
  const account = await findAccount(ports, id);
  return ports.suppressions.list(account.id, page);
}

/**
 * Lets texts from a number reach a person again who has asked for them in another way. Numbers with their + or without. Logs
 * `suppression.lifted`.
 * @throws GatewayError not-found
 */
export async function liftSuppression(
  ports: SuppressionPorts & { log: Log },
  id: AccountId,
  pair: { number: string; recipient: string },
): Promise<void> {
  const { id: account } = await findAccount(ports, id);
  const [number, recipient] = [`+${normalSender(pair.number)}`, `+${normalSender(pair.recipient)}`];
  if (!(await ports.suppressions.lift({ account, number, recipient }))) {
    throw new GatewayError("not-found", `${recipient} has not opted out from ${number}`);
  }
  ports.log.event("suppression.lifted", { account, number, recipient });
}
