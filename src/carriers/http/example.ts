/** A whole description of an API that does not exist: what an operator begins with. docs/carriers.md shows the same one. */

export const EXAMPLE = {
  send: {
    path: "/v2/send",
    headers: { Authorization: "Bearer {{secret.key}}" },
    json: { from: "{{from}}", to: "{{to}}", text: "{{text}}", ref: "{{id}}", report: "{{receipt_url}}" },
  },
  referenceAt: "/id",
  detailAt: "/error/message",
  answers: [
    { status: 201, at: "/id", means: "taken" },
    { at: "/error/code", is: ["bad_number"], means: "refused", reason: "bad-number" },
    { at: "/error/code", is: ["no_credit"], means: "refused", reason: "carrier-offline", own: true },
    { at: "/error/code", is: ["slow_down"], means: "busy", seconds: 2 },
  ],
  receipts: {
    id: "/ref",
    reference: "/id",
    status: { at: "/status", words: { delivered: "delivered", undelivered: "failed", expired: "expired" } },
  },
  inbound: { id: "/id", from: "/from", to: "/to", text: "/text" },
};

export const EXAMPLE_SECRETS = { key: "what it knows you by" };
