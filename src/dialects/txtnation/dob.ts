/** /no/dob/send: charge a person who bought before. */

import type { Context } from "hono";
import { consentOf, guardOf, periodPrice, type Service } from "../../core/billing/service.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { DialectEnv } from "../dialect.ts";
import { readCall, succeed, toData } from "./envelope.ts";
import { SendDob } from "./schema.ts";

/** How long the operator's word is waited for; after that the answer is ACKNOWLEDGED. The vendor's sister API says so. */
const STATUS_WAIT_SECONDS = 20;

/**
 * The guide has no id to repeat a charge by, so each request is a charge, and one that is like another request of this
 * kind within the service's guard is refused. A request with an `id` is safe without the guard: the same id is the same charge.
 */
export async function sendDob(c: Context<DialectEnv>): Promise<Response> {
  const { caller, service, wanted } = await readCall(c, SendDob);
  const amount = wanted.tariff * 100;
  checkOffer(service, wanted.shortcode, amount);

  const gateway = c.get("gateway");
  const transaction = await gateway.acceptCharge(caller, {
    theirId: wanted.id ?? gateway.newId(),
    merchant: service.merchant,
    service: service.id,
    shortNumber: service.shortNumber,
    serviceCode: service.serviceCode,
    invoiceText: service.invoiceText,
    amount,
    currency: service.currency,
    recipient: `+${wanted.to}`,
    age: service.age,
    unlessStopped: consentOf(service),
    ...(wanted.id === undefined ? guardOf(service, "dob") : {}),
    echo: {},
  });
  const settled = await gateway.settledTransaction(caller, transaction.theirId, STATUS_WAIT_SECONDS);
  return succeed(c, toData(settled ?? transaction));
}

/** @throws GatewayError bad-sender, which here is: not available */
function checkOffer(service: Service, shortcode: string, amount: number): void {
  if (shortcode !== service.shortNumber) {
    throw new GatewayError("bad-sender", `shortcode: ${shortcode} is not the short number of service ${service.id}`);
  }
  const amounts = service.currency === "NOK" ? (service.tariffs ?? [service.price, periodPrice(service)]) : [];
  if (!amounts.includes(amount)) {
    throw new GatewayError("bad-sender", `tariff: ${amount / 100} is not a price of service ${service.id}`);
  }
}
