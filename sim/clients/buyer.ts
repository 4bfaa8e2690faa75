/** People who buy on purchase pages: they give a number, read the PIN off their phone, mistype it, leave, come back. */

import type { Charged } from "../oracle/stops.ts";
import type { Purchase } from "../oracle/windows.ts";
import { invoiceTextOf, SOLD } from "../services.ts";
import { BASE, type Customer } from "../setup.ts";
import type { Stage } from "../world.ts";
import { Browser, has, type Page, pricesOn, wayBack } from "./browser.ts";
import { type Actor, idle } from "./clients.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Who there is. Whoever buys writes, too. */
export const PEOPLE = ["+4792220001", "+4792220002", "+4792220003", "+4792220004"];

/** What a person does with a PIN. */
const WAYS = [
  ["right"],
  ["right"],
  ["right"],
  ["wrong", "right"],
  ["wrong", "wrong", "right"],
  ["wrong", "wrong", "wrong", "right"],
  ["wrong", "again", "wrong", "right"],
  ["wrong", "wrong", "again", "wrong", "right"],
  ["wrong", "wrong", "again", "wrong", "again", "right"],
  ["again", "right"],
  ["again", "again", "again", "right"],
  ["again, impatiently", "right"],
  ["other number", "right"],
  ["slow", "right"],
  ["very slow", "right"],
  ["all at once"],
  ["twice"],
  ["twice"],
  ["once more"],
  ["once more"],
  ["thief"],
  ["thief", "cancel"],
  ["cancel"],
] as const;
type Deed = (typeof WAYS)[number][number];

export const buyer: Actor = async (stage, name) => {
  const { random } = stage;
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    await buy(stage, `${name}-${n}`, random.pick(PEOPLE));
    // Who is in a hurry buys one thing after another, until no more PINs are sent.
    if (random.chance(0.1))
      for (let more = 1; more <= 8; more++) await askForPin(stage, `${name}-${n}-${more}`, PEOPLE[0] as string);
  }
};

/** Gives a number, and leaves it at that. */
async function askForPin(stage: Stage, name: string, number: string): Promise<void> {
  const browser = new Browser(stage.call);
  const found = await begin(stage, browser, name);
  if (found?.page && has(found.page, "number")) await browser.press(found.page, "number", { number });
}

/** Goes through one purchase, as far as this person goes; to the end of it, if they know `what` they want. */
export async function buy(stage: Stage, name: string, number: string, what?: Charged): Promise<void> {
  const { random, timeline, judges } = stage;
  const browser = new Browser(stage.call);
  const found = await begin(stage, browser, name, what);
  if (!found) return;
  const { purchase } = found;
  let page: Page | undefined = found.page;
  const deeds: Deed[] = what ? ["right"] : [...random.pick(WAYS)];
  for (let steps = 0; steps < 16; steps++) {
    if (!page) {
      await timeline.wait(random.wait(5 * SECOND), `${name} reloads`);
      page = await browser.open(purchase.path);
      continue;
    }
    if (page.away) {
      judges.windows.cameBack(purchase, page.away);
      break;
    }
    if (has(page, "pin") || has(page, "number")) judges.windows.saw(purchase, page.html);
    judges.windows.sawPrices(purchase, pricesOn(page));
    if (has(page, "pin")) {
      const deed = deeds.shift();
      if (!deed) return;
      page = await act(stage, browser, page, purchase, number, deed);
    } else if (has(page, "number")) {
      if (random.chance(0.05)) return;
      if (random.chance(0.05)) page = await browser.press(page, "cancel", {});
      else page = await browser.press(page, "number", { number: typed(stage, number) });
      if (page && has(page, "number"))
        await timeline.wait(random.wait(20 * MINUTE), `${name} is sent no PIN, and tries later`);
    } else {
      const back = wayBack(page);
      if (back) judges.windows.cameBack(purchase, back);
      break;
    }
  }
  if (!random.chance(0.3)) return;
  await timeline.wait(random.wait(random.pick([MINUTE, 3 * HOUR])), `${name} looks at the page again`);
  const again = await new Browser(stage.call).open(purchase.path);
  const back = again && wayBack(again);
  if (back) judges.windows.cameBack(purchase, back);
}

/** Opens the page: by txtNation's call, or at the address of a service, which is the first's to have it. */
export async function begin(
  stage: Stage,
  browser: Browser,
  name: string,
  what?: Charged,
): Promise<{ purchase: Purchase; page: Page | undefined } | undefined> {
  const { random, judges, accounts } = stage;
  const account = accounts.find(({ id }) => id === what?.account) ?? random.pick(accounts);
  const service = what?.service ?? random.pick(SOLD).id;
  const make = (theirId: string, path: string, customId?: string): Purchase => {
    const invoiceText = invoiceTextOf(account.id, service);
    return {
      account: account.id,
      host: account.host,
      service,
      invoiceText,
      theirId,
      path,
      ...(customId ? { customId } : {}),
    };
  };
  if (account.id === accounts[0]?.id && random.chance(0.5)) {
    // Two shops may use one id for purchases of their own.
    const other = random.chance(0.4) ? await newWindow(stage, accounts[1] as Customer, service) : undefined;
    const page = await browser.open(`/${service}${other ? `?id=${other.theirId}` : ""}`);
    const theirId = page && new URL(page.url, BASE).searchParams.get("id");
    if (!theirId) return undefined;
    const purchase = make(theirId, `/${service}?id=${theirId}`);
    judges.windows.opened(purchase);
    return { purchase, page };
  }
  const customId = random.chance(0.5) ? `order ${account.id} ${name}` : undefined;
  const opened = await newWindow(stage, account, service, customId);
  if (!opened) return undefined;
  const purchase = make(opened.theirId, opened.path, customId);
  judges.windows.opened(purchase);
  return { purchase, page: await browser.open(purchase.path) };
}

