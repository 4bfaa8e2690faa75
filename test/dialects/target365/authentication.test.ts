/** Who may call: an API key, or a request signed by a registered key, in every form the SDKs give it. */

import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import type { Caller } from "../../../src/core/accounts/account.ts";
import type { Gateway } from "../../../src/core/gateway.ts";
import type { DialectEnv } from "../../../src/dialects/dialect.ts";
import { target365 } from "../../../src/dialects/target365/index.ts";
import { newNumber, type TestAccount, type TestGateway, useGateway } from "../../support/gateway.ts";
import {
  authorization,
  type KeyPair,
  newKeyPair,
  outMessageClient,
  registerKey,
  type Signing,
} from "../../support/target365-client.ts";

const KEYS = "/api/client/public-keys";

type Call = Signing & {
  method?: string;
  path?: string;
  body?: string;
  headers?: Record<string, string>;
  /** What is called, where it is not what was signed. */
  sent?: { method?: string; path?: string; body?: string };
};

/** A client with a key pair: signs a request, and makes it. */
function signer(gateway: TestGateway, keyName: string, pair: KeyPair) {
  const header = ({ method = "GET", path = KEYS, body, ...signing }: Call = {}) =>
    authorization(keyName, pair, { method, url: gateway.url + path, ...(body ? { body } : {}) }, signing);
  const send = (signed: string, { method = "GET", path = KEYS, body, headers, sent = {} }: Call = {}) =>
    gateway.fetch(sent.path ?? path, {
      method: sent.method ?? method,
      headers: { ...headers, authorization: signed },
      ...(body ? { body: sent.body ?? body } : {}),
    });
  return { keyName, pair, header, send, call: (wanted: Call = {}) => send(header(wanted), wanted) };
}

async function newSigner(gateway: TestGateway, account: TestAccount, pair = newKeyPair(), more = {}) {
  return signer(gateway, await registerKey(gateway, account, pair, more), pair);
}

async function refusal(answer: Response): Promise<string> {
  expect(answer.status).toBe(401);
  expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
  return ((await answer.json()) as { Message: string }).Message;
}

const aMessage = (more = {}) =>
  JSON.stringify({ transactionId: randomUUID(), sender: "Shop", recipient: newNumber(), content: "Hello", ...more });

