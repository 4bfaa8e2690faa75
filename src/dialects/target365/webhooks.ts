/** Forwards: the bytes of each call, which answer counts as received, when to try again. */

import { fromMinor } from "../../core/kernel/money.ts";
import type { HttpRequest, Signer } from "../../core/kernel/ports.ts";
import type { Message } from "../../core/messages/message.ts";
import type { FormatPorts, WebhookFormat } from "../../core/webhooks/format.ts";
import type { SeenCall } from "../../core/webhooks/signature.ts";
import type { ReportEvent } from "../../core/webhooks/webhook.ts";
import { checkOwnSignature } from "../own-signature.ts";
import { bodyHash, canonicalText } from "./canonical.ts";
import { toDate } from "./dates.ts";
import { toInMessage } from "./in-message.ts";
import { settingsOf } from "./settings.ts";
import { toStatus } from "./status.ts";

/**
 * Guides, "DLR forward": 19 retries over about 48 hours since December 2023, 10 over about 15 before. The steps are not
 * published; these grow evenly and add up to the hours that are.
 */
const RETRIES = {
  "48h": Array.from({ length: 19 }, (_, n) => Math.round(60 * 1.46 ** n)),
  "15h": Array.from({ length: 10 }, (_, n) => 53 * 2 ** n),
} as const;

/** Java's verifier takes no timestamp that is ahead of its clock by even a second. Seconds. */
const BEHIND = 2;

export const webhooks: WebhookFormat = {
  reports: ["delivered", "failed", "expired"],

  report: ({ url, event, message }, ports) => signed(url, toReport(message, event), ports),

  // This attempt counts; whether it is the last shows in its answer only.
  inbound: ({ url, event, attempt }, ports) =>
    signed(url, toInMessage(event.inbound, { attempts: attempt, isReceived: false }), ports),

  signature: { header: "x-ecdsa-signature", coversUrl: true, check },

  // Guides: "200 (OK)"; any other status, also of the 200s, is tried again.
  isReceived: (answer) => answer.outcome === "answered" && answer.status === 200,

  retryAfter: (failures, settings) => RETRIES[settingsOf(settings).webhookRetries ?? "48h"][failures - 1],
};

/** `keyName:timestamp:nonce:signature`, over the address and the body's digest. */
async function check({ method, url, signature, body }: SeenCall, { signer }: { signer: Signer }) {
  const [keyName, timestamp, nonce, signed, ...more] = signature.split(":");
  if (!keyName || !timestamp || !nonce || !signed || more.length > 0) return { is: "malformed" } as const;
  const hash = bodyHash(body);
  const text = canonicalText(method, url.toLowerCase(), timestamp, nonce, hash);
  return checkOwnSignature(signer, { keyName, signature: signed, signedAt: Number(timestamp) * 1000, text });
}

/** The call with its signature, which is made anew for each attempt: its time counts. */
async function signed(url: string, content: object, { clock, signer }: FormatPorts): Promise<HttpRequest> {
  const body = JSON.stringify(content);
  const address = new URL(url).href;
  const timestamp = String(Math.floor(clock.wall() / 1000) - BEHIND);
  const nonce = crypto.randomUUID();
  const hash = bodyHash(body);
  const text = canonicalText("POST", address.toLowerCase(), timestamp, nonce, hash);
  const { keyName, signature } = await signer.sign(text);
  return {
    method: "POST",
    url: address,
    headers: {
      "content-type": "application/json",
      "x-ecdsa-signature": `${keyName}:${timestamp}:${nonce}:${signature}`,
    },
    body,
  };
}

/** Guides, "DLR forward". Nulls stand where the vendor's example has them. */
function toReport(message: Message, event: ReportEvent) {
  const { correlationId, sessionId, properties } = message.echo as {
    correlationId?: string;
    sessionId?: string;
    properties?: Record<string, unknown>;
  };
  const status = toStatus(event);
  return {
    correlationId: correlationId ?? null,
    sessionId: sessionId ?? null,
    transactionId: message.theirId,
    price: message.charge ? fromMinor(message.charge.amount, message.charge.currency) : null,
    sender: message.sender,
    recipient: message.recipient,
    operatorId: message.operator ?? null,
    statusCode: status.statusCode,
    detailedStatusCode: status.detailedStatusCode,
    statusDescription: status.statusDescription,
    delivered: status.delivered ?? null,
    billed: message.billed ?? null,
    smscTransactionId: message.reference ?? null,
    smscMessageParts: message.parts,
    ...(event.state === "delivered" ? { received: toDate(Math.floor(event.at / 60_000) * 60_000) } : {}),
    ...(properties ? { properties } : {}),
  };
}
