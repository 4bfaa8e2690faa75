/** What the other end tells by itself: what became of what was said, and what people say. */

import { Hono, type MiddlewareHandler } from "hono";
import { z } from "zod";
import type { DoorEnv, Doors } from "../../../src/carriers/carrier.ts";
import { isSameSecret, parseJson, readBytes } from "../../../src/carriers/read.ts";
import { GatewayError } from "../../../src/core/kernel/errors.ts";
import type { MessageId } from "../../../src/core/kernel/ids.ts";
import { toReason } from "./status.ts";

const BODY_CAP = 64 * 1024;

const Heard = z.array(
  z.object({
    id: z.templateLiteral(["msg_", z.string()]) as z.ZodType<MessageId>,
    reference: z.string(),
    heard: z.boolean(),
    why: z.string().optional(),
    at: z.int(),
  }),
);
const Said = z.array(z.object({ id: z.string(), from: z.string(), to: z.string(), words: z.string() }));

/** @param knock without it nobody is heard */
export function doors(knock: string): Doors {
  const receipts = new Hono<DoorEnv>();
  receipts.post("/", onlyWith(knock), async (c) => {
    const heard = await read(c.req.raw, Heard);
    await c.get("port").settle(
      heard.map(({ id, reference, heard, why, at }) => ({
        message: id,
        reference,
        outcome: heard ? "delivered" : "failed",
        ...(heard ? {} : { reason: toReason(why ?? "") }),
        at,
      })),
    );
    return c.body(null, 204);
  });

  const inbound = new Hono<DoorEnv>();
  inbound.post("/", onlyWith(knock), async (c) => {
    const said = await read(c.req.raw, Said);
    await c
      .get("port")
      .receive(said.map(({ id, from, to, words }) => ({ theirId: id, sender: from, recipient: to, text: words })));
    return c.body(null, 204);
  });

  return { receipts, inbound };
}

function onlyWith(knock: string): MiddlewareHandler<DoorEnv> {
  return async (c, next) => {
    if (!isSameSecret(c.req.header("x-knock") ?? "", knock))
      throw new GatewayError("unauthorised", "that is not the knock");
    await next();
  };
}

/** @throws GatewayError bad-request, too-large */
async function read<Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.output<Schema>> {
  const { data, error } = schema.safeParse(parseJson(await readBytes(request, BODY_CAP)));
  if (error) throw new GatewayError("bad-request", error.issues[0]?.message ?? "invalid");
  return data as z.output<Schema>;
}