describe("a caller", () => {
  const gateway = useGateway();
  let account: TestAccount;
  let ec: ReturnType<typeof signer>;
  let rsa: ReturnType<typeof signer>;
  let rsa1024: ReturnType<typeof signer>;

  beforeAll(async () => {
    account = await gateway.account();
    ec = await newSigner(gateway, account);
    rsa = await newSigner(gateway, account, newKeyPair("rsa", 2048));
    const settings = { shortRsaKeys: "on" };
    await gateway.operator("PATCH", `/admin/v1/accounts/${account.id}`, { settings });
    rsa1024 = await newSigner(gateway, account, newKeyPair("rsa", 1024));
  });

  describe("asks whether anybody is there", () => {
    const cases = [
      { name: "without a credential", headers: {} },
      { name: "with a wrong signature", headers: { authorization: "HMAC who:1:2:3" } },
      { name: "with a wrong API key", headers: { "x-apikey": "who" } },
    ];
    it.each(cases)("$name, and is told pong with its quotes", async ({ headers }) => {
      const answer = await gateway.fetch("/api/ping", { headers });
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
      expect(await answer.text()).toBe('"pong"');
    });
  });

  describe("is let in", () => {
    const cases: { name: string; key: () => typeof ec; call?: Call }[] = [
      { name: "with the scheme HMAC", key: () => ec, call: { scheme: "HMAC" } },
      { name: "with the scheme ECDSA", key: () => ec, call: { scheme: "ECDSA" } },
      { name: "with the scheme in any case", key: () => ec, call: { scheme: "hMaC" } },
      { name: "with the other scheme in any case", key: () => ec, call: { scheme: "ecdsa" } },
      { name: "with a signature in DER", key: () => ec, call: { der: true } },
      { name: "with an RSA key of 2048 bits, whatever the scheme says", key: () => rsa, call: { scheme: "ECDSA" } },
      { name: "with an RSA key of 1024 bits, as the vendor recommends for PHP", key: () => rsa1024 },
      {
        name: "with PHP's nonce, which has a dot",
        key: () => rsa,
        call: { nonce: "17953162746b025a3256dcd9.59398623" },
      },
      { name: "with a nonce of 128 characters", key: () => ec, call: { nonce: "n".repeat(128) } },
      { name: "with a query", key: () => ec, call: { path: `${KEYS}?a=b%2Bc&d=e+f` } },
      { name: "with a body", key: () => ec, call: { method: "POST", path: "/api/out-messages", body: aMessage() } },
      {
        name: "with a content type but no body, as curl users send it",
        key: () => ec,
        call: { headers: { "content-type": "application/json" } },
      },
      {
        name: "with a wrong API key beside a right signature",
        key: () => ec,
        call: { headers: { "x-apikey": "who" } },
      },
    ];
    it.each(cases)("$name", async ({ key, call }) => {
      const answer = await key().call(call);
      expect(answer.ok, await answer.text()).toBe(true);
    });

    it("with an API key", async () => {
      const answer = await gateway.fetch(KEYS, { headers: { "X-ApiKey": account.apiKey } });
      expect(answer.status).toBe(200);
    });

    const pem = (key: string, lineEnd: string) =>
      ["-----BEGIN PUBLIC KEY-----", ...(key.match(/.{1,64}/g) ?? []), "-----END PUBLIC KEY-----", ""].join(lineEnd);
    const written = [
      { name: "in PEM", write: (key: string) => pem(key, "\n") },
      { name: "in PEM with the line ends of Windows", write: (key: string) => pem(key, "\r\n") },
      { name: "on several lines", write: (key: string) => `  ${key.slice(0, 40)}\n\t${key.slice(40)} \n` },
    ];
    it.each(written)("by a key that was registered $name", async ({ write }) => {
      for (const pair of [newKeyPair(), newKeyPair("rsa", 1024)]) {
        const registered = await registerKey(gateway, account, { publicKey: write(pair.publicKey) });
        const one = signer(gateway, registered, pair);
        expect((await one.call()).status).toBe(200);
      }
    });

    it.each(["RSA", "Rsa"])("by a key that was registered as %s", async (signAlgo) => {
      const one = await newSigner(gateway, account, newKeyPair("rsa"), { signAlgo });
      expect((await one.call()).status).toBe(200);
    });

    it("by a key until the moment it expires, and from the moment it may be used", async () => {
      const hour = 3_600_000;
      const one = await newSigner(gateway, account, newKeyPair(), {
        notBefore: new Date(Date.now() - hour).toISOString(),
        expiresAt: new Date(Date.now() + hour).toISOString(),
      });
      expect((await one.call()).status).toBe(200);
    });
  });

  describe("is refused", () => {
    const cases: { name: string; call: Call; why: RegExp }[] = [
      {
        name: "with another body than was signed",
        call: { method: "POST", path: "/api/out-messages", body: aMessage(), sent: { body: aMessage() } },
        why: /incorrect signature/,
      },
      {
        name: "with another query than was signed",
        call: { path: `${KEYS}?a=1`, sent: { path: `${KEYS}?a=2` } },
        why: /incorrect/,
      },
      { name: "with a query that was not signed", call: { sent: { path: `${KEYS}?a=1` } }, why: /incorrect/ },
      { name: "at another address than was signed", call: { sent: { path: `${KEYS}/x` } }, why: /incorrect/ },
      { name: "with another method than was signed", call: { sent: { method: "DELETE" } }, why: /incorrect/ },
      {
        name: "with a URL signed for another host",
        call: { signedUrl: `https://elsewhere.test${KEYS}` },
        why: /incorrect/,
      },
      { name: "with a nonce of 129 characters", call: { nonce: "n".repeat(129) }, why: /not of the form/ },
      // A hash ends in `=`: else nonce and body together could pass for a longer nonce and no body.
      { name: "with a nonce that ends like a hash", call: { nonce: "n-1=" }, why: /not of the form/ },
      { name: "with an empty nonce", call: { nonce: "" }, why: /not of the form/ },
      { name: "with a scheme that is none of the two", call: { scheme: "Bearer" }, why: /not of the form/ },
      { name: "with a time in milliseconds", call: { timestamp: Date.now() }, why: /not of the form|clock/ },
    ];
    it.each(cases)("$name", async ({ call, why }) => {
      expect(await refusal(await ec.call(call))).toMatch(why);
    });

    // Between URL and timestamp nothing is signed: the zero of order-10 would be one before the time.
    it("at a shorter address, with its last zero before the time", async () => {
      const timestamp = now();
      const signed = ec.header({ method: "DELETE", path: "/api/out-messages/order-10", timestamp });
      const moved = signed.replace(`:${timestamp}:`, `:0${timestamp}:`);
      expect(moved).not.toBe(signed);
      const answer = await ec.send(moved, { method: "DELETE", path: "/api/out-messages/order-1" });
      expect(await refusal(answer)).toMatch(/not of the form/);
    });

    it("and is told the text it should have signed", async () => {
      const message = await refusal(
        await ec.call({ path: `${KEYS}?Tag=%C3%A6`, signedUrl: "wrong", nonce: "n-77", timestamp: now() }),
      );
      expect(message).toContain(`get${gateway.url}${KEYS}?tag=%c3%a6`);
      expect(message).toContain("n-77");
    });

    it("when it signs with another key", async () => {
      const other = signer(gateway, ec.keyName, newKeyPair());
      expect(await refusal(await other.call())).toMatch(/incorrect signature/);
    });

    it("when it signs with a key of another kind", async () => {
      expect(await refusal(await signer(gateway, ec.keyName, rsa.pair).call())).toMatch(/incorrect signature/);
      expect(await refusal(await signer(gateway, rsa.keyName, ec.pair).call())).toMatch(/incorrect signature/);
    });

    it.each(["nobodys-key", "ACME"])("when nobody has registered the key %s", async (name) => {
      expect(await refusal(await signer(gateway, name, newKeyPair()).call())).toMatch(/no usable public key/);
    });

    it("when it writes its key's name in another case", async () => {
      expect(await refusal(await signer(gateway, ec.keyName.toUpperCase(), ec.pair).call())).toMatch(/no usable/);
    });

    const headers = [
      { name: "empty", value: "HMAC" },
      { name: "without a signature", value: "HMAC key:1:n" },
      { name: "with a part too many", value: "HMAC key:1:n:c2ln:c2ln" },
      { name: "with a time that is no number", value: "HMAC key:now:n:c2ln" },
      { name: "with a negative time", value: "HMAC key:-1:n:c2ln" },
      { name: "with a signature that is not base64", value: "HMAC key:1:n:???" },
      { name: "without a scheme", value: "key:1:n:c2ln" },
      { name: "with a key's name that has spaces", value: "HMAC a key:1:n:c2ln" },
      { name: "for Basic", value: "Basic dXNlcjpwYXNz" },
    ];
    it.each(headers)("with an Authorization $name", async ({ value }) => {
      expect(await refusal(await gateway.fetch(KEYS, { headers: { authorization: value } }))).toMatch(
        /not of the form/,
      );
    });

    it("with a wrong signature beside a right API key: Authorization wins", async () => {
      const answer = await signer(gateway, ec.keyName, newKeyPair()).call({ headers: { "x-apikey": account.apiKey } });
      expect(await refusal(answer)).toMatch(/incorrect signature/);
    });

    it("with an API key nobody has, and does not read it back", async () => {
      const made = randomUUID();
      const message = await refusal(await gateway.fetch(KEYS, { headers: { "x-apikey": made } }));
      expect(message).toMatch(/API key/);
      expect(message).not.toContain(made);
    });

    it("with the name of an API key in place of the key", async () => {
      await refusal(await gateway.fetch(KEYS, { headers: { "x-apikey": "test" } }));
      expect(await refusal(await signer(gateway, "test", newKeyPair()).call())).toMatch(/no usable/);
    });
  });

  describe("is no longer, or not yet, let in", () => {
    const past = new Date(Date.now() - 1_000).toISOString();
    const future = new Date(Date.now() + 3_600_000).toISOString();

    it("with a key that has expired", async () => {
      const one = await newSigner(gateway, account, newKeyPair(), { expiresAt: past });
      expect(await refusal(await one.call())).toMatch(/no usable/);
    });

    it("with a key that may not be used yet", async () => {
      const one = await newSigner(gateway, account, newKeyPair(), { notBefore: future });
      expect(await refusal(await one.call())).toMatch(/no usable/);
    });

    it("with an API key that has expired", async () => {
      const { secret } = await gateway.operator<{ secret: string }>(
        "POST",
        `/admin/v1/accounts/${account.id}/credentials`,
        { dialect: "target365", kind: "api-key", name: "old", expiresAt: past },
      );
      expect(await refusal(await gateway.fetch(KEYS, { headers: { "x-apikey": secret } }))).toMatch(/no longer valid/);
    });

    it("with a key that the operator has withdrawn", async () => {
      const one = await newSigner(gateway, account);
      expect((await one.call()).status).toBe(200);
      const { items } = await gateway.operator<{ items: { id: string; name: string }[] }>(
        "GET",
        `/admin/v1/accounts/${account.id}/credentials?limit=100`,
      );
      const credential = items.find(({ name }) => name === one.keyName);
      await gateway.operator("DELETE", `/admin/v1/accounts/${account.id}/credentials/${credential?.id}`);
      expect(await refusal(await one.call())).toMatch(/no usable/);
    });

    it("with any credential of an account that was closed", async () => {
      const closing = await gateway.account();
      const one = await newSigner(gateway, closing);
      expect((await one.call()).status).toBe(200);
      await gateway.operator("DELETE", `/admin/v1/accounts/${closing.id}`);
      await refusal(await one.call());
      await refusal(await gateway.fetch(KEYS, { headers: { "x-apikey": closing.apiKey } }));
    });
  });

  describe("makes a signed request once", () => {
    const LATER = "2099-01-01T00:00:00Z";
    const cases: {
      name: string;
      path: (id: string) => string;
      method: string;
      body?: (id: string) => string;
      status: number;
    }[] = [
      { name: "GET", method: "GET", path: (id) => `/api/out-messages/${id}`, status: 200 },
      {
        name: "PUT",
        method: "PUT",
        path: (id) => `/api/out-messages/${id}`,
        body: () => aMessage({ sendTime: LATER }),
        status: 204,
      },
      { name: "DELETE", method: "DELETE", path: (id) => `/api/out-messages/${id}`, status: 204 },
      { name: "POST", method: "POST", path: () => "/api/out-messages", body: () => aMessage(), status: 201 },
      {
        name: "a batch",
        method: "POST",
        path: () => "/api/out-messages/batch",
        body: () => `[${aMessage()}]`,
        status: 201,
      },
    ];
    it.each(cases)("$name: the same bytes again are refused", async ({ method, path, body, status }) => {
      const id = randomUUID();
      await outMessageClient(gateway, account).post(JSON.parse(aMessage({ transactionId: id, sendTime: LATER })));
      const request = { method, path: path(id), ...(body ? { body: body(id) } : {}) };
      const signed = ec.header(request);
      expect((await ec.send(signed, request)).status).toBe(status);
      expect(await refusal(await ec.send(signed, request))).toMatch(/nonce is used/);
    });

    it("however many copies arrive at once", async () => {
      const request = { method: "POST", path: "/api/out-messages", body: aMessage() };
      const signed = ec.header(request);
      const answers = await Promise.all(Array.from({ length: 5 }, () => ec.send(signed, request)));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 401, 401, 401, 401]);
    });

    it("with a nonce that another key may use as well", async () => {
      const nonce = randomUUID();
      expect((await ec.call({ nonce })).status).toBe(200);
      expect((await rsa.call({ nonce })).status).toBe(200);
    });

    it("with a nonce that somebody without the key cannot use up", async () => {
      const nonce = randomUUID();
      await refusal(await signer(gateway, ec.keyName, newKeyPair()).call({ nonce }));
      expect((await ec.call({ nonce })).status).toBe(200);
    });
  });

  /** The other candidates are looked at one by one in canonical.test.ts. */
  describe("signs what it called before its HTTP library rewrote it", () => {
    it("with an apostrophe that goes out as %27, as Node does", async () => {
      const answer = await ec.call({
        path: `${KEYS}?tag=it%27s%20%2B`,
        signedUrl: `${gateway.url}${KEYS}?tag=it's%20%2b`,
      });
      expect(answer.status).toBe(200);
    });

    it.each(["blå kjøp", "BLÅ KJØP"])("with the id %s, not escaped, as Python does", async (id) => {
      await outMessageClient(gateway, account).post(JSON.parse(aMessage({ transactionId: id })));
      const raw = `${gateway.url}/api/out-messages/${id}`.toLowerCase();
      const answer = await ec.call({ path: `/api/out-messages/${encodeURIComponent(id)}`, signedUrl: raw });
      expect(answer.status).toBe(200);
    });

    it("with an id whose capitals PHP lowers only in ASCII", async () => {
      await outMessageClient(gateway, account).post(JSON.parse(aMessage({ transactionId: "KJØP-Ærlig" })));
      const raw = `${gateway.url}/api/out-messages/kjØp-Ærlig`;
      const answer = await rsa.call({ path: `/api/out-messages/${encodeURIComponent("KJØP-Ærlig")}`, signedUrl: raw });
      expect(answer.status).toBe(200);
    });

    it.each(["sms.example", "SMS.Example:80"])("with the host that it called, which goes out as %s", async (host) => {
      const authorization = ec.header({ signedUrl: `http://sms.example${KEYS}` });
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const sent = request(gateway.url + KEYS, { headers: { host, authorization } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        sent.on("error", reject).end();
      });
      expect(status).toBe(200);
    });

    it("and is routed by what was sent, not by what it may have meant", async () => {
      const path = `/api/out-messages/${encodeURIComponent("../client/public-keys")}`;
      expect((await ec.call({ path })).status).toBe(404);
    });

    it("with two slashes in a row, which nobody takes away or redirects", async () => {
      const answer = await ec.call({ path: "/api/https://httpstat.us/400" });
      expect(answer.status).toBe(404);
    });
  });
});

