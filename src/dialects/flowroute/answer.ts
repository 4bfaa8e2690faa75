/** The common parts of all answers: their version, their media type, and the links in them. */

import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { DialectEnv } from "../dialect.ts";
import { VERSIONS, type Version } from "./version.ts";

export const JSON_TYPE = "application/json";
export const JSON_API_TYPE = "application/vnd.api+json";

/** The version that is asked. */
export function versionOf(c: Context<DialectEnv>): Version {
  return VERSIONS.find((version) => c.req.path.startsWith(`/${version}/`)) ?? "v2";
}

/** JSON:API's own media type, if the request names it, in Accept or for its body. No `Accept` is ever refused. */
export function answer(c: Context<DialectEnv>, value: unknown, status: ContentfulStatusCode = 200): Response {
  const said = `${c.req.header("accept")} ${c.req.header("content-type")}`.toLowerCase();
  const isNamed = versionOf(c) !== "v2" && said.includes(JSON_API_TYPE);
  return c.body(JSON.stringify(value), status, { "content-type": isNamed ? JSON_API_TYPE : JSON_TYPE });
}

/** Where a record lies, in the version that is asked. */
export function linkTo(c: Context<DialectEnv>, id: string): string {
  return `${c.get("publicUrls")[0]}/${versionOf(c)}/messages/${id}`;
}
