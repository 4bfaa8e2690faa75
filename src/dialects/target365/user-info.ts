/** An operator's data about a subscriber before a charge, and the request to a person to register with it. */

import { type Context, Hono } from "hono";
import type { SubscriberInfo } from "../../core/billing/charges/carrier.ts";
import { senderOf } from "../../core/billing/codes/otp.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import { checkAmount, toMinor } from "../../core/kernel/money.ts";
import { toMsisdn } from "../../core/messages/msisdn.ts";
import type { DialectEnv } from "../dialect.ts";
import { onlyOnce } from "./auth.ts";
import { locationOf, numberInQuery, query, readBody } from "./body.ts";
import { CURRENCY } from "./fields.ts";
import { ownMerchant } from "./merchants.ts";
import { JSON_TYPE } from "./schema.ts";
import { StrexRegistrationSms } from "./strex-schema.ts";
import { fold } from "./text.ts";

const VALIDITY = {
  unregistered: "Unregistered",
  partial: "Partial",
  full: "Full",
  barred: "Barred",
} as const satisfies Record<SubscriberInfo["standing"], string>;

const app = new Hono<DialectEnv>();

async function validity(c: Context<DialectEnv>) {
  return c.json(VALIDITY[(await subscriber(c)).standing], 200, JSON_TYPE);
}

app.get("/validity", onlyOnce, validity);
// .NET asks here since October 2023.
app.get("/userinfo", onlyOnce, validity);

app.get("/userinfo-v2", onlyOnce, async (c) => {
  query(c, "serviceCode");
  const amount = toMinor(query(c, "price"), CURRENCY);
  checkAmount(amount, CURRENCY);
  return c.json(resultOf(await subscriber(c), amount), 200, JSON_TYPE);
});

app.get("/userinfo-v3", onlyOnce, async (c) => {
  const info = await subscriber(c);
  return c.json(
    {
      transid: crypto.randomUUID(),
      result: resultOf(info).result,
      // The phone bill; there are no cards here.
      preferred_sof: "1",
      postpaid_or_prepaid: info.isPrepaid ? "prepaid" : "postpaid",
      limit_trans: String(info.perTransaction),
      remainder_month: String(info.leftThisMonth),
      remainder_year: String(info.leftThisYear),
    },
    200,
    JSON_TYPE,
  );
});

app.post("/registrationsms", onlyOnce, async (c) => {
  const body = readBody(c, StrexRegistrationSms);
  const { shortNumberIds } = await ownMerchant(c, body.merchantId);
  const msisdn = toMsisdn(body.recipient);
  if (!msisdn) {
    throw new GatewayError("bad-number", "recipient: is not a phone number with + and country code", "recipient");
  }
  const sender = senderOf(c.get("caller"), undefined, shortNumberIds);
  const text = body.smsText && fold(body.smsText);
  const wanted = { merchant: body.merchantId, msisdn, shortNumber: sender, text };
  await c.get("gateway").sendRegistration(c.get("caller"), wanted);
  return c.body(null, 201, { Location: locationOf(c, "strex/registrationsms", body.transactionId) });
});

export const userInfo = app;

async function subscriber(c: Context<DialectEnv>): Promise<SubscriberInfo> {
  const recipient = numberInQuery(c, "recipient");
  const merchant = c.req.query("merchantId");
  if (merchant) await ownMerchant(c, merchant);
  const info = await c.get("gateway").subscriber(c.get("caller"), recipient);
  if (!info) throw new GatewayError("not-allowed", "no carrier bills here");
  return info;
}

type Result = { result: string; resultDescription: string };

const OK: Result = { result: "0", resultDescription: "OK" };

/** Only 0 is the guide's; the others are ours. */
const NOT_STANDING = {
  unregistered: { result: "1", resultDescription: "The subscriber is not registered" },
  barred: { result: "2", resultDescription: "The subscriber is barred" },
  partial: OK,
  full: OK,
} as const satisfies Record<SubscriberInfo["standing"], Result>;

/** Whether so much may be charged; without an amount, whether anything may. */
function resultOf(info: SubscriberInfo, amount = 1): Result {
  const standing = NOT_STANDING[info.standing];
  if (standing !== OK) return standing;
  // -1 stands for no limit.
  const isOver = [info.perTransaction, info.leftThisMonth, info.leftThisYear].some(
    (left) => left !== -1 && amount > left,
  );
  if (!isOver) return OK;
  return info.isPrepaid
    ? { result: "4", resultDescription: "The balance is too low" }
    : { result: "3", resultDescription: "A limit would be exceeded" };
}
