/** Messages in D1. Every statement is for many rows at once; a list travels as one JSON parameter. */

import type { Seals } from "../../../core/kernel/ports.ts";
import type { MessageFilter, MessageStore } from "../../../core/messages/store.ts";
import type { WebhookFormat } from "../../../core/webhooks/format.ts";
import { ported } from "../../query.ts";
import { sealMessage } from "../../sealed/message.ts";
import { wholeNumber } from "../../sealed/numbers.ts";
import { alike, sentPage } from "../sent.ts";
import { cancel, cancelScheduled, edit } from "./changes.ts";
import { byId, byIds, byTheirId, byTheirIds, list, search } from "./find.ts";
import { move } from "./moves.ts";
import { blankCodes, claim, due, figures, forget, handOn, postpone, rest, routes, toRoute } from "./schedule.ts";

/**
 * @param seals absent: nothing is sealed, nor was
 * @param readable the same database, which leaves out rows that cannot be opened: for what is done about many messages at once
 */
export function messageStore(
  db: D1Database,
  formats: ReadonlyMap<string, WebhookFormat>,
  seals?: Seals,
  readable = db,
): MessageStore {
  const dialects = [...formats.keys()];
  const asked = async (filter: MessageFilter) => ({
    ...filter,
    ...(filter.recipient && seals ? { recipients: (await seals.numberForms(filter.recipient)).all } : {}),
  });
  return ported<MessageStore>(db, {
    byId,
    byIds: (_, ids) => byIds(readable, ids),
    byTheirId,
    byTheirIds,
    list: async (_, filter, page) => list(db, dialects, await asked(filter), page),
    search: async (_, filter, needles, page, most) => {
      const people = await wholeNumber(needles, seals);
      return search(db, dialects, { filter: await asked(filter), needles, people, page, most });
    },
    sentPage,
    alike: (_, messages) => alike(db, messages, seals),
    toRoute: (_, ids) => toRoute(readable, ids),
    claim: (_, ...given) => claim(seals?.names)(readable, ...given),
    handOn,
    move: (_, moves, answers) => move(db, formats, moves, answers, seals, readable),
    postpone,
    edit: async (_, id, given, at) => {
      return edit(db, id, given.isSealed && seals ? await sealMessage({ ...given, id }, seals) : given, at);
    },
    cancel,
    cancelScheduled,
    due,
    rest,
    routes,
    blankCodes,
    forget,
    figures,
  });
}
