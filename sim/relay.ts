/**
 * A second carrier, that is called over HTTP: it speaks Target365's API, and has the same country's people as the first. It may be
 * down for hours, know us no more for a while, let requests linger, answer from a copy that is behind, and tell lies.
 */

import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import type { ChargeQueryResult, ChargeReceipt, ChargeResult } from "../src/core/billing/charges/carrier.ts";
import type { TransactionId } from "../src/core/kernel/ids.ts";
import type { QueryResult, Receipt, SubmitResult } from "../src/core/messages/carrier.ts";
import type { Faults } from "./faults.ts";
import type { Answer, Call } from "./ground/cloud.ts";
import type { Outside } from "./ground/process.ts";
import type { Random } from "./ground/random.ts";
import type { Timeline } from "./ground/timeline.ts";
import { type ChargeAsked, Network, type NetworkWitness, type Submission, type Teller } from "./network.ts";

export const RELAY = "norway";
export const RELAY_HOST = "strex.example";
const API_KEY = "the relay knows us by this";
/** One that is set up, and never used: its account and its addresses are its own. */
export const SPARE = "spare";
const SPARE_KEY = "the spare one knows us by that";

const SECOND = 1_000;
const HOUR = 3_600_000;
/** On each way, where it is slow. */
const SLOWEST = 4 * SECOND;
/** How long a request may linger: its sender gives up after five seconds at the earliest, and half a minute later it is there. */
const LONGEST_LINGER = 34 * SECOND;
/** How far a copy may be behind. */
const LONGEST_LAG = 25 * SECOND;
const KEY_NAME = "relay-1";

/** What the relay may do to our doors, and must be told of it. */
export type Knock = { what: string; answer: Answer | undefined };

type Reply = { status: number; body: string; headers?: Record<string, string> };
type Asked = { answer: unknown } | { fails: string } | "hangs";

type Given = {
  timeline: Timeline;
  random: Random;
  faults: Faults;
  witness: NetworkWitness;
  beside: Network;
  /** Calls the gateway, as any client. */
  call(call: Call): Promise<Answer | undefined>;
  /** What became of knocks that must be refused. */
  knocked(knock: Knock): void;
  /** A call of ours has left that hands over these texts, or asks to bill. */
  asked(what: "texts" | "charge", ids: readonly string[]): void;
  /** Whether another carrier has this text, or charge, and it is not settled: it may lie about that. */
  isElsewhere(id: string): boolean;
};

export class Relay {
  readonly network: Network;
  /** Where our doors are, once they are known: receipts, and those of the spare carrier. */
  doors: { receipts: string; spare: string } | undefined;
  /** Nothing gets there any more. */
  isDown = false;
  readonly #given: Given;
  readonly #random: Random;
  readonly #outages: readonly { from: number; until: number; manner: "down" | "unknown-to-us" }[];
  readonly #takenAt = new Map<string, number>();
  readonly #key: KeyObject;
  readonly #publicKey: string;
  #inFlight = 0;
  #nonces = 0;

  constructor(given: Given) {
    this.#given = given;
    this.#random = given.random.fork("relay");
    const teller: Teller = {
      settle: (told) => this.#tellsOfText(told),
      settleCharges: (told) => this.#tellsOfCharge(told),
    };
    this.network = new Network(given, { name: RELAY, beside: given.beside, teller });
    this.#key = createPrivateKey({ key: Buffer.from(PRIVATE_KEY, "base64"), format: "der", type: "pkcs8" });
    this.#publicKey = createPublicKey(this.#key).export({ format: "der", type: "spki" }).toString("base64");
    const begun = given.timeline.now;
    this.#outages = (["down", "unknown-to-us"] as const).flatMap((manner) => {
      if (!given.faults.has(manner === "down" ? "relay-down" : "relay-unknown")) return [];
      const from = begun + this.#random.wait(this.#random.pick([SECOND, HOUR / 4, 6 * HOUR]));
      return [{ from, until: from + this.#random.pick([HOUR / 10, HOUR, 20 * HOUR]), manner }];
    });
  }

  get isIdle(): boolean {
    return this.#inFlight === 0;
  }

