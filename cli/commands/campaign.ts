/** `stafett campaign`: many texts as one thing, of a list in a file. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Ask } from "../ask.ts";
import { type Command, type Given, Trouble, wholeNumber } from "../command.ts";
import { nearest } from "../nearest.ts";
import { operatorOf, TARGET_OPTIONS } from "../target.ts";

type Campaign = {
  id: string;
  name: string;
  state: string;
  reason?: string;
  progress: Record<"accepted" | "waiting" | "underWay" | "sent" | "delivered" | "failed" | "cancelled", number> & {
    skipped: Record<string, number>;
  };
};
/** What is answered in place of a campaign where a second operator must agree. */
type Asked = Campaign | { id: string; why: string };

/** Each takes a word: a file, or a campaign's id. */
const VERBS = { send, show, start: moved, pause: moved, resume: moved, cancel: moved } as const;

export const campaign: Command = {
  name: "campaign",
  summary: "Send a text to a list, or show, start, pause, resume or cancel a campaign",
  takes: "list | send FILE | show|start|pause|resume|cancel ID",
  words: [1, 2],
  choices: ["list", ...Object.keys(VERBS)],
  options: {
    text: { value: "TEXT", says: "the text; {{name}} is filled with what a line has under that heading" },
    from: { value: "SENDER", says: "one of the account's senders (Stafett)" },
    account: { value: "ID", says: "in whose name (demo)" },
    name: { value: "NAME", says: "what it is called (the file's name)" },
    "per-minute": { value: "NUMBER", says: "the most texts in a minute (600)" },
    hours: { value: "HOURS", says: "when texts may leave, like 09:00-20:00, by each recipient's clock" },
    "time-zone": { value: "ZONE", says: "by the clock of this zone, like Europe/Oslo" },
    begin: { value: "TIME", says: "not before, like 2027-01-01T08:00:00Z" },
    end: { value: "TIME", says: "what has not left by then is not sent" },
    draft: { says: "only make it: start it later" },
    ...TARGET_OPTIONS,
  },
  examples: [
    'campaign send people.csv --text "Hello {{name}}" --per-minute 600 --hours 09:00-20:00',
    "campaign show cmp_0000010hm7xt5h0000a1b2c3d",
    "campaign list",
  ],

  async run(given) {
    const [verb = "", word] = given.words;
    if (verb === "list") return list(given);
    if (!Object.hasOwn(VERBS, verb)) {
      const close = nearest(verb, campaign.choices ?? []);
      throw new Trouble(`campaign has no command ${verb}.${close ? ` Did you mean ${close}?` : ""}`);
    }
    if (word === undefined) throw new Trouble(`campaign ${verb} needs a ${verb === "send" ? "file" : "campaign's id"}`);
    await VERBS[verb as keyof typeof VERBS](given);
  },
};

async function list(given: Given): Promise<void> {
  const ask = operatorOf(given);
  const account = given.text("account");
  let count = 0;
  for (let cursor: string | undefined = ""; cursor !== undefined; ) {
    const query = new URLSearchParams({ ...(account ? { account } : {}), ...(cursor ? { cursor } : {}), limit: "500" });
    const page: { items: Campaign[]; next?: string } = await ask("GET", `/admin/v1/campaigns?${query}`);
    for (const one of page.items) console.log(inShort(one));
    count += page.items.length;
    cursor = page.next;
  }
  if (count === 0) console.error("There are no campaigns.");
}

/** Makes it, hands its list over in pieces, and starts it. */
async function send(given: Given): Promise<void> {
  const file = given.words[1] ?? "";
  const pieces = inPieces(read(file));
  const ask = operatorOf(given);
  const made = await ask<Campaign>("POST", "/admin/v1/campaigns", wanted(given, file));
  try {
    for (const piece of pieces) await ask("POST", `/admin/v1/campaigns/${made.id}/recipients`, piece);
  } catch (error) {
    await ask("POST", `/admin/v1/campaigns/${made.id}/cancel`);
    throw error;
  }
  await end(ask, given.has("draft") ? "GET" : "POST", made.id, given.has("draft") ? "" : "/start");
}

function wanted(given: Given, file: string): object {
  const text = given.text("text");
  if (text === undefined) throw new Trouble('campaign send needs a text: --text "Hello {{name}}"');
  const [hours, timeZone] = [given.text("hours"), given.text("time-zone")];
  if (hours === undefined && timeZone !== undefined) throw new Trouble("--time-zone needs --hours");
  const [startsAt, endsAt] = [given.text("begin"), given.text("end")];
  return {
    account: given.text("account") ?? "demo",
    name: given.text("name") ?? (file.split(/[\\/]/).at(-1) || "Campaign"),
    sender: given.text("from") ?? "Stafett",
    text,
    perMinute: wholeNumber("--per-minute", given.text("per-minute") ?? "600", 1, 60_000),
    ...(hours === undefined ? {} : { window: { hours, ...(timeZone === undefined ? {} : { timeZone }) } }),
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(endsAt === undefined ? {} : { endsAt }),
  };
}

async function show(given: Given): Promise<void> {
  await end(operatorOf(given), "GET", given.words[1] ?? "", "");
}

async function moved(given: Given): Promise<void> {
  await end(operatorOf(given), "POST", given.words[1] ?? "", `/${given.words[0]}`);
}

/** Asks, and prints the campaign as it is then. */
async function end(ask: Ask, method: string, id: string, verb: string): Promise<void> {
  const answer = await ask<Asked>(method, `/admin/v1/campaigns/${encodeURIComponent(id)}${verb}`);
  if (!("progress" in answer)) {
    console.log(`${id} waits for a second operator, as it is ${answer.why}: ${answer.id}`);
    return;
  }
  console.log(inShort(answer));
  for (const [name, count] of Object.entries(countsOf(answer))) if (count > 0) console.log(`  ${name}  ${count}`);
}

function inShort({ id, name, state, reason, progress }: Campaign): string {
  const why = reason === undefined ? "" : ` (${reason})`;
  return `${id}  ${state}${why}  ${progress.delivered} of ${progress.accepted} delivered  ${name}`;
}

function countsOf({ progress: { skipped, ...counts } }: Campaign): Record<string, number> {
  const left = Object.entries(skipped).map(([reason, count]) => [`skipped: ${reason}`, count] as const);
  return { ...counts, ...Object.fromEntries(left) };
}

/** npm runs a script in the folder of its package, whoever called it from where. @throws Trouble */
function read(file: string): string {
  const path = resolve(process.env.INIT_CWD ?? ".", file);
  try {
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    throw new Trouble(`${path} cannot be read: ${(error as Error).message}`);
  }
}

/** The gateway takes lists of 20,000 lines and 1 MiB at once. */
const MOST_LINES = 10_000;
const MOST_BYTES = 900_000;

/**
 * A list in pieces that are taken at once, each with the headings.
 * @throws Trouble where it is empty
 */
export function inPieces(text: string): string[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const [first = ""] = lines;
  if (first === "") throw new Trouble("The list is empty");
  const heading = /^[\s"]*\+?\d/.test(first) ? [] : [first];
  const pieces: string[][] = [];
  let bytes = 0;
  for (const line of lines.slice(heading.length)) {
    bytes += Buffer.byteLength(line) + 1;
    const piece = pieces.at(-1);
    if (piece && piece.length < MOST_LINES && bytes <= MOST_BYTES) piece.push(line);
    else {
      pieces.push([...heading, line]);
      bytes = Buffer.byteLength(line) + 1;
    }
  }
  if (pieces.length === 0) throw new Trouble("The list has headings, and no line below them");
  return pieces.map((piece) => piece.join("\n"));
}
