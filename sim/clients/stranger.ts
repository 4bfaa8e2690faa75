/**
 * Who meddles with purchase pages: strangers who guess the address of what a shop prepared for somebody, shops that want
 * each other's address, and somebody who has PINs sent to as many phones as there are.
 */

import { invoiceTextOf, SOLD, termsOf } from "../services.ts";
import { BASE, type Customer, operatorCall } from "../setup.ts";
import type { Stage } from "../world.ts";
import { Browser, has } from "./browser.ts";
import { type Actor, idle } from "./clients.ts";

const SECOND = 1_000;
const DAY = 86_400_000;

export const stranger: Actor = async (stage, name) => {
  const { random } = stage;
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    await random.pick([guess, guess, takeName, flood])(stage, `${name}-${n}`);
  }
};

/** A shop prepares a purchase under an id like any other; a stranger finds it first, and then comes the person. */
async function guess(stage: Stage, name: string): Promise<void> {
  const { random, judges, timeline, accounts } = stage;
  const account = random.pick(accounts);
  const theirId = `order-${name}`;
  const prepare = async () => {
    const told = judges.pages.prepares(account.id, theirId);
    told((await stage.callUntilAnswered(prepared(account, theirId))).status);
  };
  await prepare();
  const path = `/${account.id}/${theirId}`;
  await Promise.all([
    meddle(stage, path, theirId),
    timeline.wait(random.wait(20 * SECOND), `${theirId} is bought`).then(() => buy(stage, path)),
  ]);
  if (!random.chance(0.5)) return;
  await timeline.wait(random.wait(random.pick([DAY, 6 * DAY])), `${theirId} is asked for again`);
  await prepare();
}

function prepared(account: Customer, theirId: string) {
  return {
    method: "POST",
    url: `${BASE}/api/strex/transactions`,
    headers: { "x-apikey": account.apiKey, "content-type": "application/json" },
    body: JSON.stringify({
      transactionId: theirId,
      merchantId: account.merchant,
      shortNumber: account.shortNumber,
      price: 49,
      serviceCode: "14002",
      invoiceText: `${account.id} secret ${theirId}`,
      properties: { RedirectUrl: `https://${account.host}/basket?order={TransactionId}` },
    }),
  };
}

/** Leaves at once, or with a phone in hand: asks for PINs, guesses them wrong, and leaves then. */
async function meddle({ random, call, judges }: Stage, path: string, theirId: string): Promise<void> {
  const browser = new Browser(call, { "cf-connecting-ip": "198.51.100.66" });
  let page = await browser.open(path);
  if (page && has(page, "number")) judges.pages.sawUnproved(theirId, page.html);
  if (page && random.chance(0.5)) page = await browser.press(page, "number", { number: judges.charges.newPerson() });
  for (let n = 0; page && has(page, "pin") && n < 4; n++) page = await browser.press(page, "pin", { pin: "0000" });
  const again = await browser.open(path);
  if (again && (has(again, "pin") || has(again, "number"))) await browser.press(again, "cancel", {});
}

async function buy({ random, call, network, timeline, judges }: Stage, path: string): Promise<void> {
  const number = judges.charges.newPerson();
  const browser = new Browser(call, { "cf-connecting-ip": `203.0.113.${random.int(1, 250)}` });
  const first = await browser.open(path);
  const asked = first && has(first, "number") ? await browser.press(first, "number", { number }) : undefined;
  if (!asked || !has(asked, "pin")) return;
  await timeline.wait(random.wait(10 * SECOND), `${number} waits for a PIN`);
  const text = network.inbox(number).findLast((one) => /^\d{4} /.test(one.text));
  if (text) await browser.press(asked, "pin", { pin: text.text.slice(0, 4) });
}

/** Both shops publish a page under one name, at once or in turn; the first may take it down again, and the other tries anew. */
async function takeName(stage: Stage, name: string): Promise<void> {
  const { random, timeline, accounts } = stage;
  const shared = `sale-${name}`;
  const publish = async (account: Customer) => {
    const path = `/admin/v1/accounts/${account.id}/services/${shared}`;
    const { keyword: _, ...sold } = termsOf(account, { ...random.pick(SOLD), id: shared });
    const { status } = await stage.callUntilAnswered(operatorCall("PUT", path, sold));
    stage.judges.pages.published(shared, account.id, status);
    return status === 200;
  };
  const look = async () => {
    const page = await new Browser(stage.call).open(`/${shared}`);
    const seller = accounts.find(({ id }) => page?.html.includes(`<h1>${invoiceTextOf(id, shared)}</h1>`));
    if (seller) stage.judges.pages.sold(shared, seller.id);
  };
  const takeDown = (account: Customer) =>
    stage.callUntilAnswered(operatorCall("DELETE", `/admin/v1/accounts/${account.id}/services/${shared}`));
  const published = await Promise.all(
    accounts.map(async (account) => {
      if (random.chance(0.5)) await timeline.wait(random.wait(SECOND), `${account.id} publishes ${shared}`);
      const isFirst = await publish(account);
      await look();
      if (!isFirst || random.chance(0.5)) return isFirst;
      await takeDown(account);
      return false;
    }),
  );
  const owner = accounts.find((_, n) => published[n]);
  const other = accounts.find((_, n) => !published[n]);
  const inherits = owner && other && random.chance(0.5);
  if (inherits) {
    stage.inherit(other, owner, shared);
    await takeDown(owner);
    await look();
  }
  // Who has a service of that id may change it, and has no page by that.
  for (const account of accounts) if (!inherits || account === owner) await publish(account);
  await look();
}

/** Somebody opens many purchases at once, from one network or many, each for another phone. */
async function flood(stage: Stage, name: string): Promise<void> {
  const { random, accounts, judges } = stage;
  const account = accounts[0] as Customer;
  const { id: service } = random.pick(SOLD);
  const isSpread = random.chance(0.5);
  const count = isSpread ? 16 : 8;
  await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const address = isSpread ? `203.0.113.${100 + n}` : "198.51.100.77";
      const browser = new Browser(stage.call, { "cf-connecting-ip": address });
      const theirId = `${name}-${n}`;
      judges.pages.asks(account.id, theirId, address);
      const page = await browser.open(`/${service}?id=${theirId}`);
      if (page && has(page, "number")) await browser.press(page, "number", { number: judges.charges.newPerson() });
    }),
  );
}
