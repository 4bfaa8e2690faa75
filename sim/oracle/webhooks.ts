/**
 * The promise about webhooks, P6: whatever is owed is taken in its dialect's sense, or stands in the dead list with its
 * reason. It is judged by what customers' servers saw; of the rows, by who may have moved them, and when.
 */

import type { Answer, Call } from "../ground/cloud.ts";
import type { Timeline } from "../ground/timeline.ts";
import type { Knock } from "../receivers.ts";
import { customOf, type Kind } from "./customs.ts";
import { type Deed, Deeds, wantsReplay } from "./deeds.ts";
import { aboutOf, contentOf, isSameNews } from "./news.ts";
import { mustFollow, type Round } from "./next-try.ts";
import type { Oracle, Row, Watch, Watched } from "./oracle.ts";
import { Owing } from "./owing.ts";
import { Published } from "./published.ts";
import type { Sessions } from "./sessions.ts";
import { faultInSignature, readCall } from "./wire.ts";

/** Clocks of processes differ by so much at most, and rows are looked at just after they were written. Milliseconds. */
const SKEW = 1_500;
const DAY = 86_400_000;
/** How long a pause waits after the last success where nothing is heard any more, at least. */
const LEAST_PATIENCE = 3 * DAY;
const FAILURES_BEFORE_PAUSE = 5;
/** So many entries a story has at most. */
const LONGEST_STORY = 60;
/** What was answered first may be written down last, by as much. */
const ON_ITS_WAY = 180_000;

/** A webhook, with what was seen of it. */
type Known = {
  row: Row;
  /** Since when it is in its state. */
  since: number;
  /** How often it was taken to be tried, and was. */
  claims: number;
  knocks: number;
  /** When it was first taken: who did that may be so slow that others were done with it before. */
  firstAt?: number;
  /** The same since an outcome was last written down: there are several where somebody died, or was too slow. */
  claimed: number[];
  open: Knock[];
  /** The attempts since it was last owed anew, once one of them has failed. */
  round?: Round;
  /** Whether there are others that its customer cannot tell from it. */
  isOneOfMany?: boolean;
};

export class Webhooks implements Watch {
  readonly owing: Owing;
  /** How many attempts failed, each of them one that its dialect's schedule has. */
  failures = 0;
  readonly #oracle: Oracle;
  readonly #sessions: Sessions;
  readonly #timeline: Timeline;
  /** How long what is over is kept. Milliseconds. */
  readonly #retention: number;
  readonly #deeds = new Deeds();
  readonly #known = new Map<string, Known>();
  readonly #byAbout = new Map<string, Known[]>();
  readonly #nonces = new Set<string>();
  readonly #published: Published;
  /** Calls to customers' own endpoints. */
  readonly #hooks = new Map<string, Knock[]>();
  readonly #health = new Map<string, { successes: number[]; tries: number }>();

  /** @param sessions judges what is told on connections of customers */
  constructor(oracle: Oracle, timeline: Timeline, sessions: Sessions, retention: number) {
    this.#oracle = oracle;
    this.#sessions = sessions;
    this.#timeline = timeline;
    this.#retention = retention;
    this.owing = new Owing(timeline);
    this.#published = new Published(oracle);
  }

  /** The operator is about to do this. */
  asks(deed: Deed): void {
    this.#deeds.asks(deed, this.#timeline.now);
  }

  /** And has been told that it is done. */
  told(deed: Deed): void {
    const askedAt = this.#deeds.told(deed, this.#timeline.now);
    for (const { row, since } of this.#known.values()) {
      const isOver = row.state === "dead" || (row.state === "answered" && deed.does !== "resume");
      if (isOver && since < askedAt - SKEW && wantsReplay(deed, row)) {
        this.#report(`${row.id} is still ${row.state}, though the operator was told: ${JSON.stringify(deed)}`);
      }
    }
  }

  /**
   * The operator has turned pages of a list, beginning at that time: nothing is on two of them.
   * @param belongs if they were all pages: what was there all the while, and belongs to the list, must be on one
   */
  listed(ids: readonly string[], begun: number, belongs?: (row: Row) => boolean): void {
    const found = new Set(ids);
    if (found.size < ids.length) this.#report(`a list has ${ids.length - found.size} webhooks twice`);
    for (const { row, since } of this.#known.values()) {
      if (since < begun - SKEW && belongs?.(row) && !found.has(String(row.id))) {
        this.#report(`a list of ${ids.length} webhooks leaves ${row.id} out, which is ${row.state}`);
      }
    }
  }

