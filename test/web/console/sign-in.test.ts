/** Signing in to the console at the operator's own identity provider. */

import { generateKeyPairSync } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../../../scripts/free-port.ts";
import { ADMIN_TOKEN, useGateway } from "../../support/gateway.ts";
import { CLIENT, type Lie, useIdentityProvider } from "../../support/identity-provider.ts";

const PORT = await freePort();
const KARI = { sub: "u-1", email: "kari@example.com", email_verified: true, roles: ["stafett-support"] };

describe("signing in at an OpenID provider", () => {
  const provider = useIdentityProvider(PORT);
  const gateway = useGateway({
    OIDC_ISSUER: `http://127.0.0.1:${PORT}`,
    OIDC_CLIENT_ID: CLIENT.id,
    OIDC_CLIENT_SECRET: CLIENT.secret,
    OIDC_ROLES: "stafett-owners=owner,stafett-support=viewer,shops=merchant",
  });
  beforeEach(() => {
    provider.person = KARI;
    provider.lie = {};
  });

  const get = (path: string, cookie = "") => gateway.fetch(path, { redirect: "manual", headers: { cookie } });
  const cookieIn = (answer: Response, name: string) =>
    answer.headers.getSetCookie().flatMap((set) => (set.startsWith(`${name}=`) ? [set.split(";")[0] ?? ""] : []))[0] ??
    "";
  /** Sends a browser away. */
  const begin = async (to = "/console/messages") => {
    const away = await get(`/console/sign-in?to=${encodeURIComponent(to)}`);
    expect(away.status).toBe(303);
    return { url: away.headers.get("location") ?? "", kept: cookieIn(away, "stafett_sign_in"), away };
  };
  const pathOf = (url: string) => new URL(url).pathname + new URL(url).search;
  /** All of it, up to the session's cookie. */
  const signIn = async () => {
    const { url, kept } = await begin();
    const back = await get(pathOf(provider.visit(url)), kept);
    return { back, session: cookieIn(back, "stafett_console") };
  };
  const refusedWith = async (lie: Lie) => {
    provider.lie = lie;
    const { back, session } = await signIn();
    expect(session).toBe("");
    expect(back.status).toBe(401);
    const entry = await lastLogin();
    // Refused for what is wrong with it, and not because the exchange itself failed.
    expect(entry?.after?.why).toMatch(/^OAUTH_/);
    return entry;
  };
  type Entry = {
    actor: string;
    action: string;
    token: string;
    after?: { refused?: number; way?: string; why?: string };
  };
  const lastLogin = async () => {
    const path = `/admin/v1/audit?action=${encodeURIComponent("POST /console/login")}&limit=1`;
    const { items } = await gateway.operator<{ items: Entry[] }>("GET", path);
    return items[0];
  };

  it("is offered beside the token, and asks with PKCE, a state and a nonce", async () => {
    expect(await (await get("/console/login")).text()).toContain('href="/console/sign-in"');
    const { url, away } = await begin();
    const asked = Object.fromEntries(new URL(url).searchParams);
    expect(asked).toMatchObject({ client_id: CLIENT.id, response_type: "code", code_challenge_method: "S256" });
    for (const name of ["state", "nonce", "code_challenge"]) expect(asked[name]?.length, name).toBeGreaterThan(30);
    expect(away.headers.getSetCookie()[0]).toMatch(/; HttpOnly; SameSite=Lax$/);
  });

  it("begins a session with the role that the provider names, at the page that was asked for", async () => {
    const { back, session } = await signIn();
    expect(back.headers.get("refresh")).toBe("0; url=/console/messages");
    expect((await get("/console/messages", session)).status).toBe(200);
    expect((await get("/console/tokens", session)).status).toBe(403);
    expect(await lastLogin()).toMatchObject({ actor: "kari@example.com" });
    const { items } = await gateway.operator<{ items: Record<string, unknown>[] }>("GET", "/admin/v1/tokens");
    expect(items).toEqual([
      expect.objectContaining({ name: "kari@example.com", role: "viewer", signsInBy: provider.issuer }),
    ]);
  });

  it.each(["?", "x?", "xx?", "xxx?"])("comes back to a page with a query: /console/messages%sq=~", async (end) => {
    const { url, kept } = await begin(`/console/messages${end}q=~`);
    const back = await get(pathOf(provider.visit(url)), kept);
    expect(back.headers.get("refresh")).toBe(`0; url=/console/messages${end}q=~`);
  });

  it("is the same person each time, and has the role that they have now, in sessions that are open, too", async () => {
    const first = await signIn();
    provider.person = { ...KARI, roles: ["stafett-support", "stafett-owners"] };
    await signIn();
    expect((await get("/console/tokens", first.session)).status).toBe(200);
    const { items } = await gateway.operator<{ items: { id: string }[] }>("GET", "/admin/v1/tokens");
    expect(items).toHaveLength(1);
    await gateway.operator("DELETE", `/admin/v1/tokens/${items[0]?.id}`);
    expect((await get("/console/messages", first.session)).status).toBe(303);
  });

  it("ends by logging out", async () => {
    const { session } = await signIn();
    expect((await get("/console/messages", session)).status).toBe(200);
    await gateway.fetch("/console/logout", { method: "POST", redirect: "manual", headers: { cookie: session } });
    expect((await get("/console/messages", session)).status).toBe(303);
  });

  it("binds a merchant to the account that the provider names, and lets none in without", async () => {
    const account = await gateway.account();
    const other = await gateway.account();
    provider.person = { ...KARI, sub: "m-1", roles: "shops", stafett_account: account.id };
    const { session } = await signIn();
    expect((await get(`/console/setup/${account.id}`, session)).status).toBe(200);
    expect((await get(`/console/setup/${other.id}`, session)).status).toBeGreaterThanOrEqual(403);
    for (const named of [undefined, "nobody", 7]) {
      provider.person = { ...KARI, sub: "m-2", roles: "shops", stafett_account: named };
      expect((await signIn()).session, String(named)).toBe("");
    }
  });

  it("lets nobody in whose roles mean nothing here", async () => {
    for (const roles of [undefined, [], ["owner"], { owner: true }, ["__proto__"]]) {
      provider.person = { ...KARI, sub: "u-2", roles };
      const { back, session } = await signIn();
      expect([back.status, session], JSON.stringify(roles)).toEqual([401, ""]);
    }
    expect(await lastLogin()).toMatchObject({ actor: "", after: expect.objectContaining({ why: "no-role" }) });
  });

  const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const past = Math.floor(Date.now() / 1000) - 7_200;
  it.each<[string, Lie]>([
    ["to another question", { claims: { nonce: "another" } }],
    ["without a nonce", { claims: { nonce: undefined } }],
    ["for another client", { claims: { aud: "another" } }],
    ["by another issuer", { claims: { iss: "http://127.0.0.1:1" } }],
    ["that has run out", { claims: { iat: past, exp: past + 60 } }],
    ["without an end", { claims: { exp: undefined } }],
    ["without a person", { claims: { sub: undefined } }],
    ["signed by a key that is not the provider's", { key: stranger }],
    ["of a key that nobody knows", { header: { kid: "another" } }],
    ["that is not signed", { header: { alg: "none" }, changed: (token) => token.replace(/[^.]*$/, "") }],
    ["signed with the public key as a secret", { header: { alg: "HS256" } }],
    ["changed on its way", { changed: (token) => token.replace(/\.[^.]{8}/, ".AAAAAAAA") }],
    ["that is no token", { changed: () => "no.token" }],
  ])("takes no answer %s", async (_, lie) => {
    expect(await refusedWith(lie)).toMatchObject({
      actor: "",
      token: "",
      after: expect.objectContaining({ refused: 401, way: "127.0.0.1" }),
    });
  });

  it("takes no answer twice, nor one to another browser's question", async () => {
    const mine = await begin();
    const others = await begin();
    const back = pathOf(provider.visit(mine.url));
    expect((await get(back, others.kept)).status).toBe(401);
    expect((await get(back)).status).toBe(401);
    expect((await get(back, `${mine.kept}0`)).status).toBe(401);
    const before = provider.exchanged;
    expect((await get(back, mine.kept)).status).toBe(200);
    expect((await get(back, mine.kept)).status).toBe(401);
    const fresh = pathOf(provider.visit(mine.url));
    expect((await get(fresh, mine.kept)).status).toBe(401);
    expect(provider.exchanged).toBe(before + 1);
    expect(await lastLogin()).toMatchObject({ after: expect.objectContaining({ why: "replayed" }) });
  });

  it("tells of a person who said no there", async () => {
    const { url, kept } = await begin();
    const state = new URL(url).searchParams.get("state");
    const back = await get(`/console/sign-in/callback?error=access_denied&state=${state}`, kept);
    expect(back.status).toBe(401);
    expect(await lastLogin()).toMatchObject({ after: expect.objectContaining({ why: "access_denied" }) });
  });

  it("leaves tokens as they are", async () => {
    const body = new URLSearchParams({ token: ADMIN_TOKEN });
    const answer = await gateway.fetch("/console/login", { method: "POST", redirect: "manual", body });
    expect(cookieIn(answer, "stafett_console")).not.toBe("");
  });
});

describe("where no provider is set", () => {
  const gateway = useGateway();

  it("nobody is offered to sign in, nor can", async () => {
    expect(await (await gateway.fetch("/console/login")).text()).not.toContain("sign-in");
    expect((await gateway.fetch("/console/sign-in", { redirect: "manual" })).status).toBe(404);
    expect((await gateway.fetch("/console/sign-in/callback?code=a&state=b", { redirect: "manual" })).status).toBe(404);
  });
});
