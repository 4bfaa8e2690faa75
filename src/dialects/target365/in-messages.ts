/** /api/in-messages: inbound texts to the account's short numbers. */

import { type Context, Hono } from "hono";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { DialectEnv } from "../dialect.ts";
import { onlyOnce } from "./auth.ts";
import { toInMessage } from "./in-message.ts";
import { JSON_TYPE } from "./schema.ts";

const app = new Hono<DialectEnv>();

app.get("/:shortNumberId/:transactionId", onlyOnce, async (c) => {
  const { shortNumberId, transactionId } = c.req.param();
  const number = numberOf(c, shortNumberId);
  const found = number && (await c.get("gateway").inbound(c.get("caller"), number, transactionId));
  if (!found) throw new GatewayError("not-found", `there is no in-message ${transactionId} at ${shortNumberId}`);
  return c.json(toInMessage(found.inbound, found), 200, JSON_TYPE);
});

export const inMessages = app;

/** The number of a short-number id; an id that is not the account's any more, still in the usual form, too. */
function numberOf(c: Context<DialectEnv>, shortNumberId: string): string | undefined {
  const own = [...c.get("caller").senders.values()].find((sender) => sender.shortNumberId === shortNumberId);
  return own?.sender ?? /^[A-Z]{2}-(\d{3,6})$/.exec(shortNumberId)?.[1];
}
