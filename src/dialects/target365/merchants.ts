/** /api/strex/merchants: the merchants that the account charges for. */

import { type Context, Hono } from "hono";
import type { Sender } from "../../core/accounts/account.ts";
import type { Merchant } from "../../core/billing/service.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import { given } from "../../core/kernel/given.ts";
import type { DialectEnv } from "../dialect.ts";
import { onlyOnce } from "./auth.ts";
import { readBody } from "./body.ts";
import { PathId } from "./fields.ts";
import { JSON_TYPE } from "./schema.ts";
import { StrexMerchant } from "./strex-schema.ts";

const app = new Hono<DialectEnv>();

app.get("/", onlyOnce, async (c) => {
  const merchants = await c.get("gateway").merchants(c.get("caller"));
  return c.json(merchants.map(toAnswer), 200, JSON_TYPE);
});

app.get("/:merchantId", onlyOnce, async (c) => {
  const id = c.req.param("merchantId");
  const merchant = await c.get("gateway").merchant(c.get("caller"), id);
  if (!merchant) throw noSuch(id);
  return c.json(toAnswer(merchant), 200, JSON_TYPE);
});

app.put("/:merchantId", onlyOnce, async (c) => {
  const id = c.req.param("merchantId");
  const body = readBody(c, StrexMerchant);
  const same = body.merchantId === undefined || body.merchantId === id;
  if (!same || !PathId.safeParse(id).success) {
    const what = same ? "must be 1 to 100 letters, digits and . _ ~ -" : "is not the one in the address";
    throw new GatewayError("bad-request", `merchantId: ${what}`, "merchantId");
  }
  const { shortNumberIds = body.shortNumberId ? [body.shortNumberId] : [] } = body;
  for (const wanted of shortNumberIds) checkShortNumber(c, wanted);
  const known = await c.get("gateway").merchant(c.get("caller"), id);
  await c.get("gateway").putMerchant(c.get("caller"), { id, shortNumberIds, ...given({ name: known?.name }) });
  return c.body(null, 204);
});

app.delete("/:merchantId", onlyOnce, async (c) => {
  const id = c.req.param("merchantId");
  if (!(await c.get("gateway").removeMerchant(c.get("caller"), id))) throw noSuch(id);
  return c.body(null, 204);
});

export const merchants = app;

/**
 * The account's merchant that a request names.
 * @throws GatewayError bad-request
 */
export async function ownMerchant(c: Context<DialectEnv>, id: string): Promise<Merchant> {
  const merchant = await c.get("gateway").merchant(c.get("caller"), id);
  if (merchant) return merchant;
  throw new GatewayError(
    "bad-request",
    `merchantId: ${JSON.stringify(id.slice(0, 60))} is not a merchant of account ${c.get("caller").account.id}`,
    "merchantId",
  );
}

function checkShortNumber(c: Context<DialectEnv>, wanted: string): void {
  const { account, senders } = c.get("caller");
  if ([...senders.values()].some((sender) => isShort(sender) && sender.shortNumberId === wanted)) return;
  throw new GatewayError(
    "bad-sender",
    `shortNumberIds: ${JSON.stringify(wanted)} is not a short number of account ${account.id}`,
    "shortNumberIds",
  );
}

function isShort({ kind }: Sender): boolean {
  return kind === "short-number";
}

function noSuch(id: string): GatewayError {
  return new GatewayError("not-found", `there is no merchant ${id}`);
}

/** .NET reads one short number, the other SDKs a list. */
function toAnswer({ id, shortNumberIds }: Merchant) {
  return given({ merchantId: id, shortNumberIds, shortNumberId: shortNumberIds[0] });
}