  /** Answers a call of a process of ours. */
  readonly answer: Outside = async (request) => {
    const { timeline, faults } = this.#given;
    const way = () => this.#random.wait(30) + (faults.hits("carrier-slow") ? this.#random.int(0, SLOWEST) : 0);
    this.#inFlight++;
    const path = new URL(request.url).pathname;
    this.#notes(request.method, path, request.body);
    const what = `${RELAY} is asked: ${request.method} ${path}`;
    // Who asked gives up meanwhile, and it is done all the same.
    await timeline.wait(faults.hits("relay-lingers") ? this.#random.int(0, LONGEST_LINGER) : way(), what);
    // Who asks may wait for half of its time only, where it asked for others before.
    this.network.isAskedTooLate = faults.has("relay-lingers") || faults.has("carrier-slow");
    const told = this.#do(request.method, path, request.body, request.headers.get("x-apikey") ?? "");
    this.#inFlight--;
    if (told === "hangs") return new Promise(() => {});
    await timeline.wait(way(), `${RELAY} answers: ${"fails" in told ? told.fails : told.status}`);
    return told;
  };

  #notes(method: string, path: string, body: string): void {
    const { asked } = this.#given;
    if (method !== "POST") return;
    const idsIn = () =>
      [JSON.parse(body) as OutMessage | OutMessage[]].flat().map(({ transactionId }) => transactionId);
    if (path === "/api/out-messages/batch" || path === "/api/out-messages") asked("texts", idsIn());
    if (path === "/api/strex/transactions") asked("charge", idsIn());
  }

