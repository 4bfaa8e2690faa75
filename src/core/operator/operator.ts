/**
 * Every verb of the operator, bound to its ports. The operator runs the gateway: these verbs see every account, so neither a
 * dialect nor a customer's page gets them. The operator's API gets these, and no store.
 */

import { subscribe } from "../billing/subscriptions/subscribe.ts";
import type { Ports } from "../ports.ts";
import { changeAccount, closeAccount, findAccount, listAccounts, openAccount } from "./accounts.ts";
import { approve, askApproval, findApproval, listApprovals, reject } from "./approvals.ts";
import { auditAfter, auditAnchor, listAudit, record, recordLogin } from "./audit.ts";
import { clearCallback, clearCallbackOfNumber, findCallback, listCallbacks, putCallback } from "./callbacks.ts";
import {
  cancelCampaign,
  fillCampaign,
  findCampaign,
  listCampaigns,
  makeCampaign,
  pauseCampaign,
  recipientsOfCampaign,
  resumeCampaign,
  startCampaign,
} from "./campaigns.ts";
import { findCarrier, listCarrierKinds, listCarriers } from "./carrier-sight.ts";
import { tryCarrier } from "./carrier-trial.ts";
import { putCarrier, retireCarrier } from "./carriers.ts";
import {
  balance,
  consentOfSubscription,
  consentOfWindow,
  findTransaction,
  listLedger,
  listTransactions,
  listWindows,
  reverseTransaction,
  transactionTimeline,
} from "./charges.ts";
import { listCodeAreas, openCodeArea } from "./code-areas.ts";
import { confirmCode } from "./code-texts.ts";
import {
  findCredential,
  issueCredential,
  limitCredential,
  listCredentials,
  withdrawCredential,
} from "./credentials.ts";
import { catchUpNamedEndpoint } from "./endpoint-catch-up.ts";
import { testNamedEndpoint } from "./endpoint-test.ts";
import { keepEvents, listEvents } from "./events.ts";
import { findExchange, listExchanges } from "./exchanges.ts";
import { explainRoute } from "./explain.ts";
import { figuresOf } from "./figures.ts";
import { bringConsents, bringKeywords } from "./imports.ts";
import { limitsNotified, limitsOfToday } from "./limits.ts";
import { searchInbounds, searchMessages } from "./look-through.ts";
import { findMerchant, listMerchants, putMerchant, removeMerchant } from "./merchants.ts";
import { previewMessage } from "./message-preview.ts";
import {
  cancelMessage,
  cancelMessages,
  findMessage,
  listInbounds,
  listMessages,
  messageTimeline,
  previewText,
  sendMessage,
} from "./messages.ts";
import { moveSealed } from "./move-sealed.ts";
import {
  disableNamedEndpoint,
  enableNamedEndpoint,
  findNamedEndpoint,
  listNamedEndpoints,
  putNamedEndpoint,
  removeNamedEndpoint,
  rotateNamedEndpoint,
} from "./named-endpoints.ts";
import { renewalsByDay, salesOverTime, trafficOverTime } from "./over-time.ts";
import { addPasskey, listPasskeys, offerPasskey, withdrawPasskey } from "./passkeys.ts";
import { erasePerson, exportPerson, listErasures } from "./people.ts";
import { listPrices, priceOf, putPrices } from "./prices.ts";
import { pulse } from "./pulse.ts";
import { findRoute, listRoutes, putRoute, removeRoute } from "./routes.ts";
import { search } from "./search.ts";
import { grantSender, listSenders, withdrawSender } from "./senders.ts";
import { findService, listServices, putService, removeService } from "./services.ts";
import { endSessionById, listSessions } from "./sessions.ts";
import { checkSignature } from "./signature-check.ts";
import {
  findSmppBind,
  findSmppSessions,
  listSmppBinds,
  listSmppSessions,
  tracedSmppBind,
  tracedSmppSessions,
  traceSmppBind,
  traceSmppSessions,
} from "./smpp.ts";
import {
  endSubscription,
  endSubscriptions,
  findSubscription,
  listSubscriptions,
  subscriptionTimeline,
} from "./subscriptions.ts";
import {
  importSuppressions,
  liftSuppressions,
  listSuppressions,
  putSuppression,
  suppressionsOf,
} from "./suppressions.ts";
import { actorOf, findToken, issueToken, listTokens, withdrawToken } from "./tokens.ts";
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
    /** So many random bytes: a new secret. */
    random: ports.ids.bytes,

    accounts: bind(ports, {
      open: openAccount,
      find: findAccount,
      list: listAccounts,
      change: changeAccount,
      close: closeAccount,
    }),
    credentials: bind(ports, {
      issue: issueCredential,
      list: listCredentials,
      find: findCredential,
      limit: limitCredential,
      withdraw: withdrawCredential,
    }),
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
    limits: bind(ports, { today: limitsOfToday, notified: limitsNotified }),
    codeAreas: bind(ports, { list: listCodeAreas, open: openCodeArea }),
    suppressions: bind(ports, {
      list: listSuppressions,
      of: suppressionsOf,
      put: putSuppression,
      import: importSuppressions,
      lift: liftSuppressions,
    }),
    sealing: bind(ports, { move: moveSealed }),
    people: bind(ports, { erase: erasePerson, export: exportPerson, erasures: listErasures }),
    smpp: bind(ports, {
      sessions: listSmppSessions,
      findSessions: findSmppSessions,
      traceSessions: traceSmppSessions,
      tracedSessions: tracedSmppSessions,
      binds: listSmppBinds,
      findBind: findSmppBind,
      traceBind: traceSmppBind,
      tracedBind: tracedSmppBind,
    }),
    tokens: bind(ports, {
      issue: issueToken,
      find: findToken,
      list: listTokens,
      withdraw: withdrawToken,
      actor: actorOf,
    }),
    passkeys: bind(ports, { offer: offerPasskey, add: addPasskey, list: listPasskeys, withdraw: withdrawPasskey }),
    audit: bind(ports, { record, login: recordLogin, list: listAudit, after: auditAfter, anchor: auditAnchor }),
    approvals: bind(ports, { ask: askApproval, find: findApproval, list: listApprovals, approve, reject }),
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
      search: searchMessages,
      timeline: messageTimeline,
      cancel: cancelMessage,
      cancelAll: cancelMessages,
      confirmCode,
      preview: previewText,
      previewOne: previewMessage,
    }),
    campaigns: bind(ports, {
      make: makeCampaign,
      fill: fillCampaign,
      find: findCampaign,
      list: listCampaigns,
      recipients: recipientsOfCampaign,
      start: startCampaign,
      pause: pauseCampaign,
      resume: resumeCampaign,
      cancel: cancelCampaign,
    }),
    inbounds: bind(ports, { list: listInbounds, search: searchInbounds }),
    transactions: bind(ports, {
      find: findTransaction,
      list: listTransactions,
      timeline: transactionTimeline,
      reverse: reverseTransaction,
    }),
    ledger: bind(ports, { list: listLedger, balance }),
    windows: bind(ports, { list: listWindows, consent: consentOfWindow }),
    subscriptions: bind(ports, {
      begin: subscribe,
      find: findSubscription,
      list: listSubscriptions,
      timeline: subscriptionTimeline,
      consent: consentOfSubscription,
      end: endSubscription,
      endAll: endSubscriptions,
    }),
    webhooks: bind(ports, {
      find: findWebhook,
      list: listWebhooks,
      replay: replayWebhooks,
      replayOne: replayWebhook,
      checkSignature,
    }),
    endpoints: bind(ports, { list: listEndpoints, pause: pauseEndpoint, resume: resumeEndpoint }),

    /** Endpoints that an account has set up by name. */
    named: bind(ports, {
      put: putNamedEndpoint,
      find: findNamedEndpoint,
      list: listNamedEndpoints,
      remove: removeNamedEndpoint,
      rotate: rotateNamedEndpoint,
      test: testNamedEndpoint,
      disable: disableNamedEndpoint,
      enable: enableNamedEndpoint,
      catchUp: catchUpNamedEndpoint,
    }),
    events: bind(ports, { list: listEvents, keep: keepEvents }),

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
