/**
 * The operator who exchanges the gateway's keys, step by step, while all others go on. What was begun before a step must end well after
 * it: codes, forms, sessions of the console, repeats of what was asked for before.
 */

import { AHEAD, EXCHANGES, type Exchange, type ExchangeName } from "../exchanges.ts";
import type { Answer, Call } from "../ground/cloud.ts";
import { SOLD } from "../services.ts";
import { ADMIN_TOKEN, BASE, type Customer, operatorCall } from "../setup.ts";
import type { Stage } from "../world.ts";
import { Browser, has } from "./browser.ts";
import { begin, buy, PEOPLE } from "./buyer.ts";
import { type Actor, idle } from "./clients.ts";
import { issues, sends } from "./keyed.ts";
import { prove } from "./pincodes.ts";
import { strex } from "./strex.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** A session of the console lasts for longer. */
const LOGGED_IN = 11 * HOUR;

export const keeper: Actor = async (stage, name) => {
  const { random, timeline } = stage;
  for (const exchanged of stage.exchanges) {
    await idle(stage, name);
    const { ahead, made, gone, needed }: Exchange = EXCHANGES[exchanged];
    const exchange = new Keeping(stage, name, exchanged);
    await exchange.begins();
    await exchange.step("ahead", ahead);
    await exchange.step("made", made);
    if (exchanged === "data") await moveRows(stage);
    if (gone) {
      await timeline.wait(needed + random.wait(random.pick([SECOND, HOUR])), `${name} still needs the key before`);
      if (exchanged === "data") stage.oracle.dataKeyGoes("1");
      await exchange.step("gone", gone);
    }
    await exchange.ends();
  }
};

/** What is begun before the steps of an exchange, and looked at after each. */
class Keeping {
  readonly #stage: Stage;
  readonly #name: string;
  readonly #exchanged: ExchangeName;
  readonly #customer: Customer;
  #session: { cookie: string; since: number } | undefined;
  #isAgain: () => Promise<void> = async () => {};
  #erased: string | undefined;
  readonly #meanwhile: Promise<void>[] = [];

  constructor(stage: Stage, name: string, exchanged: ExchangeName) {
    this.#stage = stage;
    this.#name = `${name}-${exchanged}`;
    this.#exchanged = exchanged;
    this.#customer = stage.random.pick(stage.accounts);
  }

