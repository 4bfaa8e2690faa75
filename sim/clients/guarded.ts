/**
 * Programs whose accounts have guards, and which run into them: codes that nobody enters, and bursts of them; a text that is sent over and
 * over; and one that is sent twice by mistake. The operator lifts a block now and then.
 */

import type { Answer, Call } from "../ground/cloud.ts";
import { GUARDED, ONCE } from "../oracle/guards.ts";
import { BASE, operatorCall } from "../setup.ts";
import type { Stage } from "../world.ts";
import type { Actor } from "./clients.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Ranges of numbers in one country. */
const RANGES = ["+46701234", "+46739000"];
const keyOf = (id: string) => `${id}-has-a-key-of-its-own`;

export const guarded: Actor = async (stage, name) => {
  await openAccounts(stage);
  const { random, timeline } = stage;
  for (let n = 1; n <= 2 * stage.deeds && !stage.isOver(); n++) {
    await timeline.wait(
      random.wait(random.pick([SECOND, MINUTE, 12 * MINUTE, 12 * MINUTE, 2 * HOUR])),
      `${name} goes on`,
    );
    const deed = random.pick([sendCodes, sendCodes, sendCodes, goRound, sendTwice, lift]);
    await deed(stage, `${name}-${n}`);
  }
};

/** Some codes to one range of numbers, most of them at once. Either people enter them, or nobody does. */
async function sendCodes(stage: Stage, name: string): Promise<void> {
  const { random } = stage;
  const range = random.pick(RANGES);
  const isReal = random.chance(0.4);
  const all = Array.from({ length: random.int(2, 6) }, (_, n) => ({
    transactionId: `${name}-${n}`,
    recipient: `${range}${random.int(100, 999)}`,
  }));
  const first = all.slice(0, 1);
  for (const one of random.chance(0.3) ? first : []) await sendCode(stage, one);
  await Promise.all(all.map((one) => sendCode(stage, one)));
  if (!isReal) return;
  for (const { transactionId, recipient } of all) {
    const code = codeOf(stage, transactionId);
    if (code === undefined) continue;
    stage.judges.guards.enters(recipient);
    const query = new URLSearchParams({ transactionId, pincode: code });
    await stage.call(asked(GUARDED.id, "GET", `pincodes/verification?${query}`));
  }
}

type Code = { transactionId: string; recipient: string };

/** Asked for until it is answered: each time counts, heard or not. */
async function sendCode(stage: Stage, { transactionId, recipient }: Code): Promise<void> {
  const { judges, timeline, oracle, random } = stage;
  const begunAt = timeline.now;
  const wanted = { transactionId, recipient, sender: GUARDED.number, prefixText: `${transactionId}: ` };
  const rest = { pincodeLength: 4, maxAttempts: 3, verificationMode: "AtMostOnce" };
  for (let tries = 1; ; tries++) {
    const ended = judges.guards.asks(recipient);
    const answer = await stage.call(asked(GUARDED.id, "POST", "pincodes", { ...wanted, ...rest }));
    ended();
    if (answer && answer.status < 500) {
      if (answer.status === 403) judges.guards.refused(recipient, begunAt, answer);
      else if (answer.status >= 300 && answer.status !== 429) unexpected(stage, "a code", answer);
      return;
    }
    await timeline.wait(random.wait(Math.min(tries, 20) * SECOND), `${transactionId} again`);
    if (oracle.breach) return;
  }
}

/** As the person's phone shows it. */
function codeOf({ oracle }: Stage, transactionId: string): string | undefined {
  const row = oracle.rows("message").find(({ text }) => String(text).startsWith(`${transactionId}: `));
  return /(\d{4})$/.exec(String(row?.text ?? ""))?.[1];
}

