/** A program that charges people over Target365: once, again, twice at a time, with codes, up to the caps, and back. */

import { osloOffset, osloTime } from "../oracle/calendar.ts";
import type { WantedCharge } from "../oracle/charges.ts";
import type { Customer } from "../setup.ts";
import { CAPS } from "../songs.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";
import { lookUntilItEnds, type StrexCharge, strex } from "./strex.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** One purchase at a shop. */
type Purchase = { stage: Stage; account: Customer; theirId: string };

export const merchant: Actor = async (stage, name) => {
  const { random, accounts } = stage;
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    const purchase = { stage, account: random.pick(accounts), theirId: `${name}-${n}` };
    if (untilMonthEnds(stage) < 2 * DAY && random.chance(0.4)) {
      await overTheMonth(purchase);
      continue;
    }
    const deed = random.pick([
      plain,
      plain,
      plain,
      givenBack,
      givenBack,
      otherContent,
      twins,
      byCode,
      byOk,
      spree,
      spree,
      spree,
    ]);
    await deed(purchase);
  }
};

/** A charge that is found by its own text on the bill. */
function orderOf({ stage, account, theirId }: Purchase, more: Partial<StrexCharge> & { which?: string } = {}) {
  const { which = "", ...given } = more;
  const invoiceText = `Order ${account.id} ${theirId}${which}`;
  stage.network.fickle.add(invoiceText);
  const recipient = `+479808200${stage.random.int(0, 3)}`;
  const amount = stage.random.pick([100, 990, 4_900, 9_900]);
  return { theirId, recipient, amount, invoiceText, ...given };
}

/** Asks for it until it is answered; `times` who know nothing of each other ask at once. */
async function ask(
  { stage, account }: Purchase,
  charge: StrexCharge,
  { never = "", times = 1 } = {},
): Promise<boolean> {
  const { judges } = stage;
  const { theirId, recipient, amount, invoiceText } = charge;
  const wanted: WantedCharge = {
    account: account.id,
    theirId,
    recipient,
    amount,
    invoiceText,
    ...(never && { never }),
  };
  judges.charges.wanted(wanted);
  const answers = await Promise.all(
    Array.from({ length: times }, () => stage.callUntilAnswered(strex(account).charge(charge))),
  );
  for (const { status, body } of answers) judges.charges.told(wanted, status === 201, `${status} ${body}`);
  return answers[0]?.status === 201;
}

function ending({ stage, account, theirId }: Purchase, id = theirId) {
  return lookUntilItEnds(stage, account.id, id, strex(account).look(id));
}

async function plain(purchase: Purchase): Promise<void> {
  const { random } = purchase.stage;
  const order = orderOf(purchase);
  await ask(purchase, order, { times: random.pick([1, 1, 2, 3]) });
  if (random.chance(0.5)) await ending(purchase);
  if (random.chance(0.3)) await ask(purchase, order);
}

/** Gives back what was bought: too soon, twice at once, again afterwards, and what is another's. */
async function givenBack(purchase: Purchase): Promise<void> {
  const { stage, account, theirId } = purchase;
  const { random, judges } = stage;
  await ask(purchase, orderOf(purchase));
  const giveBack = async () => {
    judges.charges.reversal(account.id, theirId);
    const { status, body } = await stage.callUntilAnswered(strex(account).giveBack(theirId));
    if (status === 201) judges.charges.reversal(account.id, theirId, true, body);
    else if (status !== 409) stage.oracle.report("P11", `${theirId} is not to be given back: ${status} ${body}`);
  };
  if (random.chance(0.7)) await ending(purchase);
  if (random.chance(0.3)) await strangerGivesBack(purchase);
  await Promise.all(Array.from({ length: random.int(1, 2) }, giveBack));
  if (random.chance(0.5)) await ending(purchase, `-${theirId}`);
  if (random.chance(0.3)) await giveBack();
  if (random.chance(0.2)) {
    const { status, body } = await stage.callUntilAnswered(strex(account).giveBack(`-${theirId}`));
    if (status < 400) stage.oracle.report("P4", `the reversal of ${theirId} is reversed: ${status} ${body}`);
  }
}

/** Somebody else tries to; to them there is no such charge. */
async function strangerGivesBack({ stage, account, theirId }: Purchase): Promise<void> {
  const stranger = stage.accounts.find(({ id }) => id !== account.id) as Customer;
  const { status, body } = await stage.callUntilAnswered(strex(stranger).giveBack(theirId));
  if (status !== 404)
    stage.oracle.report("P10", `${stranger.id} gives back ${account.id} ${theirId}: ${status} ${body}`);
}

/** The same id for two things, one after the other or both at once: one of them is charged. */
async function otherContent(purchase: Purchase): Promise<void> {
  const one = orderOf(purchase, { which: " one", amount: 4_900 });
  const other = orderOf(purchase, { which: " other", amount: 9_900 });
  const first = ask(purchase, one);
  if (purchase.stage.random.chance(0.5)) await first;
  await Promise.all([first, ask(purchase, other)]);
  await ending(purchase);
}

/** Two shops use the same id for things of their own. */
async function twins(purchase: Purchase): Promise<void> {
  const { stage } = purchase;
  await Promise.all(
    stage.accounts.map(async (account) => {
      const own = { ...purchase, account };
      await ask(own, orderOf(own));
      await ending(own);
    }),
  );
}

