/**
 * The console: what a developer opens first, and an operator to find out what became of something. It speaks to the admin
 * and the sandbox API alone, so whatever it can do, a program can do, and as the token that its user logged in with.
 */

import { Hono, type Next } from "hono";
import type { Child } from "hono/jsx";
import { PasskeyRefused } from "../../core/operator/passkeys.ts";
import type { Session } from "../../core/operator/sessions.ts";
import { SignInRefused } from "../../core/operator/sign-in.ts";
import type { Actor } from "../../core/operator/tokens.ts";
import { ApiError, Waits } from "./api.ts";
import { type C, type ConsoleEnv, formIn } from "./console-env.ts";
import { approvals } from "./pages/approvals.tsx";
import { audit } from "./pages/audit.tsx";
import { campaigns } from "./pages/campaigns.tsx";
import { carriers } from "./pages/carriers.tsx";
import { charges } from "./pages/charges.tsx";
import { controls } from "./pages/controls.tsx";
import { explain } from "./pages/explain.tsx";
import { handsets } from "./pages/handsets.tsx";
import { messages } from "./pages/messages.tsx";
import { overview } from "./pages/overview.tsx";
import { passkeys } from "./pages/passkeys.tsx";
import { routes } from "./pages/routes.tsx";
import { send } from "./pages/send.tsx";
import { sessions } from "./pages/sessions.tsx";
import { smpp } from "./pages/smpp.tsx";
import { subscriptions } from "./pages/subscriptions.tsx";
import { tokens } from "./pages/tokens.tsx";
import { tour } from "./pages/tour.tsx";
import { webhooks } from "./pages/webhooks.tsx";
import { isShown, neededFor, withoutTheForbidden } from "./rights.ts";
import { askForPasskey, refusedBy, takePasskey } from "./second-step.tsx";
import { logIn, logOut, sessionOf } from "./session.ts";
import { setup } from "./setup/setup.tsx";
import { comeBack, goOn, noSignIn, sendAway } from "./sign-in.tsx";
import { plainly } from "./ui/form.tsx";
import { bare, page } from "./ui/layout.tsx";
import { sectionOf } from "./ui/sections.ts";
import { stream } from "./ui/stream.ts";

const app = new Hono<ConsoleEnv>({ strict: false });
export const consolePages = app;

/** A form that another site had the browser send does nothing. */
app.use(async (c, next) => {
  if (!["GET", "HEAD"].includes(c.req.method) && !isOurs(c)) {
    return bare(c, { title: "Refused", status: 403 }, <p>This form did not come from this console.</p>);
  }
  await next();
});

function isOurs(c: C): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site) return site === "same-origin";
  const origin = c.req.header("origin");
  return origin === undefined || [new URL(c.req.url).origin, ...c.get("publicUrls").map(originOf)].includes(origin);
}

function originOf(url: string): string {
  return URL.parse(url)?.origin ?? "";
}

app.get("/login", (c) => login(c));

app.post("/login", async (c) => {
  const token = c.get("adminToken");
  const form = await formIn(c).catch((error: unknown) => {
    if (error instanceof ApiError) return error;
    throw error;
  });
  if (form instanceof ApiError) return login(c, form.message, form.status);
  if (!token) return login(c, undefined, 401);
  try {
    const actor = await c.get("actorOfToken")((form.token ?? "").trim());
    if (actor?.hasPasskey) return await askForPasskey(c, actor);
    await c.get("noteLogin")(actor);
    if (!actor) {
      await c.get("slowDown")();
      return login(c, "Invalid token: it is wrong, withdrawn or expired.", 401);
    }
    await logIn(c, token, actor);
  } catch (error) {
    return unavailable(c, error);
  }
  return c.redirect(wayTo(c.req.query("to")), 303);
});

app.post("/login/passkey", async (c) => {
  const token = c.get("adminToken");
  if (!token) return login(c, undefined, 401);
  try {
    const { actor, passkeyId } = await takePasskey(c);
    await c.get("noteLogin")(actor, { way: "passkey" });
    await logIn(c, token, actor, passkeyId);
  } catch (error) {
    if (!(error instanceof PasskeyRefused)) return unavailable(c, error);
    await c.get("noteLogin")(undefined, refusedBy(error));
    await c.get("slowDown")();
    return login(c, error.message, 401);
  }
  return c.redirect(wayTo(c.req.query("to")), 303);
});

app.get("/sign-in", async (c) => {
  try {
    return (await sendAway(c, wayTo(c.req.query("to")))) ?? noSignIn(c);
  } catch (error) {
    return unavailable(c, error, "The sign-in provider does not answer.");
  }
});

app.get("/sign-in/callback", async (c) => {
  const signIn = c.get("signIn");
  const token = c.get("adminToken");
  if (!signIn || !token) return noSignIn(c);
  try {
    const { actor, to } = await comeBack(c, signIn);
    await c.get("noteLogin")(actor, { way: signIn.name });
    await logIn(c, token, actor);
    return goOn(c, to);
  } catch (error) {
    if (!(error instanceof SignInRefused)) return unavailable(c, error);
    await c.get("noteLogin")(undefined, { way: signIn.name, why: error.why });
    await c.get("slowDown")();
    return login(c, error.message, 401);
  }
});

app.post("/logout", async (c) => {
  try {
    await logOut(c);
  } catch (error) {
    // The session still holds: a page that said otherwise would leave it open.
    return unavailable(c, error);
  }
  // Pages are not stored; what the browser keeps beside them goes, too. The cookie is gone by its own header.
  c.header("clear-site-data", '"cache", "storage"');
  return c.redirect("/console/login", 303);
});

