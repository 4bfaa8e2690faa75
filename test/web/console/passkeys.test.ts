/** Passkeys as the second factor of owners: in a real browser with a virtual authenticator, and with forged answers at the door. */

import { describe, expect, it } from "vitest";
import { Authenticator, type Lie, type Options } from "../../support/authenticator.ts";
import { hasBrowser } from "../../support/browser.ts";
import { looksRight, useConsole } from "../../support/console.ts";
import { ADMIN_TOKEN, useGateway } from "../../support/gateway.ts";

type Token = { id: string; name: string; secret: string };
type Offer = { options: Options; kept: string };

describe("a passkey of an owner", () => {
  const gateway = useGateway();
  /** Browsers know no passkeys at an IP address. */
  const origin = () => gateway.url.replace("127.0.0.1", "localhost");
  const at = (path: string, init: RequestInit = {}) => fetch(origin() + path, { redirect: "manual", ...init });
  const owner = (name: string, role = "owner") =>
    gateway.operator<Token>("POST", "/admin/v1/tokens", {
      name,
      role,
      ...(role === "merchant" ? { account: "demo" } : {}),
    });
  const asking = async (method: string, path: string, token: string, json?: unknown) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    return at(path, { method, headers, ...(json === undefined ? {} : { body: JSON.stringify(json) }) });
  };
  const posting = (path: string, fields: Record<string, string>, cookie = "") =>
    at(path, { method: "POST", headers: { cookie }, body: new URLSearchParams(fields) });
  const cookieIn = (answer: Response) => answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const offered = async ({ id, secret }: Token) =>
    (await (await asking("GET", `/admin/v1/tokens/${id}/passkeys/options`, secret)).json()) as Offer;
  const adding = async (
    token: Token,
    authenticator: Authenticator,
    offer: Offer,
    lie: Lie = {},
    id = authenticator.id,
  ) => {
    const answer = authenticator.make(offer.options, lie);
    const path = `/admin/v1/tokens/${token.id}/passkeys/${id.toString("base64url")}`;
    return asking("PUT", path, token.secret, { name: "laptop", kept: offer.kept, answer });
  };
  /** An owner with a passkey. */
  const withPasskey = async (name: string) => {
    const token = await owner(name);
    const authenticator = new Authenticator(origin());
    expect((await adding(token, authenticator, await offered(token))).status).toBe(201);
    return { token, authenticator };
  };
  /** The first step of logging in: what the page asks of the browser. */
  const asked = async ({ secret }: Token): Promise<Offer> => {
    const page = await posting("/console/login", { token: secret });
    expect(cookieIn(page)).toBe("");
    const text = (await page.text()).replaceAll("&quot;", '"');
    const options = /data-options="(\{.*?\})"/.exec(text)?.[1] ?? "";
    return { options: JSON.parse(options) as Options, kept: /name="kept" value="([^"]+)"/.exec(text)?.[1] ?? "" };
  };
  const answering = (kept: string, answer: unknown, to = "") =>
    posting(`/console/login/passkey${to}`, { kept, answer: JSON.stringify(answer) });
  type Entry = { actor: string; token: string; after?: Record<string, unknown> };
  const lastEntry = async (action: string) => {
    const path = `/admin/v1/audit?action=${encodeURIComponent(action)}&limit=1`;
    const { items } = await gateway.operator<{ items: Entry[] }>("GET", path);
    return items[0];
  };

  it("is asked for after the token, and only both together begin a session", async () => {
    const { token, authenticator } = await withPasskey("Kari");
    const { options, kept } = await asked(token);
    const answer = await answering(kept, authenticator.use(options), "?to=%2Fconsole%2Ftokens");
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/console/tokens"]);
    const page = await at("/console/tokens", { headers: { cookie: cookieIn(answer) } });
    expect(page.status).toBe(200);
    expect(await lastEntry("POST /console/login")).toMatchObject({ actor: "Kari", after: { way: "passkey" } });
  });

  it("closes the API, the sandbox and the metrics to the token alone", async () => {
    const { token } = await withPasskey("Ola");
    for (const path of ["/admin/v1/accounts", "/admin/v1/tokens", "/sandbox/v1/clock", "/metrics"]) {
      expect((await asking("GET", path, token.secret)).status, path).toBe(403);
    }
  });

  it("ends the sessions that were begun without one", async () => {
    const token = await owner("Siri");
    const cookie = cookieIn(await posting("/console/login", { token: token.secret }));
    expect((await at("/console/tokens", { headers: { cookie } })).status).toBe(200);
    const authenticator = new Authenticator(origin());
    await adding(token, authenticator, await offered(token));
    expect((await at("/console/tokens", { headers: { cookie } })).status).toBe(303);
    const { items } = await gateway.operator<{ items: { name: string }[] }>("GET", "/admin/v1/sessions");
    expect(items.map(({ name }) => name)).not.toContain("Siri");
    // Also once the token opens the console alone again.
    const path = `/admin/v1/tokens/${token.id}/passkeys/${authenticator.id.toString("base64url")}`;
    expect((await asking("DELETE", path, ADMIN_TOKEN)).status).toBe(204);
    expect((await at("/console/tokens", { headers: { cookie } })).status).toBe(303);
  });

  it("is asked for anew after a refusal, by a form that goes where tokens are taken", async () => {
    const { token, authenticator } = await withPasskey("Tor");
    const { options, kept } = await asked(token);
    const refused = await answering(kept, authenticator.use(options, { challenge: "AAAA" }), "?to=%2Fconsole%2Ftokens");
    expect(await refused.text()).toContain('action="/console/login?to=%2Fconsole%2Ftokens"');
    const strange = await posting("/console/login?to=%2Fconsole%2Flogin%2Fpasskey", { token: ADMIN_TOKEN });
    expect(strange.headers.get("location")).toBe("/console");
  });

  it("is not taken where the browser sends none, and the name that was typed stays", async () => {
    const token = await owner("Unni");
    const cookie = cookieIn(await posting("/console/login", { token: token.secret }));
    const { kept } = await offered(token);
    const fields = { name: "my laptop", answer: "null", kept };
    const answer = await posting(`/console/tokens/${token.id}/passkeys`, fields, cookie);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('value="my laptop"');
  });

  it.each<[string, Lie, string]>([
    ["to another challenge", { challenge: "AAAA" }, "challenge"],
    ["given at another site", { origin: "https://stafett.example.net" }, "origin"],
    ["for another host", { host: "example.net" }, "host"],
    ["of a person who was not checked", { flags: 1 }, "user-not-verified"],
    ["of nobody who was there", { flags: 4 }, "user-not-present"],
    ["signed by another authenticator", { by: new Authenticator("") }, "signature"],
    ["of a passkey that nobody knows", { id: "AAAA" }, "unknown"],
    ["whose counter stands still", { counter: 0 }, "counter"],
    ["that was given to make one", { type: "webauthn.create" }, "malformed"],
  ])("takes no answer %s", async (name, lie, why) => {
    const { token, authenticator } = await withPasskey(name);
    const first = await asked(token);
    expect((await answering(first.kept, authenticator.use(first.options))).status).toBe(303);
    const { options, kept } = await asked(token);
    const answer = await answering(kept, authenticator.use(options, lie));
    expect([answer.status, cookieIn(answer)]).toEqual([401, ""]);
    expect(await lastEntry("POST /console/login")).toMatchObject({
      actor: "",
      after: { refused: 401, way: "passkey", why, token: token.id },
    });
  });

  it("takes no answer twice, to a question that was changed, or that is no JSON", async () => {
    const { token, authenticator } = await withPasskey("Per");
    const { options, kept } = await asked(token);
    const answer = authenticator.use(options);
    expect((await answering(`${kept}0`, answer)).status).toBe(401);
    expect((await answering("", answer)).status).toBe(401);
    expect((await posting("/console/login/passkey", { kept, answer: "{" })).status).toBe(401);
    // That one was spent by an answer that was none.
    expect((await answering(kept, answer)).status).toBe(401);
    const again = await asked(token);
    const used = authenticator.use(again.options);
    expect((await answering(again.kept, used)).status).toBe(303);
    expect((await answering(again.kept, used)).status).toBe(401);
    expect(await lastEntry("POST /console/login")).toMatchObject({ after: { why: "replayed" } });
  });

  it("takes no passkey of another owner", async () => {
    const mine = await withPasskey("Anne");
    const theirs = await withPasskey("Berit");
    const { options, kept } = await asked(mine.token);
    expect((await answering(kept, theirs.authenticator.use(options))).status).toBe(401);
    const question = await asked(mine.token);
    const answered = mine.authenticator.use(question.options, { by: theirs.authenticator });
    expect((await answering(question.kept, answered)).status).toBe(401);
  });

  it("takes no withdrawn passkey, and its sessions end; another owner lets its owner in again", async () => {
    const { token, authenticator } = await withPasskey("Nils");
    const first = await asked(token);
    const cookie = cookieIn(await answering(first.kept, authenticator.use(first.options)));
    const { options, kept } = await asked(token);
    const other = await owner("Another owner");
    const path = `/admin/v1/tokens/${token.id}/passkeys/${authenticator.id.toString("base64url")}`;
    expect((await asking("DELETE", path, other.secret)).status).toBe(204);
    expect((await answering(kept, authenticator.use(options))).status).toBe(401);
    expect((await at("/console/tokens", { headers: { cookie } })).status).toBe(303);
    expect((await asking("GET", "/admin/v1/tokens", token.secret)).status).toBe(200);
    expect(await lastEntry("DELETE /tokens/:id/passkeys/:passkeyId")).toMatchObject({
      before: { items: [expect.objectContaining({ name: "laptop" })] },
    });
    expect((await asking("DELETE", path, ADMIN_TOKEN)).status).toBe(404);
  });

  it("goes with its token", async () => {
    const { token, authenticator } = await withPasskey("Liv");
    const { options, kept } = await asked(token);
    await gateway.operator("DELETE", `/admin/v1/tokens/${token.id}`);
    expect((await answering(kept, authenticator.use(options))).status).toBe(401);
  });

  it.each<[string, Lie, string]>([
    ["to another challenge", { challenge: "AAAA" }, "challenge"],
    ["given at another site", { origin: "https://stafett.example.net" }, "origin"],
    ["for another host", { host: "example.net" }, "host"],
    ["of a person who was not checked", { flags: 1 }, "user-not-verified"],
    ["with an attestation that brings certificates", { format: "tpm" }, "attestation"],
  ])("is not added by an answer %s", async (_, lie, why) => {
    const token = await owner("Tor");
    const answer = await adding(token, new Authenticator(origin()), await offered(token), lie);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { detail: string }).detail).toContain(why);
    expect((await asking("GET", "/admin/v1/accounts", token.secret)).status).toBe(200);
  });

  it("is added once for a question, and is no other token's", async () => {
    const [token, other] = [await owner("Ida"), await owner("Eva")];
    const authenticator = new Authenticator(origin());
    const offer = await offered(token);
    expect((await adding(other, authenticator, offer)).status).toBe(400);
    expect((await adding({ ...token, secret: other.secret }, authenticator, offer)).status).toBe(403);
    expect((await adding(token, authenticator, await offered(token), {}, Buffer.from("another"))).status).toBe(400);
    expect((await adding(token, authenticator, offer)).status).toBe(201);
    // The same authenticator for another owner.
    expect((await adding(other, authenticator, await offered(other))).status).toBe(409);
    expect(await lastEntry("PUT /tokens/:id/passkeys/:passkeyId")).toMatchObject({
      actor: "Eva",
      after: { refused: 409 },
    });
  });

  it("is for owners who have a token of their own", async () => {
    const viewer = await owner("Vidar", "viewer");
    expect((await asking("GET", `/admin/v1/tokens/${viewer.id}/passkeys/options`, viewer.secret)).status).toBe(403);
    expect((await asking("GET", `/admin/v1/tokens/${viewer.id}/passkeys/options`, ADMIN_TOKEN)).status).toBe(403);
  });

  it("is not made or used at an IP address, and the page says so", async () => {
    const token = await owner("Geir");
    const refused = await gateway.fetch(`/admin/v1/tokens/${token.id}/passkeys/options`, {
      headers: { authorization: `Bearer ${token.secret}` },
    });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("localhost")]);
    const { token: kept } = await withPasskey("Gro");
    const page = await gateway.fetch("/console/login", {
      method: "POST",
      body: new URLSearchParams({ token: kept.secret }),
    });
    expect([page.status, await page.text()]).toEqual([409, expect.stringContaining("localhost")]);
  });

  describe.runIf(hasBrowser)("in a browser", () => {
    const console = useConsole(gateway);

    it("is added, asked for at the next login, and withdrawn", async () => {
      const token = await owner("Hege");
      const tab = await console.visit({ baseURL: origin() });
      const { page } = tab;
      const devtools = await page.context().newCDPSession(page);
      await devtools.send("WebAuthn.enable");
      const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
        options: {
          ...{ protocol: "ctap2", transport: "internal", hasUserVerification: true },
          ...{ isUserVerified: true, automaticPresenceSimulation: true },
        },
      });
      const giveToken = async () => {
        await page.goto("/console/login?to=/console/tokens");
        await page.getByLabel("Your token").fill(token.secret);
        await page.getByRole("button", { name: "Log in" }).click();
      };
      await giveToken();
      await page.getByRole("link", { name: "Passkeys of the token Hege" }).click();
      await page.getByLabel("Name").fill("laptop");
      await page.getByRole("button", { name: "Add passkey" }).click();
      await page.getByText("Passkey added.").waitFor();
      await looksRight(tab, "passkeys");

      await page.getByRole("button", { name: "Log out" }).click();
      await giveToken();
      await page.getByRole("button", { name: "Use passkey" }).waitFor();
      await looksRight(tab, "passkey-login");
      // The person turns away: nothing is sent, and they can try again.
      await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
      await page.getByRole("button", { name: "Use passkey" }).click();
      await page.getByText("No passkey was given.").waitFor();
      await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
      await page.getByRole("button", { name: "Use passkey" }).click();
      await page.waitForURL("**/console/tokens");

      await page.getByRole("link", { name: "Passkeys of the token Hege" }).click();
      await page.getByRole("link", { name: "Withdraw the passkey laptop" }).click();
      await page.getByRole("button", { name: "Yes, withdraw it" }).click();
      await page.getByLabel("Your token").waitFor();
    });
  });
});
