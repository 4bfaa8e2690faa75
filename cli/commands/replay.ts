/** `stafett replay`: repeats in a sandbox what happened to a message, and compares the two timelines. */

import { setTimeout as wait } from "node:timers/promises";
import type { Ask } from "../ask.ts";
import { type Command, type Given, Trouble } from "../command.ts";
import { compared, type Entry, isAttempt, type Story, storyOf } from "../story.ts";
import { operatorOf, TARGET_OPTIONS } from "../target.ts";

type Message = { id: string; account: string; sender: string; recipient: string; text: string; channel?: string };

/** So long is waited for a carrier to be asked. Milliseconds. */
const LATEST_MS = 20_000;
const FAULTS = "/sandbox/v1/faults/simulator";

export const replay: Command = {
  name: "replay",
  summary: "Repeat in a sandbox what happened to a message, and compare",
  takes: "MESSAGE",
  words: [1, 1],
  options: {
    into: { value: "NAME", says: "the world in which it happens again (the sandbox that has the message)" },
    account: { value: "ID", says: "in whose name it is sent there (its own; demo in another world)" },
    from: { value: "SENDER", says: "one of that account's senders (its own; Stafett in another world)" },
    ...TARGET_OPTIONS,
  },
  examples: ["replay msg_000001m4k2x9", "replay msg_000001m4k2x9 --into bug-512"],

  async run(given) {
    const [id = ""] = given.words;
    const ask = operatorOf(given);
    const message = await ask<Message>("GET", `/admin/v1/messages/${encodeURIComponent(id)}`);
    if (message.channel) throw new Trouble(`${id} went by ${message.channel}; only texts by SMS can be replayed`);
    const then = await timelineOf(ask, id);
    const story = storyOf(then, message.recipient);
    if (story.attempts.length === 0)
      throw new Trouble(`No carrier was asked to take ${id}: there is nothing to replay`);
    const into = intoOf(given);
    const inTheName = inTheNameOf(message, given, into !== undefined);
    await checkSimulated(into ?? ask, { ...inTheName, recipient: message.recipient });
    const again = await happenAgain(into ?? ask, inTheName, story);
    const { isSame, lines } = compared(then, await timelineOf(into ?? ask, again));
    console.log(`${id} was replayed as ${again}: ${isSame ? "the same happened" : "something else happened"}.`);
    for (const line of lines) console.log(line);
    if (!isSame) process.exitCode = 1;
  },
};

/** The world that is named, whichever gateway has the message. */
function intoOf(given: Given): Ask | undefined {
  const into = given.text("into");
  if (into === undefined) return undefined;
  return operatorOf({ ...given, text: (name) => (name === "world" ? into : undefined) });
}

function inTheNameOf({ account, sender, text }: Message, given: Given, isElsewhere: boolean) {
  return {
    account: given.text("account") ?? (isElsewhere ? "demo" : account),
    sender: given.text("from") ?? (isElsewhere ? "Stafett" : sender),
    text,
  };
}

type Route = { carriers: { name: string; usable: boolean }[] };

/** A replay goes to the number that the message went to. @throws Trouble where it could reach the person's phone */
export async function checkSimulated(ask: Ask, text: object): Promise<void> {
  const { carriers } = await ask<Route>("POST", "/admin/v1/routes/explain", text);
  const usable = carriers.filter((one) => one.usable).map(({ name }) => name);
  if (usable.length === 1 && usable[0] === "simulator") return;
  const now = usable.length === 0 ? "none" : usable.join(", ");
  throw new Trouble(`A replay goes by the simulator alone, and here it would go by ${now}`);
}

async function timelineOf(ask: Ask, id: string): Promise<Entry[]> {
  return (await ask<{ items: Entry[] }>("GET", `/admin/v1/messages/${encodeURIComponent(id)}/timeline`)).items;
}

/** @returns the id of the new message @throws Trouble with the gateway's own words where it refuses */
async function happenAgain(ask: Ask, inTheName: object, { recipient, attempts, end }: Story): Promise<string> {
  const before = await ask<object>("GET", FAULTS);
  let id = "";
  try {
    for (const [index, { at, faults }] of attempts.entries()) {
      await ask("PUT", FAULTS, faults);
      if (index === 0) id = (await ask<Message>("POST", "/admin/v1/messages", { ...inTheName, recipient })).id;
      else await pass(ask, at - (attempts[index - 1]?.at ?? 0));
      await asked(ask, id, index + 1);
    }
  } finally {
    await ask("PUT", FAULTS, before);
  }
  await pass(ask, end - (attempts.at(-1)?.at ?? 0));
  return id;
}

/** The carrier is asked at once or by a job: a moment later, by no clock that could be moved. */
async function asked(ask: Ask, id: string, times: number): Promise<void> {
  const latest = performance.now() + LATEST_MS;
  while ((await timelineOf(ask, id)).filter(isAttempt).length < times) {
    if (performance.now() > latest) return; // The timelines will differ, and show where.
    await pass(ask, 0);
    await wait(50);
  }
}

async function pass(ask: Ask, ms: number): Promise<void> {
  await ask("POST", "/sandbox/v1/clock/advance", { seconds: Math.ceil(ms / 1_000) });
}
