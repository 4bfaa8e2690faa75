/** /no/status/view: the status of a purchase, or of a charge. */

import type { Context } from "hono";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { DialectEnv } from "../dialect.ts";
import { readCall, succeed, toData } from "./envelope.ts";
import { ViewStatus } from "./schema.ts";

export async function viewStatus(c: Context<DialectEnv>): Promise<Response> {
  const { caller, service, wanted } = await readCall(c, ViewStatus);
  const id = wanted.transaction_id;
  const transaction = await c.get("gateway").transaction(caller, id);
  if (transaction?.service !== service.id) {
    throw new GatewayError("not-found", `transaction_id: ${JSON.stringify(id)} is not a transaction of this service`);
  }
  return succeed(c, toData(transaction));
}
