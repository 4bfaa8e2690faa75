/** Target365: an account there, over its HTTP API. It can be asked by our id, so a lost answer is settled by asking. */

import { z } from "zod";
import type { HttpAnswer } from "../../core/kernel/ports.ts";
import { CARRIER_LIMIT, type QueryResult, type SubmitResult } from "../../core/messages/carrier.ts";
import type { Message } from "../../core/messages/message.ts";
import { askInTime, eachInTime, generally, healthBy, jsonOf, lost } from "../calls.ts";
import { BASE_URL, CALLERS, carrierKind, doorOf, type OpenCarrier, toBase } from "../carrier.ts";
import { apiOf } from "./api.ts";
import { credentialOf, faultInSecrets, Secrets } from "./credential.ts";
import { doors } from "./doors.ts";
import { keysOf } from "./keys.ts";
import { outcomeOf, Record } from "./status.ts";
import { strexBilling } from "./strex.ts";

/** One that is slow may still be on its way when it is asked for: later than this it is not. Milliseconds. */
const SURELY_ARRIVED = 30_000;
/** Their guides, "Out-message": minutes. */
const LIFE = { least: 5, most: 1_440 };

const GET = { method: "GET", url: "", headers: {} } as const;

const PRIORITY = { low: "Low", normal: "Normal", high: "High" } as const;
const DELIVERY_MODE = { "at-most-once": "AtMostOnce", "at-least-once": "AtLeastOnce" } as const;

export const target365 = carrierKind({
  kind: "target365",
  settings: z.strictObject({
    baseUrl: BASE_URL.default("https://shared.target365.io").describe(
      "where your account lies: https://shared.target365.io, or https://test.target365.io",
    ),
    callers: CALLERS,
    oneTimePasswords: z
      .enum(["ours", "theirs"])
      .default("ours")
      .describe(
        "who makes the code that proves a payer's phone, and sends it: this gateway, or Strex where your contract says so",
      ),
  }),
  secrets: Secrets,
  fault: (_, secrets) => faultInSecrets(secrets),
  bills: true,
  channels: [],
  lostAnswer: "asked",

  open({ name, doorKey, http, wall, now, publicUrls, settings, secrets }): OpenCarrier {
    const base = toBase(settings.baseUrl);
    const api = apiOf(http, base, credentialOf(secrets, wall), wall);
    const reportUrl = doorOf({ publicUrls, name, doorKey }, "receipts");
    const at = (message: Message) => `/api/out-messages/${encodeURIComponent(message.id)}`;
    const post = (path: string, json: unknown, timeLimit: number = CARRIER_LIMIT) =>
      api.send({ method: "POST", path, json, timeLimit });

    const sendOne = async (message: Message, timeLimit: number): Promise<SubmitResult> =>
      toResult(message, await post("/api/out-messages", toOutMessage(message, reportUrl), timeLimit));

    return {
      name,
      kind: "target365",
      callers: settings.callers,
      doors: doors({ publicUrls, keys: keysOf(api), now }),
      billing: strexBilling(name, api, {
        now,
        arrived: SURELY_ARRIVED,
        makesCodes: settings.oneTimePasswords === "theirs",
      }),

      async submit(messages) {
        if (messages.length === 1) return eachInTime(wall, messages, sendOne);
        const answer = await post(
          "/api/out-messages/batch",
          messages.map((message) => toOutMessage(message, reportUrl)),
        );
        // It takes a batch whole, or not at all: what is wrong with one is found out one by one.
        const isRefused = answer.outcome === "answered" && answer.status === 400;
        return isRefused ? eachInTime(wall, messages, sendOne) : messages.map((message) => toResult(message, answer));
      },

      async query(messages) {
        const answers = await askInTime(wall, messages, async (message, timeLimit) =>
          toWord(
            name,
            message,
            now(),
            await api.send({ method: "GET", path: at(message), timeLimit, answerCap: 65_536 }),
          ),
        );
        return answers.map((answer) => answer ?? { outcome: "cannot-tell" });
      },

      // Any key opens this one; what it answers tells whether ours does.
      health: () => healthBy({ send: (request) => api.send({ ...request, path: "/api/client/public-keys" }) }, GET),
    };
  },
});

/** Our id is theirs: it comes back with every report, and can be asked by. */
function toOutMessage(message: Message, deliveryReportUrl: string | undefined) {
  const minutes = Math.ceil((message.expiresAt - message.changedAt) / 60_000);
  return {
    transactionId: message.id,
    sender: message.sender,
    recipient: message.recipient,
    content: message.text,
    ...(deliveryReportUrl === undefined ? {} : { deliveryReportUrl }),
    priority: PRIORITY[message.priority],
    deliveryMode: DELIVERY_MODE[message.deliveryMode],
    timeToLive: Math.min(LIFE.most, Math.max(LIFE.least, minutes)),
    // What may be replaced was replaced when the text was accepted.
    allowUnicode: true,
  };
}

const Refusal = z.object({ Message: z.string() });

function toResult(message: Message, answer: HttpAnswer): SubmitResult {
  if (answer.outcome === "failed") return generally(answer);
  if (answer.status === 201) return { outcome: "taken", reference: message.id };
  // The id is taken: by ourselves, in an attempt whose answer was lost. It is asked about.
  if (answer.status === 409) return lost("it has a text of this id already");
  const why = Refusal.safeParse(jsonOf(answer)).data?.Message;
  if (answer.status === 400)
    return { outcome: "refused", reason: reasonOf(why ?? ""), ...(why ? { detail: why } : {}) };
  return generally(answer);
}

/** Of a refusal there is a sentence and no code: it names the member that is wrong. */
function reasonOf(sentence: string) {
  if (/recipient/i.test(sentence)) return "bad-number";
  if (/sender/i.test(sentence)) return "bad-sender";
  if (/content|parts/i.test(sentence)) return "bad-text";
  return "rejected";
}

/** @param now epoch ms */
function toWord(carrier: string, message: Message, now: number, answer: HttpAnswer): QueryResult {
  if (answer.outcome === "answered" && answer.status === 404) {
    return { outcome: now - message.changedAt >= SURELY_ARRIVED ? "never-seen" : "cannot-tell" };
  }
  const record =
    answer.outcome === "answered" && answer.status === 200 ? Record.safeParse(jsonOf(answer)).data : undefined;
  if (!record) return { outcome: "cannot-tell" };
  const reference = record.smscTransactionId || message.id;
  const settled = outcomeOf(record);
  if (!settled) return { outcome: "taken", reference };
  return {
    outcome: "settled",
    reference,
    receipt: { message: message.id, carrier, reference, ...settled, at: now },
  };
}
