/** Webhooks that no provider has a form for: the bytes of each call, which answer counts as received, when to try again. */

import type { HttpRequest } from "../../core/kernel/ports.ts";
import type { WebhookFormat } from "../../core/webhooks/format.ts";
import type { SeenCall } from "../../core/webhooks/signature.ts";
import { checkOwnSignature } from "../own-signature.ts";

/** 19 times over about 48 hours, growing evenly. Seconds. */
const RETRIES = Array.from({ length: 19 }, (_, n) => Math.round(60 * 1.46 ** n));

type Ports = Parameters<WebhookFormat["report"]>[1];

type News = { id: string; type: string; at: number; account?: string | undefined; data: Record<string, unknown> };

export const stafettWebhooks: WebhookFormat = {
  // Messages have dialects of their own.
  reports: [],

  report: ({ url, event, message }, ports) => {
    const { id, account, theirId, sender, recipient } = message;
    const data = { message: id, id: theirId, sender, recipient, state: event.state, ...whyOf(event) };
    const news = { id: `${id}-${event.state}`, type: `message.${event.state}`, at: event.at, account, data };
    return call(url, news, ports);
  },

  charges: ["billed", "reversed", "failed", "expired", "cancelled"],

  charge: ({ id, url, event }, ports) => {
    const { id: transaction, account, theirId, ...what } = event.transaction;
    const data = { transaction, id: theirId, ...what, state: event.state, ...whyOf(event) };
    return call(url, { id, type: `charge.${event.state}`, at: event.at, account, data }, ports);
  },

  inbound: ({ id, url, event }, ports) => {
    const { id: inbound, account, sender, recipient, text, binary, keyword, isStop } = event.inbound;
    const data = { inbound, sender, recipient, text, binary, keyword, isStop, service: event.service?.id };
    return call(url, { id, type: `inbound.${event.state}`, at: event.at, account, data }, ports);
  },

  subscription: ({ id, url, event }, ports) => {
    const { id: subscription, account, dueAt, ...what } = event.subscription;
    const data = {
      subscription,
      ...what,
      ...whyOf(event),
      ...(dueAt === undefined ? {} : { dueAt: iso(dueAt) }),
      ...(event.transaction ? { transaction: event.transaction } : {}),
    };
    return call(url, { id, type: `subscription.${event.state}`, at: event.at, account, data }, ports);
  },

  signature: { header: "x-stafett-signature", coversUrl: false, check },

  isReceived: (answer) => answer.outcome === "answered" && answer.status >= 200 && answer.status < 300,

  retryAfter: (failures) => RETRIES[failures - 1],
};

/** `keyName:timestamp:signature`, over the webhook's id and its body. */
async function check({ id, signature, body }: SeenCall, { signer }: Pick<Ports, "signer">) {
  const [keyName, timestamp, signed, ...more] = signature.split(":");
  if (!keyName || !timestamp || !signed || more.length > 0) return { is: "malformed" } as const;
  const text = `${timestamp}.${id}.${body}`;
  return checkOwnSignature(signer, { keyName, signature: signed, signedAt: Number(timestamp) * 1000, text });
}

/** Signed, so that the receiver can verify the sender; the id and the body are the same in each attempt. */
async function call(url: string, { id, type, at, account, data }: News, ports: Ports): Promise<HttpRequest> {
  const body = JSON.stringify({ id, type, at: iso(at), account, data });
  const timestamp = String(Math.floor(ports.clock.wall() / 1000));
  const { keyName, signature } = await ports.signer.sign(`${timestamp}.${id}.${body}`);
  return {
    method: "POST",
    url,
    headers: {
      "content-type": "application/json",
      "x-stafett-signature": `${keyName}:${timestamp}:${signature}`,
    },
    body,
  };
}

function whyOf({ reason }: { reason?: string }): { reason?: string } {
  return reason ? { reason } : {};
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
