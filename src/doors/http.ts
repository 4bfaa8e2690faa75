/** The app: every door that speaks HTTP. Dialects, the operator's API, the sandbox and the pages are mounted here. */

import { type Context, Hono, type Next } from "hono";
import { clientAddress, networkOf } from "../adapters/client-address.ts";
import { hearClock } from "../adapters/clock.ts";
import { reservePathsOf } from "../adapters/paths.ts";
import type { Kept } from "../adapters/request-log.ts";
import { holdUp, slowDown } from "../adapters/throttle.ts";
import { type AdminEnv, requireOperator } from "../admin/api.ts";
import { metrics } from "../admin/metrics.ts";
import { problem } from "../admin/problem.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import type { Dialect, DialectEnv } from "../dialects/dialect.ts";
import { type Env, type Settings, SettingsError, settingsOf } from "../env.ts";
import { dialects } from "../registry.ts";
import { worldOf } from "../sandbox/control.ts";
import { type SandboxEnv, sandbox } from "../sandbox/sandbox.ts";
import { consolePages } from "../web/console/console.tsx";
import type { ConsoleEnv } from "../web/console/console-env.ts";
import { numberOnNetwork } from "../web/network.ts";
import { type PageEnv, purchase } from "../web/purchase/purchase.tsx";
import { reference } from "../web/reference.tsx";
import { callbackForms, carriersOf, freshCarriers, gatewayOf, keeperOf, portsOf } from "../wire.ts";
import { admin } from "./admin.ts";
import { TooMuch } from "./body.ts";
import { hear } from "./carriers.ts";
import { openApi, openApiOf } from "./openapi.ts";
import { bring } from "./smpp/door.ts";

type AppEnv = {
  Bindings: Env;
  Variables: DialectEnv["Variables"] &
    AdminEnv["Variables"] &
    SandboxEnv["Variables"] &
    PageEnv["Variables"] &
    ConsoleEnv["Variables"];
};

const app = new Hono<AppEnv>({ strict: false });

/** The cheapest request there can be, against which the bench measures all others. It exists only there. */
app.get("/hello", (c, next) => (c.env.BENCH === "on" ? c.text("hello") : next()));

app.use(protect);

app.get("/assets/*", (c) => c.env.ASSETS.fetch(c.req.raw));

app.get("/health", async (c) => {
  try {
    await freshCarriers(c.env);
    if (gatewayOf(c.env).carriers().length === 0) {
      const why =
        "there is no carrier to send messages by: set one up (PUT /admin/v1/carriers/{name}), or set SANDBOX=on";
      return c.json({ status: "failing", why }, 503);
    }
    await c.env.DB.prepare("SELECT 1 FROM account LIMIT 1").all();
    return c.json({ status: "ok" });
  } catch (error) {
    const why = error instanceof SettingsError ? error.message : "the database does not answer";
    return c.json({ status: "failing", why }, 503);
  }
});

app.use(prepare);

app.use("/admin/*", async (c, next) => {
  c.set("operator", gatewayOf(c.env).operator);
  const authorization = c.req.header("authorization") ?? "";
  c.set("look", async (path) =>
    app.fetch(new Request(new URL(path, c.req.url), { headers: { authorization } }), c.env, c.executionCtx),
  );
  await next();
});

app.use("/sandbox/*", async (c, next) => {
  const hasWorld = settingsOf(c.env).SANDBOX;
  const ports = portsOf(c.env);
  c.set("carriers", [...ports.carriers.keys()]);
  c.set("world", hasWorld ? worldOf(c.env, ports, c.get("gateway")) : undefined);
  await next();
});

app.use("/console/*", async (c, next) => {
  c.set("hasSandbox", settingsOf(c.env).SANDBOX);
  c.set("keepsRequests", settingsOf(c.env).KEEP_REQUESTS);
  c.set("demoKey", settingsOf(c.env).DEMO_API_KEY);
  c.set("wall", c.get("ports").clock.wall);
  c.set("dialects", dialects);
  c.set("sessionPorts", portsOf(c.env));
  c.set("callbackForms", callbackForms);
  // The console is a client like any other: it has the operator's token, and its rights.
  c.set("api", async (method, path, json) =>
    app.fetch(
      new Request(new URL(path, c.req.url), {
        method,
        headers: {
          authorization: `Bearer ${c.get("adminToken")}`,
          "content-type": "application/json",
          // Who is at the console, for the audit log.
          "cf-connecting-ip": c.req.header("cf-connecting-ip") ?? "",
        },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      }),
      c.env,
      c.executionCtx,
    ),
  );
  await next();
});

