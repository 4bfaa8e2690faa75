/** A program that sends texts over Target365: single, in batches, later, changed, taken back, and again and again. */

import type { Call } from "../ground/cloud.ts";
import { BASE } from "../setup.ts";
import { type Actor, idle } from "./clients.ts";

const MINUTE = 60_000;

export const target365: Actor = async (stage, name) => {
  const { random, accounts, judges, timeline } = stage;
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    const account = random.pick(accounts);
    const theirId = `${name}-${n}`;
    const isLater = random.chance(0.3);
    const sendAt = isLater
      ? Math.floor(timeline.now + random.wait(random.pick([MINUTE, 30 * MINUTE, 2 * 86_400_000])))
      : undefined;
    const wanted = {
      account: account.id,
      dialect: "target365",
      theirId,
      recipient: `+479807${String(random.int(1000, 1005))}`,
      text: `${account.id} ${theirId} first.`,
      isAtMostOnce: random.chance(0.6),
      ...(sendAt === undefined ? {} : { sendAt }),
      ...(random.chance(0.7) ? { report: `https://${account.host}/reports` } : {}),
    };
    const body = {
      transactionId: theirId,
      sender: account.shortNumber,
      recipient: wanted.recipient,
      content: wanted.text,
      deliveryMode: wanted.isAtMostOnce ? "AtMostOnce" : "AtLeastOnce",
      ...(sendAt === undefined ? {} : { sendTime: new Date(sendAt).toISOString() }),
      ...(wanted.report ? { deliveryReportUrl: wanted.report } : {}),
    };
    const post: Call = {
      method: "POST",
      url: `${BASE}/api/out-messages`,
      headers: { "x-apikey": account.apiKey, "content-type": "application/json" },
      body: JSON.stringify(body),
    };
    judges.messages.wanted(wanted);
    const answer = await stage.callUntilAnswered(post);
    judges.messages.told(wanted, answer.status === 201, `${answer.status} ${answer.body}`);
  }
};
