/**
 * Tin Can & String, a carrier that is not there: the least that one needs. It is wired in by `registry.ts` beside it, as a real
 * one is by two lines of `src/registry.ts`.
 */

import { z } from "zod";
import { cannotBeAsked, carrierKind, type OpenCarrier } from "../../../src/carriers/carrier.ts";
import type { HttpAnswer } from "../../../src/core/kernel/ports.ts";
import type { CarrierHealth, SubmitResult } from "../../../src/core/messages/carrier.ts";
import type { Message } from "../../../src/core/messages/message.ts";
import { doors } from "./doors.ts";
import { toReason } from "./status.ts";

export const tincan = carrierKind({
  kind: "tincan",
  settings: z.strictObject({
    baseUrl: z.url({ protocol: /^https?$/ }).describe("where the other can is, without a final slash"),
  }),
  secrets: z.strictObject({ knock: z.string().min(16).describe("how both ends know each other") }),
  bills: false,
  channels: [],
  lostAnswer: "waited-for",

  open({ name, http, settings: { baseUrl }, secrets: { knock } }): OpenCarrier {
    const headers = { "content-type": "application/json", "x-knock": knock };
    return {
      name,
      kind: "tincan",
      doors: doors(knock),

      submit: (messages) =>
        Promise.all(
          messages.map(async (message) =>
            toResult(
              await http.send({
                method: "POST",
                url: `${baseUrl}/say`,
                headers,
                body: JSON.stringify(toWords(message)),
              }),
            ),
          ),
        ),

      query: cannotBeAsked,

      async health(): Promise<CarrierHealth> {
        const answer = await http.send({ method: "GET", url: `${baseUrl}/hello`, headers });
        if (answer.outcome === "answered" && answer.status === 200) return { state: "up" };
        return { state: "down", reason: answer.outcome === "answered" ? `it answered ${answer.status}` : answer.error };
      },
    };
  },
});

/** Our id goes along, and comes back with what became of it. */
function toWords({ id, sender, recipient, text }: Message) {
  return { id, from: sender, to: recipient, words: text };
}

/** Whatever is no answer of theirs is an answer that was lost: they may have it. */
function toResult(answer: HttpAnswer): SubmitResult {
  if (answer.outcome === "failed") return { outcome: "unknown", detail: answer.error };
  if (answer.status === 200) return { outcome: "taken", reference: answer.body };
  if (answer.status === 422) return { outcome: "refused", reason: toReason(answer.body) };
  if (answer.status === 429) return { outcome: "busy", retryAfterSeconds: answer.retryAfter ?? 10 };
  return { outcome: "unknown", detail: `it answered ${answer.status}` };
}