describe("a gateway behind addresses of its own", () => {
  const gateway = useGateway({ PUBLIC_URL: "https://sms.example.com/gateway/, http://Old.example.com:8080" });
  let one: ReturnType<typeof signer>;
  beforeAll(async () => {
    one = await newSigner(gateway, await gateway.account());
  });

  const believed = [
    { name: "its first address, with its prefix", signedUrl: `https://sms.example.com/gateway${KEYS}` },
    { name: "its first address with the port that https has", signedUrl: `https://sms.example.com:443/gateway${KEYS}` },
    { name: "its other address", signedUrl: `http://old.example.com:8080${KEYS}` },
  ];
  it.each(believed)("believes what is signed for $name", async ({ signedUrl }) => {
    expect((await one.call({ signedUrl })).status).toBe(200);
  });

  const refused = [
    { name: "the address inside", signedUrl: undefined },
    { name: "its address without the prefix", signedUrl: `https://sms.example.com${KEYS}` },
    { name: "its address by another scheme", signedUrl: `http://sms.example.com/gateway${KEYS}` },
    { name: "another host", signedUrl: `https://evil.example.com${KEYS}`, headers: { host: "evil.example.com" } },
    {
      name: "a host that a stranger says it was forwarded for",
      signedUrl: `https://evil.example.com${KEYS}`,
      headers: { "x-forwarded-host": "evil.example.com", "x-forwarded-proto": "https" },
    },
  ];
  it.each(refused)("refuses what is signed for $name", async ({ signedUrl, headers }) => {
    const call = { ...(signedUrl ? { signedUrl } : {}), ...(headers ? { headers } : {}) };
    expect(await refusal(await one.call(call))).toContain(`gethttps://sms.example.com/gateway${KEYS}`);
  });

  it("gives its first address out", async () => {
    const body = aMessage({ transactionId: "outside" });
    const path = "/api/out-messages";
    const answer = await one.call({ method: "POST", path, body, signedUrl: `http://old.example.com:8080${path}` });
    expect(answer.headers.get("location")).toBe("https://sms.example.com/gateway/api/out-messages/outside");
  });
});

