/** When something must next be done, by what it is about; read in one question, since a sandbox whose clock moves asks at each step. */

import { PARTS_WAIT_MS } from "./inbound/parts.ts";

export type DueKind = "subscriptions" | "parts" | "preauths" | "campaigns" | "transactions" | "messages" | "webhooks";

/** Epoch ms; absent: never. */
type Times = {
  /** When something can next be done. */
  next?: number;
  /** From when on a sweep finds rows in its index: also those that wait for something else, or that cannot be done. */
  listed?: number;
};

export type Agenda = Readonly<Record<DueKind, Times>>;

export interface AgendaStore {
  /** @param partsWait milliseconds that a part of a text waits for the others */
  read(partsWait: number): Promise<Agenda>;
}

export function readAgenda({ agenda }: { agenda: AgendaStore }): Promise<Agenda> {
  return agenda.read(PARTS_WAIT_MS);
}

/** Epoch ms when something can next be done, of these kinds or of all; undefined: never. */
export function nextOf(agenda: Agenda, kinds = Object.keys(agenda) as readonly DueKind[]): number | undefined {
  const times = kinds.map((kind) => agenda[kind].next).filter((at) => at !== undefined);
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** Whether a sweep of this kind has rows to look at by a time (epoch ms). */
export function isListed(agenda: Agenda, kind: DueKind, by: number): boolean {
  const { next = Number.POSITIVE_INFINITY, listed = next } = agenda[kind];
  return Math.min(next, listed) <= by;
}
