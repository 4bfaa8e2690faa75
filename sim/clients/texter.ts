/** People who write to a customer's number over the carrier that is bound to: short texts, and long ones in parts. */

import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";

export const texter: Actor = async (stage, name) => {
  const { random } = stage;
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    await Promise.all(Array.from({ length: random.int(1, 2) }, (_, index) => write(stage, `${name}-${n}-${index}`)));
  }
};

async function write(stage: Stage, words: string): Promise<void> {
  const { random, accounts, judges, smsc } = stage;
  if (!smsc) return;
  const { id: owner, shortNumber: to } = random.pick(accounts);
  const from = `+47980909${random.int(10, 12)}`;
  const lines = random.pick([1, 1, 10]);
  const text = Array.from({ length: lines }, (_, n) => `${owner} hears ${words} line ${n}.`).join(" ");
  const writing = { from, to, text, owner };
  judges.inbounds.writes(writing);
  if (await smsc.write(from, to, text)) judges.inbounds.heard(writing);
  else judges.smscs.gaveUp(text);
}
