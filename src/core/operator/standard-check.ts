/**
 * Why a receiver finds the signature of a webhook to an account's own endpoint wrong. What it saw is tried as it is; where that does not
 * fit, each part is changed for ours, the fewest first, and what makes it fit is what differs.
 */

import type { Clock } from "../kernel/clock.ts";
import type { Sealer } from "../kernel/ports.ts";
import { toTold } from "../webhooks/events.ts";
import type { NamedEndpointStore } from "../webhooks/named.ts";
import { type NamedTarget, openEndpoint, type StandardKeys, type StandardSigner } from "../webhooks/standard.ts";
import type { Webhook } from "../webhooks/webhook.ts";
import {
  attemptsOf,
  bodyDiffers,
  isTooOld,
  lastHeader,
  type Seen,
  type SignatureCheck,
  type SignatureFinding,
} from "./signature-findings.ts";

export type StandardCheckPorts = {
  namedEndpoints: NamedEndpointStore;
  sealer: Sealer;
  standard: StandardSigner;
  clock: Clock;
};

type EventWebhook = Extract<Webhook, { kind: "event" }>;
/** The parts of a call that are signed; `at` as the header has it. */
type Call = { id: string; at: string; body: string };
type Part = keyof Call;
/** What a signature was made with: a key of now, or the one from before the last rotation; by HMAC or by Ed25519. */
type Fit = { keys: StandardKeys; way: "v1" | "v1a" };

const HEADER = "webhook-signature";
const SIGNATURES = /^\s*(?:v\d+\w*,[A-Za-z0-9+/]+={0,2}(?:\s+|$))+$/;
const SECRET = /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/;
/** Epoch seconds, as receivers' libraries read them. */
const SECONDS = /^\d{1,11}$/;
/** What may differ, the fewest parts first. */
const PARTS: readonly Part[] = ["id", "at", "body"];
const DIFFERENCES: readonly (readonly Part[])[] = [
  [],
  ...PARTS.map((part) => [part]),
  ...PARTS.map((part) => PARTS.filter((one) => one !== part)),
  PARTS,
];

/** Checks the signature of a call to an account's own endpoint by the secrets that it has. @param endpoint undefined where it was removed */
export async function checkStandard(
  ports: StandardCheckPorts,
  webhook: EventWebhook,
  endpoint: NamedTarget | undefined,
  seen: Seen,
): Promise<SignatureCheck> {
  const answer = (finding: SignatureFinding) => ({ isValid: false, header: HEADER, findings: [finding] });
  if (!endpoint) return answer({ found: "endpoint-removed" });
  const signature = seen.signature?.trim() ?? lastHeader(webhook, HEADER);
  if (!signature) return answer({ found: "never-sent" });
  if (!SIGNATURES.test(signature)) return answer({ found: "malformed" });
  const keys = await Promise.all(
    [endpoint.sealed, ...(endpoint.oldSealed === undefined ? [] : [endpoint.oldSealed])].map((sealed) =>
      openEndpoint(ports.sealer, endpoint, sealed),
    ),
  );
  const ours = oursOf(webhook, seen.signature === undefined);
  const found = await firstFit(ports, { keys, signature, ours, seen });
  const secret = secretFinding(seen.secret?.trim(), keys, found?.fits ?? []);
  const { call, findings } = found ?? {
    call: seenCalls(ours, seen)[0],
    findings: [{ found: "nothing-fits" }] as const,
  };
  const wrong = [...findings, ...(secret ? [secret] : [])];
  const text = call && `${seen.id ?? call.id}.${seen.timestamp ?? call.at}.${seen.body ?? call.body}`;
  const told = { header: HEADER, ...(text === undefined ? {} : { text }) };
  if (found && wrong.length === 0) return { isValid: true, ...told, findings: [validity(ports, found)] };
  return { isValid: false, ...told, findings: wrong };
}

