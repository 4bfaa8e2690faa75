/** Whether texts may be sent: their form, their sender's owner, and opt-outs of their recipients. */

import { type Caller, normalSender } from "../accounts/account.ts";
import type { AccountStore } from "../accounts/store.ts";
import type { ServiceStore } from "../billing/store.ts";
import { mapInTurns } from "../kernel/chunks.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Digests } from "../kernel/ports.ts";
import { merchantsOf } from "./accept.ts";
import type { Message } from "./message.ts";
import { type NewMessage, toMessage } from "./new-message.ts";
import { heedsOf } from "./opt-outs.ts";
import { notYours, sendersOfOthers } from "./owners.ts";
import { noCarrier, type RoutePorts, uncarried } from "./route.ts";
import { optedOut, type SuppressionStore, suppressedAmong } from "./suppression.ts";

export type CheckPorts = {
  clock: Clock;
  ids: Ids;
  accounts: AccountStore;
  services: ServiceStore;
  suppressions: SuppressionStore;
  codes: Digests;
} & RoutePorts;

/** The message that it becomes, or why it becomes none. */
export type Checked = { outcome: "accepted"; message: Message } | { outcome: "refused"; error: GatewayError };

/**
 * Checks each, in order. A message that the dialect has already refused is passed in as its refusal.
 * @param options.together how many of them came in one request: many are bulk
 * @param options.leavesOptOuts opt-outs are not looked up: the write that accepts the messages does
 */
export async function check(
  ports: CheckPorts,
  caller: Caller,
  wanted: readonly (NewMessage | GatewayError)[],
  { leavesOptOuts = false, together = wanted.length }: { leavesOptOuts?: boolean; together?: number } = {},
): Promise<Checked[]> {
  const readable = wanted.flatMap((one) => (one instanceof GatewayError ? [] : one));
  const merchants = await merchantsOf(ports, caller, readable);
  const others = await sendersOfOthers(ports.accounts, caller, readable);
  const checked = await mapInTurns(wanted, (one): Checked => {
    if (one instanceof GatewayError) return { outcome: "refused", error: one };
    try {
      if (others.has(normalSender(one.sender))) throw notYours(one.sender);
      return { outcome: "accepted", message: toMessage(ports, caller, one, merchants, together) };
    } catch (error) {
      if (error instanceof GatewayError) return { outcome: "refused", error };
      throw error;
    }
  });
  const messages = checked.flatMap((one) => (one.outcome === "accepted" ? one.message : []));
  const suppressed = leavesOptOuts
    ? new Set()
    : await suppressedAmong(ports, messages, ({ sender }) => heedsOf(caller, sender));
  const lost = await uncarried(ports, messages);
  return checked.map((one) => {
    if (one.outcome === "refused") return one;
    const { recipient, sender } = one.message;
    if (suppressed.has(one.message)) return { outcome: "refused", error: optedOut(recipient, sender) };
    return lost.has(one.message) ? { outcome: "refused", error: noCarrier() } : one;
  });
}
