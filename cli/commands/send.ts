/** `stafett send`: a text in an account's name, and what became of it. */

import { setTimeout as wait } from "node:timers/promises";
import type { Ask } from "../ask.ts";
import { type Command, wholeNumber } from "../command.ts";
import { operatorOf, TARGET_OPTIONS } from "../target.ts";

type Message = { id: string; recipient: string; state: string; reason?: string; parts: number; sendAt: string };

/** States in which a message stays. */
const FINAL = ["delivered", "failed", "expired", "cancelled"];

export const send: Command = {
  name: "send",
  summary: "Send a text, and say what became of it",
  takes: "NUMBER TEXT",
  words: [2, 2],
  options: {
    from: { value: "SENDER", says: "one of the account's senders (Stafett)" },
    account: { value: "ID", says: "in whose name (demo)" },
    at: { value: "TIME", says: "when it is sent, like 2027-01-01T08:00:00Z; now, if absent" },
    preview: { says: "send nothing, and say what would happen" },
    wait: { value: "SECONDS", says: "how long to wait for its end (10); 0 for not at all" },
    ...TARGET_OPTIONS,
  },
  examples: ['send +4798079008 "Hello from Stafett"', 'send +4798079008 "Good morning" --at 2027-01-01T08:00:00Z'],

  async run(given) {
    const [recipient, text] = given.words;
    const seconds = wholeNumber("--wait", given.text("wait") ?? "10", 0, 600);
    const sendAt = given.text("at");
    const body = {
      account: given.text("account") ?? "demo",
      sender: given.text("from") ?? "Stafett",
      recipient,
      text,
      ...(sendAt === undefined ? {} : { sendAt }),
    };
    if (given.has("preview")) {
      const previewed = await operatorOf(given)<Preview>("POST", "/admin/v1/messages/preview", body);
      for (const line of foretold(previewed)) console.log(line);
      if (previewed.wouldBe === "refused") process.exitCode = 1;
      return;
    }
    const message = await sendText(operatorOf(given), body, seconds);
    console.log(told(message));
    if (message.state === "failed" || message.state === "expired") process.exitCode = 1;
  },
};

/** Sends a text, and waits until its state is final, but not longer than so many seconds. */
export async function sendText(ask: Ask, body: object, seconds: number): Promise<Message> {
  let message = await ask<Message>("POST", "/admin/v1/messages", body);
  const latest = performance.now() + seconds * 1_000;
  while (message.state !== "scheduled" && !FINAL.includes(message.state) && performance.now() < latest) {
    await wait(100);
    message = await ask<Message>("GET", `/admin/v1/messages/${message.id}`);
  }
  return message;
}

type Preview = {
  wouldBe: "sent" | "scheduled" | "refused";
  refused: { reason: string; why: string }[];
  message?: { recipient: string; parts: number; encoding: string; sendAt: string };
  quietUntil?: string;
  suppressedBy: { number: string; word: string; source: string; createdAt: string }[];
  way?: { carriers: { name: string; usable: boolean }[]; price?: { currency: string; nanos: number } };
};

/** What would happen, a line for each thing worth knowing. */
function foretold({ wouldBe, refused, message, quietUntil, suppressedBy, way }: Preview): string[] {
  const first = way?.carriers.find(({ usable }) => usable);
  return [
    `would be ${wouldBe}${message && wouldBe === "scheduled" ? ` for ${message.sendAt}` : ""}`,
    ...refused.map(({ reason, why }) => `  ${reason}: ${why}`),
    ...(message ? [`  ${message.recipient}  ${inParts(message.parts)}, ${message.encoding}`] : []),
    ...(quietUntil ? [`  quiet hours until ${quietUntil}`] : []),
    ...suppressedBy.map((one) => `  opted out of ${one.number} (${one.source}: ${one.word}) at ${one.createdAt}`),
    ...(first ? [`  by ${first.name}${way?.price ? `, for ${way.price.nanos / 1e9} ${way.price.currency}` : ""}`] : []),
  ];
}

function inParts(parts: number): string {
  return `${parts} ${parts === 1 ? "part" : "parts"}`;
}

function told({ id, recipient, state, reason, parts, sendAt }: Message): string {
  const when = state === "scheduled" ? ` for ${sendAt}` : "";
  return `${id}  ${state}${when}${reason ? ` (${reason})` : ""}  ${recipient}  ${inParts(parts)}`;
}
