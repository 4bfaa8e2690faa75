/** The code that all addresses of `/no/*` share: the caller, the service, and the envelope of the answers. */

import type { Context } from "hono";
import type { z } from "zod";
import type { Caller } from "../../core/accounts/account.ts";
import type { Transaction } from "../../core/billing/charges/transaction.ts";
import type { Service } from "../../core/billing/service.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import { fromMinor } from "../../core/kernel/money.ts";
import type { DialectEnv } from "../dialect.ts";
import { parse } from "../read.ts";
import { callerOf, readGiven } from "./auth.ts";
import { Credential, JSON_TYPE, type TransactionData, type WindowData } from "./schema.ts";
import { toStatus } from "./status.ts";

/**
 * The caller, their service, and the parameters as the schema reads them. An empty parameter is as good as none.
 * @throws GatewayError unauthorised, bad-request, not-found
 */
export async function readCall<Schema extends z.ZodType<{ service_id: string }>>(
  c: Context<DialectEnv>,
  schema: Schema,
): Promise<{ caller: Caller; service: Service; wanted: z.output<Schema> }> {
  const all = await readGiven(c);
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
  const { campaign_name, api_key } = parse(Credential, given);
  const caller = await callerOf(c, campaign_name, api_key);
  if (typeof caller === "string") {
    throw new GatewayError("unauthorised", "campaign_name and api_key do not belong to each other, or are not known");
  }
  const wanted = parse(schema, given);
  const service = await c.get("gateway").service(caller, wanted.service_id);
  if (!service) {
    throw new GatewayError("not-found", `${JSON.stringify(wanted.service_id)} is not a service of yours`, "service");
  }
  return { caller, service, wanted };
}

/** A success. Caches and proxies must not answer in our place. */
export function succeed(
  c: Context<DialectEnv>,
  data: z.output<typeof TransactionData> | z.output<typeof WindowData>,
  requestId: string = crypto.randomUUID(),
): Response {
  const envelope = { requestId, status: true, code: 0, message: "Success", data };
  return c.json(envelope, 200, { ...JSON_TYPE, "cache-control": "no-store" });
}

export function toData(transaction: Transaction): z.output<typeof TransactionData> {
  return {
    price: Math.round(fromMinor(transaction.amount, transaction.currency)),
    shortNumber: transaction.shortNumber,
    recipient: transaction.recipient?.replace("+", "") ?? null,
    transactionId: transaction.theirId,
    ...toStatus(transaction),
    created: toDate(transaction.acceptedAt),
    lastModified: toDate(transaction.changedAt),
  };
}

/** RFC 3339 to the second, with an offset and never `Z`. @param at epoch ms */
function toDate(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "+00:00");
}