function validity({ clock }: StandardCheckPorts, { call, fits }: Found): SignatureFinding {
  const signedAt = Number(call.at) * 1000;
  return { found: "valid", keyName: fits[0]?.way ?? "v1", signedAt, isOld: isTooOld(clock, signedAt) };
}

/** What we sent: the times of the attempts, the newest first, and the body in full. */
type Ours = { id: string; ats: string[]; bodies: string[] };

function oursOf(webhook: EventWebhook, isLastAlone: boolean): Ours {
  const ats = attemptsOf(webhook).flatMap(({ headers }) => headers?.["webhook-timestamp"] ?? []);
  const bodies = [JSON.stringify(toTold(webhook.event))];
  return { id: webhook.event.id, ats: isLastAlone ? ats.slice(-1) : ats.reverse(), bodies };
}

type Found = { call: Call; fits: Fit[]; findings: SignatureFinding[] };

async function firstFit(
  { standard }: StandardCheckPorts,
  { keys, signature, ours, seen }: { keys: readonly StandardKeys[]; signature: string; ours: Ours; seen: Seen },
): Promise<Found | undefined> {
  const given = signature.split(/\s+/);
  const fitsOf = async (call: Call): Promise<Fit[]> => {
    if (!SECONDS.test(call.at) || String(Number(call.at)) !== call.at) return [];
    const fits = await Promise.all(
      keys.map(async (one) => {
        const signed = await standard.headers([one], { ...call, at: Number(call.at) });
        const made = signed[HEADER]?.split(" ").filter((part) => given.includes(part)) ?? [];
        return made.map((part): Fit => ({ keys: one, way: part.startsWith("v1a,") ? "v1a" : "v1" }));
      }),
    );
    return fits.flat();
  };
  for (const differing of DIFFERENCES) {
    for (const call of seenCalls(ours, without(seen, differing))) {
      const fits = await fitsOf(call);
      if (fits.length > 0) return { call, fits, findings: differing.flatMap((part) => difference(part, call, seen)) };
    }
  }
  return undefined;
}

/** What was seen, as if these parts had been left out. */
function without({ id, timestamp, body, ...seen }: Seen, parts: readonly Part[]): Seen {
  return {
    ...seen,
    ...(id === undefined || parts.includes("id") ? {} : { id }),
    ...(timestamp === undefined || parts.includes("at") ? {} : { timestamp }),
    ...(body === undefined || parts.includes("body") ? {} : { body }),
  };
}

/** The calls that what was seen can be of: what it leaves out is as in one of ours. */
function seenCalls(ours: Ours, { id = ours.id, timestamp, body }: Seen): Call[] {
  const ats = timestamp === undefined ? ours.ats : [timestamp.trim()];
  const bodies = body === undefined ? ours.bodies : [body];
  return ats.flatMap((at) => bodies.map((one) => ({ id: id.trim(), at, body: one })));
}

function difference(part: Part, { id, at, body }: Call, seen: Seen): SignatureFinding[] {
  if (part === "id" && seen.id !== undefined) return [{ found: "id-differs", ours: id, yours: seen.id }];
  if (part === "at" && seen.timestamp !== undefined) {
    return [{ found: "timestamp-differs", ours: at, yours: seen.timestamp }];
  }
  return part === "body" && seen.body !== undefined ? [bodyDiffers(body, seen.body)] : [];
}

/** What is wrong with the secret that the receiver checks by; undefined if nothing is, or if it was not said. */
function secretFinding(
  secret: string | undefined,
  [current, old]: readonly StandardKeys[],
  fits: readonly Fit[],
): SignatureFinding | undefined {
  if (!secret) return undefined;
  if (!SECRET.test(secret)) return { found: "secret-malformed" };
  if (fits.some(({ keys }) => keys.secret === secret)) return undefined;
  if (secret === current?.secret) return fits.length > 0 ? { found: "secret-differs", isOf: "now" } : undefined;
  if (secret === old?.secret) return fits.length > 0 ? { found: "secret-differs", isOf: "before" } : undefined;
  return { found: "secret-differs", isOf: "nothing" };
}
