/** What is read of an API's answers and calls, as data: where it stands, what it may be, what that means. No expressions. */

import { z } from "zod";
import type { HttpAnswer } from "../../core/kernel/ports.ts";
import { REASONS } from "../../core/kernel/reasons.ts";
import type { Receipt, SubmitResult } from "../../core/messages/carrier.ts";
import { generally, jsonOf } from "../calls.ts";

/** `/messages/0/status`: a JSON pointer (RFC 6901), in which `*` is any item of a list. Of a form, `/` and the field. */
export const Pointer = z
  .string()
  .regex(/^(\/[^/]{0,100}){0,10}$/, "must be a JSON pointer, like /messages/0/id")
  .max(300);

const Reason = z.enum(REASONS);
const Seconds = z.int().min(1).max(3_600);

/** What must be so of an answer. `status` is one, or 2xx. */
const Condition = {
  status: z
    .union([
      z.int().min(100).max(599),
      z.string().regex(/^[1-5]xx$/, "must be a number, like 201, or a class like 2xx"),
    ])
    .optional(),
  at: Pointer.optional(),
  is: z
    .array(
      z.union([z.string().max(200), z.number(), z.boolean()], {
        error: "must be a text of at most 200 characters, a number, true or false",
      }),
    )
    .min(1)
    .max(200)
    .optional(),
  contains: z.string().min(1).max(200).optional(),
};

/** The first row that fits counts. Where none does, an answer means what it generally does; one of the 200s, that nobody knows. */
export const AnswerRow = z.discriminatedUnion(
  "means",
  [
    z.strictObject({ ...Condition, means: z.literal("taken") }),
    z.strictObject({ ...Condition, means: z.literal("refused"), reason: Reason, own: z.boolean().optional() }),
    z.strictObject({ ...Condition, means: z.literal("busy"), seconds: Seconds.default(1) }),
    z.strictObject({ ...Condition, means: z.literal("unknown") }),
  ],
  { error: "must be taken, refused, busy or unknown" },
);
export type AnswerRow = z.output<typeof AnswerRow>;

const OUTCOMES = ["delivered", "failed", "expired", "under way"] as const;

/** Where a status stands, and what each of its words means; where the reason of a failure stands, likewise. */
export const Status = z.strictObject({
  at: Pointer,
  words: z.record(z.string().max(100), z.enum(OUTCOMES)),
  reasonAt: Pointer.optional(),
  reasons: z.record(z.string().max(100), Reason).optional(),
  otherwise: Reason.default("undelivered"),
});
export type Status = z.output<typeof Status>;

/** What stands there, or in any of the places where there are several. */
export function allAt(value: unknown, pointer: string): unknown[] {
  let found: unknown[] = [value];
  for (const step of pointer.split("/").slice(1)) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    found = found.flatMap((one) => {
      if (Array.isArray(one) && name === "*") return one;
      if (typeof one !== "object" || one === null || !Object.hasOwn(one, name)) return [];
      return [(one as Record<string, unknown>)[name]];
    });
  }
  return found;
}

/** The first text, or number, that stands there. */
export function textAt(value: unknown, pointer: string | undefined): string | undefined {
  if (pointer === undefined) return undefined;
  const found = allAt(value, pointer).find((one) => ["string", "number", "boolean"].includes(typeof one));
  return found === undefined || found === "" ? undefined : String(found);
}

/** @param referenceAt where its own id stands; without one, ours is the reference */
export function toResult(
  id: string,
  answer: HttpAnswer,
  {
    rows,
    referenceAt,
    detailAt,
  }: { rows: readonly AnswerRow[]; referenceAt?: string | undefined; detailAt?: string | undefined },
): SubmitResult {
  if (answer.outcome === "failed") return generally(answer);
  const json = jsonOf(answer);
  const row = rows.find((one) => fits(one, answer, json));
  if (!row) return generally(answer);
  const detail = textAt(json, detailAt);
  const told = { ...(detail ? { detail: detail.slice(0, 200) } : {}) };
  switch (row.means) {
    case "taken":
      return { outcome: "taken", reference: textAt(json, referenceAt)?.slice(0, 200) ?? id };
    case "refused":
      return { outcome: "refused", reason: row.reason, ...(row.own ? { own: true } : {}), ...told };
    case "busy":
      return { outcome: "busy", retryAfterSeconds: Math.max(row.seconds, Math.min(300, answer.retryAfter ?? 0)) };
    case "unknown":
      return { outcome: "unknown", detail: detail ?? `it answered ${answer.status}` };
  }
}

function fits(
  { status, at, is, contains }: AnswerRow,
  answer: HttpAnswer & { outcome: "answered" },
  json: unknown,
): boolean {
  if (typeof status === "number" && answer.status !== status) return false;
  if (typeof status === "string" && !String(answer.status).startsWith(status.slice(0, 1))) return false;
  if (contains !== undefined && !answer.body.includes(contains)) return false;
  if (at === undefined) return true;
  const found = allAt(json, at);
  return is === undefined ? found.length > 0 : found.some((one) => is.some((word) => String(word) === String(one)));
}

/** What became of a text; undefined while it is on its way, or where it is told in a word that is not in the table. */
export function outcomeBy(
  value: unknown,
  { at, words, reasonAt, reasons = {}, otherwise }: Status,
): Pick<Receipt, "outcome" | "reason"> | undefined {
  const word = textAt(value, at) ?? "";
  const outcome = Object.hasOwn(words, word) ? words[word] : undefined;
  if (outcome === undefined || outcome === "under way") return undefined;
  if (outcome === "delivered") return { outcome };
  const code = textAt(value, reasonAt) ?? "";
  const known = Object.hasOwn(reasons, code) ? reasons[code] : undefined;
  return { outcome, reason: known ?? (outcome === "expired" ? "validity-over" : otherwise) };
}
