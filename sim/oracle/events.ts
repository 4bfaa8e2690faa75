/**
 * The promise about events, a part of P6: whatever happens at an account with a log is in it, once and in order, and is told to each
 * endpoint that asked for it. It is held against what happened to messages, charges, subscriptions, texts and opt-outs.
 */

import { createHmac } from "node:crypto";
import type { Timeline } from "../ground/timeline.ts";
import type { Knock } from "../receivers.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";

/** What becomes of things that is told; written down a second time, since the oracle believes no table of the gateway's. */
const TOLD = {
  message: ["sent", "delivered", "failed", "expired", "cancelled"],
  txn: ["unknown", "billed", "failed", "expired", "cancelled"],
} as const;

/** A call that was begun with keys of before may be on its way for so long. Milliseconds. */
const ON_ITS_WAY = 300_000;

/** A secret that a customer was given. `until`: it signs at least so long; absent while it is the newest. */
type Secret = { secret: string; from: number; until?: number };

export class Events implements Watch {
  readonly #oracle: Oracle;
  readonly #timeline: Timeline;
  /** The accounts whose events are written down. */
  readonly #logged = new Set<string>();
  readonly #last = new Map<string, number>();
  readonly #seen = new Map<string, number>();
  /** All events of an account, by their numbers. */
  readonly #events = new Map<string, Map<number, Row>>();
  /** How often something was to be told, and was: by account, type and what it is about. */
  readonly #happened = new Map<string, number>();
  readonly #told = new Map<string, number>();
  /** Opt-outs that came since it was looked at last, or went (less than 0): by account, number and person. */
  readonly #noted = new Map<string, number>();
  readonly #endpoints = new Map<string, Row>();
  /** Ids of webhooks that are to be there, and that are. */
  readonly #expected = new Set<string>();
  readonly #owed = new Set<string>();
  /** Webhooks that go in order and are not over, by their endpoint and key: the numbers of their events. */
  readonly #pending = new Map<string, Map<string, number>>();
  readonly #secrets = new Map<string, Secret[]>();

  constructor(oracle: Oracle, timeline: Timeline) {
    this.#oracle = oracle;
    this.#timeline = timeline;
  }

  /** A customer was told a new secret of an endpoint, and that the one before signs for so long. */
  given(endpoint: string, secret: string, askedAt: number, overlap: number): void {
    const known = this.#secrets.get(endpoint) ?? [];
    for (const one of known) one.until = Math.min(one.until ?? Number.POSITIVE_INFINITY, askedAt + overlap);
    this.#secrets.set(endpoint, [...known, { secret, from: this.#timeline.now }]);
  }

