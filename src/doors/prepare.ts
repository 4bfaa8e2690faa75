/** What comes before each request's own door: protection, its caller, its gateway; and what is noted of its end. */

import type { Context, Next } from "hono";
import { matchedRoutes } from "hono/route";
import { clientAddress, networkOf } from "../adapters/client-address.ts";
import { hearClock } from "../adapters/clock.ts";
import type { Kept } from "../adapters/request-log.ts";
import { requestIdOf, runningFor, runsFor } from "../adapters/running.ts";
import { holdUp, slowDown } from "../adapters/throttle.ts";
import type { AdminEnv } from "../admin/api.ts";
import type { Caller } from "../core/accounts/account.ts";
import { OverLimit } from "../core/accounts/limits.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import { present } from "../core/kernel/present.ts";
import type { Actor } from "../core/operator/tokens.ts";
import type { DialectEnv } from "../dialects/dialect.ts";
import { type Env, settingsOf } from "../env.ts";
import { dialects } from "../registry.ts";
import { worldOf } from "../sandbox/control.ts";
import type { SandboxEnv } from "../sandbox/sandbox.ts";
import type { ConsoleEnv } from "../web/console/console-env.ts";
import { numberOnNetwork } from "../web/network.ts";
import type { PageEnv } from "../web/purchase/page-env.ts";
import { freshCarriers, gatewayOf, keeperOf, portsOf, tracesOf } from "../wire.ts";
import { beginningOf, decoded, publicUrls, told, withoutHost } from "./addresses.ts";
import { admission } from "./admission.ts";
import { TooMuch } from "./body.ts";
import { type Equipment, type Keyed, keyedRequest } from "./idempotency.ts";
import { openApiOf } from "./openapi.ts";

export type AppEnv = {
  Bindings: Env;
  Variables: DialectEnv["Variables"] &
    AdminEnv["Variables"] &
    SandboxEnv["Variables"] &
    PageEnv["Variables"] &
    ConsoleEnv["Variables"];
};

/** Requests that the console makes, each with whose session it is in: known by the object, which no one outside can hand us. */
const actingFor = new WeakMap<Request, Actor>();

/** Makes a request one of this operator's, who has been asked for already. */
export function inTheNameOf(actor: Actor | undefined, request: Request): Request {
  if (actor) actingFor.set(request, actor);
  return request;
}

/** Requests that a second operator has approved, with the approval; known in the same way. */
const approvedAs = new WeakMap<Request, string>();

/** Makes a request the one that carries out this approval. */
export function inExecutionOf(approval: string, request: Request): Request {
  approvedAs.set(request, approval);
  return request;
}

/** Security headers of every answer that does not set its own. */
export async function protect(c: Context<AppEnv>, next: Next): Promise<void> {
  if (!URL.canParse(c.req.url)) c.req.raw = withoutHost(c.req.raw);
  const isSecure = (c.env.PUBLIC_URL || c.req.url).trimStart().startsWith("https:");
  // What one request asks of our own API, as the console does, is done for that request.
  const outer = runsFor();
  const requestId = outer?.requestId ?? requestIdOf(c.req.header("x-request-id"));
  c.set("requestId", requestId);
  await (outer ? next() : runningFor({ requestId }, next));
  try {
    c.res.headers.set("x-request-id", requestId);
  } catch {
    // Of an answer that was fetched they cannot be set: this copies it. To copy each answer would take a tenth of its request.
    c.header("x-request-id", requestId);
  }
  const { headers } = c.res;
  for (const [name, value] of isSecure ? WHERE_SECURE : PROTECTION) if (!headers.has(name)) headers.set(name, value);
}

