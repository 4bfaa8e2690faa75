/** What became of a message. */

import { createRoute, z } from "@hono/zod-openapi";
import type { MessageId } from "../core/kernel/ids.ts";
import { REASONS } from "../core/kernel/reasons.ts";
import { MESSAGE_STATES, type Message } from "../core/messages/message.ts";
import { BUTTON_ACTIONS } from "../core/messages/rich.ts";
import { given, iso, json, listOf, makeApi, operator, PageQuery, refusals, Time, toPage } from "./api.ts";
import { LONGEST_TEXT, Msisdn } from "./fields.ts";
import { PriceAnswer } from "./prices.ts";
import { Containing, Searched, searchedPage } from "./searched.ts";
import { strict } from "./strict.ts";
import { readableEntry, TimelineEntry } from "./timeline.ts";

const app = makeApi();
export const messages = app;

const Button = z.object({ label: z.string(), action: z.enum(BUTTON_ACTIONS), value: z.string().optional() });
const Media = z.object({ url: z.string(), type: z.string().optional(), name: z.string().optional() });
const Bubble = z.object({
  header: z.string().optional(),
  text: z.string().optional(),
  footer: z.string().optional(),
  media: Media.optional(),
  buttons: z.array(Button).optional(),
});
/** What a channel shows in place of the text. */
export const ShownContent = z.object({ bubbles: z.array(Bubble), buttons: z.array(Button) }).openapi("ShownContent");
const Rich = ShownContent.extend({
  given: z.unknown().openapi({ description: "what the customer gave for it, untouched" }),
});

const Charge = z.object({
  merchant: z.string(),
  service: z.string().optional(),
  serviceCode: z.string(),
  invoiceText: z.string(),
  amount: z.number().int().openapi({ description: "minor units" }),
  currency: z.string(),
  age: z.number().int(),
  confirm: z.boolean().openapi({ description: "whether the person must answer OK first" }),
  consent: z.string().optional(),
  unlessStopped: z.string().optional(),
  guard: z.object({ as: z.string(), seconds: z.number().int() }).optional(),
  minutes: z.number().int(),
  registrationMinutes: z.number().int(),
});

const MessageAnswer = z
  .object({
    id: z.string(),
    account: z.string(),
    dialect: z.string(),
    theirId: z.string(),
    sender: z.string(),
    recipient: z.string(),
    text: z.string(),
    channel: z.string().optional().openapi({ description: "where it is not an SMS" }),
    rich: Rich.optional(),
    encoding: z
      .enum(["gsm7", "ucs2", "binary"])
      .openapi({ description: "binary: its text is octets in hexadecimal digits" }),
    parts: z.number().int(),
    state: z.enum(MESSAGE_STATES),
    reason: z.enum(REASONS).optional(),
    priority: z.enum(["low", "normal", "high"]),
    deliveryMode: z.enum(["at-most-once", "at-least-once"]),
    sendAt: z.string(),
    expiresAt: z.string(),
    acceptedAt: z.string(),
    changedAt: z.string(),
    attempts: z.number().int(),
    reportUrl: z.string().optional(),
    carrier: z.string().optional(),
    reroutedFrom: z
      .string()
      .optional()
      .openapi({ description: "the carrier that could not deliver it, so that it went to another" }),
    reference: z.string().optional(),
    operator: z.string().optional(),
    charge: Charge.optional().openapi({ description: "of a paid message: what the person is charged for it" }),
    echo: z
      .record(z.string(), z.unknown())
      .openapi({ description: "fields from the customer's request that are given back unchanged" }),
  })
  .openapi("Message");

function toAnswer(message: Message) {
  const { history: _, dueAt: __, ...shown } = message;
  return {
    ...shown,
    sendAt: iso(message.sendAt),
    expiresAt: iso(message.expiresAt),
    acceptedAt: iso(message.acceptedAt),
    changedAt: iso(message.changedAt),
  };
}

const listMessages = createRoute({
  method: "get",
  path: "/messages",
  summary: "List messages, newest first",
  security: operator,
  request: {
    query: PageQuery.extend({
      account: z.string().optional(),
      recipient: Msisdn.optional(),
      state: z.enum(MESSAGE_STATES).optional(),
      dialect: z.string().optional(),
      theirId: z.string().optional().openapi({ description: "the customer's id of it, whole" }),
      containing: Containing.optional(),
      since: Time.optional(),
      until: Time.optional(),
    }),
  },
  responses: { 200: json(listOf(MessageAnswer).extend({ searched: Searched }), "the messages"), ...refusals(400) },
});

