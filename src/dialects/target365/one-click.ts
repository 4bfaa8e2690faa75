/** /api/one-click/configs: the terms of sale of a purchase page. In our words, a service. */

import { Hono } from "hono";
import { REPEAT_GUARD, type Service } from "../../core/billing/service.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import { given } from "../../core/kernel/given.ts";
import { checkAmount, fromMinor } from "../../core/kernel/money.ts";
import type { DialectEnv } from "../dialect.ts";
import { onlyOnce } from "./auth.ts";
import { locationOf, readBody } from "./body.ts";
import { toDate } from "./dates.ts";
import { CURRENCY } from "./fields.ts";
import { JSON_TYPE } from "./schema.ts";
import { ConfigId, OneClickConfig } from "./strex-schema.ts";

const app = new Hono<DialectEnv>();

app.get("/:configId", onlyOnce, async (c) => {
  const id = c.req.param("configId");
  const service = await c.get("gateway").service(c.get("caller"), id);
  if (!service) throw new GatewayError("not-found", `there is no one-click config ${id}`);
  return c.json(toAnswer(service), 200, JSON_TYPE);
});

// 201 also for one that was there: Java and Node take nothing else.
app.put("/:configId", onlyOnce, async (c) => {
  const id = c.req.param("configId");
  const body = readBody(c, OneClickConfig);
  checkId(id, body.configId);
  checkSubscription(body);
  const known = await c.get("gateway").service(c.get("caller"), id);
  await c.get("gateway").putService(c.get("caller"), toService(id, body, known), "configId");
  return c.body(null, 201, { Location: locationOf(c, "one-click/configs", id) });
});

export const oneClick = app;

function checkId(id: string, inBody: string | undefined): void {
  if (inBody !== undefined && inBody !== id) throw wrong("configId", "is not the one in the address");
  if (!ConfigId.safeParse(id).success) throw wrong("configId", "must be 1 to 100 letters, digits and . _ ~ -");
}

/** Guides: the members of a subscription are optional when recurring is false. SDKs with fixed types send 0 then. */
function checkSubscription({ recurring, subscriptionInterval, subscriptionPrice }: OneClickConfig): void {
  if (recurring && !subscriptionInterval) throw wrong("subscriptionInterval", "is missing where recurring is true");
  if (recurring && subscriptionPrice === undefined) {
    throw wrong("subscriptionPrice", "is missing where recurring is true");
  }
  if (subscriptionPrice !== undefined && (recurring || subscriptionPrice !== 0)) {
    checkAmount(subscriptionPrice, CURRENCY, "subscriptionPrice");
  }
}

function wrong(field: string, what: string): GatewayError {
  return new GatewayError("bad-request", `${field}: ${what}`, field);
}

/** Members of a service that this wire does not have stay as the operator set them. */
function toService(
  id: string,
  body: OneClickConfig,
  known: Service | undefined,
): Omit<Service, "account" | "createdAt" | "changedAt"> {
  const { businessModel, isRestricted, timeout } = body;
  return given({
    id,
    merchant: body.merchantId,
    shortNumber: body.shortNumber,
    serviceCode: body.serviceCode,
    invoiceText: body.invoiceText,
    price: body.price,
    currency: CURRENCY,
    tariffs: known?.tariffs,
    keyword: known?.keyword,
    redirectUrl: body.redirectUrl,
    recurring: body.recurring,
    interval: body.subscriptionInterval,
    subscriptionPrice: body.subscriptionPrice || undefined,
    // Later periods are the merchant's own transactions: guides, "One-click".
    autoRebill: known?.autoRebill ?? false,
    startSms: body.subscriptionStartSms,
    renewalSms: known?.renewalSms,
    age: body.age ?? 0,
    timeZone: known?.timeZone ?? "Europe/Oslo",
    onlineText: body.onlineText,
    offlineText: body.offlineText,
    consent: body.preAuthServiceId,
    consentDescription: body.preAuthServiceDescription,
    stopStyle: known?.stopStyle ?? "raw",
    repeatGuardSeconds: known?.repeatGuardSeconds ?? REPEAT_GUARD,
    pinsPerHour: known?.pinsPerHour,
    echo: given({ businessModel, isRestricted, timeout }),
  });
}

function toAnswer(service: Service) {
  const { businessModel, isRestricted, timeout } = service.echo;
  return given({
    configId: service.id,
    merchantId: service.merchant,
    shortNumber: service.shortNumber,
    serviceCode: service.serviceCode,
    invoiceText: service.invoiceText,
    price: fromMinor(service.price, service.currency),
    age: service.age,
    recurring: service.recurring,
    redirectUrl: service.redirectUrl,
    businessModel,
    isRestricted,
    timeout,
    preAuthServiceId: service.consent,
    preAuthServiceDescription: service.consentDescription,
    onlineText: service.onlineText,
    offlineText: service.offlineText,
    subscriptionPrice:
      service.subscriptionPrice === undefined ? undefined : fromMinor(service.subscriptionPrice, service.currency),
    subscriptionInterval: service.interval,
    subscriptionStartSms: service.startSms,
    created: toDate(service.createdAt),
    lastModified: toDate(service.changedAt),
  });
}
