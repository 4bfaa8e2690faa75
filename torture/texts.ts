/** Customers who send texts, in each dialect's own way. */

import { setTimeout as wait } from "node:timers/promises";
import { DEMO_API_KEY } from "../scripts/local-settings.ts";
import { STATUS } from "../src/smpp/fields.ts";
import type { Text } from "./book.ts";
import { ask, type Call, refused, tryOnce, type World } from "./calls.ts";
import type { Esme } from "./esme.ts";
import { type Random, seeded } from "./random.ts";

export const PEOPLE = Array.from({ length: 40 }, (_, index) => `+47980790${String(index + 10)}`);
const AMERICANS = Array.from({ length: 10 }, (_, index) => `+1206555${String(2_000 + index)}`);
/** Whoever the SMSC reaches: no handset of ours is theirs. */
const SWEDES = Array.from({ length: 10 }, (_, index) => `+46701234${String(index + 100)}`);
export const SWEDISH = "46";
/** Whoever is sent a text. */
export const HANDSETS = [...PEOPLE, ...AMERICANS];
const BATCH = 20;
const JSON_TYPE = { "content-type": "application/json" };
const TARGET365 = { "x-apikey": DEMO_API_KEY, ...JSON_TYPE };

/** Where delivery reports go: several, so that one that is slow does not stand for all. */
const REPORT_PATHS = 4;

export class Texts {
  #world: World;
  #receiver: string;
  readonly #esme: Esme;
  #count = 0;
  readonly #probes = seeded("probes");

  constructor(world: World, receiver: string, esme: Esme) {
    this.#world = world;
    this.#receiver = receiver;
    this.#esme = esme;
  }

  /** One message a request. */
  async single(random: Random): Promise<void> {
    const { text, body } = this.#target365(random);
    this.#acknowledge([text], await ask(this.#world, toTarget365("POST", "/api/out-messages", body)), 201);
  }

