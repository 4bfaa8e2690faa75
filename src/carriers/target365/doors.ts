/** What Target365 tells by itself: delivery reports, and texts that fit a keyword. Both are signed; 200 is the only receipt. */

import { type Context, Hono, type MiddlewareHandler } from "hono";
import { z } from "zod";
import { GatewayError } from "../../core/kernel/errors.ts";
import { addressesOf, type DoorEnv, type Doors, isMessageId, isTransactionId } from "../carrier.ts";
import { parseJson, readBytes } from "../read.ts";
import { isSigned, type Keys } from "./keys.ts";
import { chargeOutcomeOf, outcomeOf, Record } from "./status.ts";

const BODY_CAP = 64 * 1024;

type Env = DoorEnv & { Variables: { body: Uint8Array } };
type Given = { publicUrls: readonly string[]; keys: Keys; now: () => number };

const InMessage = z.object({
  transactionId: z.string().min(1).max(200),
  sender: z.string(),
  recipient: z.string(),
  content: z.string().nullish(),
});

export function doors({ publicUrls, keys, now }: Given): Doors {
  const onlySigned: MiddlewareHandler<Env> = async (c, next) => {
    const body = await readBytes(c.req.raw, BODY_CAP);
    const header = c.req.header("x-ecdsa-signature") ?? "";
    const isTheirs = await isSigned(keys, { method: c.req.method, body, header }, addressesOf(publicUrls, c.req.url));
    if (!isTheirs) throw new GatewayError("unauthorised", "X-ECDSA-Signature is missing, or not Target365's");
    c.set("body", body);
    await next();
  };

  const receipts = new Hono<Env>();
  receipts.post("/", onlySigned, async (c) => {
    const record = read(c, Record);
    const { transactionId: id } = record;
    const told = { reference: record.smscTransactionId || id, at: now() };
    const settled = outcomeOf(record);
    const charged = chargeOutcomeOf(record);
    // What is told of other texts and charges than ours is none of our business: it is received, and that is all.
    if (settled && isMessageId(id)) await c.get("port").settle([{ message: id, ...told, ...settled }]);
    if (charged && isTransactionId(id)) await c.get("port").settleCharges([{ transaction: id, ...told, ...charged }]);
    return c.body(null, 200);
  });

  const inbound = new Hono<Env>();
  inbound.post("/", onlySigned, async (c) => {
    const { transactionId, sender, recipient, content } = read(c, InMessage);
    await c.get("port").receive([{ theirId: transactionId, sender, recipient, text: content ?? "" }]);
    return c.body(null, 200);
  });

  return { receipts: receipts as unknown as Hono<DoorEnv>, inbound: inbound as unknown as Hono<DoorEnv> };
}

/** @throws GatewayError bad-request */
function read<Schema extends z.ZodType>(c: Context<Env>, schema: Schema): z.output<Schema> {
  const { data, error } = schema.safeParse(parseJson(c.get("body")));
  if (error) {
    const issue = error.issues[0];
    throw new GatewayError("bad-request", `${issue?.path.join(".")}: ${issue?.message}`);
  }
  return data as z.output<Schema>;
}
