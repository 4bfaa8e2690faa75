/** Taking in many messages of one request, each for itself, or all or none. */

import type { Caller } from "../accounts/account.ts";
import { normalSender } from "../accounts/account.ts";
import type { AccountStore } from "../accounts/store.ts";
import { inChunks } from "../chunks.ts";
import { GatewayError } from "../errors.ts";
import { type AcceptPorts, logAccepted, merchantsOf } from "./accept.ts";
import type { Message } from "./message.ts";
import { type NewMessage, toMessage } from "./new-message.ts";
import { optedOut, type SuppressionStore, suppressedAmong } from "./suppression.ts";

/** What came of one of many. *lost*: a fault of ours, nothing of it was stored. */
export type Taken =
  | { outcome: "accepted"; message: Message }
  | { outcome: "refused"; error: GatewayError }
  | { outcome: "lost"; error: unknown };

/** So many are looked at, and committed, at once: what is in hand stays small, however many come. */
const AT_ONCE = 5_000;

type EachPorts = AcceptPorts & { accounts: AccountStore; suppressions: SuppressionStore };

/**
 * Takes those of the messages into our care that can be, and answers for each, in order. What the dialect found wrong
 * already is handed in as its refusal. The ids are ours: each is a message of its own, however often it is asked for.
 * @param options.atomic nothing is stored unless every one can be
 * @throws whatever the intake threw, if nothing at all was stored
 */
export async function acceptEach(
  ports: EachPorts,
  caller: Caller,
  wanted: readonly (NewMessage | GatewayError)[],
  options: { atomic?: boolean } = {},
): Promise<Taken[]> {
  if (options.atomic) {
    const checked = await check(ports, caller, wanted);
    if (checked.some((one) => one.outcome === "refused")) return checked;
    return await store(ports, caller, checked);
  }
  const taken: Taken[] = [];
  for (const some of inChunks(wanted, AT_ONCE)) {
    const checked = await check(ports, caller, some);
    try {
      taken.push(...(await store(ports, caller, checked)));
    } catch (error) {
      // Some are in our care by now: the answer must say which, so that they are not sent again.
      if (!taken.some(({ outcome }) => outcome === "accepted")) throw error;
      taken.push(...checked.map((one): Taken => (one.outcome === "accepted" ? { outcome: "lost", error } : one)));
    }
  }
  return taken;
}

async function check(
  ports: EachPorts,
  caller: Caller,
  wanted: readonly (NewMessage | GatewayError)[],
): Promise<Taken[]> {
  const readable = wanted.flatMap((one) => (one instanceof GatewayError ? [] : one));
  const merchants = await merchantsOf(ports, caller, readable);
  const others = await sendersOfOthers(ports.accounts, caller, readable);
  const checked = wanted.map((one): Taken => {
    if (one instanceof GatewayError) return { outcome: "refused", error: one };
    try {
      if (others.has(normalSender(one.sender))) throw notYours(one.sender);
      return { outcome: "accepted", message: toMessage(ports, caller, one, merchants) };
    } catch (error) {
      if (error instanceof GatewayError) return { outcome: "refused", error };
      throw error;
    }
  });
  const messages = checked.flatMap((one) => (one.outcome === "accepted" ? one.message : []));
  const suppressed = await suppressedAmong(ports.suppressions, messages);
  return checked.map((one) =>
    one.outcome === "accepted" && suppressed.has(one.message)
      ? { outcome: "refused", error: optedOut(one.message.recipient, one.message.sender) }
      : one,
  );
}

/** Numbers that are another account's: what is sent from there is answered there. Names are nobody's. */
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

async function store(ports: EachPorts, caller: Caller, checked: readonly Taken[]): Promise<Taken[]> {
  const messages = checked.flatMap((one) => (one.outcome === "accepted" ? one.message : []));
  if (messages.length === 0) return [...checked];
  try {
    await ports.intake.add(caller.account.id, messages, {});
  } catch (error) {
    // A long list is committed in pieces. What of it is there is in our care, and must be told so.
    const there = new Set((await ports.messages.byIds(messages.map(({ id }) => id))).map(({ id }) => id));
    if (there.size === 0) throw error;
    return checked.map((one) =>
      one.outcome === "accepted" && !there.has(one.message.id) ? { outcome: "lost", error } : one,
    );
  }
  for (const message of messages) logAccepted(ports.log, message);
  return [...checked];
}
