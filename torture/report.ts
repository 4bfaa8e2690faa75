/** What a run of the torture says, in lines. */

import type { Outcome, Round } from "./torture.ts";

export function toLine({ round, death, load, accepted, faults, recovery }: Round): string {
  const what = Object.entries(faults).map(([name, value]) => `${name} ${value}`);
  const cells = [
    String(round).padStart(4),
    `killed ${death}`.padEnd(28),
    `after ${seconds(load)}`,
    `accepted ${String(accepted).padStart(5)}`,
    `back after ${seconds(recovery)}`,
    what.join(", "),
  ];
  return cells.join("  ").trimEnd();
}

export function toSummary(outcome: Outcome): string {
  const { rounds, settled, breaches, counts, receiver, faults } = outcome;
  const lines = [
    "",
    ...table({
      rounds: rounds.length,
      acknowledged: outcome.acknowledged,
      lost: outcome.lost,
      doubled: outcome.doubled,
      "other breaches": breaches.length - outcome.lost - outcome.doubled,
    }),
    "",
    ...Object.entries(Object.groupBy(rounds, ({ death }) => death)).map(([death, its = []]) => {
      const times = its.map(({ recovery }) => recovery);
      const name = `killed ${death}, ${its.length} times`.padEnd(40);
      return `${name}  back after ${seconds(median(times))} (median), ${seconds(Math.max(...times))} (worst)`;
    }),
    `${"recovery in all".padEnd(40)}  median ${seconds(median(recoveries(outcome)))}, worst ${seconds(Math.max(...recoveries(outcome)))}`,
    `${"after the last round".padEnd(40)}  nothing in hand after ${seconds(settled.inHand)}`,
    `${"".padEnd(40)}  everything settled after ${seconds(settled.everything)}, the clock moved on by ${(settled.moved / 3600).toFixed(1)} h for retries`,
    "",
    ...table({ ...counts, "the process ended by itself": outcome.endedItself }),
    ...table(Object.fromEntries(Object.entries(receiver).map(([what, count]) => [`webhooks ${what}`, count]))),
    ...table(Object.fromEntries(Object.entries(faults).map(([what, count]) => [`answered ${what}`, count]))),
    "",
    ...(breaches.length > 0 ? breaches.map((words) => `BREACH  ${words}`) : ["every promise held"]),
    ...(outcome.stateDir ? [`the state is in ${outcome.stateDir}`] : []),
    `seed ${outcome.seed}, ${outcome.seconds.toFixed(0)} s`,
  ];
  return lines.join("\n");
}

function recoveries({ rounds }: Outcome): number[] {
  return rounds.map(({ recovery }) => recovery);
}

function table(rows: Record<string, number>): string[] {
  return Object.entries(rows).map(([name, value]) => `${name.padEnd(40)}  ${String(value).padStart(7)}`);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
