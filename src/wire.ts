/** Bindings become ports, ports become a gateway. Which dialects and carriers there are is said in registry.ts. */

import { waitUntil } from "cloudflare:workers";
import { hearClock, realClock, sandboxClock } from "./adapters/clock.ts";
import { makeCodes } from "./adapters/codes.ts";
import { makeHttp } from "./adapters/http-out.ts";
import { makeLog } from "./adapters/log.ts";
import { isReserved } from "./adapters/paths.ts";
import { type Keeper, makeKeeper } from "./adapters/request-log.ts";
import { makeSealer } from "./adapters/sealer.ts";
import { withSessions } from "./adapters/session-out.ts";
import { makeSigner } from "./adapters/signer.ts";
import { standardHeaders } from "./adapters/standard-webhooks.ts";
import { carrierForm, type Ground, type OpenCarrier } from "./carriers/carrier.ts";
import type { NetworkLink } from "./carriers/simulator/simulator.ts";
import type { CallbackForm } from "./core/accounts/callback-fields.ts";
import { type Directory, emptyDirectory } from "./core/directory.ts";
import { makeGateway, type WholeGateway } from "./core/gateway.ts";
import { toBase64Url } from "./core/kernel/base64.ts";
import { makeIds } from "./core/kernel/ids.ts";
import { OURS } from "./core/messages/own.ts";
import type { Ports } from "./core/ports.ts";
import { stafettCallbacks } from "./dialects/stafett/callback-form.ts";
import { stafettWebhooks } from "./dialects/stafett/webhooks.ts";
import { stafettWindows } from "./dialects/stafett/windows.ts";
import { type CarriersInUse, carriersInUse } from "./doors/carriers-in-use.ts";
import { intakeOf } from "./doors/intake.ts";
import { paceOf } from "./doors/pace.ts";
import { jobsOf } from "./doors/queue.ts";
import { bindLink } from "./doors/smpp/binds.ts";
import { type Env, type Settings, settingsOf } from "./env.ts";
import { carriersInUse as builtInCarriers, carrierKinds, dialects } from "./registry.ts";
import { DEMO } from "./sandbox/demo.ts";
import { consentStore } from "./store/billing/consents.ts";
import { pinStore } from "./store/billing/pins.ts";
import { serviceStore } from "./store/billing/services.ts";
import { subscriptionStore } from "./store/billing/subscriptions.ts";
import { transactionStore } from "./store/billing/transactions/store.ts";
import { windowStore } from "./store/billing/windows.ts";
import { partStore } from "./store/messaging/inbound-parts.ts";
import { inboundStore } from "./store/messaging/inbounds.ts";
import { keywordStore } from "./store/messaging/keywords.ts";
import { messageStore } from "./store/messaging/messages/store.ts";
import { preauthStore } from "./store/messaging/preauths.ts";
import { recordStore } from "./store/messaging/records.ts";
import { suppressionStore } from "./store/messaging/suppressions.ts";
import { webhookStore } from "./store/messaging/webhooks/store.ts";
import { accountStore } from "./store/operator/accounts.ts";
import { auditStore } from "./store/operator/audit.ts";
import { callbackStore } from "./store/operator/callbacks.ts";
import { rememberCallbacks, rememberCallers } from "./store/operator/callers.ts";
import { carrierTable } from "./store/operator/carriers.ts";
import { exchangeStore } from "./store/operator/exchanges.ts";
import { outageStore } from "./store/operator/outages.ts";
import { priceStore } from "./store/operator/prices.ts";
import { pulseStore } from "./store/operator/pulse.ts";
import { rememberRoutes } from "./store/operator/remembered-routes.ts";
import { routeStore } from "./store/operator/routes.ts";
import { searchStore } from "./store/operator/search.ts";
import { serverKeyStore } from "./store/operator/server-keys.ts";
import { sessionStore } from "./store/operator/sessions.ts";
import { statisticsStore } from "./store/operator/statistics.ts";
import { tallyStore } from "./store/operator/tallies.ts";
import { tokenStore } from "./store/operator/tokens.ts";

/** Our own words beside theirs, for what no provider tells of. */
const formats = new Map([...dialects.map(({ name, webhooks }) => [name, webhooks] as const), [OURS, stafettWebhooks]]);
const windowFormats = new Map([
  ...dialects.flatMap(({ name, windows }) => (windows ? [[name, windows] as const] : [])),
  [OURS, stafettWindows] as const,
]);
const loopGuards = new Map(dialects.flatMap(({ name, loopGuard }) => (loopGuard ? [[name, loopGuard] as const] : [])));
const previews = new Map(dialects.flatMap(({ name, preview }) => (preview ? [[name, preview] as const] : [])));
/** What an operator may say of where each dialect calls customers. */
export const callbackForms: ReadonlyMap<string, CallbackForm> = new Map([
  ...dialects.map(({ name, callbackForm }) => [name, callbackForm] as const),
  [OURS, stafettCallbacks],
]);
const securitySchemes = dialects.map((dialect) => dialect.securitySchemes);
const credentialForms = new Map(dialects.map((dialect) => [dialect.name, dialect.credentials]));
const demoSettings = Object.assign({}, ...dialects.map(({ settingsForm }) => settingsForm?.demo));

