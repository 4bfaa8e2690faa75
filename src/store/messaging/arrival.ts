/** Arrivals: the messages of one request, put into rows that a group of such can be written of. */

import { GatewayError } from "../../core/kernel/errors.ts";
import { type AccountId, accountNumberOf, accountPart, type MessageId, timePart } from "../../core/kernel/ids.ts";
import { LANES, type Lane } from "../../core/kernel/lane.ts";
import type { Once } from "../../core/kernel/ports.ts";
import type { Unless, UnlessOf } from "../../core/messages/intake.ts";
import type { Message } from "../../core/messages/message.ts";
import type { Webhook } from "../../core/webhooks/webhook.ts";
import { RARE_COLUMNS, type Storable, toNewValues } from "./messages/rows.ts";

/**
 * One request's messages, ready to be written. `rows` is the inside of a JSON array, so that a group is put together by
 * joining texts; each row is a list: the values of its columns, and what it is written on condition of. The claim is unique to this arrival: it tells our own nonce from the one of a replayed request.
 */
export type Arrival = {
  claim: string;
  account: AccountId;
  lane: Lane;
  rows: string;
  /** The webhooks owed for messages that failed as they came in; also the inside of a JSON array. */
  owed: string;
  due: readonly { id: MessageId; at: number | null }[];
  /** Messages that failed as they came in. */
  failed?: readonly MessageId[];
  once?: Once;
  /** Whether a message is among them that is left out if it repeats another. */
  isGuarded?: boolean;
  /** Whether a message is among them that is left out if its recipient wants no texts. */
  hasUnless?: boolean;
  /** Whether a message is among them that is left out if it is alike another. */
  minds?: boolean;
  /** Of messages that are to be stored all or none: the id of each that minds, its `alike_from`, and what a sealed one is compared by. */
  mindful?: readonly Mindful[];
  /** Whether a message is among them whose account has sealed texts. */
  hasSealed?: boolean;
  /** Whether all have nothing in the columns that are rarely used. */
  hasNoRareColumns?: boolean;
  /** The request with an Idempotency-Key that they came in: they are stored while it has its claim, and it is marked with them. */
  keyed?: KeyClaim;
};

export type Mindful = readonly [
  id: MessageId,
  alikeFrom: string,
  formerly?: readonly string[] | undefined,
  said?: string | undefined,
  marks?: readonly string[],
];

/** `read`: what the request had read before these messages went, which only it can open. */
export type KeyClaim = { id: string; claim: string; read?: string };

/** A statement's parameter may have 2,000,000 bytes; a group stays well below, in UTF-16 units of at most 3 bytes. */
const GROUP_LIMIT = 600_000;
/** Rows in a group, and in an arrival: a group is written within a few hundredths of a second, so that what is urgent waits no longer. */
const ROWS_AT_ONCE = 250;
const MOST_IN_AN_ARRIVAL = 200;
/** What is written all or none travels in one call, of at most 32 MiB, at up to two bytes for a unit. */
export const MOST_TOGETHER = 15_000_000;
/** What a webhook that is owed for a row adds. */
const OWED_WEIGHT = 900;

/** What it takes of a group, which may have 1 in all. */
export function weightOf({ due, rows, owed }: Arrival): number {
  return Math.max(due.length / ROWS_AT_ONCE, (rows.length + owed.length) / GROUP_LIMIT);
}

/** One request's messages: one arrival, or several where one would be too large; a nonce goes with the first. */
export function toArrivals(
  messages: readonly Message[],
  once: Once | undefined,
  owed: readonly Webhook[] = [],
  unless?: UnlessOf,
): Arrival[] {
  return [...arrivalsOf(messages, once, owed, unless)];
}

/** The same, made one after the other as they are asked for. */
export function arrivalsOf(
  messages: readonly Message[],
  once: Once | undefined,
  owed: readonly Webhook[] = [],
  unless?: UnlessOf,
  keyed?: KeyClaim,
): Iterable<Arrival> {
  return inArrivals(messages, { once, owed, unless, keyed }, Number.POSITIVE_INFINITY);
}

/**
 * The same, of messages that are to be stored all or none.
 * @throws GatewayError too-large
 */
export function toTogether(messages: readonly Message[], keyed?: KeyClaim, unless?: UnlessOf): Arrival[] {
  return [...inArrivals(messages, { keyed, unless, isWhole: true }, MOST_TOGETHER)];
}

/** What comes with the messages of a request. */
type With = {
  once?: Once | undefined;
  owed?: readonly Webhook[];
  unless?: UnlessOf | undefined;
  keyed?: KeyClaim | undefined;
  /** All or none. */
  isWhole?: boolean;
};

