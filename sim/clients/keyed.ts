/**
 * A program that sends an Idempotency-Key: asks until it is answered, asks again later, by the same key asks for something else, and
 * shares its keys with the other customer, who knows nothing of that.
 */

import type { Answer, Call } from "../ground/cloud.ts";
import { basic } from "../oracle/tenants.ts";
import { Deed, type Text, type Verdict } from "../oracle/texts.ts";
import { BASE, type Customer, operatorCall } from "../setup.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";
import { carryOut } from "./deeds.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The wires on which a text needs no id of the customer's: without a key, each request is a text of its own. */
const WIRES = {
  flowroute: {
    lives: 48 * HOUR,
    call: ({ accessKey, secretKey, longNumber }: Customer, { recipient, text }: Text): Call => ({
      method: "POST",
      url: `${BASE}/v2.1/messages`,
      headers: { authorization: basic({ accessKey, secretKey }), "content-type": "application/json" },
      body: JSON.stringify({ to: recipient.slice(1), from: longNumber.slice(1), body: text }),
    }),
    recipient: (n: number) => `+1206555${1010 + n}`,
    idOf: ({ body }: Answer) => String(JSON.parse(body).data.id),
  },
  target365: {
    lives: DAY,
    call: ({ apiKey, shortNumber }: Customer, { recipient, text }: Text): Call => ({
      method: "POST",
      url: `${BASE}/api/out-messages`,
      headers: { "x-apikey": apiKey, "content-type": "application/json" },
      body: JSON.stringify({ sender: shortNumber, recipient, content: text, timeToLive: 1_440 }),
    }),
    recipient: (n: number) => `+479806001${n}`,
    idOf: ({ headers }: Answer) => decodeURIComponent(headers.get("location")?.split("/").at(-1) ?? ""),
  },
} as const;
type Wire = keyof typeof WIRES;

export const keyed: Actor = async (stage, name) => {
  const { random, accounts } = stage;
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    const key = `${name}-${n}`;
    const wire = random.pick(["flowroute", "target365"] as const);
    const askers = random.chance(0.4) ? accounts : [random.pick(accounts)];
    const asking = askers.map((customer) => sends(stage, customer, wire, key));
    if (random.chance(0.4)) asking.push(issues(stage, random.pick(accounts), key));
    if (random.chance(0.5)) asking.push(sendsOnLoan(stage, random.pick(accounts), `loan-${key}`));
    await Promise.all(asking);
  }
};

/** A text, by one key: from one or two places at once, and again and again. */
export async function sends(stage: Stage, customer: Customer, wire: Wire, key: string): Promise<void> {
  const { random, judges } = stage;
  const text = textOf(stage, wire, `${customer.id} has a key, ${key}.`);
  const deed = new Deed(judges.messages.thing(customer.id, wire), "post", text);
  const name = `${customer.id} ${wire} ${key}`;
  judges.keys.wants(name, text.text);
  const make = () => withKey(WIRES[wire].call(customer, text), key);
  const ask = async () => {
    const done = await carryOut(stage, { deeds: [deed], make, read: verdictOf });
    if (!done) return;
    judges.keys.told(name, done.answer);
    judges.answers.must(name, done.answer.status < 300, done.answer, "was asked for with a key");
    if (done.answer.status >= 300) return;
    const id = idIn(WIRES[wire].idOf, done.answer);
    judges.answers.must(name, id !== "", done.answer, "was taken, and the answer does not say as what");
    judges.messages.name(deed.thing, id);
  };
  await Promise.all(Array.from({ length: random.pick([1, 1, 2]) }, ask));
  for (let rounds = random.int(0, 2); rounds > 0; rounds--) {
    await pause(stage);
    if (random.chance(0.5)) await ask();
    else await asksForMore(stage, name, (other) => withKey(WIRES[wire].call(customer, { ...text, text: other }), key));
  }
}

/**
 * A text from a sender that the account has for a moment only: whatever it is told, that holds. A request that is repeated after the
 * sender is gone is judged as it was when it was begun.
 */
