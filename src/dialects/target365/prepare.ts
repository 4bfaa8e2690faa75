/** /api/prepare-msisdns: numbers that a client is about to send to. Nothing needs preparing; invalid numbers are refused. */

import { Hono } from "hono";
import { GatewayError } from "../../core/kernel/errors.ts";
import { toMsisdn } from "../../core/messages/msisdn.ts";
import type { DialectEnv } from "../dialect.ts";
import { parseJson } from "../read.ts";
import { onlyOnce } from "./auth.ts";

const MOST = 10_000;

const app = new Hono<DialectEnv>();

app.post("/", onlyOnce, (c) => {
  // PHP sends no body at all for an empty list.
  const numbers = c.get("body").length === 0 ? [] : parseJson(c.get("body"));
  if (!Array.isArray(numbers)) throw new GatewayError("bad-request", "the body must be an array of numbers");
  if (numbers.length > MOST) {
    throw new GatewayError("bad-request", `${numbers.length} numbers are too many; ${MOST} may be given at once`);
  }
  for (const [index, number] of numbers.entries()) {
    if (typeof number === "string" && toMsisdn(number)) continue;
    // Lists in lists may be deeper than can be written out.
    const shown = typeof number === "object" && number !== null ? "" : `${JSON.stringify(number).slice(0, 40)} `;
    throw new GatewayError("bad-number", `item ${index}: ${shown}is not a phone number with + and country code`);
  }
  return c.body(null, 204);
});

export const prepare = app;
