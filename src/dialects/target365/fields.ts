/** The types of the wire's members: texts, ids, numbers that may come as texts, prices. */

import { z } from "zod";
import { toMinor } from "../../core/kernel/money.ts";
import { WEB_URL, webUrl } from "../../core/kernel/web-url.ts";

/** Enum members in any case, as the guides' tables and older clients mix them. */
export function anyCase<const Values extends readonly [string, ...string[]]>(values: Values) {
  const names = new Map(values.map((value) => [value.toLowerCase(), value]));
  return z.preprocess(
    (value) => (typeof value === "string" ? (names.get(value.toLowerCase()) ?? value) : value),
    z.enum(values),
  );
}

/** Half a surrogate pair, which no wire can carry, becomes U+FFFD here as it would further on. */
export const text = (most: number) =>
  z
    .string()
    .max(most, `is longer than ${most} characters`)
    .overwrite((given) => given.toWellFormed());
export const someText = (most: number) => text(most).min(1, "is empty");
/** SDKs with fixed types send an empty text for "not set". */
export const optionalText = (most: number) =>
  text(most)
    .optional()
    .transform((value) => value || undefined);

/** A text that clients may take for a number. */
export const numericText = (most: number) =>
  z.preprocess((value) => (typeof value === "number" ? String(value) : value), someText(most));

/** Ids stand in paths, where `.` and `..` cannot. */
export const TransactionId = text(200)
  .refine((id) => id === id.trim() && !hasControls(id), {
    error: "must not begin or end with a space, nor contain control characters",
  })
  .refine((id) => !/^\.{1,2}$/.test(id), { error: "must not be a dot or two" });

function hasControls(id: string): boolean {
  return [...id].some((char) => char < " " || char === "\u007f");
}

/** Ids that the client chooses once, and an address is made of. */
export const PathId = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,100}$/, "must be 1 to 100 letters, digits and . _ ~ -, and not just dots");

export const WebUrl = text(2_000).refine((url) => webUrl(url) !== undefined, WEB_URL);

/** The fault of a member, unless it is absent. */
const wrong = (what: string) => ({
  error: ({ input }: { input?: unknown }) => (input === undefined ? undefined : `must be ${what}`),
});

/** Numbers also as texts: R's own examples write them so. */
export const whole = (least: number, most: number, what: string) =>
  z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], wrong(what))
    .pipe(z.number().int(`must be ${what}`).min(least, `must be ${what}`).max(most, `must be ${what}`));

/** 0 is Java's way of saying nothing. */
export const count = (least: number, most: number, what: string, error = what) =>
  z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], { error })
    .transform((given) => (given === 0 ? undefined : given))
    .pipe(z.number().int(what).min(least, what).max(most, what).optional());

export const minutes = (least: number, most: number) =>
  count(least, most, `must be ${least} to ${most} minutes`, "must be a number of minutes");

const PRICE = "an amount with at most two decimals, like 99 or 9.90";

/** The currency of this wire's amounts. Target365, USERGUIDE. */
export const CURRENCY = "NOK";

/** An amount in kroner, with up to two decimals; read as øre. */
export const Price = z.union([z.number(), z.string()], wrong(PRICE)).transform((given, context) => {
  try {
    return toMinor(given, CURRENCY);
  } catch {
    context.addIssue({ code: "custom", message: `must be ${PRICE}` });
    return z.NEVER;
  }
});

export const Tags = z.array(text(200)).max(100);
/** An empty object of PHP's is an empty array to others. */
export const Properties = z.preprocess(
  (value) => (Array.isArray(value) && value.length === 0 ? {} : value),
  z.record(z.string(), z.unknown()),
);
