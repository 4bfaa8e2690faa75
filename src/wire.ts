/** Bindings become ports, ports become a gateway. Which dialects and carriers there are is said in registry.ts. */

import { waitUntil } from "cloudflare:workers";
import { hearClock, heardForwarding, realClock, sandboxClock } from "./adapters/clock.ts";
import { makeCodes } from "./adapters/codes.ts";
import { makeCounts } from "./adapters/counts.ts";
import { makeDigests } from "./adapters/digests.ts";
import { forwardingStore } from "./adapters/forwarding.ts";
import { makeHttp } from "./adapters/http-out.ts";
import { makeLog } from "./adapters/log.ts";
import { passkeyCheck } from "./adapters/passkeys.ts";
import { isReserved } from "./adapters/paths.ts";
import { drawnAhead } from "./adapters/randomness.ts";
import { type Keeper, makeKeeper } from "./adapters/request-log.ts";
import { runsFor } from "./adapters/running.ts";
import { makeSealer } from "./adapters/sealer.ts";
import { makeSeals } from "./adapters/seals.ts";
import { withSessions } from "./adapters/session-out.ts";
import { makeSigner } from "./adapters/signer.ts";
import { standardHeaders, standardSigner } from "./adapters/standard-webhooks.ts";
import { type RootTraces, tracedHttp } from "./adapters/traces.ts";
import { hashOf } from "./admin/api.ts";
import { carrierForm, type Ground, type OpenCarrier } from "./carriers/carrier.ts";
import type { NetworkLink } from "./carriers/simulator/simulator.ts";
import type { CallbackForm } from "./core/accounts/callback-fields.ts";
import { type Directory, emptyDirectory } from "./core/directory.ts";
import { makeGateway, type WholeGateway } from "./core/gateway.ts";
import { begunBefore } from "./core/idempotency/key.ts";
import type { Begun } from "./core/idempotency/store.ts";
import { toBase64Url } from "./core/kernel/base64.ts";
import { makeIds } from "./core/kernel/ids.ts";
import type { Log, Seals } from "./core/kernel/ports.ts";
import { OURS } from "./core/messages/own.ts";
import type { IdentityProvider } from "./core/operator/sign-in.ts";
import type { Ports } from "./core/ports.ts";
import { stafettCallbacks } from "./dialects/stafett/callback-form.ts";
import { stafettWebhooks } from "./dialects/stafett/webhooks.ts";
import { stafettWindows } from "./dialects/stafett/windows.ts";
import { type CarriersInUse, carriersInUse } from "./doors/carriers-in-use.ts";
import { databaseOf } from "./doors/database.ts";
import { providerOf } from "./doors/identity.ts";
import { intakeOf, type KeyedArrivals } from "./doors/intake.ts";
import { paceOf } from "./doors/pace.ts";
import { jobsOf } from "./doors/queue.ts";
import { ratesOf } from "./doors/rates.ts";
import { bindLink } from "./doors/smpp/bind-links.ts";
import { smppInSight } from "./doors/smpp/sight.ts";
import { tracesTo } from "./doors/tracing.ts";
import { type Env, type Settings, settingsOf } from "./env.ts";
import { carriersInUse as builtInCarriers, carrierKinds, dialects } from "./registry.ts";
import { DEMO } from "./sandbox/demo.ts";
import { recorded } from "./store/idempotency/recorded.ts";
import { countStore } from "./store/operator/counts.ts";
import { exchangeStore } from "./store/operator/exchanges.ts";
import { rememberRoutes } from "./store/operator/remembered-routes.ts";
import { serverKeyStore } from "./store/operator/server-keys.ts";
import { sealingIntake } from "./store/sealed/intake.ts";
import { storesOf } from "./store/stores.ts";

