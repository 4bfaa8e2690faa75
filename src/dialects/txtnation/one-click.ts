/** /no/one-click/new: a purchase page for one person. */

import type { Context } from "hono";
import type { DialectEnv } from "../dialect.ts";
import { readCall, succeed } from "./envelope.ts";
import { NewWindow } from "./schema.ts";

export async function newWindow(c: Context<DialectEnv>): Promise<Response> {
  const { caller, service, wanted } = await readCall(c, NewWindow);
  const { transaction } = await c.get("gateway").openWindow(caller, {
    service: service.id,
    ...(wanted.id === undefined ? {} : { customId: wanted.id }),
  });
  const { theirId } = transaction;
  const windowUrl = `${c.get("publicUrls")[0]}/service?id=${encodeURIComponent(theirId)}`;
  // In the guide's example of this call, and of no other, the request has the transaction's id.
  return succeed(c, { transactionId: theirId, windowUrl }, theirId);
}