  /** A call has come to a customer's server. */
  knocked(knock: Knock): void {
    const told = readCall(knock);
    if (!told) this.#report(`${knock.host} was called with what nobody can read: ${knock.url} ${knock.body}`);
    if (!told || told.kind === "probe") return;
    const candidates = this.#byAbout.get(`${knock.host} ${told.dialect} ${told.about}`) ?? [];
    const same = candidates.filter(({ row }) => isSameNews(told, row, this.owing.subject(row)));
    const sound = same.filter(({ row }) => !contentOf(told, row, this.owing.subject(row)));
    const fitting = sound.length > 0 ? sound : same;
    const known = fitting.find(({ row }) => row.state === "delivering") ?? fitting[0];
    // Of several that say the same of the same id (an id refused as used, and used again) nobody knows which it was.
    for (const one of fitting) one.isOneOfMany ||= fitting.length > 1;
    const call = `${knock.method} ${knock.url} ${knock.body}`;
    if (!known) {
      const owed = candidates.map(({ row }) => row.id).join(", ");
      this.#report(`${knock.host} was told what nobody owes it${owed && ` (owed is: ${owed})`}: ${call}`);
      return;
    }
    const { row } = known;
    known.knocks++;
    if (row.kind === "event") this.#hooksOf(row).push(knock);
    for (const one of fitting) one.open.push(knock);
    const [knocks, claims] = [sum(fitting, "knocks"), sum(fitting, "claims")];
    if (knocks > claims) this.#report(`${row.id} was told again, and it was nobody's turn: ${call}`);
    if (!isAddress(knock, String(row.url)))
      this.#report(`${row.id} of ${row.account_id} was told at ${knock.url}, not at ${row.url}`);
    const fault = contentOf(told, row, this.owing.subject(row));
    if (fault) this.#report(`${row.id} tells ${fault}: ${call}`);
    const nonce = knock.headers.get("x-ecdsa-signature")?.split(":")[2];
    if (nonce && this.#nonces.has(nonce)) this.#report(`${row.id} has the nonce of a call before it: ${call}`);
    if (nonce) this.#nonces.add(nonce);
    const since = Math.min(...fitting.map(({ firstAt = 0 }) => firstAt));
    const unsigned = faultInSignature(knock, told.dialect, since, (name) => this.#published.byName(name));
    if (unsigned) this.#report(`${row.id}: ${unsigned}: ${call}`);
  }

  changed(table: Watched, before: Row | undefined, after: Row | undefined): void {
    switch (table) {
      case "message":
      case "txn":
      case "subscription":
      case "inbound":
        if (after) this.owing.follow(table, before, after);
        return;
      case "webhook":
        if (before && after) this.#move(before, after);
        else if (after) this.#begin(after);
        else if (before) this.#forget(before);
    }
  }

  answered(call: Call, answer: Answer): void {
    this.owing.answered(call, answer);
  }

  atRest(): void {
    for (const what of this.owing.faults()) this.#report(what);
    for (const { row } of this.#known.values()) {
      if (row.state !== "answered" && row.state !== "dead") this.#report(`${row.id} is ${row.state} for ever`);
      if (row.state === "dead" && !row.reason) this.#report(`${row.id} is given up, and nobody says why`);
    }
  }

  /** A webhook is written down. */
  #begin(row: Row): void {
    const event = JSON.parse(String(row.event));
    const subject = this.owing.subject(row);
    const known: Known = { row, since: this.#timeline.now, claims: 0, knocks: 0, claimed: [], open: [] };
    this.#known.set(String(row.id), known);
    this.owing.begun(row, event.state);
    // Customers use the same ids as others do: each is told of its own, at its own servers.
    const about = `${row.account_id}.example ${row.dialect} ${aboutOf(row, subject?.row)}`;
    this.#byAbout.set(about, [...(this.#byAbout.get(about) ?? []), known]);

    // One that was refused as it came was never a message of ours, and comes with its news.
    if (!subject && !event.message && row.kind !== "event")
      this.#report(`${row.id} tells of ${row.subject}, which is not there`);
    if (subject && subject.row.account_id !== row.account_id)
      this.#report(`${row.id} tells ${row.account_id} of another's`);
    const isOfState = row.kind !== "subscription" && subject;
    if (isOfState && !subject.states.has(event.state)) {
      this.#report(`${row.id} tells that ${row.subject} was ${event.state}, and it never was`, "P5");
    }
    const misled = this.owing.faultInAddress(row, event);
    if (misled) this.#report(`${row.id} ${misled}`);
    if (row.kind !== "event" && row.endpoint !== String(row.url).split("?")[0])
      this.#report(`${row.id}: ${row.endpoint} is not where ${row.url} is`);
    if (row.state === "dead") this.#judgeDeath(known, row);
    else if (row.state !== "owed" || row.due_at === null)
      this.#report(`${row.id} begins as ${row.state}, due ${row.due_at}`);
  }

  /** A webhook that was known is in another state. */
  #move(before: Row, after: Row): void {
    const known = this.#known.get(String(after.id)) as Known;
    known.row = after;
    const isSession = String(after.url).startsWith("smpp://");
    if (isSession) this.#sessions.moved(before, after);
    if (before.state === after.state) {
      // What waits for a session is due when somebody binds.
      if (!isSession && before.due_at !== after.due_at)
        this.#report(`${after.id} stays ${after.state}, and is due at another time`);
      return;
    }
    known.since = this.#timeline.now;
    switch (`${before.state} ${after.state}`) {
      case "owed delivering":
        this.#claimed(known, before);
        return;
      case "delivering owed":
        if (after.attempts !== before.attempts) this.#failed(known, after);
        return;
      case "delivering answered":
        if (!isSession && !known.open.some(({ answer }) => answer?.isTaken)) {
          this.#report(`${after.id} is answered, and nobody took it: ${seen(known)}`);
        }
        this.#healthOf(after).successes.push(this.#timeline.now);
        close(known);
        return;
      case "delivering dead":
      case "owed dead":
        this.#judgeDeath(known, before);
        return;
      case "dead owed":
      case "answered owed":
        close(known);
        delete known.round;
        if (after.attempts !== 0) this.#report(`${after.id} is owed anew, and counts ${after.attempts} attempts`);
        if (!this.#deeds.mayReplay(before, this.#timeline.now)) {
          this.#report(`${after.id} was ${before.state}, and is owed again, and no operator asked for it`);
        }
        return;
      default:
        this.#report(`${after.id} went from ${before.state} to ${after.state}`);
    }
  }

  #claimed(known: Known, before: Row): void {
    known.claims++;
    this.#healthOf(before).tries++;
    known.firstAt ??= this.#timeline.now;
    // What was begun by a claim of before, and came late, says nothing of this one.
    if (known.claimed.length === 0) known.open = [];
    known.claimed.push(this.#timeline.now);
    if (Number(before.due_at) > this.#timeline.now + SKEW) {
      this.#report(`${before.id} is tried at ${iso(this.#timeline.now)}, and is due at ${iso(before.due_at)}`);
    }
    const gone = this.#goneAt(before);
    if (gone !== undefined && gone + ON_ITS_WAY < this.#timeline.now && !this.#deeds.mayHaveResumed(before, gone)) {
      this.#report(`${before.id} is tried at ${before.endpoint}, which said at ${iso(gone)} that it is gone`);
    }
    if (this.#deeds.isPaused(before)) this.#report(`${before.id} is tried at ${before.endpoint}, which is paused`);
  }

  /** An attempt failed, and there will be another: when its dialect says, or its receiver asks. */
  #failed(known: Known, row: Row): void {
    this.failures++;
    const may = whatMayFollow(known, row);
    const waits = (Number(row.due_at) - Number(row.changed_at)) / 1_000;
    const isGone = row.kind === "event" && may.includes("gone") && waits === 0;
    const fits = isGone || may.some((one) => typeof one === "object" && one.least <= waits && waits <= one.most);
    if (!fits) {
      const failed = `${row.id} failed at ${iso(row.changed_at)}, for the ${row.attempts}. time`;
      this.#report(`${failed}, and is due after ${waits} s; to follow was ${JSON.stringify(may)}: ${seen(known)}`);
    }
    const schedule = customOf(row.dialect).waits(row.kind as Kind);
    if (known.round) known.round.isStretched ||= waits > (schedule[Number(row.attempts) - 1] ?? 0);
    this.#judgeFailure(known);
  }

  /** Where it was tried once since, what was written down is what came of that. */
  #judgeFailure(known: Known): void {
    const { row, claimed, open, isOneOfMany } = known;
    const answer = claimed.length === 1 && !isOneOfMany ? open[0]?.answer : undefined;
    if (answer?.isTaken) this.#report(`${row.id} counts as failed, and was taken at ${iso(answer.at)}`);
    if (answer && Number(row.changed_at) < answer.at - SKEW) this.#report(`${row.id} failed before it was answered`);
    close(known);
  }

