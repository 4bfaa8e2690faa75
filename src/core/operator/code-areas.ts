/** Where an account's codes went, and where its guard lets no more of them go. */

import { type CodeArea, type CodeGuardStore, isBlocked, lookingAt } from "../billing/codes/code-guard.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { Jobs, Log } from "../kernel/ports.ts";
import { type AccountPorts, findAccount } from "./accounts.ts";

type CodeAreaPorts = AccountPorts & { clock: Clock; codeGuards: CodeGuardStore; jobs: Jobs; log: Log };

export type SeenArea = CodeArea & { isBlocked: boolean };

/**
 * The areas that codes went to in the time that the account's guard looks back, and those that it has found something about, by name.
 * @throws GatewayError not-found
 */
export async function listCodeAreas(ports: CodeAreaPorts, id: AccountId): Promise<SeenArea[]> {
  const account = await findAccount(ports, id);
  const now = ports.clock.now();
  const areas = await ports.codeGuards.list(account.id, lookingAt(account.settings.codeGuard ?? {}, now));
  return areas.map((area) => ({ ...area, isBlocked: isBlocked(area, now) }));
}

/**
 * Lets codes go there again. What was sent before does not count any more. Logs `codes.opened`.
 * @throws GatewayError not-found where it is not blocked
 */
export async function openCodeArea(ports: CodeAreaPorts, id: AccountId, area: string): Promise<void> {
  const { id: account } = await findAccount(ports, id);
  const { isOpened, owed } = await ports.codeGuards.open(account, area, ports.clock.now());
  if (!isOpened) throw new GatewayError("not-found", `codes to ${area.slice(0, 20)} are not blocked`, "area");
  if (owed.length > 0) await ports.jobs.deliver(owed);
  ports.log.event("codes.opened", { account, area });
}
