/** Which dialects are spoken. A new one is a line here. */

import { cm } from "./dialects/cm/index.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { flowroute } from "./dialects/flowroute/index.ts";
import { target365 } from "./dialects/target365/index.ts";
import { txtnation } from "./dialects/txtnation/index.ts";

export const dialects: readonly Dialect[] = [target365, txtnation, flowroute, cm];
