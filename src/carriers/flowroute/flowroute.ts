/**
 * Flowroute: an account there, over its API v2.1. It takes no id of ours, so our id stands in the address that it calls with
 * what became of a text; by its own id, once that is known, it can be asked.
 */

import { z } from "zod";
import type { HttpAnswer } from "../../core/kernel/ports.ts";
import type { QueryResult, SubmitResult } from "../../core/messages/carrier.ts";
import type { Message } from "../../core/messages/message.ts";
import { askInTime, eachInTime, generally, healthBy, jsonOf } from "../calls.ts";
import { BASE_URL, basic, CALLERS, carrierKind, doorOf, type OpenCarrier, toBase } from "../carrier.ts";
import { doors } from "./doors.ts";
import { outcomeOf, Receipt, refusalOf } from "./status.ts";

export const flowroute = carrierKind({
  kind: "flowroute",
  settings: z.strictObject({
    baseUrl: BASE_URL.default("https://api.flowroute.com").describe("where the API lies"),
    callers: CALLERS,
  }),
  secrets: z.strictObject({
    accessKey: z.string().min(1).max(200).describe("the user of Basic authentication"),
    secretKey: z.string().min(1).max(200).describe("its password"),
  }),
  bills: false,
  channels: [],
  lostAnswer: "waited-for",

  open({ name, doorKey, http, wall, now, publicUrls, settings, secrets }): OpenCarrier {
    const url = `${toBase(settings.baseUrl)}/v2.1/messages`;
    const authorization = basic(secrets.accessKey, secrets.secretKey);
    const headers = { authorization, "content-type": "application/vnd.api+json" };
    const reportUrl = doorOf({ publicUrls, name, doorKey }, "receipts");

    return {
      name,
      kind: "flowroute",
      callers: settings.callers,
      doors: doors(now),

      submit: (messages) =>
        eachInTime(wall, messages, async (message, timeLimit) =>
          toResult(
            await http.send({
              method: "POST",
              url,
              headers,
              body: JSON.stringify({ data: { type: "message", attributes: toAttributes(message, reportUrl) } }),
              timeLimit,
              answerCap: 65_536,
            }),
          ),
        ),

      async query(messages) {
        const answers = await askInTime(wall, messages, async (message, timeLimit): Promise<QueryResult> => {
          if (!message.reference) return { outcome: "cannot-tell" };
          const at = `${url}/${encodeURIComponent(message.reference)}`;
          const answer = await http.send({ method: "GET", url: at, headers, timeLimit, answerCap: 65_536 });
          return toWord(name, message, message.reference, answer, now());
        });
        return answers.map((answer) => answer ?? { outcome: "cannot-tell" });
      },

      // In a list of no time there is nothing: what is told is whether it knows the keys.
      health: () =>
        healthBy(http, {
          method: "GET",
          url: `${url}?start_date=2000-01-01T00:00:00Z&end_date=2000-01-02T00:00:00Z&limit=1`,
          headers,
        }),
    };
  },
});

function toAttributes({ id, sender, recipient, text }: Message, reportUrl: string | undefined) {
  return {
    to: recipient.replace(/^\+/, ""),
    from: sender.replace(/^\+/, ""),
    body: text,
    ...(reportUrl === undefined ? {} : { dlr_callback: `${reportUrl}?id=${id}` }),
  };
}

const Taken = z.object({ data: z.object({ id: z.string().min(1).max(100) }) });

function toResult(answer: HttpAnswer): SubmitResult {
  if (answer.outcome === "failed") return generally(answer);
  const taken = Taken.safeParse(jsonOf(answer)).data;
  if (answer.status >= 200 && answer.status < 300 && taken) return { outcome: "taken", reference: taken.data.id };
  return refusalOf(answer.status, jsonOf(answer)) ?? generally(answer);
}

const Mdr = z.object({ data: z.object({ attributes: z.object({ delivery_receipts: z.array(Receipt).nullish() }) }) });

function toWord(carrier: string, message: Message, reference: string, answer: HttpAnswer, now: number): QueryResult {
  const mdr = answer.outcome === "answered" && answer.status === 200 ? Mdr.safeParse(jsonOf(answer)).data : undefined;
  if (!mdr) return { outcome: "cannot-tell" };
  const outcomes = (mdr.data.attributes.delivery_receipts ?? []).map(outcomeOf);
  const settled = outcomes.find((outcome) => outcome !== undefined);
  if (!settled) return { outcome: "taken", reference };
  return { outcome: "settled", reference, receipt: { message: message.id, carrier, reference, ...settled, at: now } };
}
