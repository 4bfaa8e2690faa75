/** After a form: back to the page it was on, which says what came of it. */

import { ApiError, withParams } from "../api.ts";
import type { C } from "../console-env.ts";
import type { Notice } from "./layout.tsx";

/** The notice for the page, by the parameter `done` of its address. */
export function noticeOf(c: C, said: Record<string, Notice>): Notice | undefined {
  return Object.entries(said).find(([done]) => done === c.req.query("done"))?.[1];
}

/** Runs an action, then redirects to a page with a notice. A 409 is a notice too, not an error. @param to read after the action */
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
