/**
 * What CM.com tells by itself: reports, as a GET with parameters or as JSON, and texts. It signs nothing. Its portal calls an
 * address before it keeps it, of a text that nobody has: that is answered with 200 like any other.
 */

import { Hono } from "hono";
import { z } from "zod";
import { GatewayError } from "../../core/kernel/errors.ts";
import { type DoorEnv, type Doors, isMessageId } from "../carrier.ts";
import { parseJson, readBytes, readForm } from "../read.ts";
import { outcomeOf } from "./status.ts";

const BODY_CAP = 64 * 1024;

const Told = z.object({
  reference: z.string().nullish(),
  status: z.object({ code: z.coerce.number(), errorCode: z.coerce.number().nullish() }),
  operator: z.string().nullish(),
});
const Report = z.object({ messages: z.object({ msg: z.union([Told, z.array(Told)]) }) });

const Incoming = z.object({
  reference: z.string().min(1).max(200),
  from: z.object({ number: z.string() }),
  to: z.object({ number: z.string() }),
  message: z.object({ text: z.string().nullish() }),
});

/** @param now epoch ms */
export function doors(now: () => number): Doors {
  const receipts = new Hono<DoorEnv>();
  const settle = async (port: DoorEnv["Variables"]["port"], told: readonly z.output<typeof Told>[]) => {
    const known = told.flatMap(({ reference, status, operator }) => {
      const outcome = outcomeOf(status.code, status.errorCode ?? 0);
      const id = reference ?? "";
      if (!outcome || !isMessageId(id)) return [];
      return [{ message: id, reference: id, ...outcome, ...(operator ? { operator } : {}), at: now() }];
    });
    if (known.length > 0) await port.settle(known);
  };
  receipts.get("/", async (c) => {
    const { REFERENCE = "", STATUS = "", STATUSDESCRIPTION = "" } = readForm(new URL(c.req.url).search.slice(1));
    const errorCode = Number.parseInt(STATUSDESCRIPTION, 10);
    const status = { code: Number(STATUS || Number.NaN), errorCode: Number.isNaN(errorCode) ? 0 : errorCode };
    await settle(c.get("port"), [{ reference: REFERENCE, status }]);
    return c.body(null, 200);
  });
  receipts.post("/", async (c) => {
    const { msg } = (await read(c.req.raw, Report)).messages;
    await settle(c.get("port"), Array.isArray(msg) ? msg : [msg]);
    return c.body(null, 200);
  });

  const inbound = new Hono<DoorEnv>();
  inbound.post("/", async (c) => {
    const { reference, from, to, message } = await read(c.req.raw, Incoming);
    const text = { sender: toNumber(from.number), recipient: toNumber(to.number), text: message.text ?? "" };
    await c.get("port").receive([{ theirId: reference, ...text }]);
    return c.body(null, 200);
  });

  return { receipts, inbound };
}

/** `0047…` is `+47…`; a short number is as it is. */
function toNumber(number: string): string {
  return number.replace(/^00/, "+");
}

/** @throws GatewayError bad-request, too-large */
async function read<Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.output<Schema>> {
  const { data, error } = schema.safeParse(parseJson(await readBytes(request, BODY_CAP)));
  if (error) throw new GatewayError("bad-request", `${error.issues[0]?.path.join(".")}: ${error.issues[0]?.message}`);
  return data as z.output<Schema>;
}
