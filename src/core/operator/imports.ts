/** Moving a business over: what its people agreed to elsewhere, and the keywords that they write. */

import type { StandingConsent } from "../billing/subscriptions/consent.ts";
import { importConsents } from "../billing/subscriptions/import-consents.ts";
import { importKeywords } from "../inbound/import-keywords.ts";
import type { StandingKeyword } from "../inbound/keyword.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { Imported } from "../kernel/imports.ts";
import type { WebhookFormat } from "../webhooks/format.ts";
import { findAccount } from "./accounts.ts";

type Options = { atomic?: boolean };

/**
 * Imports consents, each for itself or with `atomic` all or none. The same list again has the same answer.
 * @throws GatewayError not-found
 */
export async function bringConsents(
  ports: Parameters<typeof importConsents>[0] & Parameters<typeof findAccount>[0],
  account: AccountId,
  consents: readonly StandingConsent[],
  options?: Options,
): Promise<Imported> {
  return importConsents(ports, await findAccount(ports, account), consents, options);
}

/**
 * Imports keywords with the ids they have elsewhere, in the same way. Texts that fit one are forwarded in that dialect.
 * @throws GatewayError not-found; bad-request where texts are not forwarded in that dialect
 */
export async function bringKeywords(
  ports: Parameters<typeof importKeywords>[0] & { formats: ReadonlyMap<string, WebhookFormat> },
  accountId: AccountId,
  brought: { dialect: string; keywords: readonly StandingKeyword[] },
  options?: Options,
): Promise<Imported> {
  const account = await findAccount(ports, accountId);
  if (!ports.formats.get(brought.dialect)?.inbound) {
    throw new GatewayError("bad-request", `dialect: texts are not forwarded in ${brought.dialect}`, "dialect");
  }
  return importKeywords(ports, account, brought, options);
}
