/** What the profile prints: statements by stage, and JavaScript by room and by function. */

import type { Profiler } from "node:inspector/promises";
import type { Platform, Statement } from "./platform.ts";

/** A line for each stage, and beneath it one for each of its statements that matters. */
export function statementTable(
  statements: readonly Statement[],
  calls: ReadonlyMap<string, number>,
  messages: number,
): string {
  const lines = [row("stage and statement", "calls", "statements", "rows", "SQL CPU ms")];
  const line = (name: string, entered: number | undefined, some: readonly Statement[]) => {
    const sum = (of: (one: Statement) => number) => some.reduce((total, one) => total + of(one), 0) / messages;
    return row(
      name,
      entered === undefined ? "" : (entered / messages).toFixed(3),
      sum((one) => one.calls).toFixed(3),
      sum((one) => one.rows).toFixed(2),
      sum((one) => one.milliseconds).toFixed(4),
    );
  };
  const byStage = Map.groupBy(statements, ({ stage }) => stage);
  for (const [stage, some] of byStage) {
    lines.push(line(stage, calls.get(stage), some));
    const dear = some.filter(({ milliseconds }) => milliseconds / messages > 0.002);
    for (const one of dear.sort((a, b) => b.milliseconds - a.milliseconds)) {
      lines.push(line(`    ${one.sql.replace(/\s+/g, " ").trim().slice(0, 70)}`, undefined, [one]));
    }
  }
  lines.push(line("all", undefined, statements));
  return `A message, on average:\n${lines.join("\n")}\n`;
}

function row(name: string, ...cells: string[]): string {
  return name.padEnd(76) + cells.map((cell) => cell.padStart(11)).join("");
}

/** Self time of functions, summed by the file of the source that they come from. */
export function javascriptTable(
  profile: Profiler.Profile,
  { script, scriptUrl }: Pick<Platform, "script" | "scriptUrl">,
  messages: number,
  functions: number,
): string {
  const files = filesOf(script);
  const self = new Map<number, number>();
  profile.samples?.forEach((id, index) => {
    self.set(id, (self.get(id) ?? 0) + (profile.timeDeltas?.[index] ?? 0) / 1000);
  });
  const byFile = new Map<string, number>();
  const byFunction = new Map<string, number>();
  for (const { id, callFrame } of profile.nodes) {
    const milliseconds = self.get(id) ?? 0;
    const { functionName, url, lineNumber } = callFrame;
    if (functionName === "(idle)") continue;
    const file = url === scriptUrl ? (files[lineNumber] ?? "?") : url ? `node: ${url.replace(/^.*\//, "")}` : "engine";
    byFile.set(file, (byFile.get(file) ?? 0) + milliseconds);
    const name = `${functionName || "(anonymous)"}  ${file}:${lineNumber}`;
    byFunction.set(name, (byFunction.get(name) ?? 0) + milliseconds);
  }
  const table = (title: string, from: ReadonlyMap<string, number>, most: number) => {
    const sorted = [...from].sort(([, a], [, b]) => b - a).slice(0, most);
    return `${title}\n${sorted.map(([name, ms]) => `${(ms / messages).toFixed(4).padStart(10)}  ${name}`).join("\n")}\n`;
  };
  return `${table("JavaScript, ms a message, by file:", byFile, functions)}\n${table("by function:", byFunction, functions)}`;
}

/** The file of the source that each line of a bundle comes from: the bundler names it above its first line. */
function filesOf(script: string): string[] {
  let file = "";
  return script.split("\n").map((line) => {
    file =
      /^(?: {2})?\/\/ ((?:src|node_modules|[\w.-]+:)\S*)$/.exec(line)?.[1]?.replace(/^.*node_modules\//, "") ?? file;
    return file;
  });
}