/** The variables of each request: the gateway, the caller's address, and the connection. */
export async function prepare(c: Context<AppEnv>, next: Next): Promise<void> {
  const settings = settingsOf(c.env);
  const ports = portsOf(c.env);
  const arrivedAt = ports.clock.wall();
  // First: whatever fails after this is logged with an id, and the caller learns that id alone.
  let faults = 0;
  c.set("fault", (error) => {
    faults++;
    const id = ports.ids.uuid().slice(0, 8);
    ports.log.event("request.failed", { id, method: c.req.method, path: decoded(c.req.path), error: describe(error) });
    return id;
  });
  if (settings.SANDBOX) await hearClock(c.env.DB);
  await freshCarriers(c.env);
  // On Cloudflare the edge sets the caller's address. Without an edge the caller could set the header to anything.
  const peer = settings.LOCAL_ADDRESS ?? c.req.header("cf-connecting-ip") ?? "";
  const isTrusted = settings.TRUSTED_PROXIES.includes(peer);
  const address = clientAddress(peer, c.req.header("x-forwarded-for"), settings.TRUSTED_PROXIES);
  c.set("ports", ports);
  c.set("address", address);
  c.set("gateway", gatewayOf(c.env));
  c.set("publicUrls", publicUrls(settings, c.req.raw, isTrusted));
  // In the sandbox the console can put a browser on a handset's mobile data; elsewhere that is ignored.
  const simulated = settings.SANDBOX ? await numberOnNetwork(c, settings.ADMIN_TOKEN, ports.clock.wall()) : undefined;
  c.set("networkNumber", simulated ?? (isTrusted ? told(c.req.raw, settings.MSISDN_HEADER) : undefined));
  c.set("reference", (dialect) => openApiOf(dialect, c.get("publicUrls")[0] ?? ""));
  c.set("adminToken", settings.ADMIN_TOKEN);
  c.set("actsAs", actingFor.get(c.req.raw));
  c.set("approved", approvedAs.get(c.req.raw));
  c.set("actorBy", (secretHash) => gatewayOf(c.env).operator.tokens.actor(secretHash));
  const network = networkOf(address);
  c.set("clientNetwork", network);
  c.set("clientAddress", address);
  c.set("admit", admitting(c, address));
  c.set("slowDown", async () => void (await slowDown(address, "much")));
  c.set("guesses", {
    missed: async () => void (await slowDown(`guesses of ${network}`, "much")),
    holdUp: () => holdUp(`guesses of ${network}`, "much"),
  });
  c.set("isReserved", ports.isReserved);
  const kept = keep(c);
  if (kept) c.set("gateway", kept.gateway);
  const isApproved = c.get("approved") !== undefined;
  const keyed = keyedRequest(c, { arrivedAt, refused: () => c.error, isFaulty: () => faults > 0, isApproved });
  c.set("claimKey", keyed ? async (scope, mustSeal) => equip(c, await keyed.claim(scope, mustSeal)) : undefined);
  c.set("claimFor", keyed ? (caller) => claimingFor(c, keyed, caller) : undefined);
  await traced(c, next);
  await keyed?.end();
  if (kept) c.executionCtx.waitUntil(kept.end(c.res));
  if (c.error instanceof OverLimit) c.header("retry-after", String(c.error.retryAfterSeconds));
  if (c.error instanceof TooMuch)
    ports.log.event("request.body_rejected", { path: decoded(c.req.path), ...c.error.seen });
  if (c.error instanceof GatewayError && c.error.refusal === "not-allowed") {
    const who = { by: c.get("actor")?.id, account: c.get("caller")?.account.id };
    ports.log.event("access.denied", { path: decoded(c.req.path), method: c.req.method, ...present(who) });
  }
  // By the kind of refusal, not by the status: two dialects answer 200 to a wrong key.
  if (c.error instanceof GatewayError && c.error.refusal === "unauthorised") {
    const slowed = await slowDown(address, OPERATORS.test(c.req.path) ? "much" : "a little");
    ports.log.event("auth.rejected", { path: decoded(c.req.path), ...slowed });
    ports.counts.count("auth_rejected", { api: apiAt(c.req.path) });
  }
}