  #do(method: string, path: string, body: string, apiKey: string): Reply | { fails: string } | "hangs" {
    const { timeline, faults } = this.#given;
    const outage = this.#outages.find(({ from, until }) => from <= timeline.now && timeline.now < until);
    if (this.isDown || (outage?.manner === "down" && !faults.isCalm)) return { fails: "connection refused" };
    // The account of the spare carrier has nothing.
    if (apiKey === SPARE_KEY) return reply(404, { Message: "nothing is here" });
    if (apiKey !== API_KEY || (outage && !faults.isCalm)) return reply(401, { Message: "unknown key" });
    const [, resource = "", last = ""] =
      /^\/api\/(out-messages|strex\/transactions|server\/public-keys|client)\/?(.*)$/.exec(path) ?? [];
    const id = decodeURIComponent(last);
    switch (`${method} ${resource}`) {
      case "POST out-messages":
        return last === "batch" ? this.#takeAll(JSON.parse(body)) : this.#take(JSON.parse(body));
      case "GET out-messages":
        return this.#look(id, this.network.ask("query", [[id]]), textRecord);
      case "POST strex/transactions":
        return this.#charge(JSON.parse(body));
      case "GET strex/transactions":
        return this.#look(id, this.network.ask("queryCharges", [[id]]), chargeRecord);
      case "DELETE strex/transactions":
        return this.#giveBack(id);
      case "GET server/public-keys":
        return id === KEY_NAME
          ? reply(200, { name: KEY_NAME, publicKeyString: this.#publicKey, signAlgo: "ECDsaP256" })
          : reply(404, { Message: "no such key" });
      default:
        return reply(200, []);
    }
  }

  #take(given: OutMessage): Reply | { fails: string } | "hangs" {
    return this.#heard<SubmitResult>(this.network.ask("submit", [[submissionOf(given)]]), (result) => {
      if (result.outcome === "taken") this.#takenAt.set(given.transactionId, this.#given.timeline.now);
      return accepted(result);
    });
  }

  #takeAll(given: readonly OutMessage[]): Reply | { fails: string } | "hangs" {
    return this.#heard<SubmitResult>(this.network.ask("submit-together", [given.map(submissionOf)]), (result) => {
      for (const { transactionId } of given) this.#takenAt.set(transactionId, this.#given.timeline.now);
      return accepted(result);
    });
  }

  #charge(given: StrexTransaction): Reply | { fails: string } | "hangs" {
    const charge: ChargeAsked = {
      id: given.transactionId,
      recipient: given.recipient,
      merchant: given.merchantId,
      shortNumber: given.shortNumber,
      invoiceText: given.invoiceText,
      amount: Math.round(given.price * 100),
      currency: "NOK",
    };
    return this.#heard<ChargeResult>(this.network.ask("charge", [[charge], Number.POSITIVE_INFINITY]), (result) => {
      if (result.outcome === "busy") return busy(result.retryAfterSeconds);
      this.#takenAt.set(given.transactionId, this.#given.timeline.now);
      // Whether it is billed is found by asking.
      return reply(201);
    });
  }

  #giveBack(of: string): Reply | { fails: string } | "hangs" {
    const bill = this.network.bills.find(({ id, carrier, original }) => id === of && carrier === RELAY && !original);
    if (!bill) return reply(404, { Message: "no such transaction" });
    const id = `-${of}` as TransactionId;
    if (this.#takenAt.has(id)) return reply(409, { Message: "it is reversed already" });
    const asked = { id, amount: -bill.amount, original: bill.reference };
    return this.#heard<ChargeResult>(this.network.ask("give-back", [asked]), (result) => {
      if (result.outcome === "busy") return busy(result.retryAfterSeconds);
      // Not just now: nothing is there to be found.
      if (result.outcome === "refused") return reply(503);
      this.#takenAt.set(id, this.#given.timeline.now);
      return reply(201, { transactionId: id });
    });
  }

  /** What it did is one thing; whether, and how, its answer comes back is another. */
  #heard<Result>(asked: Asked, toReply: (result: Result) => Reply): Reply | { fails: string } | "hangs" {
    if (asked === "hangs") return asked;
    if ("fails" in asked) return this.#random.chance(0.5) ? asked : reply(this.#random.pick([500, 502, 504]));
    return toReply((asked.answer as Result[])[0] as Result);
  }

  /** A record, or a copy of it that is not there yet. */
  #look<Told>(
    id: string,
    asked: Asked,
    toRecord: (id: string, told: Told) => Reply,
  ): Reply | { fails: string } | "hangs" {
    const takenAt = this.#takenAt.get(id);
    const isFresh = takenAt !== undefined && this.#given.timeline.now - takenAt < LONGEST_LAG;
    if (isFresh && this.#given.faults.hits("relay-lags")) return reply(404, { Message: "no such transaction" });
    return this.#heard<Told>(asked, (told) => toRecord(id, told));
  }

  /** It has heard that another carrier has this text, or charge; and may say how that ended, which it cannot know. */
  async gossip(id: string): Promise<void> {
    const { timeline, faults, isElsewhere } = this.#given;
    if (!this.doors || !faults.hits("relay-lies")) return;
    await timeline.wait(
      this.#random.wait(this.#random.pick([50, SECOND, 5 * SECOND, 15 * SECOND])),
      `${RELAY} has heard of ${id}`,
    );
    if (isElsewhere(id)) await this.#lies(id);
  }

  #tellsOfText(told: Receipt): Promise<boolean> {
    return this.#posts(textRecordOf(told));
  }

  /** It may tell of charges as well, but need not. Whatever it takes back it tells. */
  async #tellsOfCharge(told: ChargeReceipt): Promise<boolean> {
    if (told.transaction.startsWith("-")) return true;
    return this.#posts(chargeRecordOf(told));
  }

  /** Of what another carrier has, it says how that ended; and who is not the relay says so in its name. */
  async #lies(id: string): Promise<void> {
    const { knocked } = this.#given;
    const [isWell, billed] = this.#random.pick([
      [OK, true],
      [FAILED, false],
    ] as const);
    await this.#posts(recordOf(id, id.startsWith("txn_") ? { ...isWell, billed } : isWell));
    if (this.#random.chance(0.5)) return;
    const about = recordOf(id, OK);
    const { receipts, spare } = this.doors ?? { receipts: "", spare: "" };
    const forged = `${receipts.slice(0, receipts.lastIndexOf("/"))}${spare.slice(spare.lastIndexOf("/"))}`;
    knocked({ what: "a receipt at an address with another carrier's key", answer: await this.#post(forged, about) });
    knocked({ what: "a receipt that nobody signed", answer: await this.#post(receipts, about, "") });
    const signature = this.#sign(receipts, JSON.stringify(about)).replace(/:[^:]*$/, `:${"A".repeat(86)}==`);
    knocked({ what: "a receipt with another's signature", answer: await this.#post(receipts, about, signature) });
  }

  async #posts(record: object): Promise<boolean> {
    return this.doors ? (await this.#post(this.doors.receipts, record))?.status === 200 : false;
  }

  #post(url: string, record: object, signature?: string): Promise<Answer | undefined> {
    const body = JSON.stringify(record);
    const headers = { "content-type": "application/json", "x-ecdsa-signature": signature ?? this.#sign(url, body) };
    return this.#given.call({ method: "POST", url, headers, body });
  }

  #sign(url: string, body: string): string {
    const timestamp = Math.floor(this.#given.timeline.now / SECOND);
    const nonce = `nonce-${++this.#nonces}`;
    const hash = createHash("sha256").update(body).digest("base64");
    const text = Buffer.from(`post${url.toLowerCase()}${timestamp}${nonce}${hash}`);
    const signature = sign("sha256", text, { key: this.#key, dsaEncoding: "ieee-p1363" }).toString("base64");
    return `${KEY_NAME}:${timestamp}:${nonce}:${signature}`;
  }
}

/** How the operator sets it up. */
export const RELAY_SET = {
  kind: "target365",
  settings: { baseUrl: `https://${RELAY_HOST}` },
  secrets: { apiKey: API_KEY },
};
export const SPARE_SET = { ...RELAY_SET, secrets: { apiKey: SPARE_KEY }, isEnabled: false };

/** What it signs with. Base64 of PKCS #8, of no worth elsewhere. */
const PRIVATE_KEY =
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4cN0Ys76LNunXK5pKPcOkSCrpt/te7oBGUJcq4zAcMShRANCAAQPEarQiTDJRb3rS5vNVHstetWiGq3p4PmzjCxhwCDMOpomr7D1lZISI3i9RuR2L66jVu3O5kBwXm9deHEqC8gL";

type OutMessage = { transactionId: Submission["id"]; sender: string; recipient: string; content: string };
type StrexTransaction = {
  transactionId: TransactionId;
  recipient: string;
  merchantId: string;
  shortNumber: string;
  invoiceText: string;
  price: number;
};

function submissionOf({ transactionId: id, sender, recipient, content: text }: OutMessage): Submission {
  return { id, sender, recipient, text, parts: 1 };
}

function accepted(result: SubmitResult): Reply {
  if (result.outcome === "busy") return busy(result.retryAfterSeconds);
  if (result.outcome === "refused") return reply(400, { Message: `it is ${result.reason}` });
  return reply(201);
}

function busy(seconds: number): Reply {
  return { status: 429, body: "", headers: { "retry-after": String(seconds) } };
}

function reply(status: number, json?: unknown): Reply {
  return { status, body: json === undefined ? "" : JSON.stringify(json) };
}

const OK = { statusCode: "Ok", detailedStatusCode: "Delivered" };
const FAILED = { statusCode: "Failed", detailedStatusCode: "SubscriberUnavailable" };
const UNDELIVERED = { statusCode: "Failed", detailedStatusCode: "Undelivered" };
const EXPIRED = { statusCode: "Sent", detailedStatusCode: "MissingDeliveryReport" };
const DETAILS = {
  "insufficient-funds": "InsufficientFunds",
  "subscriber-barred": "SubscriberBarred",
  "limit-exceeded": "SubscriberLimitExceeded",
} as const;

function recordOf(transactionId: string, status: object): object {
  return { transactionId, ...status };
}

function textRecordOf({ message, outcome, reason, reference }: Receipt): object {
  const failed = reason === "undelivered" ? UNDELIVERED : FAILED;
  const status = { delivered: OK, failed, expired: EXPIRED }[outcome];
  return recordOf(message, { ...status, smscTransactionId: reference });
}

function chargeRecordOf({ transaction, outcome, reason, reference }: ChargeReceipt): object {
  if (outcome === "billed") return recordOf(transaction, { ...OK, billed: true, smscTransactionId: reference });
  const detailedStatusCode = DETAILS[reason as keyof typeof DETAILS] ?? "OtherError";
  return recordOf(transaction, { statusCode: "Failed", detailedStatusCode, billed: false });
}

function textRecord(id: string, told: QueryResult): Reply {
  if (told.outcome === "never-seen") return reply(404, { Message: `there is no ${id}` });
  if (told.outcome === "cannot-tell") return reply(500);
  if (told.outcome === "settled") return reply(200, textRecordOf(told.receipt));
  return reply(
    200,
    recordOf(id, { statusCode: "Sent", detailedStatusCode: "Sent", smscTransactionId: told.reference }),
  );
}

function chargeRecord(id: string, told: ChargeQueryResult): Reply {
  if (told.outcome === "never-seen") return reply(404, { Message: `there is no ${id}` });
  if (told.outcome === "cannot-tell") return reply(500);
  if (told.outcome === "settled") return reply(200, chargeRecordOf(told.receipt));
  return reply(200, recordOf(id, { statusCode: "Queued", detailedStatusCode: "Pending" }));
}
