/** A program that proves who has a phone, by Target365's pincodes; and people who mistype them, or bring them late. */

import type { Answer, Call } from "../ground/cloud.ts";
import type { WantedCode } from "../oracle/pincodes.ts";
import { BASE, type Customer } from "../setup.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** What a person does with a code. */
const WAYS = [
  ["right"],
  ["right", "right"],
  ["right", "right"],
  ["wrong", "right", "right"],
  ["wrong", "right"],
  ["wrong", "wrong", "right"],
  ["wrong", "wrong", "wrong", "right"],
  ["late", "right"],
  ["all at once"],
] as const;

export const pincodes: Actor = async (stage, name) => {
  const { random, accounts } = stage;
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    const account = random.pick(accounts);
    if (random.chance(0.15)) await flood(stage, account, `${name}-${n}`);
    else await prove(stage, account, `${name}-${n}`);
  }
};

function codeFor(stage: Stage, account: Customer, theirId: string, which = ""): WantedCode {
  const { random } = stage;
  const recipient = `+4798083${random.int(100, 103)}`;
  const prefix = `${account.id} ${theirId}${which}: `;
  return { account: account.id, theirId, recipient, prefix, tries: random.int(1, 3), once: random.chance(0.7) };
}

/** One code, perhaps asked for twice, or with another under its id; and then tried. */
export async function prove(stage: Stage, account: Customer, theirId: string): Promise<void> {
  const { random, judges, timeline } = stage;
  const one = codeFor(stage, account, theirId);
  const other = random.chance(0.4) ? codeFor(stage, account, theirId, " otherwise") : undefined;
  const first = send(stage, account, one);
  if (random.chance(0.5)) await first;
  const [isSent] = await Promise.all([first, other && send(stage, account, other)]);
  if (random.chance(0.3)) await send(stage, account, one);
  if (!isSent) return;
  const right = judges.pincodes.codeOf(one) ?? "";
  const wrong = () => String((Number(right) + random.int(1, 9_999)) % 10_000).padStart(4, "0");
  for (const deed of random.pick(WAYS)) {
    const pause = deed === "late" ? 4 * MINUTE + random.wait(5 * MINUTE) : random.wait(10 * SECOND);
    await timeline.wait(pause, `${one.recipient} types a code`);
    if (deed === "all at once") {
      await Promise.all([wrong(), wrong(), right, right].map((code) => check(stage, account, one, code)));
    } else if (deed !== "late") await check(stage, account, one, deed === "right" ? right : wrong());
  }
}

/** Somebody has a program send one code after another to a person. */
async function flood(stage: Stage, account: Customer, theirId: string): Promise<void> {
  const { recipient } = codeFor(stage, account, theirId);
  for (let n = 1; n <= 33; n++) {
    await send(stage, account, { ...codeFor(stage, account, `${theirId}-${n}`), recipient });
  }
}

/** Asks until it is answered. @returns whether it was sent */
async function send(stage: Stage, account: Customer, wanted: WantedCode): Promise<boolean> {
  const { judges } = stage;
  const { theirId, recipient, prefix, tries, once } = wanted;
  judges.pincodes.wanted(wanted);
  const answer = await stage.callUntilAnswered(
    call(account, "POST", "", {
      transactionId: theirId,
      recipient,
      sender: account.shortNumber,
      prefixText: prefix,
      pincodeLength: 4,
      maxAttempts: tries,
      verificationMode: once ? "AtMostOnce" : "AtLeastOnce",
    }),
  );
  judges.pincodes.told(wanted, answer);
  return answer.status < 300;
}

/** Each request is a try, heard or not. */
async function check(stage: Stage, account: Customer, wanted: WantedCode, code: string): Promise<void> {
  const heard = stage.judges.pincodes.tries(wanted, code);
  const query = new URLSearchParams({ transactionId: wanted.theirId, pincode: code });
  const answer: Answer | undefined = await stage.call(call(account, "GET", `/verification?${query}`));
  if (answer?.status === 200) heard(answer.body === "true");
}

function call(account: Customer, method: string, path: string, body?: object): Call {
  return {
    method,
    url: `${BASE}/api/pincodes${path}`,
    headers: { "x-apikey": account.apiKey, "content-type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  };
}