app.use(async (c, next) => {
  const token = c.get("adminToken");
  let known: Awaited<ReturnType<typeof sessionOf>>;
  try {
    known = token === undefined ? undefined : await sessionOf(c, token);
  } catch (error) {
    return unavailable(c, error);
  }
  if (known) return asIs(c, known, next);
  const to = c.req.method === "GET" ? `?to=${encodeURIComponent(c.req.path + new URL(c.req.url).search)}` : "";
  return c.redirect(`/console/login${to}`, 303);
});

/** The page as its reader may use it. */
async function asIs(
  c: C,
  { session, actor }: { session: Session; actor: Actor },
  next: Next,
): Promise<Response | undefined> {
  const may = (address: string) => c.get("mayCall")(actor, address);
  c.set("session", session);
  c.set("actor", actor);
  c.set("may", may);
  c.set("hasSandbox", c.get("hasSandbox") && may("GET /sandbox/v1/clock"));
  c.set("keepsRequests", c.get("keepsRequests") && may("GET /admin/v1/exchanges"));
  if (neededFor(c.req.method, c.req.path) && !isShown(may, c.req.method, c.req.path)) {
    return deadEnd(c, "Not allowed", 403, <p role="alert">Your role, {actor.role}, does not include this page.</p>);
  }
  await next();
  const isPage = c.res.headers.get("content-type")?.startsWith("text/html") ?? false;
  if (isPage && actor.role !== "owner") c.res = withoutTheForbidden(c.res, c.req.path, may);
  return undefined;
}

app.get("/", (c) => c.redirect(c.get("hasSandbox") ? "/console/handsets" : "/console/messages", 303));
app.get("/stream", stream);
app.route("/handsets", handsets);
app.route("/overview", overview);
app.route("/tour", tour);
app.route("/messages", messages);
app.route("/campaigns", campaigns);
app.route("/charges", charges);
app.route("/subscriptions", subscriptions);
app.route("/webhooks", webhooks);
app.route("/send", send);
app.route("/controls", controls);
app.route("/setup", setup);
app.route("/tokens", tokens);
app.route("/tokens", passkeys);
app.route("/sessions", sessions);
app.route("/audit", audit);
app.route("/approvals", approvals);
app.route("/carriers", carriers);
app.route("/smpp", smpp);
app.route("/routes", routes);
app.route("/explain", explain);

app.all("*", (c) => deadEnd(c, "Not found", 404, <p>There is no console page at this address.</p>));

app.onError((error, c) => {
  if (error instanceof Waits) {
    return deadEnd(c, "Waiting for approval", 202, <p role="status">{error.message}</p>);
  }
  if (error instanceof ApiError) {
    return deadEnd(c, "That did not work", error.status, <p role="alert">{plainly(error.message)}</p>);
  }
  const id = c.get("fault")(error);
  return deadEnd(c, "Internal error", 500, <p role="alert">Something went wrong on our side. Error id: {id}.</p>);
});

/** A page that has nothing but why, and the way back: to the section it is in, unless that is what did not work. */
function deadEnd(c: C, title: string, status: number, why: Child) {
  const section = sectionOf(c.req.path);
  const isThere = section && c.req.path !== section.path && (c.get("hasSandbox") || !section.needsSandbox);
  const back = isThere ? section : { path: "/console", name: "the console" };
  return page(
    c,
    { title, status },
    <>
      <h1>{title}</h1>
      {why}
      <p>
        <a href={back.path}>Back to {back.name}</a>
      </p>
    </>,
  );
}

/** Sessions are in the database: without it no one can log in or out. */
function unavailable(c: C, error: unknown, why = "The database does not answer, and sessions are kept in it.") {
  const id = c.get("fault")(error);
  return bare(
    c,
    { title: "Unavailable", status: 503 },
    <>
      <h1>Stafett</h1>
      <p role="alert">
        {why} Nothing was changed. Try again in a moment. Fault {id}.
      </p>
    </>,
  );
}

/** The page that was asked for before the login, if it is in the console. */
function wayTo(to: string | undefined): string {
  const [, path] = /^(\/console(?:\/[\w./%+@-]*)?)(?:\?[!-~]*)?$/.exec(to ?? "") ?? [];
  const isPage = path !== undefined && !path.includes("..") && !path.startsWith("/console/login");
  return to && isPage ? to : "/console";
}

function login(c: C, mistake?: string, status = 200) {
  if (!c.get("adminToken")) {
    return bare(
      c,
      { title: "No operator", status: 403 },
      <>
        <h1>Stafett</h1>
        <p>The setting ADMIN_TOKEN is missing, so the console is closed.</p>
      </>,
    );
  }
  const signIn = c.get("signIn");
  const to = c.req.query("to");
  const on = to === undefined ? "" : `?to=${encodeURIComponent(to)}`;
  return bare(
    c,
    { title: "Log in", status },
    <>
      <h1>Stafett</h1>
      <form method="post" action={`/console/login${on}`} class="stack">
        <label for="token">Your token</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          aria-describedby={mistake ? "mistake" : "where"}
          aria-invalid={mistake ? "true" : undefined}
        />
        {mistake && (
          <p id="mistake" class="notice bad" role="alert">
            {mistake}
          </p>
        )}
        <p id="where" class="hint">
          One that an owner made for you, or the operator's: <code>npm start</code> prints that; in a deployment it is
          the secret ADMIN_TOKEN.
        </p>
        <button type="submit">Log in</button>
      </form>
      {signIn && (
        <p>
          <a href={`/console/sign-in${on}`}>Sign in at {signIn.name}</a>
        </p>
      )}
    </>,
  );
}
