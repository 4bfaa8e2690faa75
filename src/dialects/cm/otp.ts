/** One-time passwords, of both versions: a code sent to a person, and whether the one they bring is right. Docs, "OTP". */

import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Caller } from "../../core/accounts/account.ts";
import type { Pin, Tried } from "../../core/billing/codes/pin.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { DialectEnv } from "../dialect.ts";
import { anyCase } from "./any-case.ts";
import { productToken, readBody, toErrorAnswer, whole, wrongMethod } from "./api.ts";
import { JSON_TYPE, MessageError, notFound } from "./errors.ts";
import { PLACE, textFor } from "./otp-texts.ts";
import { toDate } from "./parameters.ts";
import { usualMost } from "./parts.ts";
import { toRecipient } from "./recipient.ts";
import { toSender } from "./sender.ts";
import { settingsOf } from "./settings.ts";

const TRIES = 3;

const Message = z.string().refine((text) => text.includes(PLACE), { error: `must have ${PLACE} in it` });
const Digits = whole(4, 10).default(5);
const Expiry = whole(10, 3600).default(60);
const Code = z
  .union([z.string(), z.number()])
  .transform((code) => String(code).trim())
  .refine((code) => /^\d{4,10}$/.test(code), { error: "must be of 4 to 10 digits" });

const NewOtp = z.object({
  from: z.string(),
  to: z.string(),
  channel: z.string().default("sms"),
  digits: Digits,
  expiry: Expiry,
  locale: z.string().optional(),
  pushAppKey: z.string().optional(),
  message: Message.optional(),
});

/** Of version 1. Its members for push and voice name ways to try before, or after, an SMS: here it is an SMS. */
const NewOtp1 = z.object({
  sender: z.string(),
  recipient: z.string(),
  length: Digits,
  expiry: Expiry,
  message: Message.optional(),
});

/** Where each goes; undefined is SMS. Which is best is CM's to know: here *auto* is SMS. */
const CHANNELS: ReadonlyMap<string, string | undefined> = new Map([
  ["sms", undefined],
  ["auto", undefined],
  ["push", "Push"],
  ["whatsapp", "WhatsApp"],
  ["voice", "Voice"],
]);

const app = new Hono<DialectEnv>({ strict: false });

app.onError(toErrorAnswer);

app.post(anyCase("/otp/v2/otp"), productToken, async (c) => {
  const { channel, digits, ...body } = await readBody(c, NewOtp);
  return c.json(
    toOtp(await send(c, { ...body, digits, channel: channel.trim().toLowerCase() }), false),
    200,
    JSON_TYPE,
  );
});

app.post(anyCase("/otp/v2/otp/:id/verify"), productToken, async (c) => {
  const { code } = await readBody(c, z.object({ code: Code }));
  const { tried, pin } = await c.get("gateway").tryPincode(c.get("caller"), c.req.param("id") ?? "", code);
  if (!pin) throw new GatewayError("not-found", "there is no OTP with this id");
  return c.json(toOtp(pin, isRight(tried)), 200, JSON_TYPE);
});

app.post(anyCase("/v1.0/otp/generate"), productToken, async (c) => {
  const { sender, recipient, length, ...body } = await readBody(c, NewOtp1);
  const pin = await send(c, { ...body, from: sender, to: recipient, digits: length, channel: "sms" });
  return c.json(
    { id: pin.theirId, createdAt: toZonedDate(pin.createdAt), expireAt: toZonedDate(pin.expiresAt) },
    200,
    JSON_TYPE,
  );
});

app.post(anyCase("/v1.0/otp/verify"), productToken, async (c) => {
  const { id, code } = await readBody(c, z.object({ id: z.string(), code: Code }));
  const { tried } = await c.get("gateway").tryPincode(c.get("caller"), id, code);
  if (tried === "none") throw new GatewayError("bad-request", "id: there is no OTP with this id", "id");
  // This version has no word for an expired or spent code: it is simply not valid.
  return c.json({ valid: tried === "right" }, 200, JSON_TYPE);
});

for (const path of ["/otp/v2/otp", "/otp/v2/otp/:id/verify", "/v1.0/otp/generate", "/v1.0/otp/verify"]) {
  app.all(anyCase(path), wrongMethod);
}
for (const path of ["/otp/v2/*", "/v1.0/otp/*"]) app.all(anyCase(path), notFound);

export const otp = app;

type Wanted = Pick<z.output<typeof NewOtp>, "from" | "to" | "channel" | "digits" | "expiry"> & {
  [Optional in "locale" | "pushAppKey" | "message"]?: string | undefined;
};

function send(c: Context<DialectEnv>, { to, pushAppKey, ...wanted }: Wanted): Promise<Pin> {
  const caller = c.get("caller");
  if (!CHANNELS.has(wanted.channel)) {
    const known = [...CHANNELS.keys()].join(", ");
    throw new GatewayError("bad-request", `channel: ${known} can be sent by here`, "channel");
  }
  const channel = CHANNELS.get(wanted.channel);
  const text = wanted.message ?? textFor(wanted.locale);
  return c.get("gateway").sendPincode(caller, {
    theirId: c.get("gateway").newId(),
    digits: wanted.digits,
    tries: TRIES,
    seconds: wanted.expiry,
    once: true,
    echo: { channel: channel?.toLowerCase() ?? "sms" },
    message: (code) => ({
      sender: senderOf(caller, wanted.from, channel),
      anySender: settingsOf(caller.account.settings).senders !== "own",
      recipient: toRecipient(to, { takesSms: true }),
      anyNumber: true,
      text: text.replaceAll(PLACE, () => code),
      maxParts: usualMost(caller.account.settings),
      ...(channel ? { channel } : {}),
      priority: "high",
      deliveryMode: "at-most-once",
      validitySeconds: wanted.expiry,
      echo: { to, ...(pushAppKey ? { appKey: pushAppKey } : {}) },
    }),
  });
}

/** A message's sender, and no name of fewer than three letters. Its faults have other words here. */
function senderOf(caller: Caller, given: string, channel: string | undefined): string {
  const text = "from: must be a number of up to 16 digits, or 3 to 11 characters";
  try {
    const sender = toSender(given, channel === undefined, caller);
    if (sender.length >= 3) return sender;
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    if (error.fault !== "no-sender" && error.fault !== "bad-sender")
      throw new GatewayError("bad-sender", `from: ${error.message}`, "from");
  }
  throw new GatewayError("bad-sender", text, "from");
}

/** Docs: a wrong code is an answer, a code that can no longer be verified is an error. */
function isRight(tried: Tried): boolean {
  if (tried === "expired") throw new GatewayError("too-late", "the OTP has expired");
  if (tried === "spent") throw new GatewayError("too-late", "the OTP was verified already, or tried too often");
  return tried === "right";
}

function toOtp(pin: Pin, verified: boolean) {
  return {
    id: pin.theirId,
    channel: pin.echo.channel ?? "sms",
    verified,
    createdAt: toZonedDate(pin.createdAt),
    expiresAt: toZonedDate(pin.expiresAt),
  };
}

/** Java's SDK needs the zone, and .NET's does not read the form that the docs print. */
function toZonedDate(at: number): string {
  return `${toDate(at)}Z`;
}
