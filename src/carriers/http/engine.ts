/** Any HTTP API as a carrier: it is described, and this does what the description says. */

import { z } from "zod";
import type { QueryResult } from "../../core/messages/carrier.ts";
import type { Message } from "../../core/messages/message.ts";
import { askInTime, eachInTime, healthBy, jsonOf } from "../calls.ts";
import { cannotBeAsked, type DoorKey, doorOf, type Ground, type OpenCarrier, toBase } from "../carrier.ts";
import { doors, Inbound, Receipts } from "./doors.ts";
import { EXAMPLE } from "./example.ts";
import { AnswerRow, allAt, outcomeBy, Pointer, Status, textAt, toResult } from "./reading.ts";
import { faultIn, Request, toRequest, type Values, valuesOf } from "./template.ts";

const ANSWER_CAP = 65_536;

export const Description = z.strictObject({
  send: Request.meta({
    description:
      "the call that sends a text: path, and method, headers, query, basic, json or form as the API wants; {{to}}, {{from}}, {{text}}, {{id}} and other variables are filled in",
    examples: [EXAMPLE.send],
  }),
  answers: z
    .array(AnswerRow)
    .min(1)
    .max(100)
    .meta({
      description:
        "what an answer means: taken, refused, busy (comes again later) or unknown; the first row that fits counts",
      examples: [EXAMPLE.answers],
    }),
  referenceAt: Pointer.optional().meta({
    description: "where the API's own id stands in its answer",
    examples: [EXAMPLE.referenceAt],
  }),
  detailAt: Pointer.optional().meta({
    description: "where a sentence stands that tells why",
    examples: [EXAMPLE.detailAt],
  }),
  ask: z
    .strictObject({ request: Request, recordAt: Pointer, referenceAt: Pointer.optional(), status: Status.optional() })
    .optional()
    .describe("how it is asked for a text, by {{id}} or {{reference}}; a record that is not there proves nothing"),
  health: Request.optional().describe("a call that changes nothing and answers with a 2xx when all is well"),
  receipts: Receipts.optional().meta({
    description: "how it reports on a text: where our id and the status stand, and what each status means",
    examples: [EXAMPLE.receipts],
  }),
  inbound: Inbound.optional().meta({
    description: "how it brings a text that a person wrote: where its members stand",
    examples: [EXAMPLE.inbound],
  }),
  secretsInUrl: z.boolean().default(false).describe("whether secrets may stand in addresses"),
});
export type Description = z.output<typeof Description>;

/** What is wrong with a description, by the member. @param known the names of the secrets that there are */
export function faultInDescription(
  { send, ask, health, secretsInUrl }: Description,
  known: readonly string[],
  settings: readonly string[] = [],
): { field: string; why: string } | undefined {
  const requests = { send, "ask.request": ask?.request, health };
  for (const [where, template] of Object.entries(requests)) {
    const fault = template && faultIn(template, { known, settings, secretsInUrl });
    if (fault) return { field: `${where}.${fault.field}`, why: fault.why };
  }
  return undefined;
}

type Given = Ground &
  DoorKey & {
    name: string;
    kind: string;
    baseUrl: string;
    callers?: readonly string[] | undefined;
    description: Description;
    settings: Record<string, unknown>;
    secrets: Record<string, unknown>;
  };

export function openDescribed(given: Given): OpenCarrier {
  const { name, kind, http, wall, now, description, callers } = given;
  const { send, answers: rows, referenceAt, detailAt, ask, health } = description;
  const base = toBase(given.baseUrl);
  const fixed: Values = { ...prefixed("secret", given.secrets), ...prefixed("setting", given.settings) };
  const receiptUrl = doorOf(given, "receipts");
  const filledFor = (message: Message) => ({ ...valuesOf(message, receiptUrl, now()), ...fixed });

  return {
    name,
    kind,
    callers,
    doors: doors(description, now),

    submit: (messages) =>
      eachInTime(wall, messages, async (message, timeLimit) => {
        const request = toRequest(base, send, filledFor(message));
        return toResult(message.id, await http.send({ ...request, timeLimit, answerCap: ANSWER_CAP }), {
          rows,
          referenceAt,
          detailAt,
        });
      }),

    query: ask
      ? async (messages) => {
          const words = await askInTime(wall, messages, async (message, timeLimit): Promise<QueryResult> => {
            const request = toRequest(base, ask.request, filledFor(message));
            const answer = await http.send({ ...request, timeLimit, answerCap: ANSWER_CAP });
            if (answer.outcome === "failed" || answer.status !== 200) return { outcome: "cannot-tell" };
            return wordOf(name, message, jsonOf(answer), ask, now());
          });
          return words.map((word) => word ?? { outcome: "cannot-tell" });
        }
      : cannotBeAsked,

    // Where nothing is described that is safe to call, whether it answers at all is what can be told.
    health: () =>
      health
        ? healthBy(http, toRequest(base, health, fixed))
        : healthBy(http, { method: "GET", url: `${base}/`, headers: {} }, (status) => status < 500),
  };
}

function wordOf(
  carrier: string,
  message: Message,
  json: unknown,
  ask: NonNullable<Description["ask"]>,
  now: number,
): QueryResult {
  const [record] = allAt(json, ask.recordAt);
  if (record === undefined) return { outcome: "cannot-tell" };
  const reference = textAt(record, ask.referenceAt) ?? message.reference ?? message.id;
  const settled = ask.status && outcomeBy(record, ask.status);
  if (!settled) return { outcome: "taken", reference };
  return { outcome: "settled", reference, receipt: { message: message.id, carrier, reference, ...settled, at: now } };
}

function prefixed(prefix: string, members: Record<string, unknown>): Values {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) =>
      typeof value === "string" || typeof value === "number" ? [[`${prefix}.${name}`, value]] : [],
    ),
  );
}