describe("a gateway behind a proxy it trusts", () => {
  const gateway = useGateway({ TRUSTED_PROXIES: "10.0.0.7" });
  let one: ReturnType<typeof signer>;
  beforeAll(async () => {
    one = await newSigner(gateway, await gateway.account());
  });
  const through = (proxy: string, host = "sms.example.com") => ({
    "cf-connecting-ip": proxy,
    "x-forwarded-host": host,
    "x-forwarded-proto": "https",
  });

  it("believes the address it says it was called by", async () => {
    const signedUrl = `https://sms.example.com${KEYS}`;
    expect((await one.call({ signedUrl, headers: through("10.0.0.7") })).status).toBe(200);
  });

  it("believes the first where several proxies have written theirs", async () => {
    const signedUrl = `https://sms.example.com${KEYS}`;
    const headers = { ...through("10.0.0.7", "sms.example.com, inner.local"), "x-forwarded-proto": "https, http" };
    expect((await one.call({ signedUrl, headers })).status).toBe(200);
  });

  it("gives that address out", async () => {
    const [path, body] = ["/api/out-messages", aMessage({ transactionId: "outside" })];
    const signedUrl = `https://sms.example.com${path}`;
    const answer = await one.call({ method: "POST", path, body, signedUrl, headers: through("10.0.0.7") });
    expect(answer.headers.get("location")).toBe("https://sms.example.com/api/out-messages/outside");
  });

  it("does not believe anybody else", async () => {
    const signedUrl = `https://sms.example.com${KEYS}`;
    expect(await refusal(await one.call({ signedUrl, headers: through("10.0.0.8") }))).toContain(gateway.url);
  });
});

