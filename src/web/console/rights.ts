/**
 * What of the console a token is shown: each of its addresses, with the addresses of the API that it calls. A page that the token may
 * not ask for is not there, and nothing leads to it. The API checks each call all the same.
 */

import type { Address } from "./api.ts";

/** Addresses of the console: method, path without `/console`, and what must be allowed, all of it. The first that fits counts. */
const RIGHTS: readonly (readonly [string, ...Address[]])[] = [
  ["GET /overview", "GET /admin/v1/figures", "GET /admin/v1/statistics/traffic"],
  ["GET /handsets*", "GET /sandbox/v1/handsets"],
  ["POST /handsets/:number/write", "POST /sandbox/v1/handsets/{msisdn}/messages"],
  ["POST /handsets/:number/clear", "DELETE /sandbox/v1/handsets/{msisdn}/messages"],
  ["POST /handsets/:number/subscriber/default", "DELETE /sandbox/v1/subscribers/{msisdn}"],
  ["POST /handsets/*", "PUT /sandbox/v1/subscribers/{msisdn}"],
  ["GET /controls/reset", "POST /sandbox/v1/reset"],
  ["GET /controls", "GET /sandbox/v1/clock"],
  ["POST /controls/*", "POST /sandbox/v1/reset"],

  ["GET /messages/requests*", "GET /admin/v1/exchanges"],
  ["GET /messages/inbound", "GET /admin/v1/inbound"],
  ["GET /messages*", "GET /admin/v1/messages"],
  ["POST /messages/:id/cancel", "POST /admin/v1/messages/{id}/cancel"],
  ["POST /messages/:id/confirm-code", "POST /admin/v1/messages/{id}/confirm-code"],
  ["GET /charges*", "GET /admin/v1/transactions"],
  ["POST /charges/:id/reverse", "POST /admin/v1/transactions/{id}/reverse"],
  ["GET /subscriptions*", "GET /admin/v1/subscriptions"],
  ["POST /subscriptions/:id/cancel", "POST /admin/v1/subscriptions/{id}/cancel"],
  ["GET /webhooks/endpoints/pause", "POST /admin/v1/endpoints/pause"],
  ["GET /webhooks/endpoints/resume", "POST /admin/v1/endpoints/resume"],
  ["GET /webhooks/replay", "POST /admin/v1/webhooks/replay"],
  ["GET /webhooks*", "GET /admin/v1/webhooks"],
  ["POST /webhooks/endpoints/pause", "POST /admin/v1/endpoints/pause"],
  ["POST /webhooks/endpoints/resume", "POST /admin/v1/endpoints/resume"],
  ["POST /webhooks/replay", "POST /admin/v1/webhooks/replay"],
  // Of a message, a charge or a subscription, from its own page.
  ["POST /:list/:id/webhooks/:webhook/replay", "POST /admin/v1/webhooks/{id}/replay"],
  ["POST /webhooks/:id/check", "POST /admin/v1/webhooks/{id}/check-signature"],
  ["POST /webhooks/:id/replay", "POST /admin/v1/webhooks/{id}/replay"],
  ["GET /send", "POST /admin/v1/messages"],
  ["POST /send/check", "POST /admin/v1/preview"],
  ["POST /send", "POST /admin/v1/messages"],
  ["GET /campaigns/new", "POST /admin/v1/campaigns"],
  ["POST /campaigns/new", "POST /admin/v1/campaigns", "POST /admin/v1/campaigns/{id}/recipients"],
  ["GET /campaigns/:id", "GET /admin/v1/campaigns/{id}", "GET /admin/v1/campaigns/{id}/recipients"],
  ["GET /campaigns", "GET /admin/v1/campaigns"],
  ["POST /campaigns/:id/start", "POST /admin/v1/campaigns/{id}/start"],
  ["POST /campaigns/:id/pause", "POST /admin/v1/campaigns/{id}/pause"],
  ["POST /campaigns/:id/resume", "POST /admin/v1/campaigns/{id}/resume"],
  ["POST /campaigns/:id/cancel", "POST /admin/v1/campaigns/{id}/cancel"],

  ["GET /setup/:id/close", "DELETE /admin/v1/accounts/{id}"],
  ["POST /setup/:id/close", "DELETE /admin/v1/accounts/{id}"],
  ["GET /setup/:id/cancel/messages", "POST /admin/v1/messages/cancel"],
  ["POST /setup/:id/cancel/messages", "POST /admin/v1/messages/cancel"],
  ["GET /setup/:id/cancel/subscriptions", "POST /admin/v1/subscriptions/cancel"],
  ["POST /setup/:id/cancel/subscriptions", "POST /admin/v1/subscriptions/cancel"],
  ["POST /setup/:id/reopen", "PATCH /admin/v1/accounts/{id}"],
  ["POST /setup/:id/settings", "PATCH /admin/v1/accounts/{id}"],
  ["GET /setup/:id/credentials", "GET /admin/v1/accounts/{id}/credentials"],
  ["GET /setup/:id/credentials/new/*", "POST /admin/v1/accounts/{id}/credentials"],
  ["GET /setup/:id/credentials/:credential/withdraw", "DELETE /admin/v1/accounts/{id}/credentials/{credentialId}"],
  ["GET /setup/:id/credentials/:credential", "PATCH /admin/v1/accounts/{id}/credentials/{credentialId}"],
  ["POST /setup/:id/credentials/new/*", "POST /admin/v1/accounts/{id}/credentials"],
  ["POST /setup/:id/credentials/:credential/withdraw", "DELETE /admin/v1/accounts/{id}/credentials/{credentialId}"],
  ["POST /setup/:id/credentials/:credential", "PATCH /admin/v1/accounts/{id}/credentials/{credentialId}"],
  ["GET /setup/:id/senders/:sender/remove", "DELETE /admin/v1/accounts/{id}/senders/{sender}"],
  ["POST /setup/:id/senders/:sender/remove", "DELETE /admin/v1/accounts/{id}/senders/{sender}"],
  ["POST /setup/:id/senders", "PUT /admin/v1/accounts/{id}/senders/{sender}"],
  ["GET /setup/:id/merchants/:merchant/remove", "DELETE /admin/v1/accounts/{id}/merchants/{merchantId}"],
  ["POST /setup/:id/merchants/:merchant/remove", "DELETE /admin/v1/accounts/{id}/merchants/{merchantId}"],
  ["POST /setup/:id/merchants", "PUT /admin/v1/accounts/{id}/merchants/{merchantId}"],
  ["GET /setup/:id/services/:service/remove", "DELETE /admin/v1/accounts/{id}/services/{serviceId}"],
  ["POST /setup/:id/services/:service/remove", "DELETE /admin/v1/accounts/{id}/services/{serviceId}"],
  ["POST /setup/:id/services*", "PUT /admin/v1/accounts/{id}/services/{serviceId}"],
  ["GET /setup/:id/callbacks/:dialect/remove", "DELETE /admin/v1/accounts/{id}/callbacks/{dialect}"],
  ["GET /setup/:id/callbacks/:dialect/numbers/*", "DELETE /admin/v1/accounts/{id}/callbacks/{dialect}/{number}"],
  ["POST /setup/:id/callbacks/:dialect/remove", "DELETE /admin/v1/accounts/{id}/callbacks/{dialect}"],
  ["POST /setup/:id/callbacks/:dialect/numbers/*", "DELETE /admin/v1/accounts/{id}/callbacks/{dialect}/{number}"],
  ["POST /setup/:id/callbacks/:dialect", "PUT /admin/v1/accounts/{id}/callbacks/{dialect}"],
  ["GET /setup/:id/endpoints/:name/rotate", "POST /admin/v1/accounts/{id}/endpoints/{name}/rotate"],
  [
    "GET /setup/:id/endpoints/:name/catch-up",
    "POST /admin/v1/accounts/{id}/endpoints/{name}/catch-up",
    "POST /admin/v1/webhooks/replay",
  ],
  ["GET /setup/:id/endpoints/:name/disable", "POST /admin/v1/accounts/{id}/endpoints/{name}/disable"],
  ["GET /setup/:id/endpoints/:name/remove", "DELETE /admin/v1/accounts/{id}/endpoints/{name}"],
  ["GET /setup/:id/endpoints*", "GET /admin/v1/accounts/{id}/endpoints"],
  ["POST /setup/:id/endpoints/:name/rotate", "POST /admin/v1/accounts/{id}/endpoints/{name}/rotate"],
  [
    "POST /setup/:id/endpoints/:name/catch-up",
    "POST /admin/v1/accounts/{id}/endpoints/{name}/catch-up",
    "POST /admin/v1/webhooks/replay",
  ],
  ["POST /setup/:id/endpoints/:name/test", "POST /admin/v1/accounts/{id}/endpoints/{name}/test"],
  ["POST /setup/:id/endpoints/:name/disable", "POST /admin/v1/accounts/{id}/endpoints/{name}/disable"],
  ["POST /setup/:id/endpoints/:name/enable", "POST /admin/v1/accounts/{id}/endpoints/{name}/enable"],
  ["POST /setup/:id/endpoints/:name/remove", "DELETE /admin/v1/accounts/{id}/endpoints/{name}"],
  ["POST /setup/:id/endpoints*", "PUT /admin/v1/accounts/{id}/endpoints/{name}"],
  [
    "GET /setup/:id/suppressions/:number/:recipient",
    "DELETE /admin/v1/accounts/{id}/suppressions/{number}/{recipient}",
  ],
  ["POST /setup/:id/suppressions/import", "POST /admin/v1/accounts/{id}/suppressions/import"],
  ["POST /setup/:id/suppressions", "PUT /admin/v1/accounts/{id}/suppressions/{msisdn}"],
  ["POST /setup/:id/suppressions/*", "DELETE /admin/v1/accounts/{id}/suppressions/{number}/{recipient}"],
  ["GET /setup/:id/codes/:area", "DELETE /admin/v1/accounts/{id}/code-areas/{area}/block"],
  ["GET /setup/:id/codes*", "GET /admin/v1/accounts/{id}/code-areas"],
  ["POST /setup/:id/codes/*", "DELETE /admin/v1/accounts/{id}/code-areas/{area}/block"],
  ["POST /setup/:id", "PATCH /admin/v1/accounts/{id}"],
  ["POST /setup", "POST /admin/v1/accounts"],
  ["GET /setup*", "GET /admin/v1/accounts"],

  ["GET /carriers/new/*", "PUT /admin/v1/carriers/{name}"],
  ["GET /carriers/:name/retire", "DELETE /admin/v1/carriers/{name}"],
  ["GET /carriers*", "GET /admin/v1/carriers", "GET /admin/v1/carrier-kinds"],
  ["POST /carriers/:name/prices", "PUT /admin/v1/carriers/{name}/prices"],
  ["POST /carriers/:name/test", "POST /admin/v1/carriers/{name}/test"],
  ["POST /carriers/:name/retire", "DELETE /admin/v1/carriers/{name}"],
  ["POST /carriers/*", "PUT /admin/v1/carriers/{name}"],
  [
    "GET /smpp/sessions/:systemId",
    "GET /admin/v1/smpp/sessions/{systemId}",
    "GET /admin/v1/smpp/sessions/{systemId}/trace",
  ],
  [
    "GET /smpp/binds/:carrier/:bind",
    "GET /admin/v1/smpp/binds/{carrier}/{bind}",
    "GET /admin/v1/smpp/binds/{carrier}/{bind}/trace",
  ],
  ["GET /smpp", "GET /admin/v1/smpp/sessions", "GET /admin/v1/smpp/binds"],
  ["POST /smpp/sessions/:systemId/trace", "PUT /admin/v1/smpp/sessions/{systemId}/trace"],
  ["POST /smpp/sessions/:systemId/trace/end", "DELETE /admin/v1/smpp/sessions/{systemId}/trace"],
  ["POST /smpp/binds/:carrier/:bind/trace", "PUT /admin/v1/smpp/binds/{carrier}/{bind}/trace"],
  ["POST /smpp/binds/:carrier/:bind/trace/end", "DELETE /admin/v1/smpp/binds/{carrier}/{bind}/trace"],
  ["GET /routes/:id/remove", "DELETE /admin/v1/routes/{id}"],
  ["GET /routes*", "GET /admin/v1/routes"],
  ["GET /explain", "POST /admin/v1/routes/explain"],
  ["POST /explain", "POST /admin/v1/routes/explain"],
  ["POST /routes/:id/remove", "DELETE /admin/v1/routes/{id}"],
  ["POST /routes*", "PUT /admin/v1/routes/{id}"],
  ["GET /audit", "GET /admin/v1/audit"],
  ["GET /approvals", "GET /admin/v1/approvals"],
  ["POST /approvals/:id/approve", "POST /admin/v1/approvals/{id}/approve"],
  ["POST /approvals/:id/reject", "POST /admin/v1/approvals/{id}/reject"],
  ["GET /tokens/:id/passkeys", "GET /admin/v1/tokens/{id}/passkeys"],
  ["GET /tokens/:id/passkeys/:passkey/withdraw", "DELETE /admin/v1/tokens/{id}/passkeys/{passkeyId}"],
  ["POST /tokens/:id/passkeys/:passkey/withdraw", "DELETE /admin/v1/tokens/{id}/passkeys/{passkeyId}"],
  ["POST /tokens/:id/passkeys", "PUT /admin/v1/tokens/{id}/passkeys/{passkeyId}"],
  ["GET /tokens/:id/exchange", "POST /admin/v1/tokens"],
  ["GET /tokens/:id/withdraw", "DELETE /admin/v1/tokens/{id}"],
  ["GET /tokens", "GET /admin/v1/tokens"],
  ["POST /tokens/:id/exchange", "POST /admin/v1/tokens"],
  ["POST /tokens/:id/withdraw", "DELETE /admin/v1/tokens/{id}"],
  ["POST /tokens", "POST /admin/v1/tokens"],
  ["GET /sessions", "GET /admin/v1/sessions"],
  ["POST /sessions/:id/end", "DELETE /admin/v1/sessions/{id}"],
];

