/** Asking carriers about charges of unknown outcome. Such a charge is never made again: its carrier is asked until it answers. */

import type { TransactionId } from "../../kernel/ids.ts";
import type { Carrier } from "../../messages/carrier.ts";
import type { ChargeQueryResult } from "./carrier.ts";
import { RECEIPT_WAIT_MS } from "./charge.ts";
import { makeMoves, receiptMove, type SettlePorts } from "./settle.ts";
import type { Transaction, TransactionMove } from "./transaction.ts";

type AskPorts = SettlePorts & { carriers: ReadonlyMap<string, Carrier> };

/** The wait before the next query is as long as the charge has been open, within these limits. */
const SHORTEST_WAIT_MS = 60_000;
/** The same of a carrier that tells nothing by itself. */
const SHORTEST_WAIT_IF_SILENT_MS = 15_000;
const LONGEST_WAIT_MS = 6 * 3_600_000;

const CANNOT_TELL: ChargeQueryResult = { outcome: "cannot-tell" };

/** @param now epoch ms; @param shortest milliseconds */
function patience({ acceptedAt }: Pick<Transaction, "acceptedAt">, now: number, shortest = SHORTEST_WAIT_MS): number {
  return Math.min(LONGEST_WAIT_MS, Math.max(shortest, now - acceptedAt));
}

type Word = { carrier: string; answer: ChargeQueryResult };

/** Asks the carriers, and moves the transactions by their answers. */
export async function askCharges(ports: AskPorts, ids: readonly TransactionId[]): Promise<void> {
  const found = await ports.transactions.byIds(ids);
  const open = found.filter(({ state }) => state === "unknown" || state === "sent");
  const words = await queryAll(ports.carriers, open);
  const now = ports.clock.now();
  const moves = open.flatMap((transaction) => moveAfter(transaction, words.get(transaction.id), now) ?? []);
  await makeMoves(ports, moves);
  const moved = new Set(moves.map(({ id }) => id));
  const later = open.filter(({ id }) => !moved.has(id));
  if (later.length === 0) return;
  await ports.transactions.postpone(
    later.map(({ id, state, acceptedAt, carrier = "" }) => {
      const isSilent = state === "sent" && ports.carriers.get(carrier)?.billing?.mustBeAsked;
      const shortest = isSilent ? SHORTEST_WAIT_IF_SILENT_MS : SHORTEST_WAIT_MS;
      return { id, state, dueAt: now + patience({ acceptedAt }, now, shortest) };
    }),
  );
}

/** A transaction without a recorded carrier may have gone to any: *never-seen* is believed only if all carriers say so. */
async function queryAll(
  carriers: ReadonlyMap<string, Carrier>,
  transactions: readonly Transaction[],
): Promise<Map<TransactionId, Word>> {
  const billing = [...carriers.values()].flatMap(({ name, billing }) => (billing ? name : []));
  const questions = transactions.flatMap((transaction) =>
    (transaction.carrier ? [transaction.carrier] : billing).map((carrier) => ({ carrier, transaction })),
  );
  const words = new Map<TransactionId, Word>();
  for (const [carrier, group] of Map.groupBy(questions, (question) => question.carrier)) {
    const answers = await carriers
      .get(carrier)
      ?.billing?.query(group.map(({ transaction }) => transaction))
      .catch(() => undefined);
    group.forEach(({ transaction }, index) => {
      const answer = answers?.[index] ?? CANNOT_TELL;
      const before = words.get(transaction.id)?.answer.outcome ?? "never-seen";
      if (before === "never-seen" || answer.outcome === "taken" || answer.outcome === "settled") {
        words.set(transaction.id, { carrier, answer });
      }
    });
  }
  return words;
}

function moveAfter(transaction: Transaction, word: Word | undefined, now: number): TransactionMove | undefined {
  const { carrier, answer } = word ?? { carrier: transaction.carrier ?? "", answer: CANNOT_TELL };
  const base = { id: transaction.id, at: now, attempt: transaction.attempts, carrier };
  const entry = { at: now, event: "carrier.asked", carrier, answer: answer.outcome } as const;
  switch (answer.outcome) {
    case "settled":
      return receiptMove(answer.receipt, now);
    case "never-seen":
      // It was not billed and will not be. The customer decides whether to charge anew, with a new id. A reversal is asked for
      // again under its one id, and the carrier gives back once.
      if (transaction.kind === "reversal") {
        return { ...base, to: "ready", from: ["unknown", "sent"], dueAt: now + patience(transaction, now), entry };
      }
      return { ...base, to: "failed", reason: "carrier-offline", entry };
    case "taken":
      if (transaction.state === "sent") return undefined;
      return { ...base, to: "sent", reference: answer.reference, dueAt: now + RECEIPT_WAIT_MS, entry };
    case "cannot-tell":
      return undefined;
  }
}
