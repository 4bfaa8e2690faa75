/** A page that asks first, for what touches many or cannot be taken back. */

import type { Child } from "hono/jsx";
import type { ApiError } from "../api.ts";
import type { C } from "../console-env.ts";
import { type FormOptions, form } from "./form.tsx";
import { page } from "./layout.tsx";

export function askFirst(
  c: C,
  options: {
    title: string;
    /** What would happen. */
    what: Child;
    /** Where nothing happens. */
    back: string;
    submit: string;
    styles?: readonly string[];
    refused?: ApiError | undefined;
  } & Partial<Pick<FormOptions, "groups" | "typed" | "hidden" | "action" | "isDanger">>,
) {
  const { title, what, back, submit, styles = [], refused, groups = [], isDanger = true, ...rest } = options;
  return page(
    c,
    { title, status: refused?.status ?? 200, styles: ["forms", "lists", ...styles] },
    <>
      <h1>{title}</h1>
      {what}
      {form({ ...rest, groups, refused, submit, isDanger, beside: <a href={back}>No, go back</a> })}
    </>,
  );
}
