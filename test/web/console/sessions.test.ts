/** Sessions of the console: begun with the token, ended by logging out, listed, and ended from another browser. */

import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import {
  beginSession,
  knownSession,
  SESSION_LIFE,
  shortAddress,
  shortBrowser,
} from "../../../src/core/operator/sessions.ts";
import { OF_THE_SETTINGS } from "../../../src/core/operator/tokens.ts";
import { tidy } from "../../../src/core/tidy.ts";
import { consolePages } from "../../../src/web/console/console.tsx";
import { looksRight, PHONE, useConsole } from "../../support/console.ts";
import { ADMIN_TOKEN, useGateway } from "../../support/gateway.ts";
import { surroundings } from "../../support/ports.ts";

type Listed = { id: string; browser: string; address: string; seenAt: string };
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

describe("a session of the console", () => {
  const gateway = useGateway();
  const console = useConsole(gateway);

  const logIn = async (token = ADMIN_TOKEN, browser = FIREFOX) => {
    const answer = await gateway.fetch("/console/login", {
      method: "POST",
      headers: { "user-agent": browser },
      body: new URLSearchParams({ token }),
    });
    return answer.headers.get("set-cookie") ?? "";
  };
  const cookieOf = (set: string) => set.split(";")[0] ?? "";
  const pageWith = (cookie: string, path = "/console/setup") => gateway.fetch(path, { headers: { cookie } });
  const list = async () => (await gateway.operator<{ items: Listed[] }>("GET", "/admin/v1/sessions")).items;

  it("is a random secret in a cookie that no script reads, and is kept only as a digest", async () => {
    const [one, other] = [await logIn(), await logIn()];
    expect(one).toMatch(/^stafett_console=[0-9a-f]{64}; Max-Age=43200; Path=\/console; HttpOnly; SameSite=Strict$/);
    expect(cookieOf(one)).not.toBe(cookieOf(other));
    expect((await pageWith(cookieOf(one))).status).toBe(200);
    const secret = cookieOf(one).replace("stafett_console=", "");
    expect(JSON.stringify(await list())).not.toContain(secret);
  });

  it("ends when its user logs out: a copy of the cookie is worth nothing", async () => {
    const cookie = cookieOf(await logIn());
    const answer = await gateway.fetch("/console/logout", { method: "POST", headers: { cookie } });
    expect(answer.headers.get("location")).toBe("/console/login");
    expect(answer.headers.get("clear-site-data")).toBe('"cache", "storage"');
    expect((await pageWith(cookie)).status).toBe(303);
  });

  it("is listed with its browser, and can be ended by the API", async () => {
    const cookie = cookieOf(await logIn(ADMIN_TOKEN, "curl/8.5.0"));
    const mine = (await list()).find(({ browser }) => browser === "curl/8.5.0");
    expect(mine).toMatchObject({ seenAt: expect.stringMatching(/Z$/) });
    await gateway.operator("DELETE", `/admin/v1/sessions/${mine?.id}`);
    expect((await pageWith(cookie)).status).toBe(303);
    expect(await gateway.refusal("DELETE", `/admin/v1/sessions/${mine?.id}`)).toMatchObject({ status: 404 });
  });

  it("is not had without the token, nor by a made-up cookie", async () => {
    expect(await logIn("not-the-token")).toBe("");
    for (const value of ["", "0".repeat(64), `${"0".repeat(64)}.x`, "9999999999.abc"]) {
      expect((await pageWith(`stafett_console=${value}`)).status).toBe(303);
    }
  });

  it.each([true, false])(
    "is ended from another browser by a button, with JavaScript: %s",
    async (javaScriptEnabled) => {
      const cookie = cookieOf(await logIn());
      const tab = await console.enter("/console/setup", { javaScriptEnabled });
      await tab.page.getByRole("link", { name: "Sessions" }).click();
      await tab.page.getByText("this browser").waitFor();
      while ((await pageWith(cookie)).status === 200) {
        await tab.page.getByRole("button", { name: "End the session of Firefox 145, Linux" }).first().click();
        await tab.page.getByText("Session ended.").waitFor();
      }
      await tab.page.getByRole("button", { name: "End this session" }).click();
      await tab.page.waitForURL("**/console/login?**");
    },
  );

  it.each([
    { name: "desk", options: {} },
    { name: "phone", options: { viewport: PHONE } },
  ])("is shown on a page that looks right: $name", async ({ name, options }) => {
    await logIn();
    const tab = await console.enter("/console/sessions", options);
    await looksRight(tab, `sessions-${name}`);
  });
});

