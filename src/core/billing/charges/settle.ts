/** Settling charges by receipts and answers: moves only go forward, each written with all it brings about. */

import { inChunks } from "../../kernel/chunks.ts";
import { stoppedAt } from "../../kernel/clock.ts";
import type { TransactionId } from "../../kernel/ids.ts";
import type { Jobs, Log } from "../../kernel/ports.ts";
import { present } from "../../kernel/present.ts";
import type { Traces } from "../../kernel/traces.ts";
import type { Tally } from "../../messages/tally.ts";
import { type ConsequencePorts, consequences } from "../consequences.ts";
import type { Context } from "../moves.ts";
import type { ChargeReceipt } from "./carrier.ts";
import type { TransactionStore } from "./store.ts";
import type { TransactionMove } from "./transaction.ts";

export type SettlePorts = ConsequencePorts & { transactions: TransactionStore; jobs: Jobs; log: Log };

/**
 * Settles charges by their receipts. Only moves forward: a late or repeated receipt changes nothing, nor does one of a carrier that
 * was not asked.
 */
export async function settleCharges(
  ports: SettlePorts & { traces: Traces },
  receipts: readonly ChargeReceipt[],
): Promise<void> {
  const now = ports.clock.now();
  const begun = ports.clock.wall();
  await makeMoves(
    ports,
    receipts.map((receipt) => receiptMove(receipt, now)),
  );
  const told = receipts.map(({ transaction: id, carrier, outcome, reason }) => ({
    id,
    ...present({ carrier, outcome, reason }),
  }));
  ports.traces.done("receipt", begun, told);
}

export function receiptMove(receipt: ChargeReceipt, now: number): TransactionMove {
  return {
    id: receipt.transaction,
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
      ...(receipt.reason ? { reason: receipt.reason } : {}),
    },
  };
}

/** Cancels a charge that no carrier has, after the subscription or consent that it is for has ended. */
export function takeBack(id: TransactionId, now: number): TransactionMove {
  return {
    id,
    to: "cancelled",
    from: ["ready"],
    at: now,
    reason: "ended",
    entry: { at: now, event: "charge.stopped" },
  };
}

/** What is about the transactions, where it is known already; and how carriers answered, counted. */
type Known = { known?: readonly Context[]; answers?: readonly Tally[] };

/**
 * Makes the moves that are allowed, each with all its consequences in one write; then writes the jobs for what is owed.
 */
export async function makeMoves(
  ports: SettlePorts,
  moves: readonly TransactionMove[],
  { known = [], answers = [] }: Known = {},
): Promise<void> {
  let counted = answers;
  for (const some of inChunks(moves, MOVED_AT_ONCE)) {
    await makeSome(ports, some, { known, answers: counted });
    counted = [];
  }
}

/** The ports with the clock at a move's own time (epoch ms), which may lie before or after the real one. */
export function asOf(ports: ConsequencePorts, at: number): ConsequencePorts {
  return { clock: stoppedAt(ports.clock, at), ids: ports.ids.asOf(at), formats: ports.formats };
}

/** How many moves go in one statement: each may bring texts, and a parameter may have 2,000,000 bytes. */
const MOVED_AT_ONCE = 200;

async function makeSome(
  ports: SettlePorts,
  moves: readonly TransactionMove[],
  { known, answers }: Required<Known>,
): Promise<void> {
  const contexts = new Map(known.map((context) => [context.transaction.id, context]));
  const missing = moves.filter(({ id }) => !contexts.has(id)).map(({ id }) => id);
  for (const context of missing.length > 0 ? await ports.transactions.contexts(missing) : []) {
    contexts.set(context.transaction.id, context);
  }
  const whole = moves.map((move) => {
    const context = contexts.get(move.id);
    if (!context) return move;
    return { ...move, brings: consequences(asOf(ports, move.at), context, move) };
  });
  const { made, owed, messages, transactions } = await ports.transactions.move(whole, answers);
  for (const move of moves) {
    ports.log.event(made.has(move.id) ? `transaction.${move.to}` : "transaction.move_rejected", {
      id: move.id,
      ...(made.has(move.id) ? {} : { to: move.to }),
      ...(move.carrier ? { carrier: move.carrier } : {}),
      ...(move.reference ? { reference: move.reference } : {}),
      ...(move.reason ? { reason: move.reason } : {}),
    });
  }
  if (owed.length > 0) await ports.jobs.deliver(owed);
  if (messages.length > 0) await ports.jobs.submit(messages);
  if (transactions.length > 0) await ports.jobs.charge(transactions);
}
