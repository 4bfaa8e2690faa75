/** Owed webhooks in D1, the attempts made, and the health of the endpoints they go to. */

import type { WebhookStore } from "../../../core/webhooks/store.ts";
import { ported } from "../../query.ts";
import { attempted, claim, giveBack, nextInOrder, release } from "./attempts.ts";
import { endpoints, givenUp, pause, resume } from "./endpoints.ts";
import { byId, figures, list, ofSubject } from "./find.ts";
import { replay, replayOne } from "./replay.ts";
import { add, due, forget, nextDue, wake } from "./schedule.ts";

export function webhookStore(db: D1Database): WebhookStore {
  return ported<WebhookStore>(db, {
    byId,
    ofSubject,
    list,
    add,
    claim,
    giveBack,
    nextInOrder,
    attempted,
    due,
    nextDue,
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
