/** For how long an account's rows are kept, in SQL. */

import { timePart } from "../core/kernel/ids.ts";
import type { Before } from "../core/kernel/kept.ts";

/** As a parameter: each account's own time, as milliseconds and as ids hold it. */
export function ownTimes({ own }: Before): string {
  return JSON.stringify(own.map(({ account, before }) => ({ account, before, part: timePart(before) })));
}

/** Every account with its own time, or NULL. @param param SQL of `ownTimes` */
export const withOwnTime = (param: string) =>
  `account LEFT JOIN json_each(${param}) AS own ON own.value->>'account' = account.id`;
