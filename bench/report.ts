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
      goal: { least: 0.35 },
      notes: `${perSecond("accept")}; hello ${perSecond("hello")}`,
    },
    {
      what: "single accept, signed ÷ hello",
      value: of("signed") / of("hello"),
      goal: { least: 0.28 },
      notes: perSecond("signed"),
    },
    {
      what: "single accept, API key ÷ the floor's",
      value: of("accept") / of("floor accept"),
      goal: { least: 0.5 },
      notes: `the floor commits one bare row a request: ${perSecond("floor accept")}, ${(of("floor accept") / of("hello")).toFixed(2)} × hello`,
    },
    ...["txtNation", "CM.com", "Flowroute"].map((dialect) => ({
      what: `single accept over ${dialect} ÷ over Target365`,
      value: of(dialect) / of("Target365"),
      goal: { least: 0.85 },
      notes: `${perSecond(dialect)}, of texts that are submitted as they come`,
    })),
    {
      what: "single accept ÷ one D1 write a request",
      value: of("accept") / of("ungrouped"),
      goal: { least: 3 },
      notes: `without group commit ${perSecond("ungrouped")}`,
    },
    {
      what: "batch of 10,000, messages a second ÷ hello",
      value: batch / of("hello"),
      goal: { least: 3 },
      notes: `${batch.toFixed(0)} messages/s`,
    },
    {
      what: "batch of 10,000, messages a second ÷ the floor's",
      value: of("floor batch seconds") / of("batch seconds"),
      notes: `the floor parses and inserts them, and checks nothing: ${(10_000 / of("floor batch seconds")).toFixed(0)} messages/s`,
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
      what: "accept to webhook received ÷ hello",
      value: of("journey") / of("hello"),
      goal: { least: 0.2 },
      notes: `${perSecond("journey")}; accept alone ${perSecond("accept again")}`,
    },
    {
      what: "accept to webhook received ÷ the floor's",
      value: of("journey") / of("floor journey"),
      goal: { least: 0.5 },
      notes: `the floor writes a row, marks it, posts, marks it again: ${perSecond("floor journey")}, ${(of("floor journey") / of("hello")).toFixed(2)} × hello`,
    },
    ...(measures["kannel accept"]
      ? [
          {
            what: "single accept ÷ Kannel's, with its file store",
            value: of("accept again") / of("kannel accept"),
            notes: `Kannel ${perSecond("kannel accept")}; it asks the disk for nothing, and we commit`,
          },
          {
            what: "accept to webhook received ÷ Kannel's",
            value: of("journey") / of("kannel journey"),
            goal: { least: 1 },
            notes: `Kannel ${perSecond("kannel journey")}, accept to its call back, by a GET without a body or a signature`,
          },
        ]
      : []),
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
      what: "webhooks delivered ÷ hello",
      value: of("calls") / of("hello"),
      goal: { least: 0.25 },
      notes: perSecond("calls"),
    },
    {
      what: "webhooks delivered ÷ the floor's",
      value: of("calls") / of("floor calls"),
      goal: { least: 0.5 },
      notes: `the floor inserts rows, marks them, posts, marks them again, a hundred at a time: ${perSecond("floor calls")}, ${(of("floor calls") / of("hello")).toFixed(2)} × hello`,
    },
    {
      what: "an urgent text on its handset while bulk comes in, p99",
      value: of("urgent beside handset p99") / 1000,
      unit: "s",
      goal: { most: 1 },
      notes: `half of them within ${ms(of("urgent beside handset p50"))}; without bulk p99 ${ms(of("urgent alone handset p99"))}`,
    },
    {
      what: "p99 of its accept ÷ without bulk",
      value: of("urgent beside accept p99") / of("urgent alone accept p99"),
      goal: { most: 5 },
      notes: `${ms(of("urgent beside accept p99"))} and ${ms(of("urgent alone accept p99"))}`,
    },
    {
      what: "an urgent text on its handset while a wave of renewals is charged, p99",
      value: of("renewals handset p99") / 1000,
      unit: "s",
      goal: { most: 1 },
      notes: `half of them within ${ms(of("renewals handset p50"))}, its accept p99 ${ms(of("renewals accept p99"))}; ${perSecond("renewals")} charged`,
    },
    {
      what: "webhooks with 1 customer of 10 dead ÷ with none",
      value: of("calls past the dead") / of("calls"),
      notes: `${perSecond("calls past the dead")} to the nine who live`,
    },
    {
      what: "p99 of webhooks to healthy endpoints, of 10,000 with 10 % dead and 1 % hanging ÷ with none",
      value: of("endpoints beside p99") / of("endpoints alone p99"),
      goal: { most: 1.1 },
      notes: `${ms(of("endpoints beside p99"))} and ${ms(of("endpoints alone p99"))} from the text; half of them within ${ms(of("endpoints beside p50"))}`,
    },
    ...["in lists", "one by one"].map((relay) => ({
      what: `texts handed to a carrier over HTTP, ${relay} ÷ to the simulator`,
      value: of(`relay ${relay}`) / of("relay simulator"),
      // A call for each text is the provider's price, not ours.
      ...(relay === "in lists" ? { goal: { least: 1 } } : {}),
      notes: `${perSecond(`relay ${relay}`)}; simulator ${perSecond("relay simulator")}`,
    })),
    {
      what: "texts handed to an SMSC by our bind alone ÷ a bare loop of the npm package",
      value: of("smpp bind") / of("smpp bare"),
      goal: { least: 0.5 },
      notes: `${perSecond("smpp bind")}, window 100, each written down before and after; the loop ${perSecond("smpp bare")}, which keeps nothing`,
    },
    {
      what: "texts through the whole gateway to an SMSC over one bind ÷ to the simulator",
      value: of("smpp client") / of("smpp simulator"),
      notes: `${perSecond("smpp client")}, window 100; simulator ${perSecond("smpp simulator")}`,
    },
    {
      what: "submits taken over one bind ÷ single accepts over HTTP",
      value: of("smpp server") / of("smpp beside"),
      goal: { least: 3 },
      notes: `${perSecond("smpp server")}, window 100, through the bridge; HTTP ${perSecond("smpp beside")} over 50 connections`,
    },
    {
      what: "an answer to a submit at half load, p99",
      value: of("smpp p99"),
      unit: "ms",
      notes: `half of them within ${ms(of("smpp p50"))}`,
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
      goal: { most: 9 },
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
      goal: { most: 12 },
      notes: `each alone; in groups of 100: $ ${grouped.dollarsPerMillion.toFixed(2)}`,
    },
  ];
}

/** @param before the figures of another run, to be shown beside these */
export function toTable(machine: Machine, figures: Figures, before?: Figures): string {
  const known = new Map(before?.map((figure) => [figure.what, figure]));
  const rows = figures.map((figure) => [
    figure.what,
    shown(figure),
    ...(before ? [known.has(figure.what) ? shown(known.get(figure.what) as Figure) : ""] : []),
    figure.goal ? (figure.goal.least === undefined ? `≤ ${figure.goal.most}` : `≥ ${figure.goal.least}`) : "",
    verdict(figure),
    figure.notes,
  ]);
  const head = ["what", "figure", ...(before ? ["baseline"] : []), "goal", "", "in this run"];
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

function shown({ value, unit }: Figure): string {
  return `${value.toFixed(unit === "rows" || unit === "calls" ? 0 : 2)}${unit ? ` ${unit}` : " ×"}`;
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
