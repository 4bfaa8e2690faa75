/**
 * The console: what a developer opens first, and an operator to find out what became of something. It speaks to the admin
 * and the sandbox API alone, so whatever it can do, a program can do.
 */

import { Hono } from "hono";
import type { Child } from "hono/jsx";
import type { Session } from "../../core/operator/sessions.ts";
import { ApiError } from "./api.ts";
import { type C, type ConsoleEnv, formIn } from "./console-env.ts";
import { carriers } from "./pages/carriers.tsx";
import { charges } from "./pages/charges.tsx";
import { controls } from "./pages/controls.tsx";
import { handsets } from "./pages/handsets.tsx";
import { messages } from "./pages/messages.tsx";
import { overview } from "./pages/overview.tsx";
import { send } from "./pages/send.tsx";
import { sessions } from "./pages/sessions.tsx";
import { subscriptions } from "./pages/subscriptions.tsx";
import { webhooks } from "./pages/webhooks.tsx";
import { isToken, logIn, logOut, sessionOf } from "./session.ts";
import { setup } from "./setup/setup.tsx";
import { plainly } from "./ui/form.tsx";
import { bare, page, SECTIONS } from "./ui/layout.tsx";
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
  if (!token || !(await isToken(form.token ?? "", token))) {
    await c.get("slowDown")();
    return login(c, token ? "That is not the operator's token." : undefined, 401);
  }
  try {
    await logIn(c, token);
  } catch (error) {
    return unavailable(c, error);
  }
  return c.redirect(wayTo(c.req.query("to")), 303);
});

app.post("/logout", async (c) => {
  try {
    await logOut(c);
  } catch (error) {
    // The session still holds: a page that said otherwise would leave it open.
    return unavailable(c, error);
  }
  return c.redirect("/console/login", 303);
});

app.use(async (c, next) => {
  const token = c.get("adminToken");
  let session: Session | undefined;
  try {
    session = token === undefined ? undefined : await sessionOf(c, token);
  } catch (error) {
    return unavailable(c, error);
  }
  if (session) {
    c.set("session", session);
    return next();
  }
  const to = c.req.method === "GET" ? `?to=${encodeURIComponent(c.req.path + new URL(c.req.url).search)}` : "";
  return c.redirect(`/console/login${to}`, 303);
});

app.get("/", (c) => c.redirect(c.get("hasSandbox") ? "/console/handsets" : "/console/messages", 303));
app.get("/stream", stream);
app.route("/handsets", handsets);
app.route("/overview", overview);
app.route("/messages", messages);
app.route("/charges", charges);
app.route("/subscriptions", subscriptions);
app.route("/webhooks", webhooks);
app.route("/send", send);
app.route("/controls", controls);
app.route("/setup", setup);
app.route("/sessions", sessions);
app.route("/carriers", carriers);

app.all("*", (c) => deadEnd(c, "Not found", 404, <p>There is nothing at this address of the console.</p>));

app.onError((error, c) => {
  if (error instanceof ApiError) {
    return deadEnd(c, "That did not work", error.status, <p role="alert">{plainly(error.message)}</p>);
  }
  const id = c.get("fault")(error);
  return deadEnd(c, "Our fault", 500, <p role="alert">Something went wrong on our side. Fault {id}.</p>);
});

/** A page that has nothing but why, and the way back: to the section it is in, unless that is what did not work. */
function deadEnd(c: C, title: string, status: number, why: Child) {
  const section = SECTIONS.find(({ path }) => c.req.path === path || c.req.path.startsWith(`${path}/`));
  const isThere = section && c.req.path !== section.path && (c.get("hasSandbox") || !section.needsSandbox);
  const back = isThere ? section : { path: "/console", name: "the console" };
  return page(
    c,
    { title, status, ...(section ? { here: section.path } : {}) },
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
function unavailable(c: C, error: unknown) {
  const id = c.get("fault")(error);
  return bare(
    c,
    { title: "Unavailable", status: 503 },
    <>
      <h1>Stafett</h1>
      <p role="alert">
        The database does not answer, and sessions are kept in it. Nothing was changed. Try again in a moment. Fault{" "}
        {id}.
      </p>
    </>,
  );
}

/** The page that was asked for before the login, if it is in the console. */
function wayTo(to: string | undefined): string {
  const [, path] = /^(\/console(?:\/[\w./%+@-]*)?)(?:\?[!-~]*)?$/.exec(to ?? "") ?? [];
  return to && path && !path.includes("..") ? to : "/console";
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
  return bare(
    c,
    { title: "Log in", status },
    <>
      <h1>Stafett</h1>
      <form method="post" class="stack">
        <label for="token">The operator's token</label>
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
          <code>npm start</code> prints it; in a deployment it is the secret ADMIN_TOKEN.
        </p>
        <button type="submit">Log in</button>
      </form>
    </>,
  );
}
