/** A program whose account may send little and spend little in a day, and which asks for more: alone, in batches, and again and again. */

import { LIMITED } from "../oracle/limited.ts";
import { BASE, operatorCall } from "../setup.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";

const KEY = `${LIMITED.id}-has-a-key-of-its-own`;
const NUMBER = "2009";
const MERCHANT = `shop-${LIMITED.id}`;
const RECIPIENT = "+4798082209";

export const limited: Actor = async (stage, name) => {
  await openAccount(stage);
  const { random } = stage;
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    const times = random.int(1, 4);
    const ids = Array.from({ length: times }, (_, index) => `${name}-${n}-${index}`);
    const does = random.pick(["texts", "texts", "batch", "charges"] as const);
    if (does === "batch") await ask(stage, "out-messages/batch", ids.map(text));
    else if (does === "texts") await Promise.all(ids.map((id) => ask(stage, "out-messages", text(id))));
    else await Promise.all(ids.map((id) => ask(stage, "strex/transactions", charge(id))));
  }
};

/** Asked for, and perhaps once more: a repeat uses nothing. */
async function ask(stage: Stage, path: string, body: object): Promise<void> {
  const call = {
    method: "POST",
    url: `${BASE}/api/${path}`,
    headers: { "x-apikey": KEY, "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await stage.callUntilAnswered(call);
  if (![201, 429].includes(answer.status)) {
    stage.oracle.report("P11", `a limited account asks for ${path}, and is answered ${answer.status} ${answer.body}`);
  }
  if (answer.status === 429) stage.judges.limited.refused(answer);
  if (answer.status !== 201 || stage.random.chance(0.5)) return;
  const again = await stage.callUntilAnswered(call);
  if (again.status !== 201) {
    stage.oracle.report("P11", `${path} was taken, and the same again is answered ${again.status} ${again.body}`);
  }
}

function text(transactionId: string) {
  return { transactionId, sender: NUMBER, recipient: RECIPIENT, content: `${LIMITED.id} ${transactionId}` };
}

function charge(transactionId: string) {
  const told = { merchantId: MERCHANT, shortNumber: NUMBER, serviceCode: "14002", recipient: RECIPIENT };
  return { ...told, transactionId, price: 10, invoiceText: `${LIMITED.id} ${transactionId}` };
}

/** Several programs may open it: all but the first are told that it is there. */
async function openAccount({ callUntilAnswered, oracle }: Stage): Promise<void> {
  const at = `/admin/v1/accounts/${LIMITED.id}`;
  const limits = { messagesPerDay: LIMITED.messages, spendPerDay: { NOK: LIMITED.spend } };
  for (const [method, path, json] of [
    ["POST", "/admin/v1/accounts", { id: LIMITED.id, name: LIMITED.id, settings: { limits } }],
    ["PUT", `${at}/events`, { isKept: true }],
    ["PUT", `${at}/senders/${NUMBER}`, { kind: "short-number", country: "NO" }],
    ["PUT", `${at}/merchants/${MERCHANT}`, { shortNumberIds: [`NO-${NUMBER}`], name: LIMITED.id }],
    ["POST", `${at}/credentials`, { dialect: "target365", kind: "api-key", name: "key", secret: KEY }],
  ] as const) {
    const answer = await callUntilAnswered(operatorCall(method, path, json));
    if (answer.status < 300 || answer.status === 409) continue;
    oracle.report("P11", `${method} ${path} is answered ${answer.status} ${answer.body}`);
  }
}
