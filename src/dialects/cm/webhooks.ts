/** Webhooks: the bytes of each call, which answer counts as received, when to try again. */

import type { WebhookFormat } from "../../core/webhooks/format.ts";

export const webhooks: WebhookFormat = {
  reports: ["sent", "delivered", "failed", "expired"],
  method: "GET",
  report: async ({ url }) => ({ method: "GET", url, headers: {} }),
  isReceived: (answer) => answer.outcome === "answered" && answer.status === 200,
  retryAfter: () => 60,
};
