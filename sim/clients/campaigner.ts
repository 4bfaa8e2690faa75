/** A program that writes to many at once: it makes a campaign, fills it in pieces, starts it, and often pauses or cancels it. */

import { SimCampaign } from "../oracle/campaigns.ts";
import { operatorCall } from "../setup.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export const campaigner: Actor = async (stage, name) => {
  const { random } = stage;
  for (let n = 1; n <= Math.ceil(stage.deeds / 2) && !stage.isOver(); n++) {
    await idle(stage, name);
    const known = new SimCampaign(
      `sale ${name} ${n}`,
      peopleOf(name, n, random.int(3, 30)),
      random.pick([12, 60, 600]),
    );
    stage.judges.campaigns.add(known);
    const id = await makes(stage, known, `${name}-${n}`);
    if (id === undefined) continue;
    await fills(stage, id, [...known.people]);
    await move(stage, id, "start");
    known.isStarted = true;
    for (let turns = random.int(0, 3); turns > 0; turns--) {
      await stage.timeline.wait(
        random.wait(random.pick([SECOND, 10 * SECOND, MINUTE])),
        `${name} looks at its campaign`,
      );
      await stops(stage, id, known);
      if (known.mayBeCancelled) break;
    }
  }
};

async function stops(stage: Stage, id: string, known: SimCampaign): Promise<void> {
  const { random, timeline } = stage;
  if (random.chance(0.3)) {
    known.mayBeCancelled = true;
    const state = await move(stage, id, "cancel");
    if (state === "cancelled") known.stoppedSince = timeline.now;
    return;
  }
  if ((await move(stage, id, "pause")) !== "paused") return;
  known.stoppedSince = timeline.now;
  await timeline.wait(random.wait(random.pick([SECOND, 2 * MINUTE, 10 * MINUTE])), "a campaign is paused");
  known.stoppedSince = undefined;
  await move(stage, id, "resume");
}

/** By a key, so that it is made once; undefined where it is not known whether it was. */
async function makes(stage: Stage, { text, perMinute }: SimCampaign, key: string): Promise<string | undefined> {
  const account = stage.random.pick(stage.accounts);
  const made = { account: account.id, name: key, sender: account.shortNumber, text, perMinute };
  const call = operatorCall("POST", "/admin/v1/campaigns", made);
  const keyed = { ...call, headers: { ...call.headers, "idempotency-key": `campaign ${key}`.replaceAll(" ", "-") } };
  for (let tries = 0; tries < 5; tries++) {
    const { status, body } = await stage.callUntilAnswered(keyed);
    if (status === 201) return JSON.parse(body).id;
    await stage.timeline.wait(30 * SECOND, `${key} tries again`);
  }
  return undefined;
}

/** In pieces, each of which may be sent again when its answer was lost. */
async function fills(stage: Stage, id: string, people: readonly string[]): Promise<void> {
  for (let at = 0; at < people.length; at += 10) {
    const call = operatorCall("POST", `/admin/v1/campaigns/${id}/recipients`, people.slice(at, at + 10));
    const { status, body } = await stage.callUntilAnswered(call);
    if (status !== 200) stage.oracle.report("P11", `a list is answered ${status} ${body}`);
  }
}

/** @returns its state after that; undefined where it came too late */
async function move(stage: Stage, id: string, verb: string): Promise<string | undefined> {
  const { status, body } = await stage.callUntilAnswered(operatorCall("POST", `/admin/v1/campaigns/${id}/${verb}`));
  if (status === 409) return undefined;
  if (status === 200) return JSON.parse(body).state;
  stage.oracle.report("P11", `${verb} of a campaign is answered ${status} ${body}`);
  return undefined;
}

/** Nobody else's; and nobody twice in a campaign. */
function peopleOf(name: string, n: number, count: number): string[] {
  const from = 970_000 + (Number(name.split("-").at(-1)) * 20 + n) * 40;
  return Array.from({ length: count }, (_, index) => `+4790${from + index}`);
}
