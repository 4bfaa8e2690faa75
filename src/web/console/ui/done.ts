/** After a form: back to the page it was on, which says what came of it. */

import { ApiError, withParams } from "../api.ts";
import type { C } from "../console-env.ts";
import type { Notice } from "./layout.tsx";

/** What the page is to say, by what its address tells was done. */
export function noticeOf(c: C, said: Record<string, Notice>): Notice | undefined {
  return Object.entries(said).find(([done]) => done === c.req.query("done"))?.[1];
}

/** Does it, and leads to a page; what comes too late is told there, and is no error. @param to asked when it is done */
export async function attempted(
  c: C,
  to: () => string,
  told: { done: string; late: string },
  run: () => Promise<unknown>,
): Promise<Response> {
  try {
    await run();
  } catch (error) {
    if (error instanceof ApiError && error.status === 409)
      return c.redirect(withParams(to(), { done: told.late }), 303);
    throw error;
  }
  return c.redirect(withParams(to(), { done: told.done }), 303);
}
