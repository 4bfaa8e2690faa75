/** The ways from one page of a list to the next, and back. */

import { withParams } from "../api.ts";
import type { C } from "../console-env.ts";
import type { Narrowed } from "./filters.tsx";

const TRAIL = "trail";
/** The way back is kept no longer than this: further back is the beginning. Pages. */
const LONGEST_TRAIL = 60;

/** What the two ways are called. Lists begin with what is newest, or with what is due soonest. */
export const BY_AGE = { back: "← Newer", on: "Older →" };
export const BY_DUE = { back: "← Sooner", on: "Later →" };

/** The trail holds where the pages before this one began. @param next where the next page begins, if there is one */
export function pager(c: C, here: string, narrowed: Narrowed, next: string | undefined, words = BY_AGE) {
  const cursor = c.req.query("cursor");
  const trail = (c.req.query(TRAIL) ?? "").split(".").filter(Boolean);
  if (!cursor && !next) return undefined;
  const back = { cursor: trail.at(-1), [TRAIL]: trail.slice(0, -1).join(".") };
  const on = { cursor: next, [TRAIL]: [...trail, ...(cursor ? [cursor] : [])].slice(-LONGEST_TRAIL).join(".") };
  return (
    <nav class="pager" aria-label="Pages">
      {cursor && (
        <a class="button" rel="prev" href={withParams(here, { ...narrowed, ...back })}>
          {words.back}
        </a>
      )}
      {next && (
        <a class="button" rel="next" href={withParams(here, { ...narrowed, ...on })}>
          {words.on}
        </a>
      )}
    </nav>
  );
}
