/** What Flowroute tells by itself: receipts, and texts in the form of any of its versions. It signs nothing. */

import { Hono } from "hono";
import { z } from "zod";
import { GatewayError } from "../../core/kernel/errors.ts";
import { type DoorEnv, type Doors, isMessageId } from "../carrier.ts";
import { parseJson, readBytes } from "../read.ts";
import { outcomeOf, Receipt } from "./status.ts";

const BODY_CAP = 64 * 1024;

const Told = z.object({ data: z.object({ id: z.string(), attributes: Receipt }) });
const Text = z.object({ to: z.string(), from: z.string(), body: z.string().nullish() });
/** v2 has all of it in one object; later versions have `data`. */
const Incoming = z.union([
  z
    .object({ data: z.object({ id: z.string().min(1), attributes: Text }) })
    .transform(({ data }) => ({ id: data.id, ...data.attributes })),
  Text.extend({ id: z.string().min(1) }),
]);

/** @param now epoch ms */
export function doors(now: () => number): Doors {
  const receipts = new Hono<DoorEnv>();
  receipts.post("/", async (c) => {
    const { data } = await read(c.req.raw, Told);
    const settled = outcomeOf(data.attributes);
    // Its own id is not kept to be looked up by: ours is in the address that it was told to call.
    const id = c.req.query("id") ?? "";
    if (settled && isMessageId(id)) {
      await c.get("port").settle([{ message: id, reference: data.id, ...settled, at: now() }]);
    }
    return c.body(null, 200);
  });

  const inbound = new Hono<DoorEnv>();
  inbound.post("/", async (c) => {
    const { id, from, to, body } = await read(c.req.raw, Incoming);
    await c.get("port").receive([{ theirId: id, sender: withPlus(from), recipient: withPlus(to), text: body ?? "" }]);
    return c.body(null, 200);
  });

  return { receipts, inbound };
}

function withPlus(number: string): string {
  return /^\d{8,15}$/.test(number) ? `+${number}` : number;
}

/** @throws GatewayError bad-request, too-large */
async function read<Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.output<Schema>> {
  const { data, error } = schema.safeParse(parseJson(await readBytes(request, BODY_CAP)));
  if (error) throw new GatewayError("bad-request", `${error.issues[0]?.path.join(".")}: ${error.issues[0]?.message}`);
  return data as z.output<Schema>;
}