/** The person was sent a code: a wrong one uses up the only try, however many are tried at once. */
async function byCode(purchase: Purchase): Promise<void> {
  const { stage, account, theirId } = purchase;
  const { random } = stage;
  const order = orderOf(purchase, { recipient: stage.judges.charges.newPerson() });
  const sent = await stage.callUntilAnswered(strex(account).sendCode(theirId, order.recipient));
  // The same once more is refused: the first one was heard, and its answer lost.
  if (sent.status !== 201 && sent.status !== 409) return;
  const guess = (code: string, never: string) =>
    ask(purchase, { ...order, invoiceText: `${order.invoiceText} by ${code}`, code }, { never });
  if (random.chance(0.2)) {
    const other = { ...order, recipient: stage.judges.charges.newPerson(), code: "1234" };
    await ask(purchase, other, { never: "its code is another person's" });
    return;
  }
  const isWrongFirst = random.chance(0.4);
  const wrong = ["0000", "1111", "2222"].slice(0, random.int(0, 3)).map((code) => guess(code, "its code was wrong"));
  if (isWrongFirst) await Promise.all(wrong);
  const isSpent = isWrongFirst && wrong.length > 0;
  await Promise.all([...wrong, guess("1234", isSpent ? "wrong codes were tried before" : "")]);
  await ending(purchase);
}

/** The person is asked by SMS, and answers OK, perhaps twice at once; or does not. */
async function byOk(purchase: Purchase): Promise<void> {
  const { stage, account, theirId } = purchase;
  const { random, network, timeline, judges } = stage;
  const order = orderOf(purchase, { recipient: judges.charges.newPerson(), confirm: true });
  const asked = ask(purchase, order);
  judges.charges.waits(account.id, theirId, true);
  await asked;
  for (let looks = 0; looks < 20 && network.inbox(order.recipient).length === 0; looks++) {
    await timeline.wait(random.wait(20_000), `${order.recipient} looks at their phone`);
  }
  if (network.inbox(order.recipient).length > 0 && random.chance(0.8)) {
    judges.charges.waits(account.id, theirId, false);
    const apart = random.pick([0, 0, 50, 500, 4_000]);
    const say = async () => {
      if (apart > 0) await timeline.wait(random.wait(apart), `${order.recipient} says yes`);
      await network.write(order.recipient, account.shortNumber, "OK");
    };
    await Promise.all(Array.from({ length: random.int(1, 3) }, say));
  }
  await ending(purchase);
}

/** One person buys more than they may, at once and on both sides of midnight: ours, and that of the servers. */
async function spree(purchase: Purchase): Promise<void> {
  const { stage } = purchase;
  const { random, timeline } = stage;
  const recipient = `+479808210${random.int(0, 1)}`;
  const account = random.chance(0.6) ? (stage.accounts.find(({ id }) => CAPS[id]) as Customer) : purchase.account;
  const buy = (which: string) => {
    const one = { ...purchase, account, theirId: purchase.theirId + which };
    return ask(one, orderOf(one, { recipient, amount: random.pick([60_000, 60_000, 30_000, 60_100]) }));
  };
  if (random.chance(0.7)) await timeline.wait(untilMidnight(stage), "shops are busy around midnight");
  await Promise.all(["a", "b", "c"].slice(0, random.int(1, 3)).map(buy));
  await timeline.wait(random.int(1, 20) * MINUTE, "shops stay open");
  await Promise.all(["d", "e", "f"].slice(0, random.int(1, 3)).map(buy));
}

/** What is asked for in the last minutes of a month, and confirmed in the next, counts in that one. */
async function overTheMonth(purchase: Purchase): Promise<void> {
  const { stage } = purchase;
  const { network, timeline, judges } = stage;
  const account = stage.accounts.find(({ id }) => CAPS[id]) as Customer;
  const recipient = judges.charges.newPerson();
  const begin = async (which: string, confirm: boolean) => {
    const one = { ...purchase, account, theirId: purchase.theirId + which };
    const asked = ask(one, orderOf(one, { recipient, amount: 60_000, ...(confirm ? { confirm } : {}) }));
    if (confirm) judges.charges.waits(account.id, one.theirId, true);
    await asked;
    return one;
  };
  await timeline.wait(Math.max(0, untilMonthEnds(stage) - 2 * MINUTE), "a month is nearly over");
  const left = untilMonthEnds(stage);
  const waited = await begin("-a", true);
  await timeline.wait(left + 10_000, `${recipient} thinks about it until the month is over`);
  judges.charges.waits(account.id, waited.theirId, false);
  await network.write(recipient, account.shortNumber, "OK");
  await timeline.wait(MINUTE, `${recipient} goes on buying`);
  for (const which of ["-b", "-c"]) await ending(await begin(which, false), `${purchase.theirId}${which}`);
}

/** Until a month begins where the phone bills are. Milliseconds. */
function untilMonthEnds({ timeline }: Stage): number {
  const shown = new Date(timeline.now + osloOffset(timeline.now));
  return osloTime(Date.UTC(shown.getUTCFullYear(), shown.getUTCMonth() + 1, 1)) - timeline.now;
}

/** Some minutes before a day begins: at 22 or 23 o'clock in summer or winter time, or at 24. Milliseconds. */
function untilMidnight({ random, timeline }: Stage): number {
  const begins = random.pick([22, 23, 24, 24]) * HOUR - random.int(1, 10) * MINUTE;
  const now = timeline.now % (24 * HOUR);
  return (begins - now + 24 * HOUR) % (24 * HOUR);
}
