/** Reading a body. Clients mix media types and envelopes freely, so the envelope is recognised by its shape. */

import type { Context } from "hono";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { DialectEnv } from "../dialect.ts";
import { parseJson, readBytes } from "../read.ts";
import { JSON_API_TYPE, JSON_TYPE } from "./answer.ts";
import { RequestError } from "./errors.ts";

/**
 * The members that are given, whether the body is flat or an envelope of JSON:API. A null counts as absent.
 * @throws GatewayError bad-request, too-large; RequestError 415
 */
export async function readAttributes(c: Context<DialectEnv>): Promise<Record<string, unknown>> {
  checkMediaType(c.req.header("content-type"));
  const body = parseJson(await readBytes(c.req.raw));
  if (!isObject(body)) throw new GatewayError("bad-request", "the body must be a JSON object");
  const { data } = body;
  const attributes = isObject(data) && isObject(data.attributes) ? data.attributes : body;
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
}

/** Either type on any version, with whatever parameters; strict JSON:API would refuse the charset that clients send. */
function checkMediaType(given = ""): void {
  const type = given.split(";", 1)[0]?.trim().toLowerCase();
  if (type === "" || type === JSON_TYPE || type === JSON_API_TYPE) return;
  throw new RequestError(415, `${JSON.stringify(type)} is not read here; send ${JSON_TYPE} or ${JSON_API_TYPE}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