/** One text to one person, over and over; what is sent later may stand before it. */
async function goRound(stage: Stage, name: string): Promise<void> {
  const { random, timeline } = stage;
  const recipient = `+4798083${random.int(200, 201)}`;
  const content = `${GUARDED.id} goes round ${random.int(1, 2)}`;
  for (let n = 1; n <= random.int(2, 4); n++) {
    const times = random.int(1, 3);
    const later = random.chance(0.3) ? new Date(timeline.now + random.wait(5 * MINUTE)).toISOString() : undefined;
    const texts = Array.from({ length: times }, (_, index) => ({
      transactionId: `${name}-${n}-${index}`,
      ...{ sender: GUARDED.number, recipient, content, ...(later ? { sendTime: later } : {}) },
    }));
    const answers = await Promise.all(
      texts.map((text) => stage.callUntilAnswered(asked(GUARDED.id, "POST", "out-messages", text))),
    );
    for (const answer of answers) if (answer.status !== 201) unexpected(stage, "a text", answer);
    await timeline.wait(random.wait(random.pick([SECOND, MINUTE, 4 * MINUTE])), `${name} sends it once more`);
  }
}

/** The same text by other ids: at once, soon after, or when it may be sent again. A repeat of a request is none. */
async function sendTwice(stage: Stage, name: string): Promise<void> {
  const { random, timeline } = stage;
  const text = {
    sender: ONCE.number,
    recipient: `+4798083${random.int(300, 301)}`,
    content: `${ONCE.id} says ${random.int(1, 3)}`,
  };
  const send = async (transactionId: string) => {
    const call = asked(ONCE.id, "POST", "out-messages", { transactionId, ...text });
    const begunAt = timeline.now;
    const answer = await stage.callUntilAnswered(call);
    if (answer.status === 409) stage.judges.guards.duplicate(text.recipient, text.content, begunAt);
    else if (answer.status !== 201) unexpected(stage, "a text", answer);
    if (answer.status !== 201 || random.chance(0.7)) return;
    const again = await stage.callUntilAnswered(call);
    if (again.status !== 201) unexpected(stage, "a text that was taken, and is asked for again,", again);
  };
  await Promise.all(Array.from({ length: random.int(1, 3) }, (_, n) => send(`${name}-${n}`)));
  await timeline.wait(
    random.pick([SECOND, MINUTE, (ONCE.seconds - 20) * SECOND, 2 * ONCE.seconds * SECOND]),
    `${name} forgets`,
  );
  await send(`${name}-later`);
}

/** The operator lets codes go where they are blocked. */
async function lift(stage: Stage): Promise<void> {
  const area = stage.random.pick([GUARDED.country, ...RANGES.map((range) => range.slice(0, 7))]);
  const path = `/admin/v1/accounts/${GUARDED.id}/code-areas/${encodeURIComponent(area)}/block`;
  const answer = await stage.callUntilAnswered(operatorCall("DELETE", path));
  if (answer.status !== 204 && answer.status !== 404) unexpected(stage, `DELETE ${path}`, answer);
}

function asked(account: string, method: string, path: string, body?: object): Call {
  return {
    method,
    url: `${BASE}/api/${path}`,
    headers: { "x-apikey": keyOf(account), "content-type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  };
}

function unexpected({ oracle }: Stage, what: string, { status, body }: Answer): void {
  oracle.report("P11", `${what} is answered ${status} ${body}`);
}

/** Several programs may open them: all but the first are told that they are there. */
async function openAccounts(stage: Stage): Promise<void> {
  for (const [{ id, number }, settings] of [
    [GUARDED, { codeGuard: GUARDED.codes, loopGuard: GUARDED.loops }],
    [ONCE, { duplicateSeconds: ONCE.seconds }],
  ] as const) {
    const at = `/admin/v1/accounts/${id}`;
    for (const [method, path, json] of [
      ["POST", "/admin/v1/accounts", { id, name: id, settings }],
      ["PUT", `${at}/senders/${number}`, { kind: "short-number", country: "NO" }],
      ["POST", `${at}/credentials`, { dialect: "target365", kind: "api-key", name: "key", secret: keyOf(id) }],
    ] as const) {
      const answer = await stage.callUntilAnswered(operatorCall(method, path, json));
      if (answer.status >= 300 && answer.status !== 409) unexpected(stage, `${method} ${path}`, answer);
    }
  }
}
