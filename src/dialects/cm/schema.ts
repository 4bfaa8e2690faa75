/** The wire shapes of the JSON gateway, and how a request is read: keys in any case, null as absent, lists as lists. */

import { z } from "zod";
import { GatewayError } from "../../core/kernel/errors.ts";
import { caseless, parseJson, type Reviver, TooMuch } from "../read.ts";
import { MessageError, RequestError } from "./errors.ts";
import { LONGEST, MOST_MSGS, MOST_RECIPIENTS, type Msg } from "./msg.ts";
import { isObject } from "./rich-members.ts";

/** The most entries that one answer can have: messages beyond it could be sent, but not answered for. */
const MOST_ENTRIES = 100_000;

/** Clients write numbers as texts, and references as numbers. */
const Numeric = z.union([z.number(), z.string()]);
const grouping = () => z.string().describe(`up to ${LONGEST.customGrouping} characters`).optional();

const Recipient = z.object({ number: z.string().describe("international, with 00").optional() });
const RichContent = z.object({
  conversation: z.array(z.unknown()).describe("up to 5 messages that are shown in place of the SMS").optional(),
  suggestions: z.array(z.unknown()).describe("up to 11 buttons").optional(),
});

const MsgShape = z.object({
  from: z.string().describe("11 letters, or 16 digits").optional(),
  to: z.array(Recipient).max(MOST_RECIPIENTS).describe("a list even of one").optional(),
  body: z
    .object({
      content: z.string().optional(),
      type: z.string().describe("AUTO finds the encoding out; BINARY has octets, in hexadecimal digits").optional(),
    })
    .optional(),
  dcs: Numeric.describe(
    "0 for the GSM alphabet, which is meant without it; 8 for UCS-2; of BINARY 4, or 245 with class 1",
  ).optional(),
  reference: Numeric.describe("what reports of it are known by").optional(),
  minimumNumberOfMessageParts: Numeric.optional(),
  maximumNumberOfMessageParts: Numeric.describe("without it 1, or with AUTO 8").optional(),
  appKey: z.string().optional(),
  allowedChannels: z.array(z.string()).describe("all, if none is named").optional(),
  richContent: RichContent.optional(),
  customGrouping: grouping(),
  customGrouping2: grouping(),
  customGrouping3: grouping(),
  validity: z.string().describe("like 2h, or 2017-04-20 11:55:05-07:00; 4 hours without it, 48 at most").optional(),
});

const Authentication = z.object({ productToken: z.string().optional() });

export const RequestShape = z.object({
  messages: z.object({ authentication: Authentication.optional(), msg: z.array(MsgShape).min(1).max(MOST_MSGS) }),
});

export const AnswerShape = z.object({
  details: z.string().describe("Created N message(s)"),
  errorCode: z.number().int().describe("0, or 201 where a recipient was rejected"),
  messages: z.array(
    z.object({
      to: z.string().describe("as it was sent"),
      status: z.enum(["Accepted", "Rejected"]),
      reference: z.string().nullable(),
      parts: z.number().int(),
      messageDetails: z.string().nullable(),
      messageErrorCode: z.number().int(),
    }),
  ),
});

// Lists are not checked by the schema: a value that is no list has a refusal of its own.
const list = z.unknown().optional();
const Envelope = z.object({
  messages: z.object({ authentication: Authentication.optional(), msg: list }).optional(),
});
const LooseRich = z.looseObject({ conversation: list, suggestions: list });
const LooseMsg = MsgShape.extend({ to: list, allowedChannels: list, richContent: z.unknown().optional() });
const Names = z.array(z.string());

/** A message as it is read; `fault` is set if the whole message is refused without further checks. */
export type ReadMsg = { msg: Msg; fault?: MessageError };

/** Each message's reference that is a number, as it is written: read as a number, one of twenty digits is another. */
type References = WeakMap<object, string>;

export type JsonRequest = { token: string | undefined; msg: unknown; references: References };

/**
 * The product token and the messages of a body.
 * @throws RequestError 202
 */
export function readRequest(bytes: Uint8Array): JsonRequest {
  const references: References = new WeakMap();
  const { token, msg } = envelopeIn(bytes);
  if (!Array.isArray(msg) || !msg.some(hasNumber)) return { token, msg, references };
  // Few clients write numbers, so only they are read a second time.
  const again = envelopeIn(bytes, function note(this: unknown, key, value, context?: { source?: string }) {
    if (typeof value === "number" && isReference(key) && isObject(this)) {
      references.set(this, context?.source ?? String(value));
    }
    return value;
  });
  return { token, msg: again.msg, references };
}

/** Far more than stands before the list of messages, or after it. Bytes. */
const ENVELOPE = 4_096;
const TOKEN = /"producttoken"\s{0,100}:\s{0,100}"([^"\\]{1,200})"/i;

