/**
 * txtNation mGateway: a company there, over gateway.php. Free texts only. It cannot be asked, and every call may cost: nothing is
 * sent again on a guess, and its report settles what was lost.
 */

import { z } from "zod";
import type { HttpAnswer } from "../../core/kernel/ports.ts";
import type { SubmitResult } from "../../core/messages/carrier.ts";
import type { Message } from "../../core/messages/message.ts";
import { eachInTime, generally, healthBy } from "../calls.ts";
import { BASE_URL, CALLERS, cannotBeAsked, carrierKind, type OpenCarrier, toBase } from "../carrier.ts";
import { doors } from "./doors.ts";
import { wordOf } from "./status.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };

export const txtnation = carrierKind({
  kind: "txtnation",
  settings: z.strictObject({
    baseUrl: BASE_URL.default("https://client.txtnation.com").describe("where gateway.php lies"),
    callers: CALLERS,
    companyCode: z.string().min(1).max(100).describe("your company code, sent as cc"),
  }),
  secrets: z.strictObject({
    ekey: z.string().min(1).max(200).describe("your encryption key, sent as ekey in the body"),
  }),
  bills: false,
  channels: [],
  lostAnswer: "waited-for",

  open({ name, http, wall, now, settings, secrets: { ekey } }): OpenCarrier {
    const url = `${toBase(settings.baseUrl)}/gateway.php`;
    const post = (fields: Record<string, string>, timeLimit?: number) =>
      http.send({
        method: "POST",
        url,
        headers: FORM,
        body: new URLSearchParams({ cc: settings.companyCode, ekey, ...fields }).toString(),
        ...(timeLimit === undefined ? {} : { timeLimit }),
      });

    return {
      name,
      kind: "txtnation",
      callers: settings.callers,
      doors: doors(now),
      submit: (messages) =>
        eachInTime(wall, messages, async (message, timeLimit) =>
          toResult(message, await post(toFields(message), timeLimit)),
        ),
      query: cannotBeAsked,
      // It has nothing that sends nothing: whether it answers at all is what can be told.
      health: () => healthBy(http, { method: "GET", url, headers: {} }, (status) => status < 500),
    };
  },
});

function toFields({ id, sender, recipient, text }: Message): Record<string, string> {
  return {
    reply: "0",
    id,
    number: recipient.replace(/^\+/, ""),
    network: "INTERNATIONAL",
    value: "0",
    currency: "GBP",
    encoding: "utf-8",
    message: text,
    title: sender.replace(/^\+/, ""),
  };
}

function toResult(message: Message, answer: HttpAnswer): SubmitResult {
  if (answer.outcome === "failed" || answer.status !== 200) return generally(answer);
  return wordOf(message.id, answer.body);
}