/** For everybody who is logged in. */
const FREE = /^(GET \/(stream|tour)?|POST \/log(in|out)|POST \/login\/passkey|GET \/login|GET \/sign-in(\/callback)?)$/;

const patterns = RIGHTS.map(([address, ...needs]) => ({ pattern: patternOf(address), needs }));

/** `GET /a/:b` as an expression; a final `*` is anything that may follow. */
function patternOf(address: string): RegExp {
  const anything = address.endsWith("*") ? "(/.*)?" : "";
  const path = address.replace(/\/?\*$/, "").replace(/:\w+/g, "[^/]+");
  return new RegExp(`^${path}${anything}$`);
}

/** What the API must allow for this address of the console; undefined where the table does not have it. */
export function neededFor(method: string, path: string): readonly Address[] | undefined {
  const address = `${method === "HEAD" ? "GET" : method} ${path.replace(/^\/console/, "").replace(/(?<=.)\/$/, "") || "/"}`;
  if (FREE.test(address)) return [];
  return patterns.find(({ pattern }) => pattern.test(address))?.needs;
}

/** Whether everything that this address of the console calls is allowed. One that is in no table is not. */
export function isShown(may: (address: Address) => boolean, method: string, path: string): boolean {
  return neededFor(method, path)?.every(may) ?? false;
}

/** A page as its reader may use it: without forms, buttons and links that lead to what is not theirs. */
export function withoutTheForbidden(page: Response, here: string, may: (address: Address) => boolean): Response {
  const pathOf = (address: string | null) => URL.parse(address || here, `http://console${here}`)?.pathname ?? here;
  const isOfConsole = (path: string) => path.startsWith("/console/");
  return new HTMLRewriter()
    .on('form[method="post"]', {
      element(form) {
        const path = pathOf(form.getAttribute("action"));
        if (isOfConsole(path) && !isShown(may, "POST", path)) form.remove();
      },
    })
    .on("button[formaction]", {
      element(button) {
        if (!isShown(may, "POST", pathOf(button.getAttribute("formaction")))) button.remove();
      },
    })
    .on("a[href]", {
      element(link) {
        const path = pathOf(link.getAttribute("href"));
        if (isOfConsole(path) && !isShown(may, "GET", path)) link.remove();
      },
    })
    .transform(page);
}
