/** After a form: back to the page it was on, which says what came of it. */

import { ApiError, withParams } from "../api.ts";
import type { C } from "../console-env.ts";
import type { Notice } from "./layout.tsx";

/** The notice for the page, by the parameter `done` of its address. */
export function noticeOf(c: C, said: Record<string, Notice>): Notice | undefined {
  return Object.entries(said).find(([done]) => done === c.req.query("done"))?.[1];
}

/**
 * Runs an action, then redirects to a page with a notice. A 409 is a notice too, not an error.
 * @param to is called after the action
 * @param notices the keys of the notices; `done` may depend on what the action answered
 */
export async function attempted<Done>(
  c: C,
  to: () => string,
  notices: { done: string | ((done: Done) => string); late: string },
  run: () => Promise<Done>,
): Promise<Response> {
  let done: Done;
  try {
    done = await run();
  } catch (error) {
    if (error instanceof ApiError && error.status === 409)
      return c.redirect(withParams(to(), { done: notices.late }), 303);
    throw error;
  }
  const notice = typeof notices.done === "string" ? notices.done : notices.done(done);
  return c.redirect(withParams(to(), { done: notice }), 303);
}
