/** A program that sends paid texts, over Target365 and over txtNation: the person is billed first, and the text follows. */

import type { Answer, Call } from "../ground/cloud.ts";
import type { Said, WantedCharge } from "../oracle/charges.ts";
import { BASE, type Customer } from "../setup.ts";
import { SONGS } from "../songs.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";
import { lookUntilItEnds, strex } from "./strex.ts";

/** A paid text, and how its wire asks for it. */
type Paid = {
  stage: Stage;
  account: Customer;
  wanted: WantedCharge & { text: string };
  dialect: "target365" | "txtnation";
  send: Call;
};

export const paid: Actor = async (stage, name) => {
  const { random, accounts } = stage;
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    const account = random.pick(accounts);
    const text = random.chance(0.6)
      ? strexText(stage, account, `${name}-${n}`)
      : songText(stage, account, `${name}-${n}`);
    // Over the other wire a report would not say which of the two it is of.
    if (text.dialect === "target365" && random.chance(0.2)) await usedId(text);
    else await sendAndLook(text);
  }
};

function strexText(stage: Stage, account: Customer, theirId: string): Paid {
  const { random } = stage;
  const recipient = `+479808220${random.int(0, 3)}`;
  const amount = random.pick([500, 1_990]);
  const invoiceText = `Order ${account.id} ${theirId}`;
  const text = `${account.id} ${theirId} is paid for.`;
  stage.network.fickle.add(invoiceText);
  const send = strex(account).text({
    transactionId: theirId,
    sender: account.shortNumber,
    recipient,
    content: text,
    timeToLive: random.pick([5, 120]),
    deliveryMode: "AtMostOnce",
    strex: { merchantId: account.merchant, serviceCode: "14002", invoiceText, price: amount / 100 },
  });
  const wanted = { account: account.id, theirId, recipient, amount, invoiceText, text };
  return { stage, account, wanted, dialect: "target365", send };
}

/** gateway.php: the price and the short number say which service is paid for. */
function songText(stage: Stage, account: Customer, theirId: string): Paid {
  const recipient = stage.judges.charges.newPerson();
  stage.network.fickle.add(recipient);
  const kroner = stage.random.pick(SONGS);
  const text = `${account.id} ${theirId} is paid for.`;
  const form = new URLSearchParams({
    ...{ cc: `${account.id}-campaign`, ekey: account.campaignKey, reply: "0", id: theirId, currency: "NOK" },
    ...{ number: recipient.slice(1), network: "TELENOR-NO", value: String(kroner), shortcode: account.shortNumber },
    message: text,
  });
  const send: Call = {
    method: "POST",
    url: `${BASE}/gateway.php`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: form.toString(),
  };
  const wanted = { account: account.id, theirId, recipient, amount: kroner * 100, text };
  return { stage, account, wanted, dialect: "txtnation", send };
}

async function sendAndLook({ stage, account, wanted, dialect, send }: Paid): Promise<void> {
  const { random, judges } = stage;
  judges.charges.wanted(wanted);
  const times = random.pick([1, 1, 2]);
  for (const answer of await Promise.all(Array.from({ length: times }, () => stage.callUntilAnswered(send)))) {
    judges.charges.told(wanted, isTaken(dialect, answer), `${answer.status} ${answer.body}`);
  }
  const { theirId } = wanted;
  if (dialect === "target365" && random.chance(0.3)) {
    const dearer = { ...wanted, amount: wanted.amount + 500 };
    judges.charges.wanted(dearer);
    const body = JSON.parse(send.body ?? "");
    const other = strex(account).text({ ...body, strex: { ...body.strex, price: dearer.amount / 100 } });
    const answer = await stage.callUntilAnswered(other);
    judges.charges.told(dearer, isTaken(dialect, answer), `${answer.status} ${answer.body}`);
  }
  if (dialect === "target365" && random.chance(0.5)) {
    await lookUntilItEnds(stage, account.id, theirId, strex(account).lookAtText(theirId), saidOfText);
  }
}

/** The id stands for another charge: that one is billed once, and the text does not go. */
async function usedId({ stage, account, wanted, dialect, send }: Paid): Promise<void> {
  const { judges } = stage;
  const { theirId, recipient } = wanted;
  const invoiceText = `Order ${account.id} ${theirId} first`;
  const first = { account: account.id, theirId, recipient, amount: 700, invoiceText };
  judges.charges.wanted(first);
  const charged = await stage.callUntilAnswered(strex(account).charge(first));
  judges.charges.told(first, charged.status === 201, `${charged.status} ${charged.body}`);
  const never = "its id was used for another charge";
  judges.charges.wanted({ ...wanted, never });
  const answer = await stage.callUntilAnswered(send);
  if (!isTaken(dialect, answer)) stage.oracle.report("P11", `${theirId} is refused: ${answer.status} ${answer.body}`);
  await lookUntilItEnds(stage, account.id, theirId, strex(account).look(theirId));
}

function isTaken(dialect: Paid["dialect"], { status, body }: Answer): boolean {
  return dialect === "target365" ? status === 201 : body === "SUCCESS";
}

function saidOfText({ status, body }: Answer): Said {
  if (status !== 200) return "nothing";
  const { strex: charge } = JSON.parse(body) as { strex?: { billed?: boolean } };
  return charge?.billed === undefined ? "nothing" : charge.billed ? "billed" : "failed";
}