  /** A rotation is about to be asked for: what was given before may sign for no longer than this. */
  rotates(endpoint: string, overlap: number): void {
    const until = this.#timeline.now + overlap;
    for (const one of this.#secrets.get(endpoint) ?? [])
      one.until = Math.min(one.until ?? Number.POSITIVE_INFINITY, until);
  }

  /** A customer has fetched events after a number; `next` is where it is to go on. */
  fetched(account: string, after: number, items: readonly { number: number }[], next: number): void {
    const there = this.#events.get(account) ?? new Map<number, Row>();
    const wanted = [...there.values()].filter(({ number }) => Number(number) > after && Number(number) <= next);
    const missing = wanted.find(({ number, data }) => data !== "{}" && !items.some((one) => one.number === number));
    if (missing) this.#report(`${account} fetched events ${after} to ${next} without number ${missing.number}`);
    const inOrder = items.map(({ number }) => number).toSorted((one, other) => one - other);
    if (items.some(({ number }, place) => number !== inOrder[place]))
      this.#report(`${account} fetched events ${items.map(({ number }) => number)}`);
  }

  /** A call has come to a customer's server: it is signed with every key that it may check it by. */
  knocked(knock: Knock): void {
    const secrets = this.#secrets.get(`${knock.host.split(".")[0]} ${knock.path.split("/").at(-1)}`);
    if (!secrets || !knock.path.startsWith("/hooks/")) return;
    const { now } = this.#timeline;
    const signatures = knock.headers.get("webhook-signature")?.split(" ") ?? [];
    const text = `${knock.headers.get("webhook-id")}.${knock.headers.get("webhook-timestamp")}.${knock.body}`;
    for (const { secret, from, until = Number.POSITIVE_INFINITY } of secrets) {
      if (now < from + ON_ITS_WAY || now > until - ON_ITS_WAY) continue;
      const key = Buffer.from(secret.slice("whsec_".length), "base64");
      const wanted = `v1,${createHmac("sha256", key).update(text).digest("base64")}`;
      if (!signatures.includes(wanted)) this.#report(`${knock.url} was called without a signature by its key`);
    }
  }

  changed(table: Watched, before: Row | undefined, after: Row | undefined): void {
    switch (table) {
      case "event_log":
        if (after) this.#logged.add(String(after.account_id));
        else if (before) this.#logged.delete(String(before.account_id));
        return;
      case "named_endpoint":
        if (after) this.#endpoints.set(`${after.account_id} ${after.name}`, after);
        return;
      case "event":
        if (after) this.#written(before, after);
        // It was kept for long enough: that is judged by who fetches it.
        else if (before) this.#events.get(String(before.account_id))?.delete(Number(before.number));
        return;
      case "webhook":
        this.#moved(before, after);
        return;
      case "message":
      case "txn":
        // A text of a batch, or a charge, may fail as it comes in.
        if (!before && after?.state === "failed") this.#becomes(table, after);
        if (before && after && before.state !== after.state) this.#becomes(table, after);
        return;
      case "subscription":
        if (before && after && before.state !== after.state && after.state === "cancelled") {
          this.#happens(after.account_id, "subscription.cancelled", String(after.id).slice(4));
        }
        return;
      case "inbound":
        if (after && !before && after.account_id !== null) {
          this.#happens(after.account_id, "inbound.received", String(after.id).slice(4));
        }
        return;
      case "suppression":
        // Whoever was erased is there under another name, and has not opted out anew; nor has one whose row was sealed with another key.
        for (const [row, times] of [[before, -1] as const, [after, 1] as const]) {
          if (!row || (before && after) || String(row.recipient).startsWith("erased.")) continue;
          const noted = `${row.account_id} ${row.number} ${row.recipient}`;
          this.#noted.set(noted, (this.#noted.get(noted) ?? 0) + times);
        }
    }
  }

  atRest(): void {
    for (const [what, times] of this.#happened) {
      const told = this.#told.get(what) ?? 0;
      if (told !== times) this.#report(`${what}: it happened ${times} times, and is ${told} times in the log`);
    }
    for (const id of this.#expected) if (!this.#owed.has(id)) this.#report(`${id} was never owed`);
    for (const id of this.#owed) if (!this.#expected.has(id)) this.#report(`${id} tells of what is in no log`);
  }

  #becomes(table: "message" | "txn", row: Row): void {
    const state = String(row.state);
    if (!(TOLD[table] as readonly string[]).includes(state)) return;
    const kind = table === "message" ? "message" : row.kind;
    this.#happens(row.account_id, `${kind}.${state}`, String(row.id).slice(4));
  }

  #happens(account: unknown, type: string, about: string): void {
    if (!this.#logged.has(String(account))) return;
    count(this.#happened, `${account} ${type} ${about}`);
  }

  /** An event is written down: the next of its account. */
  #written(before: Row | undefined, row: Row): void {
    const account = String(row.account_id);
    const events = this.#events.get(account) ?? new Map<number, Row>();
    this.#events.set(account, events.set(Number(row.number), row));
    if (before) return;
    count(this.#seen, account);
    const last = this.#last.get(account) ?? 0;
    this.#last.set(account, Math.max(last, Number(row.number)));
    const data = JSON.parse(String(row.data));
    const isOptOut = String(row.type).startsWith("suppression.");
    const about = isOptOut ? String(data.recipient) : String(data.id).slice(4);
    if (COUNTED.test(String(row.type))) count(this.#told, `${account} ${row.type} ${about}`);
    for (const { account_id, name, events: patterns } of this.#endpoints.values()) {
      const isAsked = (JSON.parse(String(patterns)) as string[]).some(
        (pattern) => pattern === "*" || pattern === row.type || String(row.type).startsWith(pattern.slice(0, -1)),
      );
      if (account_id === account && isAsked) this.#expected.add(`whk_${row.stem}_evt-${row.number}-${name}`);
    }
  }

  /** When all that changed together was looked at: numbers have no gap. */
  stepped(): void {
    for (const [noted, times] of this.#noted) {
      const [account, , recipient = ""] = noted.split(" ");
      if (times > 0) this.#happens(account, "suppression.added", recipient);
    }
    this.#noted.clear();
    for (const [account, last] of this.#last) {
      const seen = this.#seen.get(account) ?? 0;
      if (seen !== last) this.#report(`${account} has ${seen} events, and the last has number ${last}`);
    }
  }

  #moved(before: Row | undefined, after: Row | undefined): void {
    const row = after ?? before;
    if (row?.kind !== "event") return;
    const id = String(row.id);
    if (after && !before) this.#owed.add(id);
    if (row.order_key === null) return;
    const key = `${row.account_id} ${row.endpoint} ${row.order_key}`;
    const pending = this.#pending.get(key) ?? new Map<string, number>();
    this.#pending.set(key, pending);
    const { number } = JSON.parse(String(row.event)) as { number: number };
    if (before?.state === "owed" && after?.state === "delivering") {
      const earlier = [...pending].find(([other, its]) => other !== id && its < number);
      if (earlier) this.#report(`${id} is told before ${earlier[0]}, which it is to come after`);
    }
    if (after && after.due_at !== null) pending.set(id, number);
    else pending.delete(id);
  }

  #report(what: string): void {
    this.#oracle.report("P6", what);
  }
}

/** The types that are held against what happened. */
const COUNTED = /^(?:message\.|charge\.|reversal\.|inbound\.received$|subscription\.cancelled$|suppression\.added$)/;

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
