/**
 * Texts of all connections of one system_id are accepted in groups: what comes while one is being written goes with the next. Each is
 * answered for by itself, and only when its group is written.
 */

import type { Caller } from "../../core/accounts/account.ts";
import { OverLimit } from "../../core/accounts/limits.ts";
import type { Gateway } from "../../core/gateway.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import { Group } from "../../core/kernel/group.ts";
import type { NewMessage } from "../../core/messages/new-message.ts";

type Wanted = { caller: Caller; message: NewMessage; isGivenUp: () => boolean };
type Settled = PromiseSettledResult<void>;

/** What one group may have: as many as a write of the intake holds. */
const MOST = 500;

const GIVEN_UP = "its connection ended before it was taken";

/** @returns takes a text: resolves when it is stored; throws whatever `accept` does */
export function takingInGroups(
  gateway: () => Pick<Gateway, "accept" | "acceptEach">,
): (caller: Caller, message: NewMessage, isGivenUp: () => boolean) => Promise<void> {
  const group = new Group<Wanted, void>((wanted) => takeAll(gateway(), wanted), { sizeOf: () => 1, limit: MOST });
  return (caller, message, isGivenUp) => group.add({ caller, message, isGivenUp });
}

async function takeAll(gateway: Pick<Gateway, "accept" | "acceptEach">, wanted: readonly Wanted[]): Promise<Settled[]> {
  const results = new Map<Wanted, Settled>();
  // Each bind has looked its caller up by itself; what they may do may have changed in between.
  await Promise.all(
    [...Map.groupBy(wanted, ({ caller }) => caller)].map(async ([caller, all]) => {
      const own = all.filter(({ isGivenUp }) => !isGivenUp());
      // What of one of them could not be stored says nothing of the others', which may be.
      const settled = await takeSome(gateway, caller, own).catch((reason) => own.map(() => failed(reason)));
      for (const [index, one] of own.entries()) if (settled[index]) results.set(one, settled[index]);
    }),
  );
  return wanted.map((one) => results.get(one) ?? failed(new GatewayError("too-late", GIVEN_UP)));
}

const failed = (reason: unknown): Settled => ({ status: "rejected", reason });

async function takeSome(
  gateway: Pick<Gateway, "accept" | "acceptEach">,
  caller: Caller,
  wanted: readonly Wanted[],
): Promise<Settled[]> {
  const messages = wanted.map(({ message }) => message);
  try {
    // Its customer sent each by itself: they are not bulk.
    const taken = await gateway.acceptEach(caller, messages, { together: 1 });
    return taken.map((one) =>
      one.outcome === "accepted" ? { status: "fulfilled", value: undefined } : failed(one.error),
    );
  } catch (error) {
    if (!(error instanceof OverLimit)) throw error;
    // All together are too many. As many as there is room for are taken: each by itself, in the order they came.
    return Promise.allSettled(messages.map(async (message) => void (await gateway.accept(caller, message))));
  }
}
