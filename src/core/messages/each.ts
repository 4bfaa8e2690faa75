/** Accepting the messages of one request: each on its own, or all or none. */

import type { Caller } from "../accounts/account.ts";
import { giveBack, take, tellOfLimits } from "../accounts/limits.ts";
import type { AccountStore } from "../accounts/store.ts";
import type { GatewayError } from "../kernel/errors.ts";
import { type AcceptPorts, askedFor, unlessOf } from "./accept.ts";
import { countAccepted, logAccepted } from "./accepted.ts";
import { alikeWithin, askedAlike, repeatedText, unlessAlike } from "./alike.ts";
import { type Checked, check } from "./check.ts";
import type { UnlessOf } from "./intake.ts";
import type { Message } from "./message.ts";
import type { NewMessage } from "./new-message.ts";
import { heedsOf } from "./opt-outs.ts";
import { optedOut, suppressedAmong } from "./suppression.ts";

/** The result for one of many. *lost*: our fault; nothing of it was stored. */
export type Taken = Checked | { outcome: "lost"; error: unknown };

type EachPorts = AcceptPorts & { accounts: AccountStore };

/**
 * Accepts those of the messages that pass the checks, and answers for each, in order. A message that the dialect has
 * already refused is passed in as its refusal. The ids are ours: a repeated request makes new messages.
 * All of them are in memory at once, so a dialect that takes very many calls this several times.
 * @param options.together how many of them came in one request; absent: all
 * @param options.atomic nothing is stored unless every one can be; then they are written as one transaction
 * @throws GatewayError too-many-requests; whatever the intake threw, if nothing at all was stored
 */
export async function acceptEach(
  ports: EachPorts,
  caller: Caller,
  wanted: readonly (NewMessage | GatewayError)[],
  { together = wanted.length, ...options }: { atomic?: boolean; together?: number } = {},
): Promise<Taken[]> {
  const checked = await check(ports, caller, wanted, { leavesOptOuts: !options.atomic, together });
  if (!options.atomic) return await store(ports, caller, checked, options);
  const whole = await withoutAlike(ports, caller, checked);
  if (whole.some((one) => one.outcome === "refused")) return whole;
  const stored = await store(ports, caller, whole, options);
  if (stored.every((one) => one.outcome === "accepted")) return stored;
  // Another request came in between: which of them it repeats is known now.
  const again = await withoutAlike(ports, caller, checked);
  return again.some((one) => one.outcome === "refused") ? again : stored;
}

/** Those that are to be stored all or none are looked up before, so that it is told which of them are repeats. */
async function withoutAlike(ports: EachPorts, caller: Caller, checked: readonly Checked[]): Promise<Checked[]> {
  const messages = checked.flatMap((one) => (one.outcome === "accepted" ? one.message : []));
  const asked = askedAlike(caller.account, messages);
  if (asked.length === 0) return [...checked];
  const alike = new Set([
    ...(await ports.messages.alike(asked)),
    ...alikeWithin(asked.map(({ message }) => message)).map(({ id }) => id),
  ]);
  return checked.map((one) =>
    one.outcome === "accepted" && alike.has(one.message.id)
      ? { outcome: "refused", error: repeatedText(caller.account) }
      : one,
  );
}

/** What each recipient may wish. */
async function wishesOf(ports: EachPorts, caller: Caller, messages: readonly Message[]): Promise<UnlessOf> {
  const known = await Promise.all(
    messages.map(async (message) => [message.id, await unlessOf(ports, caller, message)] as const),
  );
  const wishes = new Map(known);
  return ({ id }) => wishes.get(id) ?? { optedOutOf: [] };
}

async function store(
  ports: EachPorts,
  caller: Caller,
  checked: readonly Checked[],
  { atomic = false }: { atomic?: boolean },
): Promise<Taken[]> {
  const messages = checked.flatMap((one) => (one.outcome === "accepted" ? one.message : []));
  if (messages.length === 0) return [...checked];
  const taken = await take(ports, caller, askedFor(messages));
  const left = new Set(messages.map(({ id }) => id));
  try {
    const unless = unlessAlike(caller.account);
    const more = atomic
      ? { atomic, ...(unless ? { unless } : {}) }
      : { unless: await wishesOf(ports, caller, messages) };
    const arrived = await ports.intake.add(caller.account.id, messages, more);
    if (arrived.outcome === "stored") for (const id of arrived.added) left.delete(id);
  } catch (error) {
    // Unless it is atomic, a long list is committed in pieces: those already committed are accepted, and the answer must say so.
    const there = new Set((await ports.messages.byIds(messages.map(({ id }) => id))).map(({ id }) => id));
    if (there.size === 0) throw error;
    return checked.map((one) =>
      one.outcome === "accepted" && !there.has(one.message.id) ? { outcome: "lost", error } : one,
    );
  }
  const stored = messages.filter(({ id }) => !left.has(id));
  for (const message of stored) logAccepted(ports.log, message);
  countAccepted(ports.counts, stored);
  if (taken && left.size > 0) await giveBack(ports, taken, askedFor(messages.filter(({ id }) => left.has(id))));
  await tellOfLimits(ports, taken, caller.account);
  if (left.size === 0) return [...checked];
  const isAlike = await alikeAmong(
    ports,
    caller,
    messages.filter(({ id }) => left.has(id)),
  );
  return checked.map((one) => {
    if (one.outcome === "refused" || !left.has(one.message.id)) return one;
    const { recipient, sender } = one.message;
    return {
      outcome: "refused",
      error: isAlike(one.message) ? repeatedText(caller.account) : optedOut(recipient, sender),
    };
  });
}

/** Why each was left out: for its recipient's wish, or because it was alike another. Only asked where the account minds. */
async function alikeAmong(ports: EachPorts, caller: Caller, left: readonly Message[]) {
  if (caller.account.settings.duplicateSeconds === undefined) return () => false;
  const suppressed = await suppressedAmong(ports, left, ({ sender }) => heedsOf(caller, sender));
  return (message: Message) => !suppressed.has(message);
}