/** The request as a piece of work that may be traced. What it brings in stands in its trace from then on. */
function traced(c: Context<AppEnv>, next: Next): Promise<void> {
  const traces = tracesOf(c.env);
  const facts = { method: c.req.method, dialect: apiAt(c.req.path) };
  const run = () => {
    const trace = traces.here();
    if (trace !== undefined) c.set("gateway", knowing(c.get("gateway"), { trace }));
    return next();
  };
  const told = () => ({ status: c.res.status, route: patternOf(c) });
  return traces.begin("request", { facts, traceparent: c.req.header("traceparent") }, run, told);
}

/** The pattern of the route that answered: nothing that its caller wrote is in it. */
function patternOf(c: Context<AppEnv>): string {
  const patterns = matchedRoutes(c).map(({ path }) => path);
  return patterns.findLast((pattern) => !pattern.endsWith("*")) ?? "*";
}

/** The gateway with the callers that it finds told of their request. */
function knowing(gateway: AppEnv["Variables"]["gateway"], more: Pick<Caller, "trace">): typeof gateway {
  const known = (caller: Caller | undefined) => caller && { ...caller, ...more };
  return {
    ...gateway,
    callerBySecret: (...given) => gateway.callerBySecret(...given).then(known),
    callerByKeyName: (...given) => gateway.callerByKeyName(...given).then(known),
  };
}

const admit = admission(dialects);

/** The check of a request's caller; a dialect that asks twice is answered as the first time. @param address the client's own */
function admitting(c: Context<AppEnv>, address: string): (caller: Caller) => Promise<void> {
  let asked: Promise<void> | undefined;
  return (caller) => {
    asked ??= (async () => {
      admit(caller, { method: c.req.method, path: c.req.path, address });
      await gatewayOf(c.env).takeRequest(caller);
    })();
    return asked;
  };
}

/** From its claim on, a request with an Idempotency-Key is carried out by ports of its own. */
function equip(c: Context<AppEnv>, keyed: Equipment): void {
  const { ports, gateway } = keyed;
  c.set("ports", ports);
  c.set("gateway", gateway);
  c.set("operator", gateway.operator);
  if (c.get("world")) c.set("world", worldOf(c.env, portsOf(c.env), gatewayOf(c.env), keyed));
}

/** The caller as they were when the request was begun: taken up again, it is judged by the same senders, settings and rights. */
async function claimingFor(c: Context<AppEnv>, keyed: Keyed, caller: Caller): Promise<Caller> {
  const equipment = await keyed.claim(`account ${caller.account.id}`);
  equip(c, equipment);
  return equipment.asBegun(caller);
}

/** Default security headers for answers that set none. API answers are not pages and must not be cached. */
const PROTECTION: readonly (readonly [string, string])[] = [
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "no-referrer"],
  ["content-security-policy", "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"],
  ["cache-control", "no-store"],
];
/** A year. Not for subdomains: they may be another operator's. */
const WHERE_SECURE = [...PROTECTION, ["strict-transport-security", "max-age=31536000"] as const];

/** Addresses that take the operator's token. */
const OPERATORS = /^\/(admin|sandbox|metrics)\b/;

/** The first segment of a path → the dialect that answers there, also for unknown paths. */
const SPOKEN_AT = new Map(
  dialects.flatMap(({ name, paths }) => paths.map(({ path }) => [beginningOf(path), name] as const)),
);

/** Those that are being kept: one that its dialect hands on to the whole app is kept once. */
const beingKept = new WeakSet<Request>();

/** Begins to keep a request to a dialect, if requests are kept. */
function keep(c: Context<AppEnv>): Kept | undefined {
  if (beingKept.has(c.req.raw)) return undefined;
  beingKept.add(c.req.raw);
  const dialect = SPOKEN_AT.get(beginningOf(c.req.path));
  return dialect === undefined ? undefined : keeperOf(c.env)?.begin(c.req.raw, dialect, c.get("gateway"));
}

/** The API that a path belongs to, for figures: a dialect, or one of our own. */
function apiAt(path: string): string {
  const beginning = beginningOf(path);
  return SPOKEN_AT.get(beginning) ?? (OPERATORS.test(path) ? beginning : "other");
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
