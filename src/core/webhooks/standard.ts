/** Webhooks to an account's own endpoints: the form and the signatures of Standard Webhooks, and the endpoint's own schedule. */

import { GatewayError } from "../kernel/errors.ts";
import type { HttpAnswer, HttpRequest, Sealer } from "../kernel/ports.ts";
import { type EventNews, toTold } from "./events.ts";
import type { FormatPorts, WebhookFormat } from "./format.ts";

/** The name of this form in the rows of webhooks, where others have a dialect. */
export const STANDARD = "standard";

/** How many seconds pass between attempts: three days in all. */
export const DEFAULT_SCHEDULE: readonly number[] = [5, 60, 300, 1_800, 7_200, 18_000, 36_000, 36_000, 86_400, 86_400];

/** An endpoint that has received none of its calls for so many days is switched off. */
export const PATIENCE_DAYS = 5;

/** What calls are signed with: `secret` by HMAC (`whsec_…`, shared with the customer), `privateKey` by Ed25519. */
export type StandardKeys = { secret: string; privateKey: string };

/** What of an endpoint is sealed: its keys, and the values of its own headers, which may be passwords. */
export type SealedOfEndpoint = StandardKeys & { headers: Record<string, string> };

/** Makes keys, and signs with them, by the Standard Webhooks specification. */
export interface StandardSigner {
  /** @param bytes so many random bytes */
  newKeys(bytes: (count: number) => Uint8Array<ArrayBuffer>): Promise<StandardKeys & { publicKey: string }>;
  /**
   * The headers of a call: one signature of each kind for each of the keys, the newest first.
   * @param at epoch seconds
   */
  headers(
    keys: readonly StandardKeys[],
    call: { id: string; at: number; body: string },
  ): Promise<Record<string, string>>;
}

/** An endpoint as a call to it needs it. The keys before the last rotation sign as well until `oldUntil`, epoch ms. */
export type NamedTarget = {
  account: string;
  name: string;
  url: string;
  failoverUrl?: string;
  /** `standard`, or the dialect whose form its calls have. */
  form: string;
  schedule: readonly number[];
  /** The most calls in a second; absent: as many as come. */
  perSecond?: number;
  sealed: string;
  oldSealed?: string;
  oldUntil?: number;
};

export type StandardPorts = Pick<FormatPorts, "clock"> & { sealer: Sealer; standard: StandardSigner };

/** The form of webhooks to an endpoint: what counts as received, and when it is tried again. */
export function formatOf({
  schedule,
}: Pick<NamedTarget, "schedule">): Pick<WebhookFormat, "isReceived" | "retryAfter"> {
  return {
    isReceived: (answer: HttpAnswer) => answer.outcome === "answered" && answer.status >= 200 && answer.status < 300,
    retryAfter: (failures) => schedule[failures - 1],
  };
}

/**
 * The call that tells an endpoint of an event. Every second attempt goes to its other address, if it has one.
 * @param attempt counted from 1
 */
export async function standardCall(
  ports: StandardPorts,
  target: NamedTarget,
  event: EventNews,
  attempt: number,
): Promise<HttpRequest> {
  const body = JSON.stringify(toTold(event));
  const { sealed, oldSealed, oldUntil = 0 } = target;
  const current = await openEndpoint(ports.sealer, target, sealed);
  const isOverlap = oldSealed !== undefined && oldUntil > ports.clock.now();
  const keys = isOverlap ? [current, await openEndpoint(ports.sealer, target, oldSealed)] : [current];
  const at = Math.floor(ports.clock.wall() / 1000);
  const signed = await ports.standard.headers(keys, { id: event.id, at, body });
  return { method: "POST", url: urlOf(target, attempt), headers: { ...current.headers, ...signed }, body };
}

/** Where an attempt goes: every second one to the other address, if there is one. @param attempt counted from 1 */
export function urlOf({ url, failoverUrl }: Pick<NamedTarget, "url" | "failoverUrl">, attempt: number): string {
  return attempt % 2 === 0 && failoverUrl !== undefined ? failoverUrl : url;
}

/** An endpoint's own headers. @throws Error that names the missing key */
export async function headersOf(sealer: Sealer, target: NamedTarget): Promise<Record<string, string>> {
  return (await openEndpoint(sealer, target, target.sealed)).headers;
}

/** @throws Error that names the missing key */
export async function openEndpoint(
  sealer: Sealer,
  of: { account: string; name: string },
  sealed: string,
): Promise<SealedOfEndpoint> {
  return JSON.parse(await sealer.open(sealed, ownerOf(of))) as SealedOfEndpoint;
}

/** @throws GatewayError not-allowed where no key is there to seal with */
export function sealEndpoint(
  sealer: Sealer,
  of: { account: string; name: string },
  secrets: SealedOfEndpoint,
): Promise<string> {
  if (!sealer.key) {
    throw new GatewayError("not-allowed", "no SECRETS_KEY is set, so an endpoint's secret cannot be kept: set one");
  }
  return sealer.seal(JSON.stringify(secrets), ownerOf(of));
}

function ownerOf({ account, name }: { account: string; name: string }): string {
  return `endpoint ${account} ${name}`;
}
