/** The app: every door that speaks HTTP. Dialects, the operator's API, the sandbox and the pages are mounted here. */

import { type Context, Hono } from "hono";
import { reservePathsOf } from "../adapters/paths.ts";
import { mayCall } from "../admin/access.ts";
import { actorOfToken, hashOf, mayUseSandbox, requireOperator } from "../admin/api.ts";
import { metrics } from "../admin/metrics.ts";
import { problem } from "../admin/problem.ts";
import { inProgress } from "../core/idempotency/key.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import { askPasskey, usePasskey } from "../core/operator/passkeys.ts";
import { beginSignIn, endSignIn } from "../core/operator/sign-in.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { type Env, SettingsError, settingsOf } from "../env.ts";
import { dialects } from "../registry.ts";
import { worldOf } from "../sandbox/control.ts";
import { sandbox } from "../sandbox/sandbox.ts";
import { consolePages } from "../web/console/console.tsx";
import { purchase } from "../web/purchase/purchase.tsx";
import { callbackForms, carriersOf, freshCarriers, gatewayOf, identityProviderOf, portsOf } from "../wire.ts";
import { beginningOf, pathIn, siteOf } from "./addresses.ts";
import { admin } from "./admin.ts";
import { hear } from "./carriers.ts";
import { KEY_HEADER } from "./idempotency.ts";
import { apis, openApi } from "./openapi.ts";
import { type AppEnv, inExecutionOf, inTheNameOf, prepare, protect } from "./prepare.ts";
import { bring } from "./smpp/door.ts";

const app = new Hono<AppEnv>({ strict: false });

const HALF_A_YEAR = 182 * 86_400_000;

/** The headers that tell where a request comes from, for one that is made in its name. */
function whereFrom({ req }: Context<AppEnv>): Record<string, string> {
  const forwarded = req.header("x-forwarded-for");
  return {
    "cf-connecting-ip": req.header("cf-connecting-ip") ?? "",
    ...(forwarded === undefined ? {} : { "x-forwarded-for": forwarded }),
  };
}

/** A page of the documentation, or that there is none such. */
async function page(c: Context<AppEnv>): Promise<Response> {
  const answer = await c.env.ASSETS.fetch(c.req.raw);
  if (answer.status !== 404) return answer;
  const none = await c.env.ASSETS.fetch(new URL("/docs/none", c.req.url));
  return new Response(none.body, { status: 404, headers: none.headers });
}

/** The cheapest request there can be, against which the bench measures all others. It exists only there. */
app.get("/hello", (c, next) => (c.env.BENCH === "on" ? c.text("hello") : next()));

app.use(protect);

app.get("/assets/*", (c) => c.env.ASSETS.fetch(c.req.raw));
/** One API as OpenAPI; all else of the documentation is files, and can be read where nothing else works. */
const API_DOCUMENT = /^\/docs\/api\/\w+\/openapi\.json$/;
for (const path of ["/docs", "/docs.md", "/docs/*", "/llms.txt"]) {
  app.get(path, (c, next) => (API_DOCUMENT.test(c.req.path) ? next() : page(c)));
}

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

/** RFC 9116. It says that it holds for less than a year, and is made anew each time. */
app.get("/.well-known/security.txt", (c, next) => {
  const contact = settingsOf(c.env).SECURITY_CONTACT;
  if (contact === undefined) return next();
  const expires = new Date(c.get("ports").clock.wall() + HALF_A_YEAR).toISOString();
  const lines = [`Contact: ${contact}`, `Expires: ${expires}`, "Preferred-Languages: en"];
  const canonical = settingsOf(c.env).PUBLIC_URL.map((url) => `Canonical: ${url}/.well-known/security.txt`);
  return c.text(`${[...lines, ...canonical].join("\n")}\n`, 200, { "content-type": "text/plain; charset=utf-8" });
});

