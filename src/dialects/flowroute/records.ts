/** GET messages/{id}: the record of a message or an inbound text, in the shape of the version in the path. */

import type { Context } from "hono";
import { addressFor } from "../../core/accounts/callback.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { Sent } from "../../core/messages/records.ts";
import type { DialectEnv } from "../dialect.ts";
import { answer, linkTo, versionOf } from "./answer.ts";
import { inboundIdOf, readRecordId } from "./ids.ts";
import { type RecordView, toMdr } from "./mdr.ts";

export async function lookUp(c: Context<DialectEnv>): Promise<Response> {
  const given = c.req.param("id") ?? "";
  const found = await find(c, readRecordId(given));
  if (!found) throw new GatewayError("not-found", `there is no message ${given.slice(0, 60)}`);
  const { data, included } = toMdr(found, viewOf(c));
  return answer(c, { data, ...(included.length > 0 ? { included } : {}) });
}

/** How records are shown to this caller. */
export function viewOf(c: Context<DialectEnv>): RecordView {
  const { callbacks } = c.get("caller");
  return {
    version: versionOf(c),
    callbackUrl: (number) => addressFor(callbacks, number, "messageUrl")?.url,
    linkTo: (id) => linkTo(c, id),
  };
}

/** Either kind of id is known to each version. */
async function find(c: Context<DialectEnv>, id: string | undefined): Promise<Sent | undefined> {
  if (!id) return undefined;
  const [gateway, caller] = [c.get("gateway"), c.get("caller")];
  const inboundId = inboundIdOf(id);
  const inbound = inboundId && (await gateway.inboundById(caller, inboundId));
  if (inbound) return { direction: "in", inbound };
  const message = await gateway.message(caller, id);
  return message && { direction: "out", message };
}