/**
 * The database that an account's messages are written to. There is one; a second needs the stores in `portsOf` to be
 * chosen by account as well.
 */
export function databaseOf(env: Env, _account: string): D1Database {
  return env.DB;
}

/** Made once for each isolate, so nothing in them may belong to a request. */
const made = new WeakMap<Env, Wired>();

type Wired = { ports: Ports; gateway: WholeGateway; keeper: Keeper; carriers: CarriersInUse };

/** What the domain needs, made of what this Worker is bound to. */
export function portsOf(env: Env): Ports {
  return wired(env).ports;
}

export function gatewayOf(env: Env): WholeGateway {
  return wired(env).gateway;
}

/** The carriers in use, by name, with their doors. */
export function carriersOf(env: Env): ReadonlyMap<string, OpenCarrier> {
  return wired(env).carriers.carriers;
}

/** Before anything is done: whatever an operator changed elsewhere holds here within seconds. */
export function freshCarriers(env: Env): Promise<void> {
  return wired(env).carriers.keepFresh();
}

/** The ports, by the clock and the carriers as they are now: for whatever is not begun by a request over HTTP. */
export async function awake(env: Env): Promise<Ports> {
  if (settingsOf(env).SANDBOX) await hearClock(env.DB);
  await freshCarriers(env);
  return portsOf(env);
}

/** Where requests are kept: what keeps them. */
export function keeperOf(env: Env): Keeper | undefined {
  return settingsOf(env).KEEP_REQUESTS ? wired(env).keeper : undefined;
}

function wired(env: Env): Wired {
  let all = made.get(env);
  if (!all) {
    const { clock, ids, log } = groundOf(env);
    const keeper = makeKeeper({ clock, ids, log }, exchangeStore(env.DB), securitySchemes);
    const http = withSessions(
      makeHttp({ allowPrivate: settingsOf(env).ALLOW_PRIVATE_WEBHOOKS, wall: clock.wall }),
      (name, body) => env.SMPP.get(env.SMPP.idFromName(name)).deliver(name, body),
      clock.wall,
    );
    const rest = makePorts(env, { clock, ids, log });
    const carriers = openCarriers(env, { http, wall: clock.wall, now: clock.now, log }, rest);
    const ports = {
      ...rest,
      http,
      carriers: carriers.carriers,
      refreshCarriers: carriers.refresh,
      exchanges: keeper.store,
    };
    all = { ports, gateway: makeGateway(ports), keeper, carriers };
    made.set(env, all);
  }
  return all;
}

function groundOf(env: Env): Pick<Ports, "clock" | "ids" | "log"> {
  const clock = settingsOf(env).SANDBOX ? sandboxClock : realClock;
  return { clock, ids: makeIds(clock, (bytes) => crypto.getRandomValues(bytes)), log: makeLog(clock.now, waitUntil) };
}