/** The product token as it is written before the list of messages, or after it: without taking the body apart. */
export function spelledToken(bytes: Uint8Array): string | undefined {
  const around = [bytes.subarray(0, ENVELOPE), bytes.subarray(-ENVELOPE)];
  return around.map((part) => TOKEN.exec(new TextDecoder().decode(part))?.[1]).find((token) => token !== undefined);
}

function envelopeIn(bytes: Uint8Array, reviver?: Reviver): { token: string | undefined; msg: unknown } {
  const { messages } = typed(Envelope, caseless(Envelope, jsonIn(bytes, reviver)));
  return { token: messages?.authentication?.productToken, msg: messages?.msg };
}

function hasNumber(msg: unknown): boolean {
  return isObject(msg) && Object.keys(msg).some((key) => isReference(key) && typeof msg[key] === "number");
}

function isReference(key: string): boolean {
  return key.toLowerCase() === "reference";
}

/** @throws RequestError 203 where there are none, or too many; 202 where a value is of a wrong type */
export function readMsgs({ msg, references }: JsonRequest): ReadMsg[] {
  if (!Array.isArray(msg) || msg.length === 0) throw new RequestError(203);
  if (msg.length > MOST_MSGS) throw new RequestError(203, `A MESSAGES object may have ${MOST_MSGS} MSG objects`);
  let entries = 0;
  return msg.map((one) => {
    const read = typedMsg(one);
    entries += Math.max(1, Array.isArray(read?.to) ? read.to.length : 0);
    if (entries > MOST_ENTRIES) {
      throw new RequestError(203, `A request may have ${MOST_ENTRIES} TO objects in all; send it in several requests`);
    }
    return read
      ? readMsg(read, references.get(one))
      : { msg: { to: [] }, fault: new MessageError(305, "MSG is an invalid type, must be an object") };
  });
}

function typedMsg(given: unknown): z.output<typeof LooseMsg> | undefined {
  return isObject(given) ? typed(LooseMsg, caseless(LooseMsg, given)) : undefined;
}

/** @param written its reference, where that is a number */
function readMsg(given: z.output<typeof LooseMsg>, written: string | undefined): ReadMsg {
  const { to, reference, allowedChannels, richContent, ...rest } = given;
  const rich = richContent === undefined ? undefined : readRich(richContent);
  // A value that is no list is a fault below, and is then not read.
  const msg = {
    ...rest,
    to: Array.isArray(to) ? to.map(numberIn) : [],
    ...(reference === undefined ? {} : { reference: typeof reference === "string" ? reference : written }),
    ...(Array.isArray(allowedChannels) ? { allowedChannels: typed(Names, allowedChannels.filter(isThere)) } : {}),
    ...(rich ? { richContent: rich } : {}),
  } as Msg;
  const fault =
    notList("TO", to, 302) ??
    tooMany(to) ??
    notList("ALLOWEDCHANNELS", allowedChannels, 305) ??
    notList("CONVERSATION", rich?.conversation, 305) ??
    notList("SUGGESTIONS", rich?.suggestions, 305);
  return fault ? { msg, fault } : { msg };
}

/** A recipient that is no object, or has no number, is refused together with the empty ones. */
function numberIn(recipient: unknown): string {
  return isObject(recipient) ? (typed(Recipient, caseless(Recipient, recipient)).number ?? "") : "";
}

/** Its two lists, under their names; all else in it stays as it is. */
function readRich(given: unknown): z.output<typeof LooseRich> {
  if (!isObject(given)) throw new RequestError(202);
  const rest = Object.entries(given).filter(([key]) => !Object.hasOwn(LooseRich.shape, key.toLowerCase()));
  return typed(LooseRich, { ...Object.fromEntries(rest), ...(caseless(LooseRich, given) as object) });
}

function notList(name: string, value: unknown, code: 302 | 305): MessageError | undefined {
  if (value === undefined || Array.isArray(value)) return undefined;
  return new MessageError(code, `${name} is an invalid type, must be an array`);
}

function tooMany(to: unknown): MessageError | undefined {
  const isSo = Array.isArray(to) && to.length > MOST_RECIPIENTS;
  return isSo ? new MessageError(302, `A MSG object may have ${MOST_RECIPIENTS} TO objects`) : undefined;
}

/** Null is as if it were not there, in a list too. */
function isThere(value: unknown): boolean {
  return value !== null;
}

function jsonIn(bytes: Uint8Array, reviver?: Reviver): unknown {
  try {
    return parseJson(bytes, reviver);
  } catch (error) {
    // They have one text for all unreadable bodies. A body that is too large has our own.
    throw error instanceof GatewayError && !(error instanceof TooMuch) ? new RequestError(202) : error;
  }
}

function typed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw new RequestError(202);
}
