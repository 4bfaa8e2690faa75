/** A program that sends offers, at any hour: alone, in batches and for later; and that changes what waits. */

import { OFFERS } from "../oracle/quiet.ts";
import { BASE, operatorCall } from "../setup.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";

const KEY = `${OFFERS.account}-has-a-key-of-its-own`;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const marketer: Actor = async (stage, name) => {
  await openAccount(stage);
  const { random, timeline } = stage;
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    const ids = Array.from({ length: random.int(1, 3) }, (_, index) => `${name}-${n}-${index}`);
    const offers = ids.map((id) => offer(stage, id));
    if (random.chance(0.3)) await ask(stage, "POST", "out-messages/batch", offers);
    else for (const one of offers) await ask(stage, "POST", "out-messages", one);
    if (!random.chance(0.4)) continue;
    await timeline.wait(random.wait(random.pick([MINUTE, HOUR])), `${name} changes an offer`);
    const [id = ""] = ids;
    await ask(stage, "PUT", `out-messages/${id}`, offer(stage, id));
  }
};

/** It is taken; a change may come too late, and a repeat of a change may name another time. */
async function ask(stage: Stage, method: "POST" | "PUT", path: string, body: object): Promise<void> {
  const answer = await stage.callUntilAnswered({
    method,
    url: `${BASE}/api/${path}`,
    headers: { "x-apikey": KEY, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const isTaken = answer.status < 300 || (method === "PUT" && [400, 404, 409].includes(answer.status));
  if (!isTaken) stage.oracle.report("P11", `an offer is answered ${answer.status} ${answer.body}`);
}

function offer({ random, timeline }: Stage, transactionId: string) {
  const later = random.pick([
    undefined,
    timeline.now + random.wait(12 * HOUR),
    // A carrier that is busy then, or a Worker that dies, has it wait until it is quiet.
    justBeforeQuiet(timeline.now),
    justBeforeQuiet(timeline.now),
  ]);
  return {
    transactionId,
    sender: OFFERS.sender,
    recipient: `+479808${random.int(3000, 3009)}`,
    content: `${OFFERS.account} ${transactionId} of ${timeline.step}`,
    timeToLive: random.pick([10, 120, 1_440]),
    ...(later === undefined ? {} : { sendTime: new Date(Math.floor(later)).toISOString() }),
  };
}

/** Seconds before nine in the evening, in Oslo. */
function justBeforeQuiet(now: number): number {
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: OFFERS.timeZone, timeStyle: "medium" }).format(now);
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(":").map(Number);
  const left = 21 * 3_600 - (hours * 3_600 + minutes * 60 + seconds);
  return now + (left > 5 ? left : left + 24 * 3_600) * 1_000 - 3_000;
}

/** Several programs may open it: all but the first are told that it is there. */
async function openAccount({ callUntilAnswered, oracle }: Stage): Promise<void> {
  const { account, sender, hours } = OFFERS;
  const at = `/admin/v1/accounts/${account}`;
  for (const [method, path, json] of [
    ["POST", "/admin/v1/accounts", { id: account, name: account, settings: { quietHours: { hours } } }],
    ["PUT", `${at}/senders/${sender}`, { kind: "alphanumeric", country: "NO", purpose: "marketing" }],
    ["POST", `${at}/credentials`, { dialect: "target365", kind: "api-key", name: "key", secret: KEY }],
  ] as const) {
    const answer = await callUntilAnswered(operatorCall(method, path, json));
    if (answer.status < 300 || answer.status === 409) continue;
    oracle.report("P11", `${method} ${path} is answered ${answer.status} ${answer.body}`);
  }
}
