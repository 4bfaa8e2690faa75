/** The calls to a customer: a form that says which letter it is, and its fate. */

import type { WebhookFormat } from "../../../src/core/webhooks/format.ts";
import { toFate } from "./status.ts";

/** Seconds. */
const RETRIES = [60, 600, 3_600];

export const webhooks: WebhookFormat = {
  reports: ["delivered", "failed", "expired"],

  async report({ url, event, message }) {
    const body = new URLSearchParams({ letter: message.theirId, ...toFate(event) }).toString();
    return { method: "POST", url, headers: { "content-type": "application/x-www-form-urlencoded" }, body };
  },

  isReceived: (answer) => answer.outcome === "answered" && answer.status === 204,

  retryAfter: (failures) => RETRIES[failures - 1],
};
