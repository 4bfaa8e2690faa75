/** The console by who is logged in: every role sees what its token may do, and nothing else; and what it does is written down as its. */

import { beforeAll, describe, expect, it } from "vitest";
import { recordLogin } from "../../../src/core/operator/audit.ts";
import type { Role } from "../../../src/core/operator/tokens.ts";
import { consolePages } from "../../../src/web/console/console.tsx";
import { neededFor } from "../../../src/web/console/rights.ts";
import { looksRight, PHONE, useConsole } from "../../support/console.ts";
import { BEGINS_AT, type TestAccount, useGateway } from "../../support/gateway.ts";
import { surroundings } from "../../support/ports.ts";

describe("the table of rights", () => {
  const routes = consolePages.routes.filter(({ method }) => method !== "ALL");
  it.each([...new Set(routes.map(({ method, path }) => `${method} ${path}`))])("has %s", (route) => {
    const [method = "", path = ""] = route.split(" ");
    expect(neededFor(method, `/console${path.replace(/:\w+(\{[^}]*\})?/g, "x")}`)).toBeDefined();
  });
});

describe("the console", () => {
  const gateway = useGateway({ LOCAL_ADDRESS: "192.0.2.7" });
  const console = useConsole(gateway);
  type Issued = { id: string; secret: string };
  const tokens: Partial<Record<Role, Issued>> = {};
  let mine: TestAccount;
  let theirs: TestAccount;

  const issue = (role: Role, account?: string, more: object = {}) =>
    gateway.operator<Issued>("POST", "/admin/v1/tokens", {
      name: `the ${role}`,
      role,
      ...(account ? { account } : {}),
      ...more,
    });
  const logIn = async (token: string) => {
    const answer = await gateway.fetch("/console/login", { method: "POST", body: new URLSearchParams({ token }) });
    return (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  };
  const get = (cookie: string, path: string) => gateway.fetch(path, { headers: { cookie } });
  const entries = async (query = "") =>
    (
      await gateway.operator<{ items: { actor: string; from: string; action: string; after?: unknown }[] }>(
        "GET",
        `/admin/v1/audit?limit=500${query}`,
      )
    ).items;

  beforeAll(async () => {
    [mine, theirs] = [await gateway.account(), await gateway.account()];
    for (const account of [mine, theirs]) {
      await gateway.send(account, { transactionId: "shared-id" });
    }
    for (const role of ["owner", "operator", "viewer"] as const) tokens[role] = await issue(role);
    tokens.merchant = await issue("merchant", mine.id);
  });

  /** Every page that links lead to, from the first on, with what it shows. */
  const crawl = async (cookie: string, most = 60) => {
    const seen = new Map<string, { status: number; text: string }>();
    const waiting = ["/console"];
    for (let path = waiting.shift(); path && seen.size < most; path = waiting.shift()) {
      const answer = await get(cookie, path);
      const text = await answer.text();
      seen.set(path, { status: answer.status, text });
      const location = answer.headers.get("location");
      const links = [...text.matchAll(/<a\s[^>]*href="(\/console[^"#]*)"/g)].map(([, href = ""]) =>
        href.replaceAll("&amp;", "&"),
      );
      for (const link of [...(location ? [location] : []), ...links]) {
        const plain = link.split("?")[0] ?? "";
        if (!seen.has(plain) && !waiting.includes(plain) && !/\/(handsets|requests)\/./.test(plain))
          waiting.push(plain);
      }
    }
    return seen;
  };
  const sectionsOf = (text: string) =>
    [
      ...(/<nav aria-label="Sections">.*?<\/nav>/s.exec(text)?.[0] ?? "").matchAll(
        /<a href="\/console\/(\w+)"(?: aria-current="page")?>\w+<\/a>/g,
      ),
    ].map(([, name]) => name);

  it.each(["operator", "viewer", "merchant"] as const)(
    "leads a token of role %s to no page that refuses it",
    { timeout: 60_000 },
    async (role) => {
      const pages = await crawl(await logIn(tokens[role]?.secret ?? ""));
      expect(pages.size).toBeGreaterThan(12);
      expect(
        [...pages].filter(([, { status }]) => status >= 400).map(([path, { status }]) => `${status} ${path}`),
      ).toEqual([]);
      if (role === "merchant") {
        for (const [path, { text }] of pages) expect(text.includes(theirs.id), path).toBe(false);
      }
    },
  );

  it("shows a merchant what is sold on the days of the sandbox's clock, wherever it stands", async () => {
    const cookie = await logIn(tokens.merchant?.secret ?? "");
    for (const now of ["2024-05-14T09:00:00Z", "2031-05-14T09:00:00Z", new Date(BEGINS_AT).toISOString()]) {
      await gateway.operator("PUT", "/sandbox/v1/clock", { now });
      expect((await get(cookie, "/console/subscriptions/sales")).status, now).toBe(200);
      expect(await (await get(cookie, "/console/subscriptions/calendar")).text()).toContain(
        `id="day-${now.slice(0, 10)}" class="today"`,
      );
    }
  });

  it("has no form for a viewer but those that look, and the way out", { timeout: 60_000 }, async () => {
    const pages = await crawl(await logIn(tokens.viewer?.secret ?? ""));
    const actions = new Set(
      [...pages].flatMap(([path, { text }]) =>
        [...text.matchAll(/<form[^>]*method="post"[^>]*>/g)].map(
          ([form]) => /action="([^"]*)"/.exec(form)?.[1] ?? path,
        ),
      ),
    );
    expect([...actions].toSorted()).toEqual(["/console/explain", "/console/logout"]);
  });

  it("has the sections that a token may open, and no others", async () => {
    const of = async (role: Role) =>
      sectionsOf(await (await get(await logIn(tokens[role]?.secret ?? ""), "/console/messages")).text());
    const all = [
      "overview",
      "handsets",
      "messages",
      "charges",
      "subscriptions",
      "webhooks",
      "send",
      "controls",
      "setup",
      "tour",
    ];
    expect(await of("owner")).toEqual(all);
    expect(await of("operator")).toEqual(all);
    expect(await of("viewer")).toEqual(all.filter((one) => one !== "send"));
    expect(await of("merchant")).toEqual(["messages", "charges", "subscriptions", "webhooks", "send", "setup", "tour"]);
  });

  it.each([
    ["/console/tokens", "Setup"],
    ["/console/explain", "Setup"],
    ["/console/setup/nobody", "Setup"],
    ["/console/messages/inbound?q=shared-id", "Messages"],
    ["/console/charges/?q=shared-id", "Charges"],
  ])("says in the header of %s that it is in %s", async (path, section) => {
    const text = await (await get(await logIn(tokens.owner?.secret ?? ""), path)).text();
    const [header = ""] = /<nav aria-label="Sections">.*?<\/nav>/s.exec(text) ?? [];
    expect([...header.matchAll(/aria-current="page">(\w+)</g)].map(([, name]) => name)).toEqual([section]);
    expect(/Menu,<\/span>\s*([\w ]+)/.exec(text)?.[1]).toBe(section);
  });

  it.each([
    ["viewer", "GET", "/console/send"],
    ["viewer", "POST", "/console/setup"],
    ["merchant", "GET", "/console/overview"],
    ["merchant", "GET", "/console/handsets"],
    ["merchant", "GET", "/console/sessions"],
    ["merchant", "POST", "/console/controls/reset"],
  ] as const)("refuses a token of role %s %s %s", async (role, method, path) => {
    const cookie = await logIn(tokens[role]?.secret ?? "");
    const answer = await gateway.fetch(path, {
      method,
      headers: { cookie },
      ...(method === "POST" ? { body: "" } : {}),
    });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain(`Your role, ${role}, does not include this page.`);
  });

  it("shows a merchant nothing of another account, by its address neither", async () => {
    const cookie = await logIn(tokens.merchant?.secret ?? "");
    expect((await get(cookie, `/console/setup/${mine.id}`)).status).toBe(200);
    for (const path of [`/console/setup/${theirs.id}`, `/console/messages?account=${theirs.id}`]) {
      expect((await get(cookie, path)).status).toBe(403);
    }
  });

  it("writes down what is done in it as done by the token's name, from where", async () => {
    const cookie = await logIn(tokens.operator?.secret ?? "");
    const name = "named-by-the-operator";
    await gateway.fetch(`/console/setup/${mine.id}`, {
      method: "POST",
      headers: { cookie },
      body: new URLSearchParams({ name }),
    });
    const [changed] = (await entries()).filter(({ action }) => action === "PATCH /accounts/:id");
    expect(changed).toMatchObject({
      actor: "the operator",
      token: tokens.operator?.id,
      from: "192.0.2.7",
      before: { id: mine.id },
    });
  });

  it("ends a session when its token is withdrawn, or expires", async () => {
    const withdrawn = await issue("viewer");
    const expiring = await issue("viewer", undefined, { expiresAt: new Date(Date.now() + 1_500).toISOString() });
    const cookies = [await logIn(withdrawn.secret), await logIn(expiring.secret)];
    expect((await get(cookies[0] ?? "", "/console/messages")).status).toBe(200);
    await gateway.operator("DELETE", `/admin/v1/tokens/${withdrawn.id}`);
    for (const cookie of cookies) {
      await expect.poll(async () => (await get(cookie, "/console/messages")).status, { timeout: 5_000 }).toBe(303);
      expect((await get(cookie, "/console/stream")).status).toBe(303);
    }
    expect(await logIn(withdrawn.secret)).toBe("");
  });

  it("lists whose each session is", async () => {
    await logIn(tokens.viewer?.secret ?? "");
    type List = { items: { name: string }[] };
    const { items } = await gateway.operator<List>("GET", "/admin/v1/sessions");
    expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(["the viewer"]));
  });

  it("writes down who logged in, and a login that was refused without what was typed", async () => {
    await logIn(tokens.viewer?.secret ?? "");
    await logIn("a wrong token, typed");
    const [refused, begun] = (await entries()).filter(({ action }) => action === "POST /console/login");
    expect(begun).toMatchObject({ actor: "the viewer", from: "192.0.2.…" });
    expect(refused).toMatchObject({ actor: "", from: "192.0.2.…", after: { refused: 401 } });
    expect(JSON.stringify(await entries())).not.toContain("typed");
  });

  it.each([
    { name: "desk", options: {} },
    { name: "phone", options: { viewport: PHONE } },
  ])("shows the audit log, narrowed by who, what and when: $name", async ({ name, options }) => {
    await gateway.operator("PUT", "/admin/v1/routes/audited", {
      ...{ account: mine.id, kind: "message", prefix: "47", carriers: ["simulator"] },
    });
    await gateway.refusal("PUT", "/admin/v1/routes/audited", {
      account: "nobody",
      kind: "message",
      prefix: "",
      carriers: [],
    });
    const tab = await console.enter("/console/audit", options);
    await tab.page.getByText("PUT /routes/:id").first().waitFor();
    await looksRight(tab, `audit-${name}`);
    if (name === "phone") await tab.page.getByText("Filters").click();
    await tab.page.getByLabel("Action").fill("PUT /routes/:id");
    await tab.page.getByLabel("Subject begins with").fill("/routes/aud");
    await tab.page.getByRole("button", { name: "Filter" }).click();
    await tab.page.getByText("refused, 400").first().waitFor();
    expect(new Set(await tab.page.locator("tbody td.main > a").allTextContents())).toEqual(
      new Set(["PUT /routes/:id"]),
    );
    await tab.page.getByText("Details").first().click();
    await tab.page.getByText('"prefix": "47"').first().waitFor();
    for (const [field, value] of [
      ["actor", "nobody"],
      ["until", "2020-01-01T00:00"],
    ] as const) {
      await tab.go(`/console/audit?${field}=${value}`);
      await tab.page.getByText("No entries match these filters.").waitFor();
    }
  });

  it.each([
    { name: "desk", options: {} },
    { name: "phone", options: { viewport: PHONE } },
  ])("looks right for a merchant: $name", async ({ name, options }) => {
    const tab = await console.visit(options);
    await tab.page.request.post(`${gateway.url}/console/login`, { form: { token: tokens.merchant?.secret ?? "" } });
    await tab.go(`/console/setup/${mine.id}/credentials`);
    await looksRight(tab, `merchant-${name}`);
  });

  it("tells a page nothing more once its token is withdrawn", { timeout: 60_000 }, async () => {
    const { id, secret } = await issue("viewer", undefined, { name: "watches" });
    const answer = await get(await logIn(secret), "/console/stream?topics=messages");
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    const hears = async (event: string) => {
      let heard = "";
      while (!heard.includes(`event: ${event}`)) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: "" };
        if (done) return false;
        heard += value;
      }
      return true;
    };
    expect(await hears("begun")).toBe(true);
    await gateway.send(mine);
    expect(await hears("change")).toBe(true);
    await gateway.operator("DELETE", `/admin/v1/tokens/${id}`);
    await gateway.send(mine);
    expect(await hears("change")).toBe(false);
  });

  it("makes no second token of an exchange that is sent again, as by a page that is loaded anew", async () => {
    const { id } = await issue("viewer", undefined, { name: "exchanged" });
    const cookie = await logIn(tokens.owner?.secret ?? "");
    const exchange = () =>
      gateway.fetch(`/console/tokens/${id}/exchange`, { method: "POST", headers: { cookie }, body: "" });
    expect((await exchange()).status).toBe(201);
    const again = await exchange();
    expect([again.status, await again.text()]).toEqual([409, expect.stringContaining("was never used")]);
    const { items } = await gateway.operator<{ items: { name: string }[] }>("GET", "/admin/v1/tokens?limit=500");
    expect(items.filter(({ name }) => name === "exchanged")).toHaveLength(2);
  });

  it("makes a token that is shown once and logs in, exchanges it, and withdraws it", { timeout: 60_000 }, async () => {
    const owner = await console.enter("/console/tokens", { viewport: PHONE });
    const { page } = owner;
    await looksRight(owner, "tokens-phone");
    await page.getByLabel("Name").fill("Per, finance");
    await page.getByLabel("Role").selectOption("merchant");
    await page.getByRole("button", { name: "Create token" }).click();
    await page.getByText("name the account").or(page.getByText("name it")).first().waitFor();
    await page.getByLabel("Account").fill(mine.id);
    await page.getByRole("button", { name: "Create token" }).click();
    const secret = async () => (await page.locator("#secret").textContent())?.trim() ?? "";
    const first = await secret();
    await looksRight(owner, "token-made-phone");
    expect((await get(await logIn(first), "/console/messages")).status).toBe(200);
    await page.getByRole("link", { name: "To the tokens" }).click();
    expect(await page.content()).not.toContain(first);
    await page.getByRole("link", { name: "Exchange the token Per, finance" }).click();
    await page.getByRole("button", { name: "Yes, make the next one" }).click();
    const second = await secret();
    const both = [await logIn(first), await logIn(second)];
    for (const cookie of both) expect((await get(cookie, "/console/messages")).status).toBe(200);
    await page.getByRole("link", { name: "To the tokens" }).click();
    await page.getByRole("link", { name: "Withdraw the token Per, finance" }).first().click();
    await page.getByRole("button", { name: "Yes, withdraw it" }).click();
    await page.getByText("Token withdrawn; its sessions have ended.").waitFor();
    const answers = await Promise.all(
      both.map((cookie) => gateway.fetch("/console/messages", { headers: { cookie }, redirect: "manual" })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 303]);
  });
});

it("a flood of refused logins is counted, and written down a hundred times in an hour", async () => {
  const { ports, counted, time, database } = surroundings();
  const login = () => recordLogin(ports, { actor: undefined, address: "192.0.2.7" }, async () => "hash");
  for (let n = 0; n < 130; n++) await login();
  const rows = () => Number(database.sqlite.prepare("SELECT count(*) AS n FROM audit").get()?.n);
  expect([rows(), counted.length]).toEqual([100, 130]);
  time.now += 3_600_000;
  await login();
  expect(rows()).toBe(101);
});
