/** CM.com: an account there, over its JSON gateway. It cannot be asked, so a lost answer waits for the report. */

import { z } from "zod";
import type { HttpAnswer } from "../../core/kernel/ports.ts";
import type { SubmitResult } from "../../core/messages/carrier.ts";
import type { Message } from "../../core/messages/message.ts";
import { ANSWER_CAP, generally, healthBy, jsonOf, lost } from "../calls.ts";
import { BASE_URL, CALLERS, cannotBeAsked, carrierKind, type OpenCarrier, toBase } from "../carrier.ts";
import { doors } from "./doors.ts";
import { ofMessage, ofRequest } from "./status.ts";

/** Guide, "Multipart messages": what is longer is not sent whole. */
const MOST_PARTS = 8;
/** Guide, "Validity period". Minutes. */
const VALIDITY = { least: 1, most: 48 * 60 };

export const cm = carrierKind({
  kind: "cm",
  settings: z.strictObject({
    baseUrl: BASE_URL.default("https://gw.messaging.cm.com").describe(
      "the gateway of your region, like https://gw.messaging.cm.com",
    ),
    callers: CALLERS,
  }),
  secrets: z.strictObject({ productToken: z.string().min(1).max(200).describe("sent as X-CM-PRODUCTTOKEN") }),
  bills: false,
  channels: [],
  lostAnswer: "waited-for",

  open({ name, http, now, settings, secrets: { productToken } }): OpenCarrier {
    const url = `${toBase(settings.baseUrl)}/v1.0/message`;
    const headers = { "x-cm-producttoken": productToken, "content-type": "application/json" };
    const post = (msg: unknown[]) =>
      http.send({
        method: "POST",
        url,
        headers,
        body: JSON.stringify({ messages: { msg } }),
        answerCap: ANSWER_CAP,
      });

    return {
      name,
      kind: "cm",
      callers: settings.callers,
      doors: doors(now),

      async submit(messages) {
        const fit = messages.filter(({ parts }) => parts <= MOST_PARTS);
        const words = fit.length > 0 ? wordsOf(fit, await post(fit.map(toMsg))) : new Map<string, SubmitResult>();
        return messages.map((message) => words.get(message.id) ?? tooLong(message));
      },

      query: cannotBeAsked,

      // Nothing is sent: what it says of an empty request tells whether it knows the token.
      async health() {
        const answer = await post([]);
        const { errorCode } = Answer.safeParse(jsonOf(answer)).data ?? {};
        if (errorCode === 203 || errorCode === 202) return { state: "up" };
        if (errorCode === 101 || errorCode === 103)
          return { state: "down", reason: "it does not know the product token" };
        return healthBy({ send: async () => answer }, { method: "POST", url, headers });
      },
    };
  },
});

/** One person each, so that our id is of one text: it comes back with every report. */
function toMsg({ id, sender, recipient, text, expiresAt, changedAt }: Message) {
  const minutes = Math.floor((expiresAt - changedAt) / 60_000);
  return {
    from: sender,
    to: [{ number: recipient.replace(/^\+/, "00") }],
    body: { type: "AUTO", content: text },
    reference: id,
    minimumNumberOfMessageParts: 1,
    maximumNumberOfMessageParts: MOST_PARTS,
    validity: `${Math.min(VALIDITY.most, Math.max(VALIDITY.least, minutes))}m`,
  };
}

function tooLong({ parts }: Message): SubmitResult {
  if (parts <= MOST_PARTS) return lost("its answer does not tell of this text");
  return { outcome: "refused", reason: "too-many-parts", detail: `${parts} parts; ${MOST_PARTS} are carried` };
}

const Answer = z.object({
  errorCode: z.int(),
  details: z.string().nullish(),
  messages: z
    .array(
      z.object({
        status: z.string(),
        reference: z.string().nullish(),
        messageErrorCode: z.int().nullish(),
        messageDetails: z.string().nullish(),
      }),
    )
    .nullish(),
});

/** What it says of each text. Of which it says nothing, nobody knows whether it has it. */
function wordsOf(messages: readonly Message[], answer: HttpAnswer): Map<string, SubmitResult> {
  const said = Answer.safeParse(jsonOf(answer)).data;
  const isTheirs = answer.outcome === "answered" && (answer.status === 200 || answer.status === 400) && said;
  const whole = isTheirs ? undefined : generally(answer);
  if (!isTheirs || whole) return new Map(messages.map(({ id }) => [id, whole ?? lost("no answer")]));
  const entries = new Map((said.messages ?? []).map((entry) => [entry.reference ?? "", entry]));
  if (entries.size === 0 && answer.status === 400) {
    return new Map(messages.map(({ id }) => [id, ofRequest(said.errorCode, said.details ?? "")]));
  }
  return new Map(
    messages.flatMap(({ id }) => {
      const entry = entries.get(id);
      return entry ? [[id, ofMessage(id, entry)] as const] : [];
    }),
  );
}