async function sendsOnLoan(stage: Stage, customer: Customer, key: string): Promise<void> {
  const { random, judges } = stage;
  const sender = key.replace(/\W/g, "").slice(-11);
  const at = `/admin/v1/accounts/${customer.id}/senders/${sender}`;
  const text = { ...textOf(stage, "target365", `${customer.id} has a sender on loan, ${key}.`), mayBeRefused: true };
  const deed = new Deed(judges.messages.thing(customer.id, "target365"), "post", text);
  const name = `${customer.id} target365 ${key}`;
  judges.keys.wants(name, text.text);
  const body = { sender, recipient: text.recipient, content: text.text, timeToLive: 1_440 };
  const call = { ...WIRES.target365.call(customer, text), body: JSON.stringify(body) };
  await stage.callUntilAnswered(operatorCall("PUT", at, { kind: "alphanumeric", country: "NO" }));
  const asking = { deeds: [deed], make: () => withKey(call, key), read: verdictOf };
  const refusedOrThere = (answer: Answer | undefined) => {
    if (answer && answer.status >= 300) judges.keys.refusedForGood(name, text.text, answer);
  };
  const takesBack = async (waits: readonly number[]) => {
    await stage.timeline.wait(random.wait(random.pick(waits)), "the sender is taken back");
    await stage.callUntilAnswered(operatorCall("DELETE", at));
  };
  if (random.chance(0.3)) {
    const [answered] = await Promise.all([carryOut(stage, asking), takesBack([10, 200, 5_000, MINUTE])]);
    return refusedOrThere(answered?.answer);
  }
  // Between two attempts: whatever the first one wrote before it died was by a sender that the second does not find.
  const fatal = () => ({ ...withKey(call, key), isFatal: true as const });
  const first = await carryOut(stage, { ...asking, make: fatal, tries: 1 });
  await takesBack([10]);
  await stage.timeline.wait(random.wait(MINUTE), "all places know of it");
  refusedOrThere((first ?? (await carryOut(stage, asking)))?.answer);
}

/** The id that the answer tells; empty where it tells none. */
function idIn(idOf: (answer: Answer) => string, answer: Answer): string {
  try {
    return idOf(answer);
  } catch {
    return "";
  }
}

/** Another text under a key that is used: it must be refused, and is never sent. */
async function asksForMore(stage: Stage, name: string, make: (text: string) => Call): Promise<void> {
  const text = `Not to be sent: ${name}.`;
  stage.judges.keys.mustNot(name, text);
  for (let tries = 1; tries < 1_000; tries++) {
    const answer = await stage.call(make(text));
    if (answer && answer.status < 500) return stage.judges.keys.refused(name, answer);
    await stage.timeline.wait(stage.random.wait(MINUTE), "the client will ask again");
  }
}

/** The operator gives a customer a key to call with; its secret is shown once, and again to the same request. */
export async function issues(stage: Stage, { id }: Customer, key: string): Promise<void> {
  const { random, judges, oracle } = stage;
  const name = `${id} credential ${key}`;
  const path = `/admin/v1/accounts/${id}/credentials`;
  const make = () =>
    withKey(operatorCall("POST", path, { dialect: "target365", kind: "api-key", name: `with-${key}` }), key);
  const ask = async () => {
    for (;;) {
      const answer = await stage.call(make());
      if (answer && answer.status < 500 && verdictOf(answer) !== "nothing") {
        judges.keys.told(name, answer);
        return answer;
      }
      await stage.timeline.wait(random.wait(MINUTE), "the operator will ask again");
    }
  };
  const [answer] = await Promise.all(Array.from({ length: random.pick([1, 2]) }, ask));
  if (answer?.status !== 201) return oracle.report("P11", `${name} is answered ${answer?.status} ${answer?.body}`);
  judges.keys.onlyOne("credential", `with-${key}`, id);
  const headers = { "x-apikey": String(JSON.parse(answer.body).secret) };
  const { status } = await stage.callUntilAnswered({ method: "GET", url: `${BASE}/api/keywords`, headers });
  if (status !== 200) oracle.report("P11", `${name} has a secret that does not open: ${status}`);
  await pause(stage);
  await ask();
}

function withKey(call: Call, key: string): Call {
  return { ...call, headers: { ...call.headers, "idempotency-key": key } };
}

/** One that is under way elsewhere was not looked at. */
function verdictOf({ status, body }: Answer): Verdict {
  if (status === 409 && body.includes("under way")) return "nothing";
  if (status >= 500) return "unknown";
  return status < 300 ? "yes" : "no";
}

function textOf({ random }: Stage, wire: Wire, text: string): Text {
  const { recipient, lives } = WIRES[wire];
  return { recipient: recipient(random.int(0, 5)), text, isAtMostOnce: wire === "flowroute", lives };
}

function pause({ timeline, random }: Stage): Promise<void> {
  return timeline.wait(random.wait(random.pick([10, 5_000, MINUTE, HOUR, 4 * DAY])), "the client has its answer");
}
