/** Whose a number is that texts are sent from: its owner gets the answers. */

import { type Caller, normalSender } from "../accounts/account.ts";
import type { AccountStore } from "../accounts/store.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { NewMessage } from "./new-message.ts";

type Sent = Pick<NewMessage, "sender" | "anySender">;

/** Senders that belong to another account, which would get the answers. Names belong to no account. */
export async function sendersOfOthers(
  accounts: Pick<AccountStore, "takenAmong">,
  caller: Caller,
  wanted: readonly Sent[],
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

/** @throws GatewayError not-allowed where the sender is another account's */
export async function checkOwner(
  accounts: Pick<AccountStore, "takenAmong">,
  caller: Caller,
  wanted: Sent,
): Promise<void> {
  const others = await sendersOfOthers(accounts, caller, [wanted]);
  if (others.size > 0) throw notYours(wanted.sender);
}

export function notYours(sender: string): GatewayError {
  return new GatewayError("not-allowed", `${sender} is a number of another account`, "sender");
}