/** The clock stands still here, so that the window can be held to the second. */
describe("the clock of a caller", () => {
  const NOW = Date.UTC(2026, 10, 22, 12);
  const pair = newKeyPair();
  const caller = {
    account: { id: "acme", number: 1 },
    credential: { id: "crd_1", publicKey: pair.publicKey, signAlgo: "ECDsaP256" },
  } as unknown as Caller;
  const gateway = {
    wallClock: () => NOW,
    callerByKeyName: async () => caller,
    credentials: async () => [],
    once: async (_: unknown, run: () => Promise<void>) => run(),
  } as unknown as Gateway;
  const app = new Hono<DialectEnv>()
    .use(async (c, next) => {
      c.set("admit", async () => {});
      c.set("gateway", gateway);
      c.set("publicUrls", ["https://sms.test"]);
      await next();
    })
    .route("/", target365.app);
  const url = `https://sms.test${KEYS}`;
  const callAt = (timestamp: number) =>
    app.request(url, { headers: { authorization: authorization("key", pair, { method: "GET", url }, { timestamp }) } });

  const cases = [
    { name: "may be right", off: 0, status: 200 },
    { name: "may be 300 seconds behind", off: -300, status: 200 },
    { name: "may be 300 seconds ahead", off: 300, status: 200 },
    { name: "may not be 301 seconds behind", off: -301, status: 401 },
    { name: "may not be 301 seconds ahead", off: 301, status: 401 },
  ];
  it.each(cases)("$name", async ({ off, status }) => {
    expect((await callAt(NOW / 1000 + off)).status).toBe(status);
  });

  it("is told how far it is off", async () => {
    expect(await refusal(await callAt(NOW / 1000 - 3600))).toContain("3600 s behind");
    expect(await refusal(await callAt(NOW / 1000 + 3600))).toContain("3600 s ahead");
  });
});

function now(): number {
  return Math.floor(Date.now() / 1000);
}