function* inArrivals(
  messages: readonly Message[],
  { once, owed = [], unless, keyed, isWhole = false }: With,
  most: number,
): Generator<Arrival> {
  const owedFor = Map.groupBy(owed, (webhook) => webhook.subject);
  const close = (chunk: readonly Row[], isFirst: boolean) => {
    const webhooks = chunk.flatMap(({ message }) => owedFor.get(message.id) ?? []);
    return toArrival(chunk, { owed: webhooks, once: isFirst ? once : undefined, unless, keyed, isWhole });
  };
  let chunk: Row[] = [];
  let size = 0;
  let whole = 0;
  let isFirst = true;
  for (const message of byLane(messages)) {
    const row = { message, json: JSON.stringify(toNewValues(message)) };
    const weight = row.json.length + (owedFor.has(message.id) ? OWED_WEIGHT : 0);
    whole += weight;
    if (whole > most) {
      throw new GatewayError("too-large", "this is too much to be taken all or none; send it in several requests");
    }
    const isOtherLane = chunk.length > 0 && chunk[0]?.message.lane !== message.lane;
    if (isOtherLane || chunk.length === MOST_IN_AN_ARRIVAL || (chunk.length > 0 && size + weight > GROUP_LIMIT)) {
      yield close(chunk, isFirst);
      isFirst = false;
      chunk = [];
      size = 0;
    }
    chunk.push(row);
    size += weight;
  }
  if (chunk.length > 0) yield close(chunk, isFirst);
}

/** Each arrival is of one lane: one urgent text among ten thousand makes only itself urgent. */
function byLane(messages: readonly Message[]): readonly Message[] {
  const lane = messages[0]?.lane;
  if (messages.every((message) => message.lane === lane)) return messages;
  return messages.toSorted((a, b) => LANES.indexOf(a.lane) - LANES.indexOf(b.lane));
}

/** What stands in a row after the values of its columns, if anything does. */
export const CONDITIONS = [
  "claim",
  "optedOutOf",
  "stopped",
  "formerly",
  "key_id",
  "key_claim",
  "alike_from",
  "said",
  "marks",
] as const;

/** A new row, as JSON. */
type Row = { message: Message; json: string };

function hasNoRareColumns(message: Storable): boolean {
  return RARE_COLUMNS.every((name) => message[name] === undefined);
}

/** What was opted out of is a list between commas, so that one is found by its text. */
function toWish({ optedOutOf, ...wish }: Unless) {
  return { ...wish, optedOutOf: `,${optedOutOf.join(",")},` };
}

/** With what the id of a message of this account begins that came at this time. */
export function alikeFrom({ id }: Message, since: number | undefined): string | undefined {
  return since === undefined ? undefined : `${id.slice(0, 4)}${accountPart(accountNumberOf(id))}${timePart(since)}`;
}

function toArrival(chunk: readonly Row[], { once, owed = [], unless, keyed, isWhole }: With): Arrival {
  const failed = chunk.flatMap(({ message: { id, state } }) => (state === "failed" ? [id] : []));
  const { id: claim, account, lane } = (chunk[0] as Row).message;
  const mindful: Mindful[] = [];
  let hasSealed = false;
  const whole = ({ message, json }: Row) => {
    if (!once && !unless && !keyed) return json;
    const wish: Partial<ReturnType<typeof toWish>> = unless ? toWish(unless(message)) : {};
    const { formerly, said, marks } = wish;
    const from = alikeFrom(message, wish.alikeSince);
    hasSealed ||= marks !== undefined;
    if (from !== undefined) mindful.push(marks ? [message.id, from, formerly, said, marks] : [message.id, from]);
    const ofSealed = marks ? [said, marks] : [];
    const more = [once && claim, wish.optedOutOf, wish.stopped, formerly, keyed?.id, keyed?.claim, from, ...ofSealed];
    return `${json.slice(0, -1)},${JSON.stringify(more).slice(1)}`;
  };
  const rows = chunk.map(whole).join(",");
  return {
    claim,
    account,
    lane,
    rows,
    owed: JSON.stringify(owed).slice(1, -1),
    due: chunk.map(({ message: { id, dueAt } }) => ({ id, at: dueAt ?? null })),
    ...(failed.length > 0 ? { failed } : {}),
    ...(once ? { once } : {}),
    ...(chunk.some(({ message }) => message.charge?.guard) ? { isGuarded: true } : {}),
    ...(unless ? { hasUnless: true } : {}),
    ...(mindful.length > 0 ? { minds: true, ...(isWhole ? { mindful } : {}) } : {}),
    ...(hasSealed ? { hasSealed } : {}),
    ...(chunk.every(({ message }) => hasNoRareColumns(message)) ? { hasNoRareColumns: true } : {}),
    ...(keyed ? { keyed } : {}),
  };
}
