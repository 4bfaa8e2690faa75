/** What is next to be done by a database of a test, as of noon. */

import type { Agenda } from "../../src/core/agenda.ts";
import { agendaStore } from "../../src/store/agenda.ts";
import type { TestDatabase } from "./database.ts";
import { NOON } from "./rows.ts";

/** How long a claim lasts, and how long a part of a text waits for the others. Milliseconds. */
export const LEASE = 25_000;
export const WAIT = 600_000;

export function agendaOf({ d1 }: TestDatabase): Promise<Agenda> {
  const until = NOON + LEASE;
  return agendaStore(d1).read(WAIT, { messages: until, transactions: until, webhooks: until }, NOON);
}
