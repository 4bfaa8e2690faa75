/** Long texts that a carrier hands over part by part: kept until all are there, and then taken as the one text that was written. */

import type { Clock } from "../kernel/clock.ts";
import type { Log } from "../kernel/ports.ts";
import type { SealedAs } from "../messages/sealed.ts";
import type { Reported } from "./inbound.ts";

/** Which part of which text it is: `reference` is the same for all parts of it, `number` counts from 1. */
export type Part = { reference: string; number: number; total: number };

/** A part as it is kept. `theirId` is the carrier's id of this part: the same one is kept once. */
export type KeptPart = Omit<Reported, "part" | "channel" | "operator"> & {
  part: Part;
  receivedAt: number;
  /** Absent where nothing can be sealed. */
  sealed?: SealedAs;
};

export interface PartStore {
  /** Keeps those that are new; answers all that are kept, and not joined, of the texts that they belong to. */
  keep(parts: readonly KeptPart[]): Promise<KeptPart[]>;
  /** Those of texts whose first part came before a time (epoch ms), and that are not joined. */
  waitingSince(before: number, limit: number): Promise<KeptPart[]>;
  /** They are taken, in a text: they are remembered, so that a repeat of one begins nothing. */
  joined(parts: readonly KeptPart[]): Promise<void>;
}

type PartPorts = { clock: Clock; parts: PartStore; log: Log };
type Receive = (texts: readonly Reported[]) => Promise<void>;

/** How long the other parts are waited for. What is there then is taken without them. Milliseconds. */
export const PARTS_WAIT_MS = 10 * 60_000;
/** How long a repeat of a part is known. Milliseconds. */
export const PARTS_REMEMBERED_MS = 2 * 86_400_000;
const AT_ONCE = 500;

/** Takes texts, and parts of texts. When it resolves, each is taken, or kept until the other parts of its text are there. */
export async function receiveParts(ports: PartPorts, reported: readonly Reported[], receive: Receive): Promise<void> {
  const receivedAt = ports.clock.now();
  const parts = reported.flatMap(({ part, ...text }) => (isPart(part) ? [{ ...text, part, receivedAt }] : []));
  const whole = reported.filter(({ part }) => !isPart(part));
  if (whole.length > 0) await receive(whole);
  if (parts.length === 0) return;
  await take(ports, textsIn(await ports.parts.keep(parts)).filter(isComplete), receive);
}

/** Takes what was waited for long enough: whole, where a process died over it, or as much as there is. */
export async function takeIncomplete(ports: PartPorts, receive: Receive): Promise<number> {
  const texts = textsIn(await ports.parts.waitingSince(ports.clock.now() - PARTS_WAIT_MS, AT_ONCE));
  await take(ports, texts, receive);
  return texts.length;
}

async function take(ports: PartPorts, texts: readonly KeptPart[][], receive: Receive): Promise<void> {
  for (const text of texts) {
    const [first] = text;
    if (!first) continue;
    const { carrier, theirId, sender, recipient, part } = first;
    // The text has the id of its first part: should the process die before the parts are marked, it is not taken again.
    await receive([{ carrier, theirId, sender, recipient, text: text.map((one) => one.text).join("") }]);
    await ports.parts.joined(text);
    if (text.length < part.total) {
      ports.log.event("inbound.parts_missing", { carrier, from: sender, parts: text.length, of: part.total });
    }
  }
}

/** The parts of each text, in order. A reference may be used anew: of two parts with one number the later counts. */
function textsIn(parts: readonly KeptPart[]): KeptPart[][] {
  const byText = Map.groupBy(parts, ({ carrier, sender, recipient, part: { reference, total } }) =>
    JSON.stringify([carrier, sender, recipient, reference, total]),
  );
  return [...byText.values()].map((all) => {
    const latest = new Map(
      all
        .toSorted((one, other) => one.receivedAt - other.receivedAt || (one.theirId < other.theirId ? -1 : 1))
        .map((one) => [one.part.number, one]),
    );
    return [...latest.values()].toSorted((one, other) => one.part.number - other.part.number);
  });
}

function isComplete(text: readonly KeptPart[]): boolean {
  return text.length === text[0]?.part.total;
}

/** The first of one, or the third of two, is a text of its own. */
function isPart(part: Part | undefined): part is Part {
  return part !== undefined && part.total > 1 && part.total <= 255 && part.number >= 1 && part.number <= part.total;
}
