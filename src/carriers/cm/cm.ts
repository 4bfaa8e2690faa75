/** CM.com: an account there, over its JSON gateway. It cannot be asked, so a lost answer waits for the report. */

import { z } from "zod";
import type { HttpAnswer } from "../../core/kernel/ports.ts";
import type { SubmitResult } from "../../core/messages/carrier.ts";
import type { Message } from "../../core/messages/message.ts";
import { ANSWER_CAP, eachInTime, generally, healthBy, jsonOf, lost } from "../calls.ts";
import { BASE_URL, CALLERS, cannotBeAsked, carrierKind, type OpenCarrier, toBase } from "../carrier.ts";
import { doors } from "./doors.ts";
import { ofMessage, ofRequest } from "./status.ts";
import { isForXml, ofXml, toXml } from "./xml.ts";

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

  open({ name, http, now, wall, settings, secrets: { productToken } }): OpenCarrier {
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

    const postXml = async (message: Message, timeLimit: number) => {
      const body = toXml(message, { productToken, validity: validityOf(message) });
      const xml = { method: "POST" as const, url: `${toBase(settings.baseUrl)}/gateway.ashx`, body, timeLimit };
      const answer = await http.send({ ...xml, headers: { "content-type": "application/xml" }, answerCap: ANSWER_CAP });
      return ofXml(message.id, answer);
    };

    return {
      name,
      kind: "cm",
      hasBinary: true,
      callers: settings.callers,
      doors: doors(now),

      async submit(messages) {
        const [octets, fit] = partedBy(
          messages.filter((message) => !unfit(message)),
          isForXml,
        );
        const [words, ofOctets] = await Promise.all([
          fit.length > 0
            ? post(fit.map(toMsg)).then((answer) => wordsOf(fit, answer))
            : new Map<string, SubmitResult>(),
          eachInTime(wall, octets, postXml),
        ]);
        for (const [index, { id }] of octets.entries()) words.set(id, ofOctets[index] ?? lost("it was not asked"));
        return messages.map(
          (message) => words.get(message.id) ?? unfit(message) ?? lost("its answer does not tell of this text"),
        );
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
function toMsg(message: Message) {
  const { id, sender, recipient, text, binary } = message;
  return {
    from: sender,
    to: [{ number: recipient.replace(/^\+/, "00") }],
    ...(binary
      ? { body: { type: "BINARY", content: text }, dcs: binary.messageClass === 1 ? 245 : 4 }
      : { body: { type: "AUTO", content: text } }),
    reference: id,
    minimumNumberOfMessageParts: 1,
    maximumNumberOfMessageParts: MOST_PARTS,
    validity: validityOf(message),
  };
}

function validityOf({ expiresAt, changedAt }: Message): string {
  const minutes = Math.floor((expiresAt - changedAt) / 60_000);
  return `${Math.min(VALIDITY.most, Math.max(VALIDITY.least, minutes))}m`;
}

function partedBy<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

/** What it has no form for; undefined where it can be sent. */
function unfit({ parts, binary }: Message): SubmitResult | undefined {
  if (parts > MOST_PARTS)
    return {
      outcome: "refused",
      reason: "too-many-parts",
      ...(binary ? { own: true } : {}),
      detail: `${parts} parts; ${MOST_PARTS} are carried`,
    };
  const own = { outcome: "refused", reason: "bad-text", own: true } as const;
  if (binary?.alphabet) return { ...own, detail: "a text with a header, which its gateway has for octets alone" };
  if (binary?.messageClass === undefined || binary.messageClass === 1) return undefined;
  return { ...own, detail: `a binary message of class ${binary.messageClass}; it takes class 1, and none` };
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
