/** A program that sends texts over Flowroute, in any of its versions, and looks at their records. */

import type { Call } from "../ground/cloud.ts";
import { basic } from "../oracle/tenants.ts";
import { Deed, type Text, verdictOf } from "../oracle/texts.ts";
import { BASE, type Customer } from "../setup.ts";
import type { Stage } from "../world.ts";
import { type Actor, idle } from "./clients.ts";
import { carryOut, lookUp } from "./deeds.ts";

const HOUR = 3_600_000;

export const flowroute: Actor = async (stage, name) => {
  const { random, accounts, judges, timeline } = stage;
  for (let n = 1; n <= stage.deeds && !stage.isOver(); n++) {
    await idle(stage, name);
    const customer = random.pick(accounts);
    const version = random.pick(["v2", "v2.1", "v2.2"]);
    // The ids are the gateway's: who was not answered, and asks again, asks for another text.
    for (let tries = 1; tries <= 5; tries++) {
      const deed = new Deed(
        judges.messages.thing(customer.id, "flowroute"),
        "post",
        textOf(stage, `${customer.id} ${name}-${n}, try ${tries}.`),
      );
      if (await create(stage, customer, version, deed)) {
        if (random.chance(0.5)) await timeline.wait(random.wait(random.pick([10, 60_000, HOUR])), `${name} waits`);
        if (random.chance(0.6)) await look(stage, customer, random.pick(["v2", "v2.1", "v2.2"]), deed);
        break;
      }
      await timeline.wait(random.wait(5_000), `${name} tries once more`);
    }
  }
};

async function create(stage: Stage, customer: Customer, version: string, deed: Deed): Promise<boolean> {
  const { random, judges } = stage;
  const { recipient, text } = deed.text as Text;
  const words = random.chance(0.5) ? { body: text } : { content: text };
  const call: Call = {
    method: "POST",
    url: `${BASE}/${version}/messages`,
    headers: { authorization: basic(customer), "content-type": "application/json" },
    body: JSON.stringify({ to: recipient.slice(1), from: customer.longNumber.slice(1), ...words }),
  };
  const done = await carryOut(stage, { deeds: [deed], make: () => call, read: verdictOf, tries: 1 });
  if (!done) return false;
  const isDone = done.answer.status === (version === "v2" ? 200 : 202);
  judges.answers.must(deed.thing.name, isDone, done.answer, `was asked for by ${version}`);
  if (isDone) judges.messages.name(deed.thing, JSON.parse(done.answer.body).data.id);
  return true;
}

async function look(stage: Stage, customer: Customer, version: string, { thing }: Deed): Promise<void> {
  const call: Call = {
    method: "GET",
    url: `${BASE}/${version}/messages/${thing.theirId}`,
    headers: { authorization: basic(customer) },
  };
  const { answer, begunAt } = await lookUp(stage, () => call);
  const said = answer.status === 200 ? { text: JSON.parse(answer.body).data.attributes.body } : undefined;
  stage.judges.messages.looked(thing, begunAt, answer, said);
}

function textOf({ random }: Stage, text: string): Text {
  return { recipient: `+1206555${random.int(1000, 1005)}`, text, isAtMostOnce: true, lives: 48 * HOUR };
}