for (const dialect of dialects) mount(app, dialect);

app.all("/carriers/:name/*", (c) =>
  hear(c, carriersOf(c.env).get(c.req.param("name")), {
    gateway: c.get("gateway"),
    fault: c.get("fault"),
    address: clientAddress(c.get("address"), c.req.header("x-forwarded-for"), settingsOf(c.env).TRUSTED_PROXIES),
  }),
);
app.route("/admin/v1", admin);
app.route("/sandbox/v1", sandbox);
app.get("/metrics", async (c) => {
  await requireOperator(c, true);
  const figures = await gatewayOf(c.env).operator.figures.now();
  return c.text(metrics(figures), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
});
app.route("/console", consolePages as unknown as Hono<AppEnv>);
app.get("/openapi.json", (c) => c.json(openApi(dialects, c.get("publicUrls")[0] ?? "")));
app.get("/docs", (c) => reference(openApi(dialects, c.get("publicUrls")[0] ?? "")));
app.get("/", (c) => c.redirect("/docs"));
// Last: it takes every path that no other route has.
app.route("/", purchase as unknown as Hono<AppEnv>);
reservePathsOf(app.routes);

app.notFound((c) => refuse(new GatewayError("not-found", `there is nothing at ${c.req.path}`), c.get("fault")));
app.onError((error, c) => refuse(error, c.get("fault")));

/** Security headers of every answer that does not set its own. */
async function protect(c: Context<AppEnv>, next: Next): Promise<void> {
  if (!URL.canParse(c.req.url)) c.req.raw = withoutHost(c.req.raw);
  const isSecure = (c.env.PUBLIC_URL || c.req.url).trimStart().startsWith("https:");
  await next();
  for (const [name, value] of isSecure ? WHERE_SECURE : PROTECTION) if (!c.res.headers.has(name)) c.header(name, value);
}

/** The variables of each request: the gateway, the caller's address, and the connection. */
async function prepare(c: Context<AppEnv>, next: Next): Promise<void> {
  const settings = settingsOf(c.env);
  const ports = portsOf(c.env);
  // First: whatever fails after this is logged with an id, and the caller learns that id alone.
  c.set("fault", (error) => {
    const id = ports.ids.uuid().slice(0, 8);
    ports.log.event("request.failed", { id, method: c.req.method, path: decoded(c.req.path), error: describe(error) });
    return id;
  });
  if (settings.SANDBOX) await hearClock(c.env.DB);
  await freshCarriers(c.env);
  // On Cloudflare the edge sets the caller's address. Without an edge the caller could set the header to anything.
  const address = settings.LOCAL_ADDRESS ?? c.req.header("cf-connecting-ip") ?? "";
  const isTrusted = settings.TRUSTED_PROXIES.includes(address);
  c.set("ports", ports);
  c.set("address", address);
  c.set("gateway", gatewayOf(c.env));
  c.set("publicUrls", publicUrls(settings, c.req.raw, isTrusted));
  // In the sandbox the console can put a browser on a handset's mobile data; elsewhere that is ignored.
  const simulated = settings.SANDBOX ? await numberOnNetwork(c, settings.ADMIN_TOKEN, ports.clock.wall()) : undefined;
  c.set("networkNumber", simulated ?? (isTrusted ? told(c.req.raw, settings.MSISDN_HEADER) : undefined));
  c.set("reference", (dialect) => openApiOf(dialect, c.get("publicUrls")[0] ?? ""));
  c.set("adminToken", settings.ADMIN_TOKEN);
  c.set("actorBy", (secretHash) => gatewayOf(c.env).operator.tokens.actor(secretHash));
  const network = networkOf(clientAddress(address, c.req.header("x-forwarded-for"), settings.TRUSTED_PROXIES));
  c.set("clientNetwork", network);
  c.set("slowDown", async () => void (await slowDown(address, "much")));
  c.set("guesses", {
    missed: async () => void (await slowDown(`guesses of ${network}`, "much")),
    holdUp: () => holdUp(`guesses of ${network}`, "much"),
  });
  c.set("isReserved", ports.isReserved);
  const kept = keep(c);
  if (kept) c.set("gateway", kept.gateway);
  await next();
  if (kept) c.executionCtx.waitUntil(kept.end(c.res));
  if (c.error instanceof TooMuch)
    ports.log.event("request.body_rejected", { path: decoded(c.req.path), ...c.error.seen });
  // By the kind of refusal, not by the status: two dialects answer 200 to a wrong key.
  if (c.error instanceof GatewayError && c.error.refusal === "unauthorised") {
    const slowed = await slowDown(address, OPERATORS.test(c.req.path) ? "much" : "a little");
    ports.log.event("auth.rejected", { path: decoded(c.req.path), ...slowed });
  }
}

const PROTECTION: readonly (readonly [string, string])[] = [
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "no-referrer"],
];
/** A year. Not for subdomains: they may be another operator's. */
const WHERE_SECURE = [...PROTECTION, ["strict-transport-security", "max-age=31536000"] as const];

