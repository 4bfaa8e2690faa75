/** A carrier's word on a message's fate. It only moves forward: a late or repeated receipt changes nothing. */

import type { Clock } from "../kernel/clock.ts";
import type { Jobs, Log } from "../kernel/ports.ts";
import { present } from "../kernel/present.ts";
import { queueJobs } from "../kernel/queue-jobs.ts";
import type { Traces } from "../kernel/traces.ts";
import { announce } from "../webhooks/announce.ts";
import type { Carrier, Receipt } from "./carrier.ts";
import type { Move } from "./message.ts";
import { rerouted } from "./reroute.ts";
import type { Routes } from "./route.ts";
import type { MessageStore } from "./store.ts";

type SettlePorts = {
  clock: Clock;
  messages: MessageStore;
  routes: Routes;
  carriers: ReadonlyMap<string, Carrier>;
  jobs: Jobs;
  log: Log;
};

/** @param times epoch ms: as of when each is settled, where that is not now */
export async function settle(
  ports: SettlePorts & { traces: Traces },
  receipts: readonly Receipt[],
  times: readonly number[] = [],
): Promise<void> {
  const now = ports.clock.now();
  const begun = ports.clock.wall();
  await announceWords(
    ports,
    receipts.map((receipt, index) => toMove(receipt, times[index] ?? now)),
  );
  const told = receipts.map(({ message: id, carrier, outcome, reason }) => ({
    id,
    ...present({ carrier, outcome, reason }),
  }));
  ports.traces.done("receipt", begun, told);
}

/** Makes the moves of what carriers said. What goes to another carrier by it is submitted again. */
export async function announceWords(ports: SettlePorts, moves: readonly Move[]): Promise<ReadonlySet<Move>> {
  const now = ports.clock.now();
  const { moves: whole, lanes } = await rerouted(ports, moves, now);
  const made = await announce(ports, whole);
  const again = [...made].filter(({ reroutes }) => reroutes);
  await queueJobs(
    ports.jobs.submit,
    again.map(({ id }) => ({ id, ...present({ lane: lanes.get(id) }) })),
    now,
  );
  return made;
}

/** A carrier's clock may be slow or fast: webhooks are due from our time, and report the carrier's. @param now epoch ms */
export function toMove(receipt: Receipt, now: number): Move {
  return {
    id: receipt.message,
    to: receipt.outcome,
    at: now,
    happenedAt: receipt.at,
    toldBy: receipt.carrier,
    carrier: receipt.carrier,
    reference: receipt.reference,
    ...(receipt.reason ? { reason: receipt.reason } : {}),
    ...(receipt.operator ? { operator: receipt.operator } : {}),
    entry: {
      at: now,
      event: "carrier.receipt",
      carrier: receipt.carrier,
      outcome: receipt.outcome,
      happenedAt: receipt.at,
      ...(receipt.reason ? { reason: receipt.reason } : {}),
    },
  };
}
