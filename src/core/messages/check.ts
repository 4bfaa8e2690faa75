/** Whether texts may be sent: their form, their sender's owner, and opt-outs of their recipients. */

import { type Caller, normalSender } from "../accounts/account.ts";
import type { AccountStore } from "../accounts/store.ts";
import type { ServiceStore } from "../billing/store.ts";
import { mapInTurns } from "../kernel/chunks.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import { merchantsOf } from "./accept.ts";
import type { Message } from "./message.ts";
import { type NewMessage, toMessage } from "./new-message.ts";
import { noCarrier, type RoutePorts, uncarried } from "./route.ts";
import { optedOut, type SuppressionStore, suppressedAmong } from "./suppression.ts";

export type CheckPorts = {
  clock: Clock;
  ids: Ids;
  accounts: AccountStore;
  services: ServiceStore;
  suppressions: SuppressionStore;
} & RoutePorts;

/** The message that it becomes, or why it becomes none. */
export type Checked = { outcome: "accepted"; message: Message } | { outcome: "refused"; error: GatewayError };

/** Checks each, in order. A message that the dialect has already refused is passed in as its refusal. */
export async function check(
  ports: CheckPorts,
  caller: Caller,
  wanted: readonly (NewMessage | GatewayError)[],
): Promise<Checked[]> {
  const readable = wanted.flatMap((one) => (one instanceof GatewayError ? [] : one));
  const merchants = await merchantsOf(ports, caller, readable);
  const others = await sendersOfOthers(ports.accounts, caller, readable);
  const checked = await mapInTurns(wanted, (one): Checked => {
    if (one instanceof GatewayError) return { outcome: "refused", error: one };
    try {
      if (others.has(normalSender(one.sender))) throw notYours(one.sender);
      return { outcome: "accepted", message: toMessage(ports, caller, one, merchants, wanted.length) };
    } catch (error) {
      if (error instanceof GatewayError) return { outcome: "refused", error };
      throw error;
    }
  });
  const messages = checked.flatMap((one) => (one.outcome === "accepted" ? one.message : []));
  const suppressed = await suppressedAmong(ports.suppressions, messages);
  const lost = await uncarried(ports, messages);
  return checked.map((one) => {
    if (one.outcome === "refused") return one;
    const { recipient, sender } = one.message;
    if (suppressed.has(one.message)) return { outcome: "refused", error: optedOut(recipient, sender) };
    return lost.has(one.message) ? { outcome: "refused", error: noCarrier() } : one;
  });
}

/** Senders that belong to another account, which would get the answers. Names belong to no account. */
async function sendersOfOthers(
  accounts: AccountStore,
  caller: Caller,
  wanted: readonly NewMessage[],
): Promise<ReadonlySet<string>> {
  const free = new Set(
    wanted.flatMap(({ sender, anySender }) => {
      const normal = normalSender(sender);
      return anySender && /^\d+$/.test(normal) && !caller.senders.has(normal) ? normal : [];
    }),
  );
  if (free.size === 0) return free;
  const numbers = [...free].flatMap((number) => [number, `+${number}`]);
  return new Set((await accounts.takenAmong(numbers)).map(normalSender));
}

function notYours(sender: string): GatewayError {
  return new GatewayError("not-allowed", `${sender} is a number of another account`, "sender");
}
