/** Webhooks: the bytes of each call, which answer counts as received, when to try again. */

import type { HttpRequest } from "../../core/kernel/ports.ts";
import type { Message } from "../../core/messages/message.ts";
import type { WebhookFormat } from "../../core/webhooks/format.ts";
import type { InboundEvent, ReportEvent } from "../../core/webhooks/webhook.ts";
import { JSON_TYPE } from "./answer.ts";
import { recordIdOf } from "./ids.ts";
import { toMdr } from "./mdr.ts";
import { written } from "./numbers.ts";
import { toReportedReceipt } from "./status.ts";
import { type Kept, NAME, VERSIONS, versionOfForm } from "./version.ts";

/** Developer docs, "Receive a message": four times more, 30 seconds apart. They say it of inbound texts alone. */
const RETRIES = 4;
const RETRY_SECONDS = 30;

export const webhooks: WebhookFormat = {
  // Level 1, then level 2.
  reports: ["sent", "delivered", "failed", "expired"],

  forms: VERSIONS,

  // A short number is another provider's: no version of this API has any.
  inboundAt: "long-numbers",

  report: async ({ url, event, message }, { publicUrl }) => post(url, toReceiptOf(message, event, publicUrl)),

  inbound: async ({ url, event }) => {
    const version = versionOfForm(event.form);
    if (version === "v2") return post(url, toFlat(event), { "accept-encoding": "gzip" });
    const told = { ...(event.rates ? { rates: event.rates } : {}), at: { [NAME]: { url, form: version } } };
    const inbound = { ...event.inbound, told };
    const { data, included } = toMdr({ direction: "in", inbound }, { version, callbackUrl: () => url });
    return post(url, { data, ...(included.length > 0 ? { included } : {}) });
  },

  // README of the v2 clients: a call not answered with 200 is made again. No source says so of the later forms.
  isReceived: (answer, kind, form) => {
    if (answer.outcome !== "answered") return false;
    if (kind === "inbound" && versionOfForm(form) === "v2") return answer.status === 200;
    return answer.status >= 200 && answer.status < 300;
  },

  retryAfter: (failures) => (failures <= RETRIES ? RETRY_SECONDS : undefined),
};

/** README of the v2 clients; members in its order. */
function toFlat({ inbound }: InboundEvent): Record<string, string> {
  return {
    to: written(inbound.recipient, "v2"),
    body: inbound.text,
    from: written(inbound.sender, "v2"),
    id: recordIdOf(inbound.id, "v2"),
  };
}

/** Developer docs, "Delivery receipts". They leave out `to` and `from`, which receivers have been seen to need. */
function toReceiptOf(message: Message, event: ReportEvent, publicUrl: string) {
  const { reportForm = "v2.1", isMms } = message.echo as Kept;
  // v2 has no receipts of its own.
  const version = reportForm === "v2" ? "v2.1" : reportForm;
  return {
    data: {
      attributes: {
        body: isMms ? "" : message.text,
        ...toReportedReceipt(event, message),
        to: written(message.recipient, version),
        from: written(message.sender, version),
      },
      type: "delivery_receipt",
      id: message.theirId,
      links: { related: `${publicUrl}/${version}/messages/${message.theirId}` },
    },
  };
}

function post(url: string, content: object, headers: Record<string, string> = {}): HttpRequest {
  return { method: "POST", url, headers: { "content-type": JSON_TYPE, ...headers }, body: JSON.stringify(content) };
}
