/** Callbacks: the bytes of each call, which answer counts as received, when to try again. */

import type { HttpAnswer, HttpRequest } from "../../core/kernel/ports.ts";
import type { WebhookFormat } from "../../core/webhooks/format.ts";
import type { InboundEvent } from "../../core/webhooks/webhook.ts";
import { withQuery } from "../read.ts";
import { countryOf, networkOf } from "./networks.ts";
import { type StatusCode, toReport, toStatus } from "./status.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** The vendor tries again, and does not say when. These add up to the 48 hours of its sister API. Seconds. */
const RETRIES = [
  ...[1, 2, 5, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 4, 8, 12, 20].map((hours) => hours * HOUR),
];

export const webhooks: WebhookFormat = {
  // One in between, then the last word.
  reports: ["sent", "delivered", "failed", "expired"],

  async report({ url, event, message }) {
    const method = message.echo.reportMethod === "GET" ? "GET" : "POST";
    return call(method, url, reportOf(message.theirId, message.recipient, toReport(event, message)));
  },

  charges: ["sent", "billed", "failed", "expired", "cancelled"],

  async charge({ url, event }) {
    const { theirId, recipient = "" } = event.transaction;
    return call(event.method, url, reportOf(theirId, recipient, toStatus(event).statusCode));
  },

  async inbound({ url, event }) {
    return call(event.method, url, toText(event));
  },

  // Vendor's samples answer `OK`, or `OK` in a page; others of them answer anything, and were tried again.
  isReceived: isOk,

  retryAfter: (failures) => RETRIES[failures - 1],
};

/** Vendor's wiki, "Delivery reports". `reason_id` is an operator's own code, and may be empty. */
function reportOf(id: string, recipient: string, report: StatusCode): Record<string, string> {
  return {
    action: "mp_report",
    id,
    message_id: id,
    number: recipient.replace("+", ""),
    report,
    reason_id: "",
  };
}

/** Vendor's wiki, "Receiving a message"; order as seen on the wire. A receiver may take anything with `report` for a report. */
function toText({ inbound, service }: InboundEvent): Record<string, string> {
  const asks = inbound.isStop && service?.stopStyle === "ask" && service.campaign !== undefined;
  const id = String(inbound.number);
  return {
    action: "mpush_ir_message",
    message_id: id,
    id,
    billing: "MT",
    country: countryOf(inbound.sender),
    number: inbound.sender.replace("+", ""),
    network: networkOf(inbound),
    shortcode: asks ? "" : inbound.recipient.replace("+", ""),
    message: asks ? `ask ${service.campaign} stop` : inbound.text,
    keyword: asks ? "" : (inbound.keyword ?? ""),
  };
}

function call(method: "GET" | "POST", url: string, fields: Record<string, string>): HttpRequest {
  if (method === "GET") return { method, url: withQuery(url, fields), headers: {} };
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return { method, url, headers, body: new URLSearchParams(fields).toString() };
}

function isOk(answer: HttpAnswer): boolean {
  if (answer.outcome !== "answered" || answer.status !== 200) return false;
  return /\bok\b/i.test(answer.body.replace(/<[^<>]*>/g, " "));
}
