/** A program that sends free texts over txtNation's gateway.php, by GET and by POST, and asks again where it was not answered. */

import type { Answer, Call } from "../ground/cloud.ts";
import { Deed, type Text, type Thing, type Verdict } from "../oracle/texts.ts";
import { BASE, type Customer } from "../setup.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";
import { carryOut } from "./deeds.ts";

const HOUR = 3_600_000;

export const txtnation: Actor = async (stage, name) => {
  const { random, accounts, judges } = stage;
  const used = new Map<Customer, number>();
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    const customer = random.pick(accounts);
    used.set(customer, (used.get(customer) ?? 0) + 1);
    // Without an id each request is a text of its own: then it is asked for once.
    const theirId = random.chance(0.2) ? undefined : `${name}-${used.get(customer)}`;
    const thing = judges.messages.thing(customer.id, "txtnation", theirId);
    const write = () => new Deed(thing, "post", textOf(stage, customer, `${name} ${n}`));
    if (random.chance(0.2)) {
      const wrong = new Deed(thing, "post", { ...textOf(stage, customer, `${name} ${n}`), isBad: true });
      await post(stage, customer, wrong, `${customer.campaignKey}-of-yesterday`);
    }
    const deed = write();
    if (theirId === undefined) {
      await post(stage, customer, deed);
      continue;
    }
    const rival = random.chance(0.3) ? (random.chance(0.5) ? deed : write()) : undefined;
    await Promise.all([post(stage, customer, deed), rival && post(stage, customer, rival)]);
    if (random.chance(0.4)) await stage.timeline.wait(random.wait(random.pick([10, 60_000, HOUR])), `${name} waits`);
    if (deed.yesAt !== undefined && random.chance(0.4)) await post(stage, customer, deed);
    if (random.chance(0.3)) await post(stage, customer, write());
  }
};

async function post(stage: Stage, customer: Customer, deed: Deed, ekey = customer.campaignKey): Promise<void> {
  const { random, judges } = stage;
  const call = callOf(customer, deed.thing, deed.text as Text, ekey, random.chance(0.5));
  const isKnown = ekey === customer.campaignKey;
  const done = await carryOut(stage, {
    deeds: [deed],
    make: () => call,
    read: (answer) => verdictOf(answer),
    ...(deed.thing.theirId === undefined || !isKnown ? { tries: 1 } : {}),
  });
  if (done && !isKnown)
    judges.tenants.mustRefuse("a wrong key of a campaign", done.answer.body === "IR-103", done.answer);
}

function callOf(
  { id, shortNumber }: Customer,
  { theirId }: Thing,
  { recipient, text }: Text,
  ekey: string,
  isGet: boolean,
): Call {
  const form = new URLSearchParams({
    reply: "0",
    ...(theirId === undefined ? {} : { id: theirId }),
    number: recipient.slice(1),
    network: "INTERNATIONAL",
    value: "0",
    currency: "NOK",
    cc: `${id}-campaign`,
    ekey,
    message: text,
    shortcode: shortNumber,
  });
  const url = `${BASE}/gateway.php`;
  if (isGet) return { method: "GET", url: `${url}?${form}` };
  return { method: "POST", url, headers: { "content-type": "application/x-www-form-urlencoded" }, body: String(form) };
}

/** Words, with status 200 whatever they say. */
function verdictOf({ status, body }: Answer): Verdict {
  if (body === "SUCCESS") return "yes";
  return status >= 500 ? "unknown" : "no";
}

function textOf({ random, timeline }: Stage, { id, host }: Customer, name: string): Text {
  return {
    recipient: `+479807${random.int(1000, 1005)}`,
    text: `${id} ${name} of ${timeline.step}.${random.int(0, 1e9)}`,
    isAtMostOnce: true,
    lives: 48 * HOUR,
    report: `https://${host}/`,
  };
}
