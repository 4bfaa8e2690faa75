/** Figures, each beside its goal. */

import type { Cost } from "./cost.ts";

export type Machine = {
  node: string;
  cores: number;
  disk: { median: number; worst: number };
  diskAfter: { median: number; worst: number };
  seconds: number;
};

/** `value` is a ratio unless `unit` says otherwise; `spread` is how far the rounds lie apart. */
export type Figure = {
  what: string;
  value: number;
  unit?: string;
  goal?: { least?: number; most?: number };
  notes: string;
};
export type Figures = Figure[];

type Measures = Record<string, number[]>;
type Costs = { alone: Cost; grouped: Cost; signed: Cost };

/** What is measured, and what it should be. The goals are the project's own. */
export function figuresIn(measures: Measures, { alone, grouped, signed }: Costs): Figures {
  const of = (name: string) => median(measures[name] ?? []);
  const perSecond = (name: string) => `${of(name).toFixed(0)}/s ±${spread(measures[name] ?? [])} %`;
  const batch = 10_000 / of("batch seconds");
  const shared = grouped.steps.filter(({ step }) => step !== "forget");
  return [
    {
      what: "single accept, API key ÷ hello",
      value: of("accept") / of("hello"),
      goal: { least: 0.5 },
      notes: `${perSecond("accept")}; hello ${perSecond("hello")}`,
    },
    {
      what: "single accept, signed ÷ hello",
      value: of("signed") / of("hello"),
      goal: { least: 0.5 },
      notes: perSecond("signed"),
    },
    ...["txtNation", "CM.com", "Flowroute"].map((dialect) => ({
      what: `single accept over ${dialect} ÷ over Target365`,
      value: of(dialect) / of("accept"),
      notes: perSecond(dialect),
    })),
    {
      what: "single accept ÷ one D1 write a request",
      value: of("accept") / of("ungrouped"),
      goal: { least: 3 },
      notes: `without group commit ${perSecond("ungrouped")}`,
    },
    {
      what: "batch of 10,000 ÷ single accepts",
      value: batch / of("accept"),
      goal: { least: 10 },
      notes: `${batch.toFixed(0)} messages/s`,
    },
    {
      what: "batch of 10,000, whole request",
      value: of("batch seconds"),
      unit: "s",
      goal: { most: 1 },
      notes: "one request",
    },
    {
      what: "p99 of accept ÷ of hello, each at half load",
      value: of("accept p99") / of("hello p99"),
      goal: { most: 5 },
      notes: `${ms(of("accept p99"))} and ${ms(of("hello p99"))}; medians ${ms(of("accept p50"))} and ${ms(of("hello p50"))}`,
    },
    {
      what: "the same, hello at no more a second than accept",
      value: of("accept p99") / of("hello p99 at that rate"),
      notes: `hello then ${ms(of("hello p99 at that rate"))}`,
    },
    {
      what: "accept to webhook received ÷ single accept",
      value: of("journey") / of("accept again"),
      goal: { least: 0.5 },
      notes: `${perSecond("journey")}; accept alone ${perSecond("accept again")}`,
    },
    {
      what: "accept ÷ hello while all else goes on",
      value: of("journey accept") / of("hello"),
      notes: perSecond("journey accept"),
    },
    {
      what: "webhooks still to come at the last accept",
      value: of("journey behind") * 100,
      unit: "%",
      notes: `emptied in the last ${(of("journey drain") * 100).toFixed(0)} % of the time`,
    },
    {
      what: "webhooks with 1 customer of 10 dead ÷ with none",
      value: of("calls past the dead") / of("calls"),
      notes: `${perSecond("calls past the dead")} to the nine who live`,
    },
    ...shared.map(({ step, calls, statements }) => ({
      what: `D1 calls to ${step} 100 messages`,
      value: calls,
      unit: "calls",
      notes: `${statements} statements; one message alone: ${alone.steps.find((one) => one.step === step)?.calls} calls`,
    })),
    {
      what: "rows written a message, all its life",
      value: grouped.rowsWritten,
      unit: "rows",
      notes: `${grouped.steps.map(({ step, rowsWritten }) => `${step} ${rowsWritten / 100}`).join(", ")}; signed ${signed.rowsWritten}`,
    },
    {
      what: "queue operations a message",
      value: alone.queueOperations,
      unit: "ops",
      notes: `one message alone; in groups of 100: ${grouped.queueOperations}`,
    },
    {
      what: "a million messages, D1 rows and queues",
      value: alone.dollarsPerMillion,
      unit: "$",
      notes: `each alone; in groups of 100: $ ${grouped.dollarsPerMillion.toFixed(2)}`,
    },
  ];
}

export function toTable(machine: Machine, figures: Figures): string {
  const rows = figures.map(({ what, value, unit, goal, notes }) => [
    what,
    `${value.toFixed(unit === "rows" || unit === "calls" ? 0 : 2)}${unit ? ` ${unit}` : " ×"}`,
    goal ? (goal.least === undefined ? `≤ ${goal.most}` : `≥ ${goal.least}`) : "",
    verdict({ value, goal }),
    notes,
  ]);
  const head = ["what", "figure", "goal", "", "in this run"];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 1 ? cell.padStart(widths[1] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  const missed = figures.filter((figure) => verdict(figure) === "missed").map(({ what }) => what);
  const { disk, diskAfter } = machine;
  return [
    `Node ${machine.node}, ${machine.cores} cores, ${machine.seconds.toFixed(0)} s. One write and fsync of this disk: ` +
      `${ms(disk.median)} (worst ${ms(disk.worst)}) before, ${ms(diskAfter.median)} (worst ${ms(diskAfter.worst)}) after.`,
    "",
    line(head),
    line(widths.map((width) => "─".repeat(width))),
    ...rows.map(line),
    "",
    "Medians of rounds; ± is half of what lies between the quartiles. Rates are this machine's, with the load on the same " +
      "cores; only ratios may be compared.",
    missed.length === 0 ? "All goals are met." : `Not met: ${missed.join("; ")}.`,
  ].join("\n");
}

function verdict({ value, goal }: { value: number; goal?: Figure["goal"] }): "" | "met" | "missed" {
  if (!goal) return "";
  return value >= (goal.least ?? Number.NEGATIVE_INFINITY) && value <= (goal.most ?? Number.POSITIVE_INFINITY)
    ? "met"
    : "missed";
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** Half of what lies between the quartiles, in percent of the median. */
function spread(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return (((at(0.75) - at(0.25)) / 2 / at(0.5)) * 100).toFixed(0);
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} ms`;
}
