/** Ids that are forgotten while a request that names them is under way. */

import type { Caller } from "../accounts/account.ts";
import { askedAlike } from "./alike.ts";
import type { Message } from "./message.ts";
import type { MessageStore } from "./store.ts";

/**
 * Which of these were kept out by an id that was forgotten since: they are to be asked for once more, as if they had come only now. The
 * others are kept out by a guard of their account.
 * @param left those that were not added, and whose ids no message has
 */
export async function forgottenAmong(
  { messages }: { messages: MessageStore },
  { account }: Pick<Caller, "account">,
  left: readonly Message[],
): Promise<ReadonlySet<Message>> {
  const unguarded = left.filter(({ charge }) => !charge?.guard);
  const asked = askedAlike(account, unguarded);
  const alike = new Set(asked.length > 0 ? await messages.alike(asked) : []);
  return new Set(unguarded.filter(({ id }) => !alike.has(id)));
}