function makePorts(
  env: Env,
  { clock, ids, log }: Pick<Ports, "clock" | "ids" | "log">,
): Omit<Ports, "exchanges" | "http" | "carriers" | "refreshCarriers"> {
  const settings = settingsOf(env);
  const messages = messageStore(env.DB, formats);
  const transactions = transactionStore(env.DB, formats);
  return {
    clock,
    ids,
    intake: intakeOf(env, clock),
    jobs: jobsOf(env, log),
    log,
    signer: makeSigner({
      signingKey: settings.SIGNING_KEY,
      name: settings.SIGNING_KEY_NAME,
      keys: serverKeyStore(env.DB),
      wall: clock.wall,
      log,
    }),
    accounts: rememberCallers(
      accountStore(env.DB, settings.SANDBOX && settings.DEMO_API_KEY ? DEMO : undefined),
      clock.wall,
    ),
    callbacks: rememberCallbacks(callbackStore(env.DB)),
    messages,
    inbounds: inboundStore(env.DB, formats),
    parts: partStore(env.DB),
    records: recordStore(env.DB),
    pulse: pulseStore(env.DB),
    sessions: sessionStore(env.DB),
    search: searchStore(env.DB, [...formats.keys()]),
    statistics: statisticsStore(env.DB),
    suppressions: suppressionStore(env.DB),
    keywords: keywordStore(env.DB),
    preauths: preauthStore(env.DB),
    webhooks: webhookStore(env.DB),
    transactions,
    services: serviceStore(env.DB),
    consents: consentStore(env.DB),
    pins: pinStore(env.DB),
    windows: windowStore(env.DB, formats),
    subscriptions: subscriptionStore(env.DB),
    codes: makeCodes({ secret: settings.SIGNING_KEY, isSandbox: settings.SANDBOX }),
    routeTable: routeStore(env.DB),
    carrierTable: carrierTable(env.DB),
    outages: outageStore(env.DB),
    tallies: tallyStore(env.DB),
    tokens: tokenStore(env.DB),
    audit: auditStore(env.DB),
    prices: priceStore(env.DB),
    alert: alertOf(settings),
    carrierForms: formsOf(env),
    sealer: makeSealer(settings.SECRETS_KEY),
    newDoorKey: () => toBase64Url(crypto.getRandomValues(new Uint8Array(24))),
    routes: rememberRoutes({ ofMessages: messages.routes, ofCharges: transactions.routes }, clock.wall),
    directory: settings.SANDBOX ? directoryOf(env) : emptyDirectory,
    publicUrl: baseUrls(env)[0] ?? "",
    isSandbox: settings.SANDBOX,
    isReserved,
    formats,
    loopGuards,
    windowFormats,
    credentialForms,
    demoSettings,
    previews,
    retention: settings.RETENTION_DAYS * 86_400_000,
    renewalsAtOnce: settings.RENEWALS_PER_MINUTE,
  };
}

/** @throws Error where a carrier that is part of the gateway is of no kind that there is, or is not set as its kind wants */
function openCarriers(
  env: Env,
  given: Omit<Ground, "publicUrls">,
  { carrierTable: table, sealer, outages }: Pick<Ports, "carrierTable" | "sealer" | "outages">,
): CarriersInUse {
  const ground: Ground = { ...given, publicUrls: baseUrls(env) };
  const kinds = carrierKinds({ network: linkTo(env), binds: bindLink(env) });
  const builtIn = new Map(
    builtInCarriers(env).map(({ kind: wanted, ...set }) => {
      const kind = kinds.find(({ kind }) => kind === wanted);
      if (!kind) throw new Error(`carrier ${set.name}: there is no kind ${wanted}`);
      return [set.name, kind.open({ ...ground, ...set })] as const;
    }),
  );
  const isByRouteOnly = settingsOf(env).SANDBOX;
  return carriersInUse({ builtIn, kinds, table, sealer, ground, isByRouteOnly, outages, pace: paceOf(env) });
}

function alertOf({ ALERT_URL: url, ALERT_SECRET: secret }: Settings): Ports["alert"] {
  return url === undefined ? undefined : { url, headers: (id, at, body) => standardHeaders(secret, { id, at, body }) };
}

/** What an operator may set up. */
function formsOf(env: Env): Ports["carrierForms"] {
  const kinds = carrierKinds({ network: linkTo(env), binds: bindLink(env) }).filter(({ isBuiltIn }) => !isBuiltIn);
  return new Map(kinds.map((kind) => [kind.kind, carrierForm(kind)]));
}

/** Our own, without final slashes; the first is given out. */
function baseUrls(env: Env): string[] {
  const { PUBLIC_URL, LOCAL_URL } = settingsOf(env);
  const urls = PUBLIC_URL.length > 0 ? PUBLIC_URL : LOCAL_URL ? [LOCAL_URL] : [];
  return urls.map((url) => url.replace(/\/+$/, ""));
}

function linkTo(env: Env): NetworkLink {
  return {
    submit: (messages) => networkOf(env).submit(messages),
    query: (ids) => networkOf(env).query(ids),
    charge: (charges, until) => networkOf(env).charge(charges, until),
    reverse: (reversals, until) => networkOf(env).reverse(reversals, until),
    queryCharges: (ids) => networkOf(env).queryCharges(ids),
    subscriber: (msisdn) => networkOf(env).subscriber(msisdn),
    sendRegistration: (msisdn, shortNumber, text) => networkOf(env).sendRegistration(msisdn, shortNumber, text),
  };
}

/** Who the simulated network's subscribers are. */
function directoryOf(env: Env): Directory {
  return {
    byMsisdn: (msisdn) => networkOf(env).person(msisdn),
    search: (text, limit) => networkOf(env).people(text, limit),
  };
}

/** The simulated network, to be called by the request that asked: another's stub may not be used. */
export function networkOf(env: Env) {
  return env.SIMULATOR.get(env.SIMULATOR.idFromName("network"));
}
