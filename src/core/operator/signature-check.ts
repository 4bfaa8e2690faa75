/**
 * Why a receiver finds the signature of a webhook wrong. It says what it saw; what it leaves out is as we sent it. Where its check
 * fails, each part is changed for ours in turn, and what makes the check right is what differs.
 */

import type { AccountStore } from "../accounts/store.ts";
import type { Clock } from "../kernel/clock.ts";
import type { WebhookId } from "../kernel/ids.ts";
import type { Signer } from "../kernel/ports.ts";
import type { MessageStore } from "../messages/store.ts";
import type { WebhookFormat } from "../webhooks/format.ts";
import { requestFor } from "../webhooks/request.ts";
import type { SeenCall, SignatureFormat, SignatureOutcome } from "../webhooks/signature.ts";
import type { WebhookStore } from "../webhooks/store.ts";
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
import { checkStandard, type StandardCheckPorts } from "./standard-check.ts";
import { findWebhook } from "./webhooks.ts";

type CheckPorts = StandardCheckPorts & {
  webhooks: WebhookStore;
  messages: MessageStore;
  accounts: AccountStore;
  formats: ReadonlyMap<string, WebhookFormat>;
  signer: Signer;
  publicUrl: string;
};

/**
 * Checks a webhook's signature as its receiver would, and explains what does not match.
 * @throws GatewayError not-found
 */
export async function checkSignature(ports: CheckPorts, id: WebhookId, seen: Seen): Promise<SignatureCheck> {
  const webhook = await findWebhook(ports, id);
  if (webhook.kind === "event") return checkStandard(ports, webhook, seen);
  const format = ports.formats.get(webhook.dialect);
  if (!format?.signature) return { isValid: false, findings: [{ found: "not-signed" }] };
  const { header } = format.signature;
  const signature = seen.signature ?? lastHeader(webhook, header);
  if (!signature) return { isValid: false, header, findings: [{ found: "never-sent" }] };
  const ours = await oursOf(ports, webhook, format);
  const call: SeenCall = {
    id,
    method: seen.method ?? "POST",
    url: seen.url ?? ours.url,
    signature: signature.trim(),
    body: seen.body ?? ours.bodies[0] ?? "",
  };
  // What was kept may have been cut, and what is made anew may have changed since: what they leave out, one of them has.
  const tries = seen.body === undefined ? ours.bodies.map((body) => ({ ...call, body })) : [call];
  const first = await firstValid(ports, format.signature, tries);
  const { outcome } = first;
  const told = "text" in outcome ? { text: outcome.text } : {};
  if (outcome.is === "valid") return { isValid: true, header, ...told, findings: [validity(ports, outcome)] };
  const findings = await whyWrong(ports, format.signature, { call, ours, outcome });
  return { isValid: false, header, ...told, findings };
}

function validity(
  { clock }: { clock: Clock },
  { keyName, signedAt }: { keyName: string; signedAt: number },
): SignatureFinding {
  return { found: "valid", keyName, signedAt, isOld: isTooOld(clock, signedAt) };
}

type Ours = { url: string; bodies: string[] };

async function whyWrong(
  ports: CheckPorts,
  format: SignatureFormat,
  { call, ours, outcome }: { call: SeenCall; ours: Ours; outcome: SignatureOutcome },
): Promise<SignatureFinding[]> {
  if (outcome.is === "malformed") return [{ found: "malformed" }];
  if (outcome.is === "unknown-key") return [{ found: "unknown-key", keyName: outcome.keyName }];
  const withUrl = { ...call, url: ours.url };
  const urlDiffers = { found: "url-differs", ours: ours.url, yours: call.url } as const;
  const isValid = async (...tries: SeenCall[]) => {
    const found = await firstValid(ports, format, tries);
    return found.outcome.is === "valid" ? found.call : undefined;
  };
  if (await isValid(withUrl)) return [urlDiffers];
  const byBody = await isValid(...ours.bodies.map((body) => ({ ...call, body })));
  if (byBody) return [bodyDiffers(byBody.body, call.body)];
  const byBoth = await isValid(...ours.bodies.map((body) => ({ ...withUrl, body })));
  return byBoth ? [urlDiffers, bodyDiffers(byBoth.body, call.body)] : [{ found: "nothing-fits" }];
}

async function firstValid(ports: CheckPorts, format: SignatureFormat, calls: readonly SeenCall[]) {
  const all = await Promise.all(calls.map(async (call) => ({ call, outcome: await format.check(call, ports) })));
  const found = all.find(({ outcome }) => outcome.is === "valid") ?? all[0];
  return found ?? { call: calls[0] as SeenCall, outcome: { is: "malformed" } as SignatureOutcome };
}

/** The address and the body that we sent: as it was kept, and made anew, since what is kept is cut and masked. */
async function oursOf(ports: CheckPorts, webhook: Webhook, format: WebhookFormat): Promise<Ours> {
  const kept = attemptsOf(webhook).findLast(({ sent }) => sent)?.sent;
  const message = webhook.kind === "report" ? await ports.messages.byId(webhook.subject as never) : undefined;
  const { settings = {} } = (await ports.accounts.byId(webhook.account)) ?? {};
  const claimed = { webhook, settings, isFailing: false, ...(message ? { message } : {}) };
  const again = await requestFor(ports, format, claimed, Math.max(1, webhook.attempts))?.();
  const bodies = [kept?.body, again?.body].filter((body) => body !== undefined);
  return { url: again?.url ?? kept?.url ?? webhook.url, bodies: [...new Set(bodies)] };
}
