/** The order of a run: what takes long comes first, so that no core waits at the end for the other. */

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

export class LongestFirst extends BaseSequencer {
  /** The rest goes as vitest has it: by how long each took the last time, or else the longest file first. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
