/** An account's own codes, which it sends as texts of high priority: it says which of them people entered. */

import { bucketOf, type CodeGuardStore } from "../billing/codes/code-guard.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { MessageId } from "../kernel/ids.ts";
import type { Log } from "../kernel/ports.ts";
import type { MessageStore } from "../messages/store.ts";

type ConfirmPorts = { messages: Pick<MessageStore, "byId">; codeGuards: CodeGuardStore; clock: Clock; log: Log };

/** How long after its text was accepted a code may be confirmed. Milliseconds. */
const CONFIRMED_WITHIN_MS = 24 * 3_600_000;

/** `confirmedAt`: epoch ms; absent where the text was not counted as a code. */
export type Confirmed = { id: MessageId; confirmedAt?: number };

/**
 * Notes that a person entered the code of a text, once, however often it is said. Logs `code.confirmed`.
 * @throws GatewayError not-found; too-late a day after the text was accepted
 */
export async function confirmCode(ports: ConfirmPorts, id: MessageId): Promise<Confirmed> {
  const message = await ports.messages.byId(id);
  if (!message) throw new GatewayError("not-found", `there is no message ${id}`);
  const now = ports.clock.now();
  if (now > message.acceptedAt + CONFIRMED_WITHIN_MS) {
    throw new GatewayError("too-late", `${id} was accepted more than a day ago; its code can no longer be confirmed`);
  }
  const confirmedAt = await ports.codeGuards.confirmText(id, { now, at: bucketOf(now) });
  if (confirmedAt === undefined) return { id };
  ports.log.event("code.confirmed", { id, account: message.account });
  return { id, confirmedAt };
}
