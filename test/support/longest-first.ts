/**
 * The order of a run: what takes long comes first, so that no core waits at the end for the other. Then files that share a gateway of
 * one kind come one after another: a process keeps one of few kinds.
 */

import { readFileSync } from "node:fs";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What starts processes, browsers or simulated worlds takes long, or waits long, however short its file is. */
const LONG = new RegExp(
  `/test/(${[
    "sim/sim",
    "docs",
    "process/[a-z]+",
    "smpp/(peers|kannel)",
    "web/(purchase|browser)",
    "web/console/(webhooks|setup|subscriptions|messages|live)",
    "journeys/(subscriptions|webhooks|charge)",
    "carriers/target365/charges.relay",
  ].join("|")})\\.test\\.ts$`,
);

/** Kinds of gateways, by how a file asks for one; the usual is always kept. See gateway.ts. */
const KINDS = [/\buse(Relay|ReachableGateway|Strex)\(/, /\buseSmppGateway\(\)/, /\buseGateway\(\{ DEMO_API_KEY \}\)/];

function kindOf({ moduleId }: TestSpecification): number {
  const text = readFileSync(moduleId, "utf8");
  const kind = KINDS.findIndex((pattern) => pattern.test(text));
  return kind === -1 ? KINDS.length : kind;
}

export class LongestFirst extends BaseSequencer {
  /** The rest goes as vitest has it: by how long each took the last time, or else the longest file first. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    const rest = sorted.filter((file) => !isLong(file)).map((file) => ({ file, kind: kindOf(file) }));
    return [...sorted.filter(isLong), ...rest.toSorted((a, b) => a.kind - b.kind).map(({ file }) => file)];
  }
}
