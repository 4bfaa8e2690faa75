/**
 * Every verb of the operator, bound to its ports. The operator runs the gateway: these verbs see every account, so neither a
 * dialect nor a customer's page gets them. The operator's API gets these, and no store.
 */

import { subscribe } from "../billing/subscriptions/subscribe.ts";
import type { Ports } from "../ports.ts";
import { changeAccount, closeAccount, findAccount, listAccounts, openAccount } from "./accounts.ts";
import { auditAfter, listAudit, record } from "./audit.ts";
import { clearCallback, clearCallbackOfNumber, findCallback, listCallbacks, putCallback } from "./callbacks.ts";
import { findCarrier, listCarrierKinds, listCarriers } from "./carrier-sight.ts";
import { tryCarrier } from "./carrier-trial.ts";
import { putCarrier, retireCarrier } from "./carriers.ts";
import {
  balance,
  findTransaction,
  listLedger,
  listTransactions,
  listWindows,
  reverseTransaction,
  transactionTimeline,
} from "./charges.ts";
import { issueCredential, listCredentials, withdrawCredential } from "./credentials.ts";
import { findExchange, listExchanges } from "./exchanges.ts";
import { explainRoute } from "./explain.ts";
import { figuresOf } from "./figures.ts";
import { bringConsents, bringKeywords } from "./imports.ts";
import { findMerchant, listMerchants, putMerchant, removeMerchant } from "./merchants.ts";
import {
  cancelMessage,
  findMessage,
  listInbounds,
  listMessages,
  messageTimeline,
  previewText,
  sendMessage,
} from "./messages.ts";
import { renewalsByDay, salesOverTime, trafficOverTime } from "./over-time.ts";
import { listPrices, priceOf, putPrices } from "./prices.ts";
import { pulse } from "./pulse.ts";
import { findRoute, listRoutes, putRoute, removeRoute } from "./routes.ts";
import { search } from "./search.ts";
import { grantSender, listSenders, withdrawSender } from "./senders.ts";
import { findService, listServices, putService, removeService } from "./services.ts";
import { endSessionById, listSessions } from "./sessions.ts";
import { endSubscription, findSubscription, listSubscriptions, subscriptionTimeline } from "./subscriptions.ts";
import { liftSuppression, listSuppressions } from "./suppressions.ts";
import { actorOf, issueToken, listTokens, withdrawToken } from "./tokens.ts";
import {
  findWebhook,
  listEndpoints,
  listWebhooks,
  pauseEndpoint,
  replayWebhook,
  replayWebhooks,
  resumeEndpoint,
} from "./webhooks.ts";

export type Operator = ReturnType<typeof makeOperator>;

export function makeOperator(ports: Ports) {
  return {
    accounts: bind(ports, {
      open: openAccount,
      find: findAccount,
      list: listAccounts,
      change: changeAccount,
      close: closeAccount,
    }),
    credentials: bind(ports, { issue: issueCredential, list: listCredentials, withdraw: withdrawCredential }),
    senders: bind(ports, { grant: grantSender, list: listSenders, withdraw: withdrawSender }),
    merchants: bind(ports, { put: putMerchant, find: findMerchant, list: listMerchants, remove: removeMerchant }),
    services: bind(ports, { put: putService, find: findService, list: listServices, remove: removeService }),
    callbacks: bind(ports, {
      put: putCallback,
      find: findCallback,
      list: listCallbacks,
      clear: clearCallback,
      clearNumber: clearCallbackOfNumber,
    }),
    suppressions: bind(ports, { list: listSuppressions, lift: liftSuppression }),
    tokens: bind(ports, { issue: issueToken, list: listTokens, withdraw: withdrawToken, actor: actorOf }),
    audit: bind(ports, { record, list: listAudit, after: auditAfter }),
    prices: bind(ports, { put: putPrices, list: listPrices, of: priceOf }),
    carriers: bind(ports, {
      kinds: listCarrierKinds,
      list: listCarriers,
      find: findCarrier,
      put: putCarrier,
      retire: retireCarrier,
      try: tryCarrier,
    }),
    routes: bind(ports, {
      put: putRoute,
      find: findRoute,
      list: listRoutes,
      remove: removeRoute,
      explain: explainRoute,
    }),
    imports: bind(ports, { consents: bringConsents, keywords: bringKeywords }),

    messages: bind(ports, {
      send: sendMessage,
      find: findMessage,
      list: listMessages,
      timeline: messageTimeline,
      cancel: cancelMessage,
      preview: previewText,
    }),
    inbounds: bind(ports, { list: listInbounds }),
    transactions: bind(ports, {
      find: findTransaction,
      list: listTransactions,
      timeline: transactionTimeline,
      reverse: reverseTransaction,
    }),
    ledger: bind(ports, { list: listLedger, balance }),
    windows: bind(ports, { list: listWindows }),
    subscriptions: bind(ports, {
      begin: subscribe,
      find: findSubscription,
      list: listSubscriptions,
      timeline: subscriptionTimeline,
      end: endSubscription,
    }),
    webhooks: bind(ports, {
      find: findWebhook,
      list: listWebhooks,
      replay: replayWebhooks,
      replayOne: replayWebhook,
    }),
    endpoints: bind(ports, { list: listEndpoints, pause: pauseEndpoint, resume: resumeEndpoint }),

    sessions: bind(ports, { list: listSessions, end: endSessionById }),
    exchanges: bind(ports, { find: findExchange, list: listExchanges }),
    figures: bind(ports, {
      now: figuresOf,
      traffic: trafficOverTime,
      sales: salesOverTime,
      renewals: renewalsByDay,
    }),
    ...bind(ports, { pulse, search }),
  };
}

/** A verb: its first argument is the ports that it needs. */
type Verb = (ports: Ports, ...given: never[]) => unknown;
type Bound<V> = V extends (ports: never, ...given: infer Given) => infer Answer ? (...given: Given) => Answer : never;

/** The same verbs, with the ports already given. */
function bind<Verbs extends Record<string, Verb>>(
  ports: Ports,
  verbs: Verbs,
): { readonly [Name in keyof Verbs]: Bound<Verbs[Name]> } {
  const bound = Object.entries(verbs).map(([name, verb]) => [name, (...given: never[]) => verb(ports, ...given)]);
  return Object.fromEntries(bound) as never; // entries do not know which name has which type
}
