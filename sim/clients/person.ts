/** People who write: STOP in all its forms, at the worst of times; a word that means nothing; and START. */

import type { Asked } from "../oracle/optouts.ts";
import type { Charged } from "../oracle/stops.ts";
import { SOLD } from "../services.ts";
import { BASE, type Customer, operatorCall } from "../setup.ts";
import type { Stage } from "../world.ts";
import { buy, PEOPLE } from "./buyer.ts";
import { sendPaidText } from "./by-hand.ts";
import { type Actor, idle } from "./clients.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What ends all that is sold at a number. */
const STOP_ALL = [
  "STOP",
  "stopp",
  "Stop.",
  "STOP ALL",
  "Avslutt",
  "STOP nå med en gang",
  "Slutt",
  "stopp alt",
  "AVMELD",
];
/** What ends one thing, by its keyword. */
const STOP_ONE = ["STOP #", "stopp #", "Stopp: #!", "avslutt # takk"];
/** What ends nothing. */
const NOTHING = ["OK", "Hei", "#", "Hva er dette?", "Slutt med det der", "stoppested", "# STOP", "ja", "START"];

/** Norwegians, who buy and stop. */
export const person: Actor = async (stage, name) => {
  const { random, timeline, judges, accounts } = stage;
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    const subscribed = judges.subscriptions.all();
    const any = { person: random.pick(PEOPLE), account: random.pick(accounts).id, service: random.pick(SOLD).id };
    const { person: number, ...meant } = subscribed.length > 0 && random.chance(0.7) ? random.pick(subscribed) : any;
    let about: Charged = meant;
    const bought = random.chance(0.4) ? buy(stage, `${name}-${n}`, number) : undefined;
    const texted = !bought && random.chance(0.3) ? sendPaidText(stage, `${name}-${n}`, number, about) : undefined;
    if (bought || random.chance(0.7)) {
      const next = judges.subscriptions.nextOf(number) ?? timeline.now + random.wait(HOUR);
      const most = bought ? 20 * MINUTE : Math.min(next - timeline.now, 40 * DAY) + 5 * MINUTE;
      const enough = timeline.wait(most, `${name} waits for a charge`).then(() => undefined);
      const what = random.pick(["charged", "charged", "told"] as const);
      about = (await Promise.race([judges.stops.until(what, number), enough])) ?? about;
      await timeline.wait(random.wait(random.pick([1, 1, 20, 20, 200, 5 * SECOND, MINUTE])), `${name} has enough`);
    } else {
      await idle(stage, name);
    }
    await write(stage, `${name}-${n}`, number, about);
    await Promise.all([bought, texted]);
    if (random.chance(0.5)) await buy(stage, `${name}-${n}-anew`, number, about);
    // Some write it twice, and in a hurry.
    if (!random.chance(0.15)) continue;
    await Promise.all([1, 2].map((more) => write(stage, `${name}-${n}-${more}`, number, about)));
  }
};

async function write(stage: Stage, theirId: string, from: string, { account, service }: Charged): Promise<void> {
  const { random, network, judges, accounts } = stage;
  const customer = accounts.find(({ id }) => id === account) as Customer;
  const named = SOLD.find(({ id }) => id === service);
  const sold = named && random.chance(0.8) ? named : random.pick(SOLD);
  const means = random.pick(["all", "all", "one", "one", "nothing"] as const);
  const form = random.pick({ all: STOP_ALL, one: STOP_ONE, nothing: NOTHING }[means]);
  const text = form.replace("#", random.chance(0.5) ? sold.keyword : sold.keyword.toUpperCase());
  const ends = { all: SOLD.map(({ id }) => id), one: [sold.id], nothing: [] }[means];
  const written = { theirId, person: from, number: customer.shortNumber, text, account: customer.id, ends };
  judges.stops.writes(written);
  await network.write(from, customer.shortNumber, text, theirId);
  judges.stops.wasHeard(written);
}

const AMERICANS = ["+12065550171", "+12065550172"];
const WORDS: readonly (readonly [string, Asked["is"]])[] = [
  ["STOP", "out"],
  ["Stop!", "out"],
  ["stop all", "out"],
  ["opt-out", "out"],
  ["Quit", "out"],
  ["ARRÊT", "out"],
  ["Stopp", "out"],
  ["help", "neither"],
  ["START", "in"],
  ["unstop", "in"],
  ["Yes.", "in"],
  ["stop texting me", "neither"],
  ["hello", "neither"],
  ["start over", "neither"],
];

/** Americans, who are texted from a long number, and at times want to be left alone. */
export const american: Actor = async (stage, name) => {
  const { random, accounts } = stage;
  for (let n = 1; n <= 2 * stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    const recipient = random.pick(AMERICANS);
    const customer = random.pick(accounts);
    if (random.chance(0.5)) {
      await text(stage, `${name}-${n}`, customer, recipient);
      continue;
    }
    if (random.chance(0.3)) {
      await erase(stage, recipient);
      continue;
    }
    const word = random.pick(WORDS);
    const written = say(stage, `${name}-${n}`, recipient, customer, word);
    if (random.chance(0.6)) await text(stage, `${name}-${n}-meanwhile`, customer, recipient);
    await written;
    // Who is out says so once more, or thinks better of it, at this number or another of the same customer.
    if (word[1] !== "out" || random.chance(0.4)) continue;
    await idle(stage, name);
    await say(
      stage,
      `${name}-${n}-again`,
      recipient,
      customer,
      random.pick([
        ["STOP", "out"],
        ["START", "in"],
      ] as const),
    );
  }
};

async function say(
  { random, network, judges }: Stage,
  theirId: string,
  person: string,
  { longNumber, otherNumber }: Customer,
  [said, is]: readonly [string, Asked["is"]],
): Promise<void> {
  const number = random.pick([longNumber, otherNumber]);
  judges.optOuts.writes({ theirId, person, number, text: said, is });
  await network.write(person, number, said, theirId);
}

/** The operator erases somebody; refused while something is under way. */
async function erase({ judges, callUntilAnswered, oracle }: Stage, person: string): Promise<void> {
  judges.optOuts.mayBeErased(person);
  const path = `/admin/v1/people/${encodeURIComponent(person)}/erase`;
  const { status, body } = await callUntilAnswered(operatorCall("POST", path));
  if (status !== 200 && status !== 409) oracle.report("P1", `erasing ${person} is answered ${status} ${body}`);
}

/** A customer's program texts somebody: now, or in a while. */
async function text(
  stage: Stage,
  theirId: string,
  { id, apiKey, ...customer }: Customer,
  recipient: string,
): Promise<void> {
  const { random, judges, timeline } = stage;
  const sendAt = random.chance(0.4) ? timeline.now + random.wait(random.pick([MINUTE, DAY])) : undefined;
  const begun = timeline.step;
  const sender = random.pick([customer.longNumber, customer.otherNumber]);
  const answer = await stage.callUntilAnswered({
    method: "POST",
    url: `${BASE}/api/out-messages`,
    headers: { "x-apikey": apiKey, "content-type": "application/json" },
    body: JSON.stringify({
      transactionId: theirId,
      sender,
      recipient,
      content: `${id} says ${theirId}`,
      ...(sendAt === undefined ? {} : { sendTime: new Date(sendAt).toISOString() }),
    }),
  });
  const { isOut, wasOutAt } = judges.optOuts.standing(sender, recipient);
  if (answer.status === 201 || isOut || wasOutAt >= begun) return;
  stage.oracle.report(
    "P1",
    `${theirId} to ${recipient}, who never asked to be left alone: ${answer.status} ${answer.body}`,
  );
}
