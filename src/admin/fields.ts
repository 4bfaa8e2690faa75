/** Fields that several bodies and filters have in common. */

import { z } from "@hono/zod-openapi";
import { WEB_URL, webUrl } from "../core/kernel/web-url.ts";

/** Where a person, or one of our calls, is sent. It is stored as it was written: customers compare what they read back. */
export const WebUrl = z
  .string()
  .max(2_000, "must have at most 2000 characters")
  .refine((url) => webUrl(url) !== undefined, WEB_URL);

/** A session that a customer opens, as an address: where dialects have such. */
export const SessionUrl = z.string().regex(/^smpp:\/\/[A-Za-z0-9_.-]{1,15}$/, WEB_URL);

/** An id that becomes part of an address. `.` and `..` would be taken for steps in it. */
export const PathId = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,100}$/, "must be 1 to 100 letters, digits and . _ ~ -, and not just dots");

/** A filter by number. An unescaped + of E.164 arrives as a space. */
export const Msisdn = z
  .string()
  .transform((number) => `+${number.replace(/^[+\s]+/, "")}`)
  .openapi({ type: "string", description: "E.164; + may be written as a space or left out" });

/** Longer than any text may be, whatever its parts. Characters. */
export const LONGEST_TEXT = 40_000;

/** Whole minor units; what may be charged at all is told by `checkAmount`. */
export const Amount = z.int("must be a whole number of minor units, like 4900");
