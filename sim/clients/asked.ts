/** People who write a keyword that asks whether they may be charged: they are told something first, and asked after that. */

import { BASE } from "../setup.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";

const MINUTE = 60_000;

export const asked: Actor = async (stage, name) => {
  const { random, accounts } = stage;
  for (let n = 1; n <= Math.ceil(stage.deeds / 2) && !stage.isOver(); n++) {
    await idle(stage, name);
    const account = random.pick(accounts);
    const word = `join${name.replaceAll("-", "")}x${n}`;
    const preAuthSettings = {
      active: true,
      merchantId: account.merchant,
      infoText: `About ${word}`,
      delay: random.pick([0, 0, 0, 1]),
    };
    const keyword = {
      shortNumberId: `NO-${account.shortNumber}`,
      keywordText: word,
      mode: "Exact",
      forwardUrl: `https://${account.host}/keywords/${word}`,
      enabled: true,
      preAuthSettings,
    };
    const headers = { "x-apikey": account.apiKey, "content-type": "application/json" };
    const call = { method: "POST", url: `${BASE}/api/keywords`, headers, body: JSON.stringify(keyword) };
    // Asked again because the first answer was lost, it is there already.
    const { status, body } = await stage.callUntilAnswered(call);
    if (status !== 201 && status !== 400 && status !== 409)
      stage.oracle.report("P11", `${word} was refused: ${status} ${body}`);
    await Promise.all(Array.from({ length: random.int(1, 3) }, () => joins(stage, account.shortNumber, word)));
  }
};

/** One person writes the keyword; some say OK too soon, some say it when they are asked, some have enough. */
async function joins({ random, judges, network, timeline }: Stage, number: string, word: string): Promise<void> {
  const person = judges.charges.newPerson();
  judges.questions.writes(person, word);
  await network.write(person, number, `${word} please`);
  for (let looks = random.int(1, 6); looks > 0; looks--) {
    await timeline.wait(random.wait(random.pick([100, 5_000, MINUTE])), `${person} looks at their phone`);
    if (judges.questions.isAsked(person) || random.chance(0.1)) await network.write(person, number, "OK");
  }
  if (random.chance(0.2)) await network.write(person, number, `STOP ${word}`);
}