  /** One, and once: answers whether it was taken. */
  async probe(): Promise<boolean> {
    const { text, body } = this.#target365(this.#probes);
    const answer = await tryOnce(this.#world, toTarget365("POST", "/api/out-messages", body));
    return answer !== undefined && this.#acknowledge([text], answer, 201);
  }

  /** One that goes out by SMPP. */
  async toSmsc(random: Random): Promise<void> {
    const { text, body } = this.#target365(random, 0, SWEDES);
    this.#acknowledge([text], await ask(this.#world, toTarget365("POST", "/api/out-messages", body)), 201);
  }

  /** One that comes in by SMPP: it has no id to ask again with. */
  async smpp(random: Random): Promise<void> {
    if (!this.#esme.isBound) return wait(100);
    const text = this.#add("smpp", random, PEOPLE);
    const answer = await this.#esme.submit(text.recipient, firstOf(text));
    if (answer === undefined) return void this.#world.book.unanswered++;
    const { status, messageId } = answer;
    // A fault of ours, too many, a bind that is over: it may come again.
    if (AGAIN.includes(status)) return;
    const isYes = status === STATUS.ok && messageId !== "";
    text.reportedAs = messageId;
    this.#acknowledge([text], { status, text: `message_id ${messageId}`, location: null }, STATUS.ok, isYes);
  }

  async batch(random: Random): Promise<void> {
    const all = Array.from({ length: BATCH }, () => this.#target365(random));
    const call = toTarget365(
      "POST",
      "/api/out-messages/batch",
      all.map(({ body }) => body),
    );
    const texts = all.map(({ text }) => text);
    this.#acknowledge(texts, await ask(this.#world, call), 201);
  }

  /** A message for later; some are changed before their time, some taken back. */
  async scheduled(random: Random): Promise<void> {
    const { text, body } = this.#target365(random, random.between(500, 6_000));
    const answer = await ask(this.#world, toTarget365("POST", "/api/out-messages", body));
    if (!this.#acknowledge([text], answer, 201)) return;
    const what = random.weighted({ leave: 2, edit: 4, cancel: 4 });
    if (what === "leave") return;
    await wait(random.between(0, 2_000));
    const path = `/api/out-messages/${text.id}`;
    if (what === "cancel") await this.#cancel(text, path);
    else await this.#edit(text, path, body, random);
  }

  async #cancel(text: Text, path: string): Promise<void> {
    const { status, tries, ...answer } = await ask(this.#world, toTarget365("DELETE", path));
    // Who asks a second time may be told that there is no such message: that is a yes as well.
    if (status === 204 || (status === 404 && tries > 1)) {
      text.valid.clear();
      this.#world.book.acknowledged++;
    } else if (status !== 409 && status !== 400) refused(this.#world, `taking back ${text.id}`, { status, ...answer });
  }

  async #edit(text: Text, path: string, body: OutMessage, random: Random): Promise<void> {
    const sendAt = Date.now() + random.between(500, 4_000);
    const content = `${body.content} changed.`;
    text.versions.set(content, sendAt);
    text.valid.add(content);
    const edited = { ...body, content, sendTime: new Date(sendAt).toISOString() };
    const answer = await ask(this.#world, toTarget365("PUT", path, edited));
    if (answer.status === 204) {
      text.valid = new Set([content]);
      this.#world.book.acknowledged++;
    } else if (answer.status !== 409 && answer.status !== 400) refused(this.#world, `changing ${text.id}`, answer);
    // Refused at the first try, it was not made; at a later one, the first may have been.
    else if (answer.tries === 1) text.valid.delete(content);
  }

  async txtnation(random: Random): Promise<void> {
    const text = this.#add("txtnation", random, PEOPLE);
    text.reportedAs = text.id;
    const query = { cc: "demo", ekey: DEMO_API_KEY, number: text.recipient.slice(1), id: text.id, title: "Stafett" };
    const message = firstOf(text);
    const path = `/gateway.php?${new URLSearchParams({ ...query, message })}`;
    const answer = await ask(this.#world, { method: "GET", path });
    this.#acknowledge([text], answer, 200, answer.text === "SUCCESS");
  }

  /** It has no id to ask again with: who gets no answer leaves it at that. */
  async cm(random: Random): Promise<void> {
    const text = this.#add("cm", random, PEOPLE);
    text.reportedAs = text.id;
    const content = firstOf(text);
    const to = [{ number: text.recipient.replace("+", "00") }];
    const msg = [{ from: "Stafett", to, reference: text.id, body: { type: "AUTO", content } }];
    const body = JSON.stringify({ messages: { authentication: { productToken: DEMO_API_KEY }, msg } });
    const answer = await tryOnce(this.#world, { method: "POST", path: "/v1.0/message", headers: JSON_TYPE, body });
    if (answer) this.#acknowledge([text], answer, 200, answer.text.includes('"Accepted"'));
  }

  /** Likewise. */
  async flowroute(random: Random): Promise<void> {
    const text = this.#add("flowroute", random, AMERICANS);
    const authorization = `Basic ${Buffer.from(`12345678:${DEMO_API_KEY}`).toString("base64")}`;
    const message = { from: "12065550100", to: text.recipient.slice(1), body: firstOf(text) };
    const call: Call = {
      method: "POST",
      path: "/v2.1/messages",
      headers: { authorization, ...JSON_TYPE },
      body: JSON.stringify(message),
    };
    const answer = await tryOnce(this.#world, call);
    if (!answer || answer.status === 429) return; // it takes so many a second
    if (this.#acknowledge([text], answer, 202)) text.reportedAs = JSON.parse(answer.text).data.id;
  }

  #target365(random: Random, delay = 0, to = PEOPLE): { text: Text; body: OutMessage } {
    const sendAt = delay > 0 ? Date.now() + delay : 0;
    const text = this.#add("target365", random, to, sendAt);
    text.mayDouble = random.chance(0.3);
    const body: OutMessage = {
      transactionId: text.id,
      sender: "Stafett",
      recipient: text.recipient,
      content: firstOf(text),
      deliveryMode: text.mayDouble ? "AtLeastOnce" : "AtMostOnce",
    };
    if (sendAt > 0) body.sendTime = new Date(sendAt).toISOString();
    if (random.chance(0.3)) {
      text.reportedAs = text.id;
      body.deliveryReportUrl = `${this.#receiver}/target365/${random.between(1, REPORT_PATHS)}`;
    }
    return { text, body };
  }

  #add(dialect: Text["dialect"], random: Random, to: readonly string[], notBefore = 0): Text {
    const id = `torture-${++this.#count}`;
    const content = `text ${this.#count}.`;
    const text: Text = {
      id,
      dialect,
      recipient: random.one(to),
      mayDouble: false,
      isAcknowledged: false,
      versions: new Map([[content, notBefore]]),
      valid: new Set([content]),
    };
    this.#world.book.texts.push(text);
    return text;
  }

  #acknowledge(texts: readonly Text[], answer: Answer, status: number, isYes = true): boolean {
    if (answer.status !== status || !isYes) {
      refused(this.#world, texts.map(({ id }) => id).join(", "), answer);
      return false;
    }
    for (const text of texts) text.isAcknowledged = true;
    this.#world.book.acknowledged += texts.length;
    return true;
  }
}

const AGAIN: readonly number[] = [STATUS.systemError, STATUS.throttled, STATUS.queueFull, STATUS.bindState];

type Answer = Parameters<typeof refused>[2];

type OutMessage = {
  transactionId: string;
  sender: string;
  recipient: string;
  content: string;
  deliveryMode: "AtMostOnce" | "AtLeastOnce";
  sendTime?: string;
  deliveryReportUrl?: string;
};

function firstOf({ versions }: Text): string {
  return [...versions.keys()][0] as string;
}

function toTarget365(method: string, path: string, body?: unknown): Call {
  return { method, path, headers: TARGET365, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
}
