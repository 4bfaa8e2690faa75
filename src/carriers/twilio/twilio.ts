/**
 * Twilio: an account there, over its API of 2010. It takes no id of ours and has no key against repeats, so our id stands in
 * the address that it calls; by its own id, once that is known, it can be asked.
 */

import { z } from "zod";
import type { HttpAnswer } from "../../core/kernel/ports.ts";
import type { QueryResult, SubmitResult } from "../../core/messages/carrier.ts";
import type { Message } from "../../core/messages/message.ts";
import { askInTime, eachInTime, generally, healthBy, jsonOf } from "../calls.ts";
import { BASE_URL, basic, CALLERS, carrierKind, doorOf, type OpenCarrier, toBase } from "../carrier.ts";
import { doors } from "./doors.ts";
import { outcomeOf, refusalOf } from "./status.ts";

/** API reference, ValidityPeriod. Seconds. */
const VALIDITY = { least: 1, most: 36_000 };

const sid = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}[0-9a-fA-F]{32}$`), `must be ${prefix} and 32 hexadecimal digits`);

export const twilio = carrierKind({
  kind: "twilio",
  settings: z.strictObject({
    baseUrl: BASE_URL.default("https://api.twilio.com").describe(
      "where the API lies; https://api.{edge}.{region}.twilio.com for another region",
    ),
    callers: CALLERS,
    accountSid: sid("AC").describe("your account's SID"),
    keySid: sid("SK").optional().describe("an API key to call with, in place of the account; its secret is keySecret"),
    messagingServiceSid: sid("MG")
      .optional()
      .describe("a messaging service that picks the sender; left out: the text's own"),
  }),
  secrets: z.strictObject({
    authToken: z.string().min(1).max(100).describe("the account's auth token: calls to us are signed with it"),
    keySecret: z.string().min(1).max(100).optional().describe("the secret of the API key in keySid"),
  }),
  bills: false,
  channels: [],
  lostAnswer: "waited-for",

  open({ name, doorKey, http, wall, now, publicUrls, settings, secrets }): OpenCarrier {
    const account = `${toBase(settings.baseUrl)}/2010-04-01/Accounts/${settings.accountSid}`;
    const [user, password] =
      settings.keySid && secrets.keySecret
        ? [settings.keySid, secrets.keySecret]
        : [settings.accountSid, secrets.authToken];
    const headers = { authorization: basic(user, password), "content-type": "application/x-www-form-urlencoded" };
    const reportUrl = doorOf({ publicUrls, name, doorKey }, "receipts");
    const from = (message: Message) =>
      settings.messagingServiceSid ? { MessagingServiceSid: settings.messagingServiceSid } : { From: message.sender };

    return {
      name,
      kind: "twilio",
      callers: settings.callers,
      doors: doors({ publicUrls, authToken: secrets.authToken, now }),

      submit: (messages) =>
        eachInTime(wall, messages, async (message, timeLimit) =>
          toResult(
            await http.send({
              method: "POST",
              url: `${account}/Messages.json`,
              headers,
              body: new URLSearchParams({ ...from(message), ...toFields(message, reportUrl) }).toString(),
              timeLimit,
              answerCap: 65_536,
            }),
          ),
        ),

      async query(messages) {
        const answers = await askInTime(wall, messages, async (message, timeLimit): Promise<QueryResult> => {
          if (!message.reference) return { outcome: "cannot-tell" };
          const url = `${account}/Messages/${encodeURIComponent(message.reference)}.json`;
          const answer = await http.send({ method: "GET", url, headers, timeLimit, answerCap: 65_536 });
          return toWord(name, message, message.reference, answer, now());
        });
        return answers.map((answer) => answer ?? { outcome: "cannot-tell" });
      },

      health: () => healthBy(http, { method: "GET", url: `${account}.json`, headers }),
    };
  },
});

function toFields({ id, recipient, text, expiresAt, changedAt }: Message, reportUrl: string | undefined) {
  const seconds = Math.floor((expiresAt - changedAt) / 1000);
  return {
    To: recipient,
    Body: text,
    ValidityPeriod: String(Math.min(VALIDITY.most, Math.max(VALIDITY.least, seconds))),
    ...(reportUrl === undefined ? {} : { StatusCallback: `${reportUrl}?id=${id}` }),
  };
}

const Created = z.object({ sid: z.string().regex(/^[A-Z]{2}[0-9a-fA-F]{32}$/) });

function toResult(answer: HttpAnswer): SubmitResult {
  if (answer.outcome === "failed") return generally(answer);
  const created = Created.safeParse(jsonOf(answer)).data;
  if (answer.status === 201 && created) return { outcome: "taken", reference: created.sid };
  return refusalOf(answer.status, jsonOf(answer)) ?? generally(answer);
}

const Record = z.object({ status: z.string(), error_code: z.coerce.number().nullish() });

function toWord(carrier: string, message: Message, reference: string, answer: HttpAnswer, now: number): QueryResult {
  const record =
    answer.outcome === "answered" && answer.status === 200 ? Record.safeParse(jsonOf(answer)).data : undefined;
  if (!record) return { outcome: "cannot-tell" };
  const settled = outcomeOf(record.status, record.error_code ?? 0);
  if (!settled) return { outcome: "taken", reference };
  return { outcome: "settled", reference, receipt: { message: message.id, carrier, reference, ...settled, at: now } };
}
