/** Accepting the messages of one request: each on its own, or all or none. */

import type { Caller } from "../accounts/account.ts";
import type { AccountStore } from "../accounts/store.ts";
import type { GatewayError } from "../kernel/errors.ts";
import { type AcceptPorts, logAccepted } from "./accept.ts";
import { type Checked, check } from "./check.ts";
import type { NewMessage } from "./new-message.ts";

/** The result for one of many. *lost*: our fault; nothing of it was stored. */
export type Taken = Checked | { outcome: "lost"; error: unknown };

type EachPorts = AcceptPorts & { accounts: AccountStore };

/**
 * Accepts those of the messages that pass the checks, and answers for each, in order. A message that the dialect has
 * already refused is passed in as its refusal. The ids are ours: a repeated request makes new messages.
 * All of them are in memory at once, so a dialect that takes very many calls this several times.
 * @param options.atomic nothing is stored unless every one can be; then they are written as one transaction
 * @throws whatever the intake threw, if nothing at all was stored
 */
export async function acceptEach(
  ports: EachPorts,
  caller: Caller,
  wanted: readonly (NewMessage | GatewayError)[],
  options: { atomic?: boolean } = {},
): Promise<Taken[]> {
  const checked = await check(ports, caller, wanted);
  if (options.atomic && checked.some((one) => one.outcome === "refused")) return checked;
  return await store(ports, caller, checked, options);
}

async function store(
  ports: EachPorts,
  caller: Caller,
  checked: readonly Checked[],
  { atomic = false }: { atomic?: boolean },
): Promise<Taken[]> {
  const messages = checked.flatMap((one) => (one.outcome === "accepted" ? one.message : []));
  if (messages.length === 0) return [...checked];
  try {
    await ports.intake.add(caller.account.id, messages, atomic ? { atomic } : {});
  } catch (error) {
    // Unless it is atomic, a long list is committed in pieces: those already committed are accepted, and the answer must say so.
    const there = new Set((await ports.messages.byIds(messages.map(({ id }) => id))).map(({ id }) => id));
    if (there.size === 0) throw error;
    return checked.map((one) =>
      one.outcome === "accepted" && !there.has(one.message.id) ? { outcome: "lost", error } : one,
    );
  }
  for (const message of messages) logAccepted(ports.log, message);
  return [...checked];
}
