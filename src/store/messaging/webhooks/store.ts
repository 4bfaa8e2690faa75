/** Owed webhooks in D1, the attempts made, and the health of the endpoints they go to. */

import type { Seals } from "../../../core/kernel/ports.ts";
import type { WebhookStore } from "../../../core/webhooks/store.ts";
import { ported } from "../../query.ts";
import { attempted, claim, giveBack, release } from "./attempts.ts";
import { endpoints, givenUp, pause, resume } from "./endpoints.ts";
import { byId, figures, list, ofSubject } from "./find.ts";
import { nextInOrder } from "./order.ts";
import { replay, replayOne } from "./replay.ts";
import { add, due, forget, wake } from "./schedule.ts";

/**
 * @param seals absent: nothing is sealed, nor was
 * @param readable the same database, which leaves out rows that cannot be opened: for what many webhooks tell of
 */
export function webhookStore(db: D1Database, seals?: Seals, readable = db): WebhookStore {
  return ported<WebhookStore>(db, {
    byId,
    ofSubject,
    list,
    add,
    claim: (_, ...given) => claim(seals)(readable, ...given),
    giveBack,
    nextInOrder: nextInOrder(seals),
    attempted,
    due,
    wake,
    forget,
    release,
    replayOne,
    replay,
    endpoints,
    givenUp,
    pause,
    resume,
    figures,
  });
}
