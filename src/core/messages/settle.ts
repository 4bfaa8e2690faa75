/** A carrier's word on a message's fate. It only moves forward: a late or repeated receipt changes nothing. */

import type { Jobs, Log } from "../ports.ts";
import { announce } from "../webhooks/announce.ts";
import type { Receipt } from "./carrier.ts";
import type { Move } from "./message.ts";
import type { MessageStore } from "./store.ts";

export async function settle(
  ports: { messages: MessageStore; jobs: Jobs; log: Log },
  receipts: readonly Receipt[],
): Promise<void> {
  await announce(ports, receipts.map(toMove));
}

export function toMove(receipt: Receipt): Move {
  return {
    id: receipt.message,
    to: receipt.outcome,
    at: receipt.at,
    carrier: receipt.carrier,
    reference: receipt.reference,
    ...(receipt.reason ? { reason: receipt.reason } : {}),
    ...(receipt.operator ? { operator: receipt.operator } : {}),
    entry: {
      at: receipt.at,
      what: "receipt",
      carrier: receipt.carrier,
      outcome: receipt.outcome,
      ...(receipt.reason ? { reason: receipt.reason } : {}),
    },
  };
}
