/**
 * What each dialect promises of its webhooks, as its documents have it: written down a second time, since the oracle
 * believes no table of the gateway's.
 */

export const DIALECTS = ["target365", "txtnation", "cm", "flowroute", "stafett", "standard"] as const;
export type Dialect = (typeof DIALECTS)[number];
export type Kind = "report" | "charge" | "inbound" | "subscription" | "event";

/** What a customer's server answers: a status, and a body. */
export type Reply = { status: number; body: string; headers?: Record<string, string> };

export type Custom = {
  /** What becomes of a text, and of a charge, and is told. */
  reports: readonly string[];
  charges: readonly string[];
  /** Where texts of people are told of: at the account's own address, or at a keyword's alone. */
  inbound: "everywhere" | "long-numbers" | "keywords";
  /** Answers that mean that it was taken, and some that do not. */
  takes(kind: Kind): readonly Reply[];
  refuses(kind: Kind): readonly Reply[];
  /** Seconds from one attempt to the next; after the last of them it is given up. */
  waits(kind: Kind): readonly number[];
  /** For how long an endpoint may fail without a success. Milliseconds. */
  patience: number;
};

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY_MS = 86_400_000;

const answers = (...statuses: number[]): readonly Reply[] => statuses.map((status) => ({ status, body: "" }));
const NEVER_TAKEN: readonly Reply[] = [...answers(500, 503, 429, 404, 302, 400), { status: 500, body: "OK" }];
const EVENLY = Array.from({ length: 19 }, (_, n) => Math.round(60 * 1.46 ** n));
const CM_REPORTS = [
  ...[1, 2, 4, 8, 16, 32].map((minutes) => minutes * MINUTE),
  ...Array.from({ length: 166 }, () => HOUR),
];
const CM_TEXTS = Array.from({ length: 8_640 }, () => 5 * MINUTE);
const TXTNATION = [...[1, 2, 5, 15, 30].map((m) => m * MINUTE), ...[1, 2, 4, 8, 12, 20].map((h) => h * HOUR)];
const FLOWROUTE = [30, 30, 30, 30];
const STANDARD = [5, MINUTE, 5 * MINUTE, HOUR / 2, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR, 24 * HOUR, 24 * HOUR];

export const CUSTOMS: Readonly<Record<Dialect, Custom>> = {
  target365: {
    reports: ["delivered", "failed", "expired"],
    charges: [],
    inbound: "keywords",
    takes: () => [
      { status: 200, body: "" },
      { status: 200, body: "thanks" },
    ],
    refuses: () => [...NEVER_TAKEN, ...answers(201, 202, 204)],
    waits: () => EVENLY,
    patience: 3 * DAY_MS,
  },
  txtnation: {
    reports: ["sent", "delivered", "failed", "expired"],
    charges: ["sent", "billed", "failed", "expired", "cancelled"],
    inbound: "everywhere",
    takes: () => ["OK", "ok\n", "<html><body>OK</body></html>"].map((body) => ({ status: 200, body })),
    refuses: () => [
      ...NEVER_TAKEN,
      ...["", "booked", "<ok></ok>", "error"].map((body) => ({ status: 200, body })),
      { status: 201, body: "OK" },
    ],
    waits: () => TXTNATION,
    patience: 3 * DAY_MS,
  },
  cm: {
    reports: ["sent", "delivered", "failed", "expired"],
    charges: [],
    inbound: "everywhere",
    takes: (kind) => (kind === "inbound" ? answers(200, 201, 202) : answers(200)),
    refuses: (kind) =>
      kind === "inbound" ? [...NEVER_TAKEN, ...answers(204)] : [...NEVER_TAKEN, ...answers(201, 204)],
    waits: (kind) => (kind === "inbound" ? CM_TEXTS : CM_REPORTS),
    patience: 31 * DAY_MS,
  },
  flowroute: {
    reports: ["sent", "delivered", "failed", "expired"],
    charges: [],
    inbound: "long-numbers",
    takes: (kind) => (kind === "inbound" ? answers(200) : answers(200, 202, 204)),
    // Texts come in the form of v2, whose clients promise 200 and nothing else.
    refuses: (kind) => (kind === "inbound" ? [...NEVER_TAKEN, ...answers(201, 204)] : NEVER_TAKEN),
    waits: () => FLOWROUTE,
    patience: 3 * DAY_MS,
  },
  stafett: {
    reports: [],
    charges: ["billed", "reversed", "failed", "expired", "cancelled"],
    inbound: "everywhere",
    takes: () => answers(200, 201, 204),
    refuses: () => NEVER_TAKEN,
    waits: () => EVENLY,
    patience: 3 * DAY_MS,
  },
  // Endpoints of an account's own.
  standard: {
    reports: [],
    charges: [],
    inbound: "keywords",
    takes: () => answers(200, 201, 204),
    refuses: () => NEVER_TAKEN,
    waits: () => STANDARD,
    patience: 5 * DAY_MS,
  },
};

export function customOf(dialect: unknown): Custom {
  const custom = CUSTOMS[dialect as Dialect];
  if (!custom) throw new Error(`the oracle knows no dialect ${dialect}`);
  return custom;
}