app.openapi(listMessages, async (c) => {
  const { account, recipient, state, dialect, theirId, since, until, containing, ...page } = c.req.valid("query");
  const filter = given({ account, recipient, state, dialect, theirId, since, until });
  const { messages } = c.get("operator");
  if (containing !== undefined) {
    const found = await messages.search({ ...filter, containing }, toPage(page));
    return c.json(searchedPage(found, toAnswer), 200);
  }
  const found = await messages.list(filter, toPage(page));
  return c.json({ ...found, items: found.items.map(toAnswer) }, 200);
});

const NewMessage = strict({
  account: z.string(),
  sender: z.string().max(100).openapi({ description: "one of the account's" }),
  recipient: z.string().max(100).openapi({ description: "E.164", example: "+4798079008" }),
  text: z.string().min(1, "must not be empty").max(LONGEST_TEXT),
  sendAt: Time.optional().openapi({ type: "string", format: "date-time", description: "now, unless it is later" }),
  theirId: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .openapi({ description: "an id of your own: the same message twice under it is sent once" }),
});

const sendMessage = createRoute({
  method: "post",
  path: "/messages",
  summary: "Send a text in an account's name",
  description: "It is of no provider's dialect (`stafett`), so no report is sent: look here what became of it.",
  security: operator,
  request: { body: { required: true, ...json(NewMessage, "") } },
  responses: { 201: json(MessageAnswer, "taken into our care"), ...refusals(400, 403, 404, 409) },
});

app.openapi(sendMessage, async (c) => {
  const { account, sender, recipient, text, ...more } = c.req.valid("json");
  const message = await c.get("operator").messages.send(account, { sender, recipient, text, ...given(more) });
  return c.json(toAnswer(message), 201);
});

const inPath = { params: z.object({ id: z.string() }) };

const findMessage = createRoute({
  method: "get",
  path: "/messages/{id}",
  summary: "Look up a message",
  security: operator,
  request: inPath,
  responses: {
    200: json(
      MessageAnswer.extend({
        carrierPrice: PriceAnswer.optional().openapi({
          description:
            "what its carrier takes for all its parts, by the price list that holds now; absent where none tells",
        }),
      }).openapi("MessageWithPrice"),
      "the message",
    ),
    ...refusals(404),
  },
});

app.openapi(findMessage, async (c) => {
  const { messages, prices } = c.get("operator");
  const message = await messages.find(c.req.valid("param").id as MessageId);
  return c.json({ ...toAnswer(message), ...given({ carrierPrice: await prices.of(message) }) }, 200);
});

const messageTimeline = createRoute({
  method: "get",
  path: "/messages/{id}/timeline",
  summary: "A message's story: every decision, carrier exchange and webhook attempt",
  security: operator,
  request: inPath,
  responses: { 200: json(listOf(TimelineEntry), "what happened, in order"), ...refusals(404) },
});

app.openapi(messageTimeline, async (c) => {
  const steps = await c.get("operator").messages.timeline(c.req.valid("param").id as MessageId);
  return c.json({ items: steps.map(readableEntry) }, 200);
});

const cancelMessage = createRoute({
  method: "post",
  path: "/messages/{id}/cancel",
  summary: "Cancel a message that waits for its time",
  security: operator,
  request: inPath,
  responses: { 200: json(MessageAnswer, "it is cancelled"), ...refusals(404, 409) },
});

app.openapi(cancelMessage, async (c) => {
  return c.json(toAnswer(await c.get("operator").messages.cancel(c.req.valid("param").id as MessageId)), 200);
});

const confirmCode = createRoute({
  method: "post",
  path: "/messages/{id}/confirm-code",
  summary: "Say that a person entered the code of a text",
  description:
    "For codes that a customer makes and sends as texts of high priority, where `settings.codeGuard.texts` has the guard watch them. Within a day after the text was accepted. Repeating it changes nothing.",
  security: operator,
  request: inPath,
  responses: {
    200: json(
      z
        .object({
          id: z.string(),
          isCounted: z.boolean().openapi({ description: "false: the guard did not watch this text" }),
          confirmedAt: z.iso.datetime().optional().openapi({ description: "when it was first confirmed" }),
        })
        .openapi("ConfirmedCode"),
      "it is noted",
    ),
    ...refusals(404, 409),
  },
});

app.openapi(confirmCode, async (c) => {
  const { id, confirmedAt } = await c.get("operator").messages.confirmCode(c.req.valid("param").id as MessageId);
  if (confirmedAt === undefined) return c.json({ id, isCounted: false }, 200);
  return c.json({ id, isCounted: true, confirmedAt: iso(confirmedAt) }, 200);
});

export type MessageRoutes =
  | typeof confirmCode
  | typeof listMessages
  | typeof sendMessage
  | typeof findMessage
  | typeof messageTimeline
  | typeof cancelMessage;
