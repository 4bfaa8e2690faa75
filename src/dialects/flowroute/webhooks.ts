/** Webhooks: the bytes of each call, which answer counts as received, when to try again. */

import type { WebhookFormat } from "../../core/webhooks/format.ts";

export const webhooks: WebhookFormat = {
  reports: ["sent", "delivered", "failed", "expired"],
  forms: ["v2", "v2.1", "v2.2"],
  report: async ({ url }) => ({ method: "POST", url, headers: {} }),
  isReceived: (answer) => answer.outcome === "answered" && answer.status >= 200 && answer.status < 300,
  retryAfter: () => 30,
};
