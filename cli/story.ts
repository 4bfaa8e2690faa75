/** What a carrier did with a message, as faults of the sandbox's carrier that make it do so again; and two timelines, held together. */

/** An entry of a timeline, as far as a replay reads it. Times are ISO 8601. */
export type Entry = {
  at: string;
  event: string;
  reason?: string;
  outcome?: string;
  /** When a busy carrier was to be asked again. */
  again?: string;
  isDown?: true;
  webhook?: string;
};

/** @property faults what is set as the carrier is asked; @property at when it was asked, ms after the first time */
export type Attempt = { at: number; faults: Record<string, unknown> };

/** @property recipient stands for the person, where the sandbox has a number whose fate is theirs @property end ms after the first attempt */
export type Story = { recipient: string; attempts: Attempt[]; end: number };

/** Numbers of the sandbox to which nothing is delivered, by the reason. */
const FATES: Record<string, string> = { undelivered: "+4700000010", "subscriber-barred": "+4700000020" };

const ASKED = ["carrier.took", "carrier.refused", "carrier.busy", "carrier.answer_lost"];

/** Whether it tells of a carrier that was asked. */
export function isAttempt({ event, isDown }: Entry): boolean {
  return ASKED.includes(event) && !isDown;
}

/** What happened to a message, as it can be had again. @param recipient whose message it was */
export function storyOf(timeline: readonly Entry[], recipient: string): Story {
  const attempts = timeline.filter(isAttempt);
  const [first] = attempts;
  const since = (at: string) => Math.max(0, Date.parse(at) - Date.parse(first?.at ?? at));
  const receipt = timeline.find(({ event }) => event === "carrier.receipt" || event === "carrier.rerouted");
  const isUndelivered = receipt && receipt.outcome !== "delivered";
  return {
    recipient: isUndelivered ? (FATES[receipt.reason ?? ""] ?? (FATES.undelivered as string)) : recipient,
    attempts: attempts.map((one) => ({ at: since(one.at), faults: faultsOf(one, receipt) })),
    end: since(timeline.findLast(({ webhook }) => webhook === undefined)?.at ?? ""),
  };
}

function faultsOf({ at, event, reason, again }: Entry, receipt: Entry | undefined): Record<string, unknown> {
  if (event === "carrier.refused") return once({ refuse: reason ?? "other" });
  if (event === "carrier.busy") return once({ busySeconds: secondsBetween(at, again ?? at) });
  const late = receipt ? secondsBetween(at, receipt.at) : 0;
  return once({
    ...(event === "carrier.answer_lost" ? { loseAnswer: true } : {}),
    ...(receipt ? {} : { loseReceipt: true }),
    ...(late > 0 ? { receiptDelaySeconds: late } : {}),
  });
}

/** Faults hit one request, and none where there are no faults. */
function once(faults: Record<string, unknown>): Record<string, unknown> {
  return Object.keys(faults).length === 0 ? {} : { ...faults, only: "messages", times: 1 };
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1_000));
}

/** Two timelines beside each other, a line for each entry, and whether the same happened in both. Webhooks are left out. */
export function compared(then: readonly Entry[], now: readonly Entry[]): { isSame: boolean; lines: string[] } {
  const [was, is] = [shown(then), shown(now)];
  const rows = Array.from({ length: Math.max(was.length, is.length) }, (_, index) => [was[index], is[index]] as const);
  const wide = Math.max(4, ...was.map(({ line }) => line.length));
  const lines = rows.map(([one, other]) => {
    const mark = one?.what === other?.what ? " " : "≠";
    return `${mark} ${(one?.line ?? "").padEnd(wide)}  ${other?.line ?? ""}`.trimEnd();
  });
  return {
    isSame: rows.every(([one, other]) => one?.what === other?.what),
    lines: [`  ${"then".padEnd(wide)}  now`, ...lines],
  };
}

function shown(timeline: readonly Entry[]): { what: string; line: string }[] {
  const own = timeline.filter(({ webhook }) => webhook === undefined);
  const begin = Date.parse(own[0]?.at ?? "");
  return own.map(({ at, event, reason, outcome }) => {
    const what = [event, outcome, reason].filter(Boolean).join(" ");
    const seconds = ((Date.parse(at) - begin) / 1_000).toFixed(1);
    return { what, line: `${`+${seconds} s`.padStart(10)}  ${what}` };
  });
}
