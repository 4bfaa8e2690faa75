/**
 * The gateway that a script speaks to: at GATEWAY_URL (the one of `npm start`, unless it is set), with ADMIN_TOKEN (of the state folder,
 * unless it is set).
 */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { root } from "./root.ts";

export function stateDir(): string {
  return resolve(root, process.env.STATE_DIR ?? ".stafett");
}

/** @throws Error where there is no token */
export function callGateway(method: "GET" | "POST", path: string, body?: object): Promise<Response> {
  const url = process.env.GATEWAY_URL ?? `http://127.0.0.1:${process.env.PORT ?? 8787}`;
  return fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${tokenOf()}`, ...(body ? { "content-type": "application/json" } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

function tokenOf(): string {
  const file = join(stateDir(), "admin-token");
  if (process.env.ADMIN_TOKEN) return process.env.ADMIN_TOKEN;
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  throw new Error(`ADMIN_TOKEN is not set, and there is no ${file}`);
}
