/**
 * Numbers of no subscriber, for tests: `+47000000xx`. Guides, "Fake numbers": since August 2025 a message to
 * one says so by `properties.TestInProd`; before, nothing was asked. Which holds is the account's switch.
 */

import type { Context } from "hono";
import { GatewayError } from "../../core/kernel/errors.ts";
import { isFake } from "../../core/messages/msisdn.ts";
import type { DialectEnv } from "../dialect.ts";
import { settingsOf } from "./settings.ts";

/** Whether a text to such a number must say that it is meant so. In the sandbox it need not, unless the account wants it. */
function mustBeMeant(c: Context<DialectEnv>): boolean {
  const { fakeNumbers } = settingsOf(c.get("caller").account.settings);
  return (fakeNumbers ?? (c.get("gateway").isSandbox ? "always" : "test-in-prod")) === "test-in-prod";
}

/** @throws GatewayError bad-number for one where that must be said, and was not */
export function checkFake(
  c: Context<DialectEnv>,
  recipient: string | undefined,
  properties: Record<string, unknown> = {},
): void {
  if (recipient === undefined || !isFake(recipient) || !mustBeMeant(c)) return;
  const [, said] = Object.entries(properties).find(([name]) => name.toLowerCase() === "testinprod") ?? [];
  if (said === true || String(said).toLowerCase() === "true") return;
  throw new GatewayError(
    "bad-number",
    `recipient: ${recipient} is a fake number; a test with it needs properties.TestInProd to be true`,
    "recipient",
  );
}
