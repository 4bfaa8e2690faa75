/** `stafett trigger`: has one of the things happen that a program must cope with, by the addresses its clients would call. */

import { randomUUID } from "node:crypto";
import { type Ask, asking, send, type Target } from "../ask.ts";
import { type Command, Trouble } from "../command.ts";
import { nearest } from "../nearest.ts";
import { demoKeyOf, TARGET_OPTIONS, targetOf } from "../target.ts";

/** Where a report goes while `stafett listen` takes it; a name that nobody can have. */
const NOWHERE = "http://webhooks.invalid/stafett";

type Trigger = { says: string; number: string; run(at: Happening): Promise<string> };

type Options = Partial<Record<"number" | "report-url" | "text" | "to", string | undefined>>;
type Happening = {
  ask: Ask;
  client: (path: string, body: object) => Promise<void>;
  number: string;
  options: Options;
};

const text = async ({ ask, client, number, options }: Happening): Promise<string> => {
  const transactionId = `trigger-${randomUUID()}`;
  const { forwarding } = await ask<{ forwarding?: object }>("GET", "/sandbox/v1/oddities");
  const url = options["report-url"] ?? (forwarding ? NOWHERE : undefined);
  await client("/api/out-messages", {
    transactionId,
    sender: "Stafett",
    recipient: number,
    content: options.text ?? "Hello from Stafett",
    ...(url === undefined ? {} : { deliveryReportUrl: url }),
  });
  const report = url === undefined ? " No report is sent: nothing listens, and no --report-url is given." : "";
  return `A text, ${transactionId}, went to ${number}.${report}`;
};

const charge = async ({ client, number }: Happening): Promise<string> => {
  const transactionId = `trigger-${randomUUID()}`;
  await client("/api/strex/transactions", {
    transactionId,
    merchantId: "demo",
    shortNumber: "2002",
    recipient: number,
    price: 10,
    serviceCode: "14002",
    invoiceText: "One song",
  });
  return `A charge of 10.00 NOK, ${transactionId}, went to ${number}.`;
};

const written =
  (word: string) =>
  async ({ ask, number, options }: Happening) => {
    const said = options.text ?? word;
    const to = options.to ?? "2002";
    await ask("POST", `/sandbox/v1/handsets/${encodeURIComponent(number)}/messages`, { to, text: said });
    return `${number} wrote to ${to}: ${said}`;
  };

const TRIGGERS: Record<string, Trigger> = {
  delivered: { says: "a text that arrives, and its report", number: "+4700000001", run: text },
  failed: { says: "a text that does not arrive, and its report", number: "+4700000010", run: text },
  barred: { says: "a text to a barred subscriber, and its report", number: "+4700000020", run: text },
  billed: { says: "a charge of 10.00 NOK that is billed", number: "+4700000001", run: charge },
  declined: { says: "a charge that is declined", number: "+4700000020", run: charge },
  inbound: { says: "a person writes HELLO", number: "+4798079008", run: written("HELLO") },
  stop: { says: "a person writes STOP", number: "+4798079008", run: written("STOP") },
};

export const trigger: Command = {
  name: "trigger",
  summary: "Have something happen that your program must cope with",
  takes: "EVENT",
  words: [1, 1],
  choices: Object.keys(TRIGGERS),
  options: {
    number: { value: "NUMBER", says: "whose phone; each event has its own" },
    "report-url": { value: "URL", says: "where the report goes; not needed while `listen` runs" },
    text: { value: "TEXT", says: "what is sent, or written" },
    to: { value: "NUMBER", says: "who a person writes to (2002)" },
    "api-key": { value: "KEY", says: "whose client sends (the demo account's, or DEMO_API_KEY)" },
    ...TARGET_OPTIONS,
  },
  examples: Object.entries(TRIGGERS).map(([name, { says }]) => `trigger ${name.padEnd(10)} # ${says}`),

  async run(given) {
    const [event = ""] = given.words;
    const named = ["number", "report-url", "text", "to"] as const;
    const options = Object.fromEntries(named.map((name) => [name, given.text(name)]));
    console.log(await happen(targetOf(given), demoKeyOf(given), event, options));
  },
};

/** Each event, with what it is. */
export const EVENTS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(TRIGGERS).map(([name, { says }]) => [name, says]),
);

/**
 * Has an event happen.
 * @returns what happened, in a sentence
 * @throws Trouble if there is none of that name, or the gateway refuses
 */
export async function happen(target: Target, apiKey: string, event: string, options: Options): Promise<string> {
  const found = Object.hasOwn(TRIGGERS, event) ? TRIGGERS[event] : undefined;
  if (!found) {
    const close = nearest(event, Object.keys(TRIGGERS));
    const all = Object.keys(TRIGGERS).join(", ");
    throw new Trouble(`There is no event ${event}.${close ? ` Did you mean ${close}?` : ""} There are: ${all}`);
  }
  const client = clientOf(target, apiKey);
  return found.run({ ask: asking(target), client, number: options.number ?? found.number, options });
}

/** A client of the Target365 dialect. @throws Trouble with the gateway's own words where it refuses */
function clientOf(target: Target, key: string) {
  return async (path: string, body: object): Promise<void> => {
    const answer = await send(target, "POST", path, body, { "x-apikey": key });
    const said = await answer.text();
    if (!answer.ok) throw new Trouble(`${path} answered ${answer.status}: ${said}`);
  };
}
