/** The faults of the simulator, in plain words: as the fields of a form, and as sentences of what is set. */

import { REASONS } from "../../../core/kernel/reasons.ts";
import { ApiError } from "../api.ts";
import type { Group } from "../ui/form.tsx";

export type Faults = Record<string, unknown>;

export const FAULT_FIELDS: readonly Group[] = [
  {
    legend: "Carrier behaviour",
    fields: [
      {
        name: "refuse",
        label: "Refuses",
        kind: "choice",
        options: [["", "nothing"], ...REASONS.map((reason) => [reason, reason.replaceAll("-", " ")] as const)],
        hint: "Refuses messages and charges with this reason.",
      },
      {
        name: "busySeconds",
        label: "Busy for seconds",
        kind: "whole",
        size: 8,
        hint: "Nothing is taken; the gateway retries after this time.",
      },
      {
        name: "loseAnswer",
        label: "Lose answers",
        kind: "check",
        hint: "The message is taken or the charge billed, but the connection breaks before the answer.",
      },
      {
        name: "hang",
        label: "Hang",
        kind: "check",
        hint: "As above, after the gateway's full time limit.",
      },
    ],
  },
  {
    legend: "Receipts",
    hint: "A charge hit by one of these is billed, and only its receipt says so.",
    fields: [
      { name: "receiptDelaySeconds", label: "Delay in seconds", kind: "whole", size: 8 },
      { name: "loseReceipt", label: "Lose receipts", kind: "check" },
      { name: "duplicateReceipts", label: "Extra duplicate receipts", kind: "whole", size: 8 },
      { name: "earlyReceipt", label: "Deliver before the answer", kind: "check" },
      { name: "contradict", label: "Follow each with the opposite one", kind: "check" },
    ],
  },
  {
    legend: "What is hit",
    fields: [
      {
        name: "only",
        label: "Messages or charges",
        kind: "choice",
        options: [
          ["", "both"],
          ["messages", "messages only"],
          ["charges", "charges only, and what gives money back"],
        ],
      },
      {
        name: "times",
        label: "Only the next",
        kind: "whole",
        size: 8,
        hint: "After that, faults are off.",
      },
      { name: "percent", label: "Affect % of requests", kind: "whole", size: 8 },
    ],
  },
];

/** As the form has it: a share of a hundred. */
export function toForm({ share, ...faults }: Faults): Faults {
  return { ...faults, ...(typeof share === "number" ? { percent: Math.round(share * 100) } : {}) };
}

/**
 * As the API has it: what is not ticked is not set.
 * @throws ApiError where there are not so many in a hundred
 */
export function fromForm({ percent, ...body }: Record<string, unknown>): Faults {
  const set = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== false));
  if (percent === undefined) return set;
  if (typeof percent !== "number" || percent > 100) {
    throw new ApiError(400, "percent: must be a number from 0 to 100", "percent");
  }
  return { ...set, share: percent / 100 };
}

const SAID: Record<string, (value: unknown) => string> = {
  refuse: (reason) => `what it is given is refused (${String(reason).replaceAll("-", " ")})`,
  busySeconds: (seconds) => `it is busy, to be asked again after ${seconds} s`,
  loseAnswer: () => "its answers are lost",
  hang: () => "it does not answer",
  receiptDelaySeconds: (seconds) => `receipts come ${seconds} s later`,
  loseReceipt: () => "receipts are lost",
  duplicateReceipts: (count) => `each receipt comes ${count} times more`,
  earlyReceipt: () => "receipts overtake answers",
  contradict: () => "each receipt is followed by the opposite one",
};

function isSet(value: unknown): boolean {
  return value !== undefined && value !== false;
}

/** What the carrier does on this bad day; undefined on a good one. */
export function saidOf(faults: Faults): string | undefined {
  const said = Object.entries(SAID).flatMap(([name, say]) => (isSet(faults[name]) ? [say(faults[name])] : []));
  if (said.length === 0) return undefined;
  const { only, times, share } = faults;
  const hit = [
    only && `${only} only`,
    times && (times === 1 ? "the next one only" : `the next ${times} only`),
    typeof share === "number" && `${Math.round(share * 100)} % of requests`,
  ].filter(Boolean);
  return `${said.join("; ")}${hit.length > 0 ? ` (${hit.join(", ")})` : ""}`;
}
