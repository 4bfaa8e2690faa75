/** Requests signed as Target365's SDKs sign them: each anew, with a nonce of its own. */

import { createHash, sign } from "node:crypto";
import type { Call } from "../ground/cloud.ts";
import type { Random } from "../ground/random.ts";
import type { Customer } from "../setup.ts";

/** @param now epoch ms, by the client's clock */
export function signed(
  call: Call,
  customer: Pick<Customer, "keyName" | "privateKey">,
  random: Random,
  now: number,
): Call {
  const timestamp = String(Math.round(now / 1000));
  const nonce = Buffer.from(random.fill(new Uint8Array(12))).toString("hex");
  const hash = call.body ? createHash("sha256").update(call.body).digest("base64") : "";
  const text = call.method.toLowerCase() + call.url.toLowerCase() + timestamp + nonce + hash;
  const signature = sign("sha256", Buffer.from(text), { key: customer.privateKey, dsaEncoding: "ieee-p1363" });
  const authorization = `HMAC ${customer.keyName}:${timestamp}:${nonce}:${signature.toString("base64")}`;
  return { ...call, headers: { "content-type": "application/json", authorization } };
}

/** Whether it was refused for its age alone: it travelled too long, and was never looked at. */
export function isTooOld({ status, body }: { status: number; body: string }): boolean {
  return status === 401 && body.includes("the timestamp");
}
