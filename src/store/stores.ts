/** Whatever is kept in one database: a store for each room of the core. */

import type { AccountId } from "../core/kernel/ids.ts";
import type { Log, Seals } from "../core/kernel/ports.ts";
import type { WebhookFormat } from "../core/webhooks/format.ts";
import { agendaStore } from "./agenda.ts";
import { codeGuardStore } from "./billing/code-guards.ts";
import { consentStore } from "./billing/consents.ts";
import { pinStore } from "./billing/pins.ts";
import { serviceStore } from "./billing/services.ts";
import { subscriptionStore } from "./billing/subscriptions.ts";
import { transactionStore } from "./billing/transactions/store.ts";
import { windowStore } from "./billing/windows.ts";
import { keyStore } from "./idempotency/keys.ts";
import { campaignStore } from "./messaging/campaigns/store.ts";
import { partStore } from "./messaging/inbound-parts.ts";
import { inboundStore } from "./messaging/inbounds.ts";
import { keywordStore } from "./messaging/keywords.ts";
import { messageStore } from "./messaging/messages/store.ts";
import { preauthStore } from "./messaging/preauths.ts";
import { recordStore } from "./messaging/records.ts";
import { suppressionStore } from "./messaging/suppressions.ts";
import { eventStore } from "./messaging/webhooks/events.ts";
import { namedEndpointStore } from "./messaging/webhooks/named.ts";
import { webhookStore } from "./messaging/webhooks/store.ts";
import { accountStore } from "./operator/accounts.ts";
import { allowanceStore } from "./operator/allowances.ts";
import { approvalStore } from "./operator/approvals.ts";
import { auditStore } from "./operator/audit.ts";
import { callbackStore } from "./operator/callbacks.ts";
import { rememberCallbacks, rememberCallers } from "./operator/callers.ts";
import { carrierTable } from "./operator/carriers.ts";
import { outageStore } from "./operator/outages.ts";
import { passkeyStore } from "./operator/passkeys.ts";
import { priceStore } from "./operator/prices.ts";
import { pulseStore } from "./operator/pulse.ts";
import { routeStore } from "./operator/routes.ts";
import { searchStore } from "./operator/search.ts";
import { sessionStore } from "./operator/sessions.ts";
import { statisticsStore } from "./operator/statistics.ts";
import { tallyStore } from "./operator/tallies.ts";
import { tokenStore } from "./operator/tokens.ts";
import { traceStore } from "./operator/traces.ts";
import { peopleStore } from "./people/people.ts";
import { sealedCampaigns } from "./sealed/campaigns.ts";
import { sealedConsents } from "./sealed/consents.ts";
import { sealedInbounds, sealedParts } from "./sealed/inbounds.ts";
import { sealedRows } from "./sealed/moving.ts";
import { opening, type Unreadable } from "./sealed/opening.ts";
import { sealedSuppressions } from "./sealed/suppressions.ts";
import { sealedEvents, sealedWebhooks } from "./sealed/webhooks.ts";
import { shortLivedStore } from "./short-lived.ts";

type Told = {
  /** How each dialect's webhooks are written, by its name. */
  formats: ReadonlyMap<string, WebhookFormat>;
  /** The account that a real one may take numbers from; the sandbox's alone. */
  demo: AccountId | undefined;
  wall: () => number;
  seals: Seals;
  log: Log;
};

/** @param stored the database itself, or one that records each statement */
export function storesOf(stored: D1Database, { formats, demo, wall, seals, log }: Told) {
  const unreadable: Unreadable = (id, error) => log.event("sealed.unreadable", { id, error: String(error) });
  const db = opening(stored, seals);
  const readable = opening(stored, seals, unreadable);
  return {
    accounts: rememberCallers(accountStore(db, demo), wall),
    callbacks: rememberCallbacks(callbackStore(db)),
    messages: messageStore(db, formats, seals, readable),
    inbounds: sealedInbounds(inboundStore(db, formats), seals),
    agenda: agendaStore(db),
    shortLived: shortLivedStore(db),
    parts: sealedParts(partStore(db), seals),
    records: recordStore(db),
    pulse: pulseStore(db),
    sessions: sessionStore(db),
    search: searchStore(db, [...formats.keys()]),
    statistics: statisticsStore(db),
    suppressions: sealedSuppressions(suppressionStore(db), seals),
    campaigns: sealedCampaigns(campaignStore(db), seals),
    people: peopleStore(db, seals),
    sealedRows: sealedRows(stored, seals, unreadable),
    keywords: keywordStore(db),
    preauths: preauthStore(db),
    webhooks: sealedWebhooks(webhookStore(db, seals, readable), seals, unreadable),
    namedEndpoints: namedEndpointStore(db),
    events: sealedEvents(eventStore(db), seals),
    transactions: transactionStore(db, formats),
    services: serviceStore(db),
    consents: sealedConsents(consentStore(db), seals),
    pins: pinStore(db),
    windows: windowStore(db, formats),
    subscriptions: subscriptionStore(db),
    routeTable: routeStore(db),
    carrierTable: carrierTable(db),
    outages: outageStore(db),
    tallies: tallyStore(db),
    tokens: tokenStore(db),
    passkeys: passkeyStore(db),
    traceTable: traceStore(db),
    audit: auditStore(db),
    approvals: approvalStore(db),
    prices: priceStore(db),
    allowances: allowanceStore(db),
    codeGuards: codeGuardStore(db),
    keys: keyStore(db),
  };
}
