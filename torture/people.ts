/** People with phones: they write, subscribe and have enough of it, and buy on purchase pages. */

import { setTimeout as wait } from "node:timers/promises";
import type { Buyer, Inbound, Subscriber } from "./book.ts";
import { ask, type Call, refused, tryOnce, type World } from "./calls.ts";
import { ADMIN_TOKEN, type HandsetMessage } from "./outside.ts";
import type { Random } from "./random.ts";
import { type Seen, visitor } from "./visitor.ts";

/** What is sold again and again, and once. Set up by `torture.ts`. */
export const WEEKLY = { id: "torture-weekly", keyword: "TORTURE", price: 4_900 };
export const ONCE = { id: "torture-once", price: 2_900, thanks: "https://shop.example/thanks" };
export const SHORT_NUMBER = "2002";
/** What the customer hears of. */
export const KEYWORD = "HELLO";

/** How long a person tries before they give up on a page; the gateway is down in between. Milliseconds. */
const PATIENCE = 60_000;
const WEEK = 7 * 86_400_000;
const OPERATOR = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" };

export class People {
  #world: World;
  #count = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** A person writes a word that a customer waits for. */
  async write(): Promise<void> {
    const from = this.#somebodyNew(2);
    const inbound: Inbound = {
      id: `in-${this.#count}`,
      from,
      text: `${KEYWORD} ${this.#count}`,
      isAcknowledged: false,
    };
    this.#world.book.inbounds.push(inbound);
    const answer = await ask(this.#world, this.#writes(from, inbound.text, inbound.id));
    if (answer.status !== 201) return refused(this.#world, `the text ${inbound.id}`, answer);
    inbound.isAcknowledged = true;
    this.#world.book.acknowledged++;
  }

  /**
   * A person subscribes, or did almost a week ago and is only entered now: then they are billed at once, and for the next
   * week in some seconds. Some end it at once, while they may be being charged.
   */
  async subscribe(random: Random): Promise<void> {
    const nextWeek = Date.now() + random.between(1_000, 25_000);
    const subscriber: Subscriber = { recipient: this.#somebodyNew(3), nextWeek };
    const { book } = this.#world;
    book.subscribers.push(subscriber);
    const body = JSON.stringify({
      account: "demo",
      service: WEEKLY.id,
      recipient: subscriber.recipient,
      startsAt: new Date(nextWeek - WEEK).toISOString(),
    });
    const call: Call = { method: "POST", path: "/admin/v1/subscriptions", headers: OPERATOR, body };
    const answer = await ask(this.#world, call);
    if (answer.status !== 201) return refused(this.#world, `subscribing ${subscriber.recipient}`, answer);
    subscriber.subscription = JSON.parse(answer.text).id;
    book.acknowledged++;
    if (random.chance(0.4)) {
      await wait(random.between(0, 600));
      await this.stop(subscriber);
    }
  }

  /** Somebody who has subscribed has enough. */
  async stopSomebody(random: Random): Promise<void> {
    const all = this.#world.book.subscribers.filter((one) => one.subscription && one.stoppedAt === undefined);
    if (all.length > 0) await this.stop(random.one(all));
  }

  async stop(subscriber: Subscriber): Promise<void> {
    const id = `stop-${++this.#count}`;
    const answer = await ask(this.#world, this.#writes(subscriber.recipient, `STOP ${WEEKLY.keyword}`, id));
    if (answer.status !== 201) return refused(this.#world, `the STOP of ${subscriber.recipient}`, answer);
    subscriber.stoppedAt ??= Date.now();
    this.#world.book.acknowledged++;
  }

  /** A person buys on the purchase page, with the PIN they are sent, and looks again whenever it is not there. */
  async buy(): Promise<void> {
    const buyer: Buyer = { recipient: this.#somebodyNew(4), windows: 0, wasToldPaid: false };
    this.#world.book.buyers.push(buyer);
    const browser = visitor({ fetch: (path, init) => this.#fetch(path, init) });
    let address: string | undefined;
    let page: Seen | undefined;
    for (const until = Date.now() + PATIENCE; Date.now() < until && !this.#world.isGone; await wait(100)) {
      try {
        if (address === undefined) {
          const first = await browser.see(`/${ONCE.id}`);
          buyer.windows++;
          address = first.location;
          if (first.status !== 302 && first.status !== 303) throw new Error(`opened with ${first.status}`);
          continue;
        }
        page = await browser.open(page?.headers.get("refresh")?.split("url=")[1] ?? address);
        if (page.html.includes('value="pin"')) {
          const pin = await this.#pinOn(buyer.recipient);
          if (pin) page = await browser.press(page, "pin", { pin });
        } else if (page.html.includes('value="number"')) {
          page = await browser.press(page, "number", { number: buyer.recipient.slice(3) });
        }
        if (page.location) {
          buyer.wasToldPaid = page.location.startsWith(ONCE.thanks) && page.location.includes("status=success");
          if (buyer.wasToldPaid) this.#world.book.acknowledged++;
          return;
        }
      } catch {
        page = undefined; // not there just now
      }
    }
  }

  async #pinOn(msisdn: string): Promise<string | undefined> {
    const path = `/sandbox/v1/handsets/${encodeURIComponent(msisdn)}/messages?wait=5&match=${encodeURIComponent("^\\d{4} ")}`;
    const answer = await tryOnce(this.#world, { method: "GET", path, headers: OPERATOR });
    if (answer?.status !== 200) return undefined;
    const { items } = JSON.parse(answer.text) as { items: HandsetMessage[] };
    return items.at(-1)?.text.slice(0, 4);
  }

  async #fetch(path: string, init?: RequestInit): Promise<Response> {
    const answer = await fetch(this.#world.url + path, {
      redirect: "manual",
      signal: AbortSignal.timeout(60_000),
      ...init,
    });
    if (answer.status >= 500) throw new Error(`${path} answered ${answer.status}`);
    return answer;
  }

  #writes(from: string, text: string, theirId: string): Call {
    const path = `/sandbox/v1/handsets/${encodeURIComponent(from)}/messages`;
    return { method: "POST", path, headers: OPERATOR, body: JSON.stringify({ to: SHORT_NUMBER, text, theirId }) };
  }

  /** Numbers of one kind begin alike, so that nobody is two sorts of person. */
  #somebodyNew(kind: number): string {
    return `+479${kind}${String(++this.#count).padStart(6, "0")}`;
  }
}
