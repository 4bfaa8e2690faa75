/** The order of a run: what takes long comes first, so that no core waits at the end for the other. */

import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What starts processes or simulated worlds takes long, however short its file is. */
const LONG = /\/test\/(sim\/sim|process\/[a-z]+|docs)\.test\.ts$/;

export class LongestFirst extends BaseSequencer {
  /** The rest goes as vitest has it: by how long each took the last time, or else the longest file first. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
