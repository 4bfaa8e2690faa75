/** Messages in D1. Every statement is for many rows at once; a list travels as one JSON parameter. */

import type { MessageStore } from "../../../core/messages/store.ts";
import type { WebhookFormat } from "../../../core/webhooks/format.ts";
import { ported } from "../../query.ts";
import { beyond, sentPage } from "../sent.ts";
import { cancel, edit } from "./changes.ts";
import { byId, byIds, byTheirId, byTheirIds, list } from "./find.ts";
import { move } from "./moves.ts";
import { claim, due, figures, forget, nextDue, postpone, routes } from "./schedule.ts";

export function messageStore(db: D1Database, formats: ReadonlyMap<string, WebhookFormat>): MessageStore {
  return ported<MessageStore>(db, {
    byId,
    byIds,
    byTheirId,
    byTheirIds,
    list: (_, filter, page) => list(db, [...formats.keys()], filter, page),
    sentPage,
    beyond,
    claim,
    move: (_, moves, answers) => move(db, formats, moves, answers),
    postpone,
    edit,
    cancel,
    due,
    nextDue,
    routes,
    forget,
    figures,
  });
}