/** Our own words beside theirs, for what no provider tells of. */
const formats = new Map([...dialects.map(({ name, webhooks }) => [name, webhooks] as const), [OURS, stafettWebhooks]]);
const windowFormats = new Map([
  ...dialects.flatMap(({ name, windows }) => (windows ? [[name, windows] as const] : [])),
  [OURS, stafettWindows] as const,
]);
const previews = new Map(dialects.flatMap(({ name, preview }) => (preview ? [[name, preview] as const] : [])));
/** What an operator may say of where each dialect calls customers. */
export const callbackForms: ReadonlyMap<string, CallbackForm> = new Map([
  ...dialects.map(({ name, callbackForm }) => [name, callbackForm] as const),
  [OURS, stafettCallbacks],
]);
const securitySchemes = dialects.map((dialect) => dialect.securitySchemes);
const credentialForms = new Map(dialects.map((dialect) => [dialect.name, dialect.credentials]));
const demoSettings = Object.assign({}, ...dialects.map(({ settingsForm }) => settingsForm?.demo));

/** Made once for each isolate, so nothing in them may belong to a request. */
const made = new WeakMap<Env, Wired>();

type Wired = {
  identityProvider: IdentityProvider | undefined;
  traces: RootTraces;
  ports: Ports;
  gateway: WholeGateway;
  keeper: Keeper;
  carriers: CarriersInUse;
};

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
    const keeper = makeKeeper({ clock, ids, log, requestId }, exchangeStore(databaseOf(env)), securitySchemes);
    const traces = tracesTo(env, { clock, log });
    const direct = makeHttp({ allowPrivate: settingsOf(env).ALLOW_PRIVATE_WEBHOOKS, wall: clock.wall });
    const http = withSessions(
      tracedHttp(direct, traces),
      (name, body) => env.SMPP.get(env.SMPP.idFromName(name)).deliver(name, body),
      clock.wall,
    );
    const rest = makePorts(env, { clock, ids, log, traces });
    const carriers = openCarriers(env, { http, wall: clock.wall, now: clock.now, log }, rest);
    const ports = {
      ...rest,
      http,
      carriers: carriers.carriers,
      refreshCarriers: carriers.refresh,
      exchanges: keeper.store,
    };
    const identityProvider = providerOf(settingsOf(env), clock.wall);
    all = { identityProvider, traces, ports, gateway: makeGateway(ports), keeper, carriers };
    made.set(env, all);
  }
  return all;
}

/** Where people sign in to the console; undefined where they have tokens alone. */
export function identityProviderOf(env: Env): IdentityProvider | undefined {
  return wired(env).identityProvider;
}

/** Where traces begin; where none are wanted, work is only done. */
export function tracesOf(env: Env): RootTraces {
  return wired(env).traces;
}

const requestId = () => runsFor()?.requestId;
const drawn = drawnAhead((bytes) => crypto.getRandomValues(bytes));

function groundOf(env: Env): Pick<Ports, "clock" | "ids" | "log"> {
  const clock = settingsOf(env).SANDBOX ? sandboxClock : realClock;
  return {
    clock,
    ids: makeIds(clock, drawn),
    log: makeLog(clock.now, waitUntil, requestId),
  };
}

