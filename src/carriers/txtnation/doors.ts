/**
 * What txtNation tells by itself, by form: reports and texts, told apart by `action`, at either address. It signs nothing; 200
 * and the word OK are the only receipt.
 */

import { type Context, Hono } from "hono";
import { GatewayError } from "../../core/kernel/errors.ts";
import { type DoorEnv, type Doors, isMessageId } from "../carrier.ts";
import { readForm, readFormBody } from "../read.ts";
import { outcomeOf } from "./status.ts";

const BODY_CAP = 64 * 1024;

/** @param now epoch ms */
export function doors(now: () => number): Doors {
  const hear = async (c: Context<DoorEnv>) => {
    const given =
      c.req.method === "GET" ? readForm(new URL(c.req.url).search.slice(1)) : await readFormBody(c.req.raw, BODY_CAP);
    const { action = "", id = "", report = "", number = "", shortcode = "", message = "" } = given;
    if (action === "mp_report") {
      const settled = outcomeOf(report);
      if (settled && isMessageId(id))
        await c.get("port").settle([{ message: id, reference: id, ...settled, at: now() }]);
    } else if (action === "mpush_ir_message") {
      if (id === "" || !/^\d{5,15}$/.test(number)) throw new GatewayError("bad-request", "id and number are needed");
      await c.get("port").receive([{ theirId: id, sender: `+${number}`, recipient: toOurs(shortcode), text: message }]);
    } else throw new GatewayError("bad-request", "action: must be mp_report or mpush_ir_message", "action");
    return c.text("OK");
  };
  const both = () => new Hono<DoorEnv>().get("/", hear).post("/", hear);
  return { receipts: both(), inbound: both() };
}

/** A short number is as it is; one of a country's is in E.164. */
function toOurs(number: string): string {
  return /^\d{8,15}$/.test(number) ? `+${number}` : number;
}