/** Addresses that take the operator's token. */
const OPERATORS = /^\/(admin|sandbox|metrics)\b/;

function mount(to: Hono<AppEnv>, { app: spoken }: Dialect): void {
  const mounted = new Hono<AppEnv>();
  mounted.route("/", spoken as unknown as Hono<AppEnv>);
  to.route("/", mounted);
}

/** A router for each dialect alone, so that a request is matched against few routes. Unknown paths go to the whole app. */
const alone = new Map(
  dialects.flatMap((dialect) => {
    const own = new Hono<AppEnv>({ strict: false });
    own.use(protect);
    own.use(prepare);
    mount(own, dialect);
    own.notFound((c) => app.fetch(c.req.raw, c.env, c.executionCtx));
    own.onError((error, c) => refuse(error, c.get("fault")));
    return dialect.paths.map(({ path }) => [path.split("/", 2)[1] ?? "", own] as const);
  }),
);

/** A connection that the SMPP bridge brings: its answer is a WebSocket, which takes no headers of ours. */
const bridge = new Hono<{ Bindings: Env }>({ strict: false });
bridge.get("/smpp", bring);
bridge.all("/smpp/*", () => {
  throw new GatewayError("not-found", "the bridge's connections come to /smpp");
});
bridge.onError((error) => refuse(error, undefined));
reservePathsOf(bridge.routes);

/** The entry of all HTTP requests: the dialect's own router if the path has one, else the whole app. */
export const http = {
  fetch: (request: Request, env: Env, context: ExecutionContext) =>
    routerOf(beginningOf(pathIn(request.url), false)).fetch(request, env, context),
};

function routerOf(beginning: string) {
  return beginning === "smpp" ? bridge : (alone.get(beginning) ?? app);
}

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

function beginningOf(path: string, isCaseless = true): string {
  const beginning = path.split("/", 2)[1] ?? "";
  return isCaseless ? beginning.toLowerCase() : beginning;
}

/** From its first slash to its query. */
function pathIn(url: string): string {
  const path = url.slice(url.indexOf("/", url.indexOf("://") + 3));
  const end = path.search(/[?#]/);
  return end === -1 ? path : path.slice(0, end);
}

/** Outside the dialects, problem details; even when the settings are wrong and nothing else works. */
function refuse(error: unknown, fault: ((error: unknown) => string) | undefined): Response {
  return problem(error, fault ?? ((unplanned) => (unplanned instanceof SettingsError ? unplanned.message : "unknown")));
}

/**
 * The base URLs that a client may have been configured with: those that are set, the one that a trusted proxy forwards
 * for, or, where none is set, the address that was called.
 */
function publicUrls(settings: Settings, request: Request, isTrusted: boolean): string[] {
  const bases = [...settings.PUBLIC_URL, ...(isTrusted ? forwardedFor(request) : [])];
  return bases.length > 0 ? bases : [new URL(request.url).origin];
}

/** The address that a client called, as the proxy says. */
function forwardedFor({ headers, url }: Request): string[] {
  // Of several proxies in a row each adds its own; the client called the first.
  const said = (name: string) => headers.get(name)?.split(",", 1)[0]?.trim();
  const host = said("x-forwarded-host");
  const scheme = said("x-forwarded-proto") ?? new URL(url).protocol.slice(0, -1);
  return host ? [`${scheme}://${host}`.replace(/\/+$/, "")] : [];
}

/** The same request, for one whose Host header is not a host name: as if it had no such header. */
function withoutHost(request: Request): Request {
  const target = request.url.slice(request.url.indexOf("/", request.url.indexOf("://") + 3));
  return new Request(`http://localhost${target}`, request);
}

/** The header's value, if a header is set and the request has it. */
function told(request: Request, header: string | undefined): string | undefined {
  return (header && request.headers.get(header)) || undefined;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** A path as people read it, so that the log finds the numbers in it; without the key of a carrier's door. */
function decoded(given: string): string {
  const path = given.replace(/^(\/carriers\/[^/]*\/[^/]*\/).+/is, "$1***");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