describe("where the console is reached by https", () => {
  const gateway = useGateway({ PUBLIC_URL: "https://sms.example" });

  it("the cookie is this host's alone", async () => {
    const answer = await gateway.fetch("/console/login", {
      method: "POST",
      body: new URLSearchParams({ token: ADMIN_TOKEN }),
    });
    const set = answer.headers.get("set-cookie") ?? "";
    expect(set).toMatch(
      /^__Host-stafett_console=[0-9a-f]{64}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    const cookie = set.split(";")[0] ?? "";
    expect((await gateway.fetch("/console/setup", { headers: { cookie } })).status).toBe(200);
    const ended = await gateway.fetch("/console/logout", { method: "POST", headers: { cookie } });
    expect(ended.headers.get("set-cookie")).toMatch(/^__Host-stafett_console=; Max-Age=0; Path=\/; Secure/);
    expect((await gateway.fetch("/console/setup", { headers: { cookie } })).status).toBe(303);
  });
});

describe("a session as it is kept", () => {
  const begin = async () => {
    const { ports, time, database } = surroundings();
    const secret = await beginSession(ports, { token: "one", address: "192.0.2.7", browser: FIREFOX });
    const rows = () => database.sqlite.prepare("SELECT * FROM session").all();
    return { ports, time, secret, rows, known: (token: string) => knownSession(ports, { token, secret }) };
  };

  it("ends when the token is another, and the next login forgets it", async () => {
    const { ports, known, rows } = await begin();
    expect(await known("one")).toMatchObject({
      session: { address: "192.0.2.…", browser: "Firefox 145, Linux" },
      actor: { name: "ADMIN_TOKEN", role: "owner" },
    });
    expect(await known("two")).toBeUndefined();
    await beginSession(ports, { token: "two", address: "", browser: "" });
    expect(rows()).toHaveLength(1);
    expect(await known("one")).toBeUndefined();
  });

  it("runs out, and is then forgotten", async () => {
    const { ports, time, known, rows } = await begin();
    time.now += SESSION_LIFE - 1;
    expect(await known("one")).toBeDefined();
    await tidy(ports);
    expect(rows()).toHaveLength(1);
    time.now++;
    expect(await known("one")).toBeUndefined();
    await tidy(ports);
    expect(rows()).toEqual([]);
  });

  it("is written to once a minute at most, however often it is used", async () => {
    const { time, known, rows } = await begin();
    const before = rows();
    for (let n = 0; n < 5; n++) await known("one");
    time.now += 59_000;
    await known("one");
    expect(rows()).toEqual(before);
    time.now += 1_000;
    await known("one");
    expect(rows()).toEqual(before.map((row) => ({ ...row, seen_at: time.now })));
  });

  it("holds neither the secret nor the token", async () => {
    const { secret, rows } = await begin();
    const kept = JSON.stringify(rows());
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain('"one"');
  });
});

describe("where the database is away", () => {
  const failing = async () => {
    throw new Error("D1_ERROR: no answer SECRET");
  };
  const ask = (path: string, init: RequestInit = {}) => {
    const faults: unknown[] = [];
    const app = new Hono<{ Variables: Record<string, unknown> }>({ strict: false });
    const { ports } = surroundings();
    app.use(async (c, next) => {
      c.set("adminToken", ADMIN_TOKEN);
      c.set("publicUrls", ["http://127.0.0.1"]);
      c.set("address", "");
      c.set("fault", (error: unknown) => `fault-${faults.push(error)}`);
      const sessions = { add: failing, byId: failing, end: failing, forget: failing };
      c.set("sessionPorts", { ...ports, sessions });
      c.set("actorOfToken", async () => OF_THE_SETTINGS);
      c.set("noteLogin", async () => {});
      await next();
    });
    app.route("/console", consolePages as never);
    return app.request(`http://127.0.0.1${path}`, init);
  };
  const cookie = `stafett_console=${"0".repeat(64)}`;

  it.each([
    {
      name: "logging in",
      path: "/console/login",
      init: { method: "POST", body: new URLSearchParams({ token: ADMIN_TOKEN }) },
    },
    { name: "logging out", path: "/console/logout", init: { method: "POST", headers: { cookie } } },
    { name: "any page", path: "/console/setup", init: { headers: { cookie } } },
  ])("$name says so plainly", async ({ path, init }) => {
    const answer = await ask(path, init);
    expect(answer.status).toBe(503);
    const page = await answer.text();
    expect(page).toContain("The database does not answer");
    expect(page).not.toContain("SECRET");
    expect(answer.headers.get("set-cookie")).toBeNull();
  });
});

describe("what is shown of who is logged in", () => {
  it.each([
    ["192.0.2.7", "192.0.2.…"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:…"],
    ["", ""],
  ])("of the address %s is %s", (address, shown) => expect(shortAddress(address)).toBe(shown));

  const CHROME =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
  it.each([
    [FIREFOX, "Firefox 145, Linux"],
    [CHROME, "Chrome 142, Windows"],
    [`${CHROME} Edg/142.0.0.0`, "Edge 142, Windows"],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1",
      "Safari 18, iOS",
    ],
    ["curl/8.5.0", "curl/8.5.0"],
    ["", "unknown"],
  ])("of the browser %s is %s", (browser, shown) => expect(shortBrowser(browser)).toBe(shown));
});