  #judgeDeath(known: Known, before: Row): void {
    const { row } = known;
    const reason = String(row.reason ?? "");
    if (row.due_at !== null) this.#report(`${row.id} is given up, and due at ${iso(row.due_at)}`);
    if (row.is_paused === 1) {
      this.#judgePause(row, before);
      return;
    }
    const isGone = reason.startsWith("the receiver is gone: it answered 410");
    if (before.state !== "delivering" || !(isGone || reason.startsWith(`gave up after ${row.attempts} attempts`))) {
      this.#report(`${row.id} is given up, and the reason is: ${row.reason}`);
    }
    if (row.kind === "event" && known.knocks === 0) this.#report(`${row.id} is given up, and was never sent`);
    const may = whatMayFollow(known, row);
    if (!may.includes(isGone ? "gone" : "given up")) {
      const what = `${row.id} is given up after ${row.attempts} attempts (${reason})`;
      this.#report(`${what}; to follow was ${JSON.stringify(may)}: ${seen(known)}`);
    }
    this.#judgeFailure(known);
  }

  /** Nobody knocks there any more: as the operator said, or because nothing was taken there for long. */
  #judgePause(row: Row, before: Row): void {
    if (before.state === "delivering") this.#report(`${row.id} is paused while it is tried`);
    if (this.#deeds.hasPaused(row)) return;
    if (row.kind === "event" && /^it answered 410\b/.test(String(row.reason))) {
      if (this.#goneAt(row) === undefined) this.#report(`${row.endpoint} is switched off as gone, and never said so`);
      return;
    }
    const since = Date.parse(/nothing received there since (\S+)$/.exec(String(row.reason))?.[1] ?? "");
    if (Number.isNaN(since)) this.#report(`${row.id} is given up, and the reason is: ${row.reason}`);
    const { successes, tries } = this.#healthOf(row);
    const until = since + LEAST_PATIENCE;
    const success = successes.find((at) => at > since + ON_ITS_WAY && at < until - SKEW);
    if (success !== undefined)
      this.#report(`${row.endpoint} is paused, and something was taken there at ${iso(success)}`);
    if (until > this.#timeline.now + SKEW || tries < FAILURES_BEFORE_PAUSE) {
      this.#report(`${row.endpoint} is paused after ${tries} attempts, and since ${iso(since)}`);
    }
  }

  #forget(row: Row): void {
    const known = this.#known.get(String(row.id));
    if (!known) return;
    this.#known.delete(String(row.id));
    const isOld = this.#timeline.now - Number(row.changed_at) >= this.#retention - SKEW;
    const isOver = row.state === "answered" || row.state === "dead";
    if (!isOver || !(isOld || this.#isOfErased(row) || this.#isOfForgotten(row)))
      this.#report(`${row.id} was ${row.state}, and is gone`);
  }

  /** Whether what it was about was deleted with it; that this was in its time is judged where that is looked after. */
  #isOfForgotten({ kind, subject }: Row): boolean {
    const table = new Map([
      ["report", "message"],
      ["charge", "txn"],
      ["inbound", "inbound"],
    ]).get(String(kind));
    if (table === undefined) return false;
    return this.#oracle.sqlite.prepare(`SELECT 1 FROM ${table} WHERE id = ?`).get(String(subject)) === undefined;
  }

  /** Whether what it was about has nobody's number any more, but what stands for a person who was erased. */
  #isOfErased({ kind, subject, account_id, event, state }: Row): boolean {
    if (kind === "event") {
      type Told = { state: string; number: number; data: { id?: string } };
      const { state: type, number, data } = JSON.parse(String(event)) as Told;
      const written = "SELECT data FROM event WHERE account_id = ? AND number = ?";
      const left = this.#oracle.sqlite.prepare(written).get(account_id ?? null, number);
      // What tells of an opt-out is found by its event alone: once it is received, it is forgotten with that.
      const isOptOut = type.startsWith("suppression.") && state === "answered" && !left;
      return this.#isGone({ id: data.id }) || left?.data === "{}" || isOptOut;
    }
    const [table, person] = kind === "inbound" ? ["inbound", "sender"] : ["message", "recipient"];
    const sql = `SELECT 1 FROM ${table} WHERE id = ? AND ${person} LIKE 'erased.%'`;
    return this.#oracle.sqlite.prepare(sql).get(String(subject)) !== undefined;
  }

  /** Whether what an event was about was deleted since, with what tells of it. */
  #isGone({ id = "" }: { id?: string | undefined }): boolean {
    const table = { msg: "message", inb: "inbound", txn: "txn" }[id.slice(0, 3)];
    return table !== undefined && !this.#oracle.sqlite.prepare(`SELECT 1 FROM ${table} WHERE id = ?`).get(id);
  }

  #hooksOf({ account_id, endpoint }: Row): Knock[] {
    const key = `${account_id} ${endpoint}`;
    const hooks = this.#hooks.get(key) ?? [];
    this.#hooks.set(key, hooks);
    return hooks;
  }

  /** When an endpoint of a customer's own last said that it is gone, if it did. */
  #goneAt(row: Row): number | undefined {
    return this.#hooksOf(row).findLast(({ answer }) => answer?.status === 410)?.answer?.at;
  }

  #healthOf({ account_id, endpoint }: Row) {
    const key = `${account_id} ${endpoint}`;
    const health = this.#health.get(key) ?? { successes: [], tries: 0 };
    this.#health.set(key, health);
    return health;
  }

  #report(what: string, promise: "P5" | "P6" = "P6"): void {
    this.#oracle.report(promise, what);
  }
}

