/** What is done to subscriptions from outside: the operator opens and cancels them, merchants charge by themselves. */

import type { Row } from "../oracle/oracle.ts";
import { SOLD, type Sold, sellCall } from "../services.ts";
import { type Customer, operatorCall } from "../setup.ts";
import type { Stage } from "../world.ts";
import { PEOPLE } from "./buyer.ts";
import { byHand } from "./by-hand.ts";
import { type Actor, idle } from "./clients.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const REBILLED = SOLD.filter(({ autoRebill }) => autoRebill);
/** How long time goes on once all is set up. What is billed more often than so is ended before. */
const HORIZONS = [
  { days: 2, ends: [] },
  { days: 37, ends: [] },
  { days: 37, ends: [] },
  { days: 68, ends: ["weekly"] },
  { days: 130, ends: ["weekly"] },
  { days: 400, ends: ["weekly", "monthly"] },
] as const;

/** Anchors on days that not all months have, and in the hours that clocks leave out or show twice. */
const ANCHORS = [
  "2026-01-31T22:30:00Z",
  "2026-08-30T23:10:00Z",
  "2026-03-29T00:15:00Z",
  "2026-10-25T00:20:00Z",
  "2026-05-29T22:00:00Z",
];

/** Who changes what is sold in a world. Others take it as it comes, and do not know its price. */
const leaders = new WeakMap<object, string>();

export const subscriber: Actor = async (stage, name) => {
  const { random, timeline } = stage;
  const terms = new Map<string, Sold>();
  if (!leaders.has(stage.oracle)) leaders.set(stage.oracle, name);
  const leads = leaders.get(stage.oracle) === name;
  if (random.chance(0.4)) stage.network.broke.add(PEOPLE.at(-1) as string);
  const going: Promise<void>[] = [];
  for (let n = 1; n <= Math.ceil(stage.deeds / 2) && !stage.isOver(); n++) {
    going.push(byHand(stage, `${name}-${n}`));
    await idle(stage, name);
    const customer = random.pick(stage.accounts);
    const deed = random.pick(["open", "open", "open", "open", "cancel", "cancel", "raise", "rest"] as const);
    if (deed === "open") await open(stage, customer, leads ? terms : undefined);
    if (deed === "cancel")
      await cancel(
        stage,
        customer,
        SOLD.map(({ id }) => id),
        1,
      );
    if (deed === "raise" && leads) await raise(stage, customer, terms);
    if (deed === "rest" && leads) await rest(stage, customer, terms);
  }
  const { days, ends } = random.pick(HORIZONS);
  for (const customer of stage.accounts) await cancel(stage, customer, ends, 9);
  await Promise.all([timeline.wait(days * DAY, `${name} has waited ${days} days`), ...going]);
  if (random.chance(0.6)) for (const customer of stage.accounts) await giveBack(stage, customer);
};

/** Opens one: from now on, from a day to come, or as if it had begun long ago. */
async function open(stage: Stage, customer: Customer, terms: Map<string, Sold> | undefined): Promise<void> {
  const { random, timeline, judges } = stage;
  const service = random.pick(REBILLED).id;
  const recipient = random.pick(PEOPLE);
  const begun = timeline.now;
  const startsAt = random.pick([
    undefined,
    undefined,
    timeline.now + random.wait(2 * DAY),
    Date.parse(random.pick(ANCHORS)),
  ]);
  const answer = await stage.callUntilAnswered(
    operatorCall("POST", "/admin/v1/subscriptions", {
      account: customer.id,
      service,
      recipient,
      ...(startsAt === undefined ? {} : { startsAt: new Date(startsAt).toISOString() }),
    }),
  );
  // It may be resting just now.
  if (answer.status === 400 && service === "weekly" && !terms) return;
  if (answer.status === 403 && judges.stops.hasEverStopped(recipient, customer.id, service)) return;
  if (answer.status !== 201)
    stage.oracle.report(
      "P1",
      `a subscription of ${recipient} to ${customer.id} ${service} is refused: ${answer.status} ${answer.body}`,
    );
  const { id, createdAt } = JSON.parse(answer.body);
  // Who had one before keeps it, at its own price.
  if (Date.parse(createdAt) < begun - 1_000) return;
  if (!terms) return;
  const { price, subscriptionPrice } = termsOf(terms, customer, service);
  judges.subscriptions.opened(id, subscriptionPrice ?? price);
}

async function cancel(
  { callUntilAnswered, judges }: Stage,
  customer: Customer,
  services: readonly string[],
  most: number,
): Promise<void> {
  for (const id of judges.subscriptions.running(customer.id, services).slice(0, most)) {
    const { status } = await callUntilAnswered(operatorCall("POST", `/admin/v1/subscriptions/${id}/cancel`));
    if (status === 200) judges.stops.wasCancelled(id);
  }
}

/** The operator gives back what a period cost. */
async function giveBack({ oracle, random, callUntilAnswered }: Stage, { id: account }: Customer): Promise<void> {
  const isBilled = (row: Row) => row.subscription_id !== null && row.kind === "charge" && row.state === "billed";
  const billed = oracle.rows("txn").filter((row) => row.account_id === account && isBilled(row));
  if (billed.length === 0) return;
  const { id } = random.pick(billed);
  const { status, body } = await callUntilAnswered(operatorCall("POST", `/admin/v1/transactions/${id}/reverse`));
  if (status !== 201 && status !== 409)
    oracle.report("P11", `${id} of ${account} is to be given back, and that is answered ${status} ${body}`);
}

/** A higher price, for whoever comes from now on. */
async function raise(stage: Stage, customer: Customer, terms: Map<string, Sold>): Promise<void> {
  const { random } = stage;
  const sold = random.pick(REBILLED);
  const { price, subscriptionPrice = price } = sold;
  // Once: an earlier request that was long on its way would undo a later one.
  if (terms.has(`${customer.id} ${sold.id}`)) return;
  const dearer = { ...sold, price: price + 1_000, subscriptionPrice: subscriptionPrice + 2_000 };
  terms.set(`${customer.id} ${sold.id}`, dearer);
  await stage.callUntilAnswered(sellCall(customer, dearer));
}

/** A service is not rebilled for so long that whole periods go by. */
async function rest(stage: Stage, customer: Customer, terms: Map<string, Sold>): Promise<void> {
  const { random, timeline } = stage;
  const sold = termsOf(terms, customer, "weekly");
  await stage.callUntilAnswered(sellCall(customer, { ...sold, autoRebill: false }));
  await timeline.wait(DAY * random.int(1, 24), `${customer.id} ${sold.id} rests`);
  for (let isOn = false; !isOn; ) {
    await stage.callUntilAnswered(sellCall(customer, sold));
    await timeline.wait(5 * MINUTE, `whether ${customer.id} ${sold.id} is on again`);
    const { body } = await stage.callUntilAnswered(
      operatorCall("GET", `/admin/v1/accounts/${customer.id}/services/${sold.id}`),
    );
    isOn = JSON.parse(body).autoRebill === true;
  }
}

function termsOf(terms: ReadonlyMap<string, Sold>, customer: Customer, service: string): Sold {
  return terms.get(`${customer.id} ${service}`) ?? (SOLD.find(({ id }) => id === service) as Sold);
}
