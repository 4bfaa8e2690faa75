/** Webhooks: the bytes of each call, which answer counts as received, when to try again. */

import { GatewayError } from "../../core/kernel/errors.ts";
import type { HttpRequest } from "../../core/kernel/ports.ts";
import type { WebhookFormat } from "../../core/webhooks/format.ts";
import { isSession } from "../../core/webhooks/session.ts";
import type { ReportStyle } from "../../core/webhooks/store.ts";
import type { InboundEvent } from "../../core/webhooks/webhook.ts";
import { type Reported, toDate, toValues, type Values } from "./parameters.ts";
import { toReceipts, toText } from "./smpp/news.ts";
import { faultIn, faultInAddress, fillAddress, fillBody, fillQuery } from "./template.ts";

const MINUTE = 60;

/** Help centre: for up to 7 days. The steps are not published: from a minute up to an hour. Seconds. */
const REPORT_RETRIES = [
  ...[1, 2, 4, 8, 16, 32].map((minutes) => minutes * MINUTE),
  ...Array<number>(166).fill(60 * MINUTE),
];

/** Help centre, "Incoming messages": every 5 minutes, for a month at most. Seconds. */
const INBOUND_RETRY = 5 * MINUTE;
const INBOUND_RETRIES = (30 * 24 * 60) / 5;
/** So that both schedules run to their end. */
const PATIENCE_DAYS = 31;

/** The message of the test call: its recipient is of no numbering plan. */
const TEST_MESSAGE: Reported = { id: "msg_0", recipient: "+4700000000", echo: {} };

export const webhooks: WebhookFormat = {
  reports: ["sent", "delivered", "failed", "expired"],
  method: "GET",
  checkTemplate: faultIn,

  async report({ url, event, message, style }, { clock }) {
    if (isSession(url)) return toReceipts(url, event, message);
    return toReport(url, style, await toValues(event, message, clock.now()));
  },

  // Guide: the address is called once before it is kept, and must answer 200. The content of that call is not published.
  async probe({ url, style }, { clock }) {
    const fault = faultInAddress(url);
    if (fault) throw new GatewayError("bad-request", `reportUrl: ${fault}`, "reportUrl");
    const now = clock.now();
    return toReport(url, style, await toValues({ state: "sent", at: now }, TEST_MESSAGE, now));
  },

  async inbound({ id, url, event }) {
    if (isSession(url)) return toText(url, id, event);
    return post(url, "application/json", JSON.stringify(toIncoming(event)));
  },

  // Guide: reports 200. Help centre: inbound 200; its samples answer 201 and 202, too.
  isReceived(answer, kind = "report") {
    return answer.outcome === "answered" && (kind === "inbound" ? [200, 201, 202] : [200]).includes(answer.status);
  },

  retryAfter(failures, _settings, kind = "report") {
    if (kind !== "inbound") return REPORT_RETRIES[failures - 1];
    return failures <= INBOUND_RETRIES ? INBOUND_RETRY : undefined;
  },

  patienceDays: PATIENCE_DAYS,
  hasSessions: true,
};

/** By GET, unless its account asked for POST, or wrote a body. */
function toReport(url: string, style: ReportStyle | undefined, values: Values): HttpRequest {
  if (style?.method !== "POST" && !style?.template) return { method: "GET", url: fillQuery(url, values), headers: {} };
  const { type, body } = fillBody(style.template, values);
  return post(fillAddress(url, values), type, body);
}

function post(url: string, type: string, body: string): HttpRequest {
  return { method: "POST", url, headers: { "content-type": type }, body };
}

/** Help centre, "Incoming messages". Members that our texts never have (a name, an attachment) are present and empty. */
function toIncoming({ inbound }: InboundEvent) {
  return {
    reference: inbound.id,
    from: { number: inbound.sender, name: "" },
    to: { number: inbound.recipient },
    message: { text: inbound.text, media: { mediaUri: "", contentType: "", title: "" }, custom: {} },
    groupings: ["", "", ""],
    timeUtc: toDate(inbound.receivedAt),
    channel: inbound.channel ?? "SMS",
    messageContext: "",
  };
}