/** A page that the shop has made, by txtNation's call. @param id what the shop wants back */
async function newWindow(
  stage: Stage,
  account: Customer,
  service: string,
  id?: string,
): Promise<{ theirId: string; path: string } | undefined> {
  const who = { campaign_name: `${account.id}-campaign`, api_key: account.campaignKey, service_id: service };
  const query = new URLSearchParams({ ...who, ...(id === undefined ? {} : { id }) });
  const { status, body } = await stage.callUntilAnswered({
    method: "GET",
    url: `${BASE}/no/one-click/new?${query}`,
  });
  const data = status === 200 ? JSON.parse(body).data : undefined;
  if (!data?.windowUrl) {
    stage.judges.windows.refused(`${account.id} ${service}`, `${status} ${body}`);
    return undefined;
  }
  const { pathname, search } = new URL(data.windowUrl);
  return { theirId: data.transactionId, path: pathname + search };
}

async function act(
  stage: Stage,
  browser: Browser,
  page: Page,
  purchase: Purchase,
  number: string,
  deed: Deed,
): Promise<Page | undefined> {
  const { random, timeline } = stage;
  const guess = (pin: string) => press(stage, browser, page, purchase, pin);
  const pause = (mean: number) => timeline.wait(random.wait(mean), `somebody buys ${purchase.invoiceText}`);
  switch (deed) {
    case "right":
      await pause(10 * SECOND);
      return guess(await pinOn(stage, purchase, number));
    case "wrong":
      await pause(5 * SECOND);
      return guess(wrongPin(stage));
    case "again":
      await pause(random.pick([5 * SECOND, MINUTE]));
      return browser.press(page, "again", {});
    case "again, impatiently": {
      await pause(20 * SECOND);
      return (await Promise.all([1, 2, 3, 4].map(() => browser.press(page, "again", {})))).at(-1);
    }
    case "other number": {
      await pause(20 * SECOND);
      const other = await browser.open(`${purchase.path}&by=pin`);
      return other && browser.press(other, "number", { number: random.chance(0.5) ? number : random.pick(PEOPLE) });
    }
    case "slow":
      await pause(4 * MINUTE);
      return browser.open(purchase.path);
    case "very slow":
      await pause(random.pick([12 * MINUTE, 2 * HOUR]));
      return browser.open(purchase.path);
    case "all at once": {
      const right = await pinOn(stage, purchase, number);
      const guesses = [wrongPin(stage), wrongPin(stage), wrongPin(stage), wrongPin(stage), right];
      return (await Promise.all(guesses.map(guess))).at(-1);
    }
    case "twice": {
      const right = await pinOn(stage, purchase, number);
      return (await Promise.all([guess(right), guess(right)])).at(random.int(0, 1));
    }
    case "once more": {
      const right = await pinOn(stage, purchase, number);
      const once = guess(right);
      await pause(random.pick([20, 200, 2 * SECOND]));
      return (await Promise.all([once, guess(right)])).at(random.int(0, 1));
    }
    case "thief": {
      // Somebody who has seen the PIN, and the address, but not this browser's cookie.
      const right = await pinOn(stage, purchase, number);
      const other = new Browser(stage.call);
      const seen = await other.open(purchase.path);
      if (seen) await other.press(seen, "number", { action: "pin", pin: right });
      return browser.open(purchase.path);
    }
    case "cancel":
      await pause(5 * SECOND);
      return browser.press(page, "cancel", {});
  }
}

async function press(
  { judges }: Stage,
  browser: Browser,
  page: Page,
  purchase: Purchase,
  pin: string,
): Promise<Page | undefined> {
  judges.windows.pressed(purchase, pin);
  return browser.press(page, "pin", { pin }, (location) => judges.windows.heard(purchase, pin, location));
}

/** The PIN that the phone shows for this purchase, or what looks like it; one that does not come is guessed at. */
async function pinOn({ network, timeline, random }: Stage, { invoiceText }: Purchase, number: string): Promise<string> {
  for (let tries = 0; tries < 12; tries++) {
    const text = network
      .inbox(number)
      .findLast((one) => /^\d{4} /.test(one.text) && one.text.includes(` ${invoiceText}.`));
    if (text && timeline.now - text.at < 15 * MINUTE) return text.text.slice(0, 4);
    await timeline.wait(random.wait(15 * SECOND), `${number} waits for a PIN`);
  }
  return String(random.int(0, 9_999)).padStart(4, "0");
}

function wrongPin({ random }: Stage): string {
  return String(random.int(0, 9_999)).padStart(4, "0");
}

/** A number as people type it. */
function typed({ random }: Stage, number: string): string {
  const national = number.slice(3);
  return random.pick([
    number,
    national,
    `00${number.slice(1)}`,
    `${national.slice(0, 3)} ${national.slice(3, 5)} ${national.slice(5)}`,
  ]);
}
