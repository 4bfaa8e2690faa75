/**
 * Why a receiver finds the signature of a webhook wrong. It says what it saw; what it leaves out is as we sent it. Where its check
 * fails, each part is changed for ours in turn, and what makes the check right is what differs.
 */

import type { AccountStore } from "../accounts/store.ts";
import type { InboundStore } from "../inbound/inbound.ts";
import type { Clock } from "../kernel/clock.ts";
import type { InboundId, MessageId, WebhookId } from "../kernel/ids.ts";
import { present } from "../kernel/present.ts";
import type { MessageStore } from "../messages/store.ts";
import type { FormatPorts, WebhookFormat } from "../webhooks/format.ts";
import { waysOf } from "../webhooks/request.ts";
import type { SeenCall, SignatureFormat, SignatureOutcome } from "../webhooks/signature.ts";
import { type NamedTarget, STANDARD } from "../webhooks/standard.ts";
import type { ClaimedWebhook, WebhookStore } from "../webhooks/store.ts";
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
  inbounds: Pick<InboundStore, "byId">;
  accounts: AccountStore;
  formats: ReadonlyMap<string, WebhookFormat>;
} & FormatPorts;

/**
 * Checks a webhook's signature as its receiver would, and explains what does not match.
 * @throws GatewayError not-found
 */
export async function checkSignature(ports: CheckPorts, id: WebhookId, seen: Seen): Promise<SignatureCheck> {
  const webhook = await findWebhook(ports, id);
  if (webhook.kind !== "event") return checkInForm(ports, { webhook, form: webhook.dialect }, seen);
  const named = await ports.namedEndpoints.byName(webhook.account, webhook.endpoint);
  if (!named || named.form === STANDARD) return checkStandard(ports, webhook, named, seen);
  return checkInForm(ports, { webhook, named, form: named.form }, seen);
}

/** A webhook, with the dialect that makes its calls; `named`: the account's own endpoint that it goes to. */
type InForm = { webhook: Webhook; form: string; named?: NamedTarget };

/** As receivers of the dialect's calls check them. */
async function checkInForm(ports: CheckPorts, inForm: InForm, seen: Seen): Promise<SignatureCheck> {
  const { webhook, form } = inForm;
  const format = ports.formats.get(form);
  if (!format?.signature) return { isValid: false, findings: [{ found: "not-signed", format: form }] };
  const { header } = format.signature;
  const signature = seen.signature ?? lastHeader(webhook, header);
  if (!signature) return { isValid: false, header, findings: [{ found: "never-sent" }] };
  const ours = await oursOf(ports, inForm);
  const call: SeenCall = {
    id: webhook.id,
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
async function oursOf(ports: CheckPorts, { webhook, named }: InForm): Promise<Ours> {
  const kept = attemptsOf(webhook).findLast(({ sent }) => sent)?.sent;
  const { settings = {} } = (await ports.accounts.byId(webhook.account)) ?? {};
  const about = await aboutOf(ports, webhook);
  const claimed: ClaimedWebhook = { webhook, settings, isFailing: false, ...about, ...present({ named }) };
  const again = await waysOf(ports, claimed, Math.max(1, webhook.attempts)).request?.();
  const bodies = [kept?.body, again?.body].filter((body) => body !== undefined);
  return { url: again?.url ?? kept?.url ?? webhook.url, bodies: [...new Set(bodies)] };
}

/** The message or the inbound text that it is about, which its dialect's writer may need whole. */
async function aboutOf(
  ports: CheckPorts,
  webhook: Webhook,
): Promise<Pick<ClaimedWebhook, "message"> & Pick<ClaimedWebhook, "inbound">> {
  if (webhook.kind === "report") return present({ message: await ports.messages.byId(webhook.subject) });
  if (webhook.kind !== "event" || !("id" in webhook.event.data)) return {};
  const { id } = webhook.event.data;
  if (isMessage(id)) return present({ message: await ports.messages.byId(id) });
  return isInbound(id) ? present({ inbound: await ports.inbounds.byId(webhook.account, id) }) : {};
}

const isMessage = (id: string): id is MessageId => id.startsWith("msg_");
const isInbound = (id: string): id is InboundId => id.startsWith("inb_");
