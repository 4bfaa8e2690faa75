/** Messages in D1. Every statement is for many rows at once; a list travels as one JSON parameter. */

import type { MessageStore } from "../../../core/messages/store.ts";
import type { WebhookFormat } from "../../../core/webhooks/format.ts";
import { ported } from "../../query.ts";
import { alike, sentPage } from "../sent.ts";
import { cancel, cancelScheduled, edit } from "./changes.ts";
import { byId, byIds, byTheirId, byTheirIds, list, search } from "./find.ts";
import { move } from "./moves.ts";
import {
  blankCodes,
  claim,
  due,
  figures,
  forget,
  handOn,
  nextDue,
  postpone,
  rest,
  routes,
  toRoute,
} from "./schedule.ts";

export function messageStore(db: D1Database, formats: ReadonlyMap<string, WebhookFormat>): MessageStore {
  return ported<MessageStore>(db, {
    byId,
    byIds,
    byTheirId,
    byTheirIds,
    list: (_, filter, page) => list(db, [...formats.keys()], filter, page),
    search: (_, filter, needles, page, most) => search(db, [...formats.keys()], { filter, needles, page, most }),
    sentPage,
    alike,
    toRoute,
    claim,
    handOn,
    move: (_, moves, answers) => move(db, formats, moves, answers),
    postpone,
    edit,
    cancel,
    cancelScheduled,
    due,
    nextDue,
    rest,
    routes,
    blankCodes,
    forget,
    figures,
  });
}