  async begins(): Promise<void> {
    await this.#logIn();
    await this.#charge("charge");
    if (this.#exchanged === "people") await this.#erase();
    const { random } = this.#stage;
    const wire = random.pick(["flowroute", "target365"] as const);
    this.#meanwhile.push(sends(this.#stage, this.#customer, wire, this.#name));
    this.#meanwhile.push(issues(this.#stage, this.#customer, this.#name));
  }

  /** Deploys these settings while codes are out, and a form is open. */
  async step(step: string, settings: Record<string, string>): Promise<void> {
    const { random, timeline, oracle, deploy } = this.#stage;
    const name = `${this.#name}-${step}`;
    const browser = new Browser(this.#stage.call);
    const form = random.chance(0.5) ? await begin(this.#stage, browser, name) : undefined;
    const what = { account: this.#customer.id, service: random.pick(SOLD).id };
    const coded = [prove(this.#stage, this.#customer, name), buy(this.#stage, name, random.pick(PEOPLE), what)];
    await timeline.wait(random.wait(random.pick([SECOND, 20 * SECOND, MINUTE])), `${name} is to come`);
    deploy(settings);
    await timeline.wait(AHEAD + random.wait(random.pick([SECOND, MINUTE, HOUR])), `${name} has reached all processes`);
    if (form?.page && has(form.page, "cancel")) {
      const answered = await browser.press(form.page, "cancel", {});
      if (answered?.status === 403) oracle.report("P8", `${name}: a form of a purchase page is refused`);
    }
    await this.#isStillIn(name);
    await this.#isAgain();
    await this.#isLeftAlone(name);
    await Promise.all(coded);
  }

  async ends(): Promise<void> {
    await Promise.all(this.#meanwhile);
    await this.#isAgain();
    await this.#charge("afterwards");
  }

  async #logIn(): Promise<void> {
    const { callUntilAnswered, timeline } = this.#stage;
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams({ token: ADMIN_TOKEN }).toString();
    const since = timeline.now;
    const answer = await callUntilAnswered({ method: "POST", url: `${BASE}/console/login`, headers, body });
    const cookie = answer.headers.get("set-cookie")?.split(";", 1)[0];
    if (cookie) this.#session = { cookie, since };
  }

  async #isStillIn(name: string): Promise<void> {
    const { callUntilAnswered, timeline, oracle } = this.#stage;
    if (!this.#session) return;
    const { cookie, since } = this.#session;
    const { status } = await callUntilAnswered({ method: "GET", url: `${BASE}/console/setup`, headers: { cookie } });
    if (status === 303 && timeline.now < since + LOGGED_IN) oracle.report("P11", `${name}: the console asks to log in`);
  }

  /** A person wants no more texts, and is erased. */
  async #erase(): Promise<void> {
    const { judges, callUntilAnswered, oracle } = this.#stage;
    const person = judges.charges.newPerson();
    const { id } = this.#customer;
    for (const call of [
      operatorCall("PUT", `/admin/v1/accounts/${id}/suppressions/${encodeURIComponent(person)}`, { reason: "asked" }),
      operatorCall("POST", `/admin/v1/people/${encodeURIComponent(person)}/erase`),
    ]) {
      const { status, body } = await callUntilAnswered(call);
      // While an endpoint is still to be told of it, nobody is erased.
      if (status === 409) return;
      if (status !== 200) oracle.report("P1", `${call.url} is answered ${status} ${body}`);
    }
    this.#erased = person;
  }

  /** Whoever was erased is known by their pseudonym: they are still sent nothing. */
  async #isLeftAlone(name: string): Promise<void> {
    const { callUntilAnswered, oracle } = this.#stage;
    const { apiKey, longNumber: sender } = this.#customer;
    if (!this.#erased) return;
    const text = { transactionId: `${name}-erased`, sender, recipient: this.#erased, content: "An offer" };
    const headers = { "x-apikey": apiKey, "content-type": "application/json" };
    const body = JSON.stringify(text);
    const { status } = await callUntilAnswered({ method: "POST", url: `${BASE}/api/out-messages`, headers, body });
    if (status < 400) oracle.report("P7", `${name}: a person who was erased is out no more`);
  }

  /** Asks for a charge, and again after each step: it is the same one. */
  async #charge(id: string): Promise<void> {
    const { judges, callUntilAnswered } = this.#stage;
    const wanted = {
      account: this.#customer.id,
      theirId: `${this.#name}-${id}`,
      recipient: judges.charges.newPerson(),
      amount: 990,
      invoiceText: `Order ${this.#customer.id} ${this.#name} ${id}`,
    };
    this.#isAgain = async () => {
      judges.charges.wanted(wanted);
      const { status, body } = await callUntilAnswered(strex(this.#customer).charge(wanted));
      judges.charges.told(wanted, status === 201, `${status} ${body}`);
    };
    await this.#isAgain();
  }
}

type Piece = { changed: number; unreadable: number; next?: string };

/** As `npm run reseal` does: piece by piece, and again until nothing is left. Some requests die with their process. */
async function moveRows(stage: Stage): Promise<void> {
  const { timeline, random, oracle } = stage;
  for (;;) {
    let left = 0;
    let after: string | undefined;
    do {
      const piece = await moveSome(stage, after);
      if (!piece) return;
      left += piece.changed;
      if (piece.unreadable > 0)
        oracle.report("P1", `${piece.unreadable} sealed rows cannot be read, and are to be moved`);
      after = piece.next;
    } while (after !== undefined);
    if (left === 0) return;
    await timeline.wait(random.wait(MINUTE), "rows were changed while they were to be moved");
  }
}

async function moveSome(stage: Stage, after: string | undefined): Promise<Piece | undefined> {
  const call: Call = operatorCall("POST", "/admin/v1/sealing/move", after === undefined ? {} : { after });
  if (stage.random.chance(0.3)) await stage.call({ ...call, isFatal: true });
  const answer: Answer = await stage.callUntilAnswered(call);
  if (answer.status === 200) return JSON.parse(answer.body) as Piece;
  stage.oracle.report("P1", `moving sealed rows is answered ${answer.status} ${answer.body}`);
  return undefined;
}
