/** The list of dialects with one more, as `src/registry.ts` would have it. */

import type { Dialect } from "../../../src/dialects/dialect.ts";
import { dialects as real } from "../../../src/registry.ts";
import { pigeon } from "./index.ts";

export * from "../../../src/registry.ts";

export const dialects: readonly Dialect[] = [...real, pigeon];
