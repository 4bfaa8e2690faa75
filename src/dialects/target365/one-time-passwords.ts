/** /api/strex/one-time-passwords: a code sent to a person, for a transaction of the same id. */

import { Hono } from "hono";
import type { Pin } from "../../core/billing/codes/pin.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import { given } from "../../core/kernel/given.ts";
import type { Message } from "../../core/messages/message.ts";
import type { DialectEnv } from "../dialect.ts";
import { onlyOnce } from "./auth.ts";
import { byPathId, locationOf, readBody } from "./body.ts";
import { toDate } from "./dates.ts";
import { checkFake } from "./fake-numbers.ts";
import { JSON_TYPE } from "./schema.ts";
import { toStatus } from "./status.ts";
import { OneTimePassword } from "./strex-schema.ts";
import { fold } from "./text.ts";

const DEFAULT_MINUTES = 2;

const app = new Hono<DialectEnv>();

app.post("/", onlyOnce, async (c) => {
  const body = readBody(c, OneTimePassword);
  checkFake(c, body.recipient);
  const { messagePrefix, messageSuffix, message } = body;
  const { theirId } = await c.get("gateway").sendOtp(
    c.get("caller"),
    given({
      theirId: body.transactionId,
      merchant: body.merchantId,
      recipient: body.recipient,
      sender: body.sender,
      prefix: messagePrefix && fold(messagePrefix),
      suffix: messageSuffix && fold(messageSuffix),
      minutes: body.timeToLive ?? DEFAULT_MINUTES,
      recurring: body.recurring,
      echo: given({ messagePrefix, messageSuffix, message }),
    }),
  );
  return c.body(null, 201, { Location: locationOf(c, "strex/one-time-passwords", theirId) });
});

app.get("/:id", onlyOnce, async (c) => {
  const found = await byPathId(c, (id) => c.get("gateway").otp(c.get("caller"), id));
  if (!found) {
    throw new GatewayError("not-found", `there is no one-time password with transactionId ${c.req.param("id")}`);
  }
  return c.json(toAnswer(found), 200, JSON_TYPE);
});

export const oneTimePasswords = app;

function toAnswer({ pin, message }: { pin: Pin; message: Message | undefined }) {
  const { recurring, messagePrefix, messageSuffix, message: written, sender } = pin.echo;
  return given({
    transactionId: pin.theirId,
    merchantId: pin.merchant,
    recipient: pin.recipient,
    sender: message?.sender ?? sender,
    recurring: recurring === true,
    messagePrefix,
    messageSuffix,
    message: written,
    timeToLive: Math.round((pin.expiresAt - pin.createdAt) / 60_000),
    delivered: message && toStatus(message).delivered,
    created: toDate(pin.createdAt),
  });
}
