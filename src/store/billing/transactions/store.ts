/** Charges in D1. A row is there before a carrier hears of it; whatever a move brings about is written with it, or not at all. */

import type { TransactionStore } from "../../../core/billing/charges/store.ts";
import type { WebhookFormat } from "../../../core/webhooks/format.ts";
import { ported } from "../../query.ts";
import { add, hold } from "./accept.ts";
import { claim, toClaim } from "./claim.ts";
import { contexts } from "./contexts.ts";
import { askedAmong, byId, byIds, byTheirId, isSpent, list, stoppedInHand, waitingForOk } from "./find.ts";
import { balance, figures, ledger } from "./ledger.ts";
import { moveTransactions } from "./moves.ts";
import { due, postpone, routes } from "./schedule.ts";

export function transactionStore(db: D1Database, formats: ReadonlyMap<string, WebhookFormat>): TransactionStore {
  return ported<TransactionStore>(db, {
    add,
    hold,
    byId,
    byIds,
    byTheirId,
    isSpent,
    contexts,
    list,
    askedAmong,
    stoppedInHand,
    waitingForOk,
    toClaim,
    claim,
    move: (_, moves, answers) => moveTransactions(db, formats, moves, answers),
    postpone,
    due,
    routes,
    ledger,
    balance,
    figures,
  });
}