/**
 * What may follow an attempt that failed. Where it was tried once since, that is what came of that; otherwise nobody knows
 * which of the answers it was that was written down, or whether it was none.
 */
function whatMayFollow(known: Known, row: Row): ReturnType<typeof mustFollow>[] {
  const at = Number(row.changed_at);
  known.round ??= { firstFailedAt: at, isStretched: false };
  const schedule = customOf(row.dialect).waits(row.kind as Kind);
  const failure = { at, attempts: Number(row.attempts), schedule, round: known.round };
  const isCertain = known.claimed.length === 1 && !known.isOneOfMany;
  const answers = isCertain ? [known.open[0]?.answer] : [undefined, ...known.open.map(({ answer }) => answer)];
  const may = answers.map((answer) => mustFollow(failure, answer));
  // A long story does not keep all of its entries: then it is not known any more how the round began.
  const isLong = JSON.parse(String(row.history)).length >= LONGEST_STORY;
  return isLong
    ? [...may, mustFollow({ ...failure, round: { firstFailedAt: at, isStretched: false } }, undefined)]
    : may;
}

/** Whether that is the address; what the dialect puts into it, or behind it, does not count. */
function isAddress(knock: Knock, url: string): boolean {
  const wanted = new URL(url);
  if (wanted.host !== knock.host || wanted.pathname !== knock.path) return false;
  return [...wanted.searchParams].every(
    ([name, value]) => value.includes("[") || knock.query.getAll(name).includes(value),
  );
}

function sum(some: readonly Known[], what: "knocks" | "claims"): number {
  return some.reduce((total, one) => total + one[what], 0);
}

/** What came of it is written down. */
function close(known: Known): void {
  known.claimed = [];
  known.open = [];
}

function seen({ open }: Known): string {
  const answers = open.map(({ at, answer }) => `at ${iso(at)} it was answered ${JSON.stringify(answer)}`);
  return answers.length > 0 ? answers.join(", ") : "it was never told";
}

function iso(at: unknown): string {
  return new Date(Number(at)).toISOString();
}