app.use("/admin/*", async (c, next) => {
  c.set("operator", gatewayOf(c.env).operator);
  const authorization = c.req.header("authorization") ?? "";
  c.set("fourEyes", settingsOf(c.env).FOUR_EYES);
  c.set("site", siteOf(c.get("publicUrls"), c.req.raw));
  c.set("carryOut", async ({ method, path, contentType, body }, approval) => {
    // Whoever approves, and however often it is taken up: it is one request, and is done once.
    const headers = { "content-type": contentType, ...whereFrom(c), [KEY_HEADER]: approval };
    const request = new Request(new URL(path, c.req.url), { method, headers, ...(body === "" ? {} : { body }) });
    const own = inTheNameOf(c.get("actor"), inExecutionOf(approval, request));
    const answer = await app.fetch(own, c.env, c.executionCtx);
    // Begun by an attempt before, which may be at it still: nothing has come of it yet, and it is asked for again.
    if (answer.status === 409 && answer.headers.has("retry-after")) throw inProgress();
    return answer;
  });
  c.set("look", async (path) => {
    const request = new Request(new URL(path, c.req.url), { headers: { authorization } });
    return app.fetch(inTheNameOf(c.get("actsAs"), request), c.env, c.executionCtx);
  });
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
  c.set("now", c.get("ports").clock.now);
  c.set("wall", c.get("ports").clock.wall);
  c.set("dialects", dialects);
  c.set("sessionPorts", portsOf(c.env));
  c.set("callbackForms", callbackForms);
  c.set("actorOfToken", (given) => actorOfToken(given, c.get("adminToken") ?? "", c.get("actorBy")));
  c.set("mayCall", (actor, address) =>
    address.includes(" /sandbox/")
      ? mayUseSandbox(actor, address.startsWith("GET "))
      : mayCall(actor, address.replace("/admin/v1", "").replace(/\{(\w+)\}/g, ":$1")),
  );
  c.set("noteLogin", (actor, by) =>
    gatewayOf(c.env).operator.audit.login({ actor, address: c.get("address"), ...(by ? { by } : {}) }, hashOf),
  );
  const provider = identityProviderOf(c.env);
  const signInPorts = portsOf(c.env);
  c.set(
    "signIn",
    provider && {
      name: provider.name,
      begin: (asked) => beginSignIn(signInPorts, provider, asked),
      end: (answered) => endSignIn(signInPorts, provider, answered),
    },
  );
  const site = siteOf(c.get("publicUrls"), c.req.raw);
  c.set(
    "passkeys",
    site && {
      ask: (token) => askPasskey(signInPorts, token, site),
      use: (answered) => usePasskey(signInPorts, { ...answered, site }),
    },
  );
  // The console is a client like any other: it has the rights of whoever logged in, and no more.
  c.set("api", async (method, path, { json, csv }) => {
    const request = new Request(new URL(path, c.req.url), {
      method,
      headers: {
        "content-type": csv === undefined ? "application/json" : "text/csv",
        // Where whoever is at the console calls from, for the audit log.
        ...whereFrom(c),
      },
      body: csv ?? (json === undefined ? null : JSON.stringify(json)),
    });
    return app.fetch(inTheNameOf(c.get("actor"), request), c.env, c.executionCtx);
  });
  await next();
});

for (const dialect of dialects) mount(app, dialect);

app.all("/carriers/:name/*", (c) =>
  hear(c, carriersOf(c.env).get(c.req.param("name")), {
    gateway: c.get("gateway"),
    fault: c.get("fault"),
    address: c.get("address"),
    requestId: c.get("requestId"),
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
app.get("/docs/api/:name/openapi.json", (c) => {
  const { document } = apis(dialects).find(({ name }) => name === c.req.param("name")) ?? {};
  if (!document) throw new GatewayError("not-found", "there is no such API; /docs/api lists them");
  return c.json({ ...document, servers: [{ url: c.get("publicUrls")[0] ?? "" }] });
});
app.get("/", (c) => c.redirect("/docs"));
// Last: it takes every path that no other route has.
app.route("/", purchase as unknown as Hono<AppEnv>);
reservePathsOf(app.routes);

app.notFound((c) =>
  refuse(new GatewayError("not-found", `there is nothing at ${c.req.path}`), c.get("fault"), c.get("requestId")),
);
app.onError((error, c) => refuse(error, c.get("fault"), c.get("requestId")));

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
    own.onError((error, c) => refuse(error, c.get("fault"), c.get("requestId")));
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

/** Outside the dialects, problem details; even when the settings are wrong and nothing else works. */
function refuse(error: unknown, fault: ((error: unknown) => string) | undefined, requestId?: string): Response {
  const say = (unplanned: unknown) => (unplanned instanceof SettingsError ? unplanned.message : "unknown");
  return problem(error, fault ?? say, requestId);
}