function makePorts(
  env: Env,
  { clock, ids, log, traces }: Pick<Ports, "clock" | "ids" | "log" | "traces">,
): Omit<Ports, "exchanges" | "http" | "carriers" | "refreshCarriers"> {
  const settings = settingsOf(env);
  const stores = allStores(env, databaseOf(env), clock, log);
  const counted = countStore(databaseOf(env));
  return {
    ...stores,
    ...(settings.SANDBOX ? { webhooks: forwardingStore(stores.webhooks, heardForwarding) } : {}),
    clock,
    ids,
    intake: sealingIntake(intakeOf(env, clock), sealsOf(env)),
    jobs: jobsOf(env, log),
    pace: paceOf(env),
    log,
    traces,
    signer: makeSigner({
      signingKey: settings.SIGNING_KEY,
      name: settings.SIGNING_KEY_NAME,
      others: settings.SIGNING_KEY_PREVIOUS,
      keys: serverKeyStore(databaseOf(env)),
      wall: clock.wall,
      log,
    }),
    codes: makeCodes({
      digests: {
        ...makeDigests(settings.keys.digests, (purpose, key) => log.event("digest.key_missing", { purpose, key })),
        sealedAs: async (number) => (await sealsOf(env).numberForms(number)).all.filter((form) => form !== number),
      },
      isSandbox: settings.SANDBOX,
    }),
    rates: ratesOf(env),
    counts: makeCounts(counted, {
      sleep: clock.sleep,
      keepAlive: waitUntil,
      failed: (error) => log.event("counts.write_failed", { error: String(error) }),
      now: clock.wall,
    }),
    countStore: counted,
    alert: alertOf(settings),
    smpp: smppInSight(env, () => carriersOf(env)),
    fourEyes: settings.FOUR_EYES,
    carrierForms: formsOf(env),
    sealer: makeSealer(settings.keys.secrets),
    standard: standardSigner,
    passkeyCheck,
    beginOutside: async () => {},
    recall: (_, make) => make(),
    newDoorKey: () => toBase64Url(crypto.getRandomValues(new Uint8Array(24))),
    routes: rememberRoutes({ ofMessages: stores.messages.routes, ofCharges: stores.transactions.routes }, clock.wall),
    directory: settings.SANDBOX ? directoryOf(env) : emptyDirectory,
    publicUrl: baseUrls(env)[0] ?? "",
    isSandbox: settings.SANDBOX,
    isReserved,
    formats,
    windowFormats,
    credentialForms,
    demoSettings,
    previews,
    retention: settings.RETENTION_DAYS * 86_400_000,
    renewalsAtOnce: settings.RENEWALS_PER_MINUTE,
    auditRetention: settings.AUDIT_RETENTION_DAYS * 86_400_000,
    hash: hashOf,
  };
}

function allStores(env: Env, db: D1Database, clock: Ports["clock"], log: Log) {
  const { SANDBOX, DEMO_API_KEY } = settingsOf(env);
  const demo = SANDBOX && DEMO_API_KEY ? DEMO : undefined;
  return storesOf(db, { formats, demo, wall: clock.wall, seals: sealsOf(env), log });
}

const seals = new WeakMap<Env, Seals>();

/** Made once for each isolate: its keys are imported once. */
function sealsOf(env: Env): Seals {
  const made = seals.get(env) ?? makeSeals(settingsOf(env).keys.data);
  seals.set(env, made);
  return made;
}

/** What one request with an Idempotency-Key has of its own. */
export type OfOneRequest = {
  clock: Ports["clock"];
  random: (bytes: Uint8Array) => void;
  arrivals: Omit<KeyedArrivals, "carry">;
};

/** The ports for one request with an Idempotency-Key: each write is marked, and its ids come of its seed. */
export function keyedPorts(env: Env, begun: Begun, { clock, random, arrivals }: OfOneRequest) {
  const settings = settingsOf(env);
  const { keys, codes, sealer } = portsOf(env);
  const hasBegunOutside = begun.record.some((entry) => "began" in entry && entry.began === "outside");
  const record = recorded(databaseOf(env), begun, sealer);
  const ports: Ports = {
    ...portsOf(env),
    ...allStores(env, record.db, clock, portsOf(env).log),
    clock,
    ids: makeIds(clock, random),
    codes: makeCodes({ digests: codes, isSandbox: settings.SANDBOX, random }),
    intake: sealingIntake(intakeOf(env, clock, { ...arrivals, carry: record.carry }), sealsOf(env)),
    recall: record.recall,
    async beginOutside() {
      if (hasBegunOutside) throw begunBefore();
      arrivals.wrote();
      await keys.begin(begun, "outside");
    },
  };
  return { ports, gateway: makeGateway(ports), hasWritten: record.hasWritten };
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
