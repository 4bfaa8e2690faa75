import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, type TestAccount, useGateway } from "../../support/gateway.ts";
import { useReceiver } from "../../support/receiver.ts";
import { newKeyPair, outMessageClient, registerKey, signedFetch } from "../../support/target365-client.ts";

const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/;

describe("public keys", () => {
  const gateway = useGateway();
  const receiver = useReceiver();
  let account: TestAccount;
  const call = (path: string, method = "GET", apiKey = account.apiKey) =>
    gateway.fetch(path, { method, headers: { "x-apikey": apiKey } });

  beforeAll(async () => {
    account = await gateway.account();
  });

  describe("of the account", () => {
    it("are listed, in the form the SDKs read", async () => {
      const { number, apiKey, id } = await gateway.account();
      const [ec, rsa] = [newKeyPair(), newKeyPair("rsa")];
      const names = [await registerKey(gateway, { id }, ec), await registerKey(gateway, { id }, rsa)];
      const answer = await call("/api/client/public-keys", "GET", apiKey);
      expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
      const common = {
        accountId: number,
        hashAlgo: "SHA256",
        created: expect.stringMatching(DATE),
        lastModified: expect.stringMatching(DATE),
        notUsableBefore: expect.stringMatching(DATE),
      };
      expect(await answer.json()).toEqual([
        { ...common, name: names[0], publicKeyString: ec.publicKey, signAlgo: "ECDsaP256" },
        { ...common, name: names[1], publicKeyString: rsa.publicKey, signAlgo: "RSA" },
      ]);
    });

    it("are none at first, and an API key is not among them", async () => {
      const { apiKey } = await gateway.account();
      expect(await (await call("/api/client/public-keys", "GET", apiKey)).json()).toEqual([]);
    });

    it("are looked up by name, with their expiry where they have one", async () => {
      const pair = newKeyPair();
      const name = await registerKey(gateway, account, pair, { expiresAt: "2098-01-01T00:00:00Z" });
      const answer = await call(`/api/client/public-keys/${name}`);
      expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
      expect(await answer.json()).toMatchObject({
        name,
        publicKeyString: pair.publicKey,
        expiry: "2098-01-01T00:00:00.000+00:00",
      });
    });

    it("are withdrawn by name, and then neither found nor accepted", async () => {
      const pair = newKeyPair();
      const name = await registerKey(gateway, account, pair);
      const ask = () => signedFetch(name, pair, "GET", `${gateway.url}/api/client/public-keys/${name}`);
      expect((await ask()).status).toBe(200);
      const withdrawn = await call(`/api/client/public-keys/${name}`, "DELETE");
      expect([withdrawn.status, await withdrawn.text()]).toEqual([204, ""]);
      expect((await call(`/api/client/public-keys/${name}`)).status).toBe(404);
      expect((await call(`/api/client/public-keys/${name}`, "DELETE")).status).toBe(404);
      expect((await ask()).status).toBe(401);
    });

    it.each(["GET", "DELETE"])("are not there for %s by another account", async (method) => {
      const pair = newKeyPair();
      const name = await registerKey(gateway, account, pair);
      const { apiKey } = await gateway.account();
      const answer = await call(`/api/client/public-keys/${name}`, method, apiKey);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toEqual({ Message: expect.stringContaining(name) });
      expect((await signedFetch(name, pair, "GET", `${gateway.url}/api/client/public-keys`)).status).toBe(200);
    });
  });

  describe("of the gateway", () => {
    it.each(["/api/server/public-keys", "/api/public-key"])(
      "are found at %s by the name that a forward is signed with",
      async (path) => {
        const number = newNumber();
        await outMessageClient(gateway, account).post({
          sender: "Shop",
          recipient: number,
          content: "Hello",
          deliveryReportUrl: receiver.url,
        });
        const [report] = await receiver.next(1, ({ json }) => json.recipient === number);
        const [name] = String(report?.headers["x-ecdsa-signature"]).split(":");
        const answer = await call(`${path}/${name}`);
        expect(answer.status).toBe(200);
        expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
        expect(await answer.json()).toEqual({
          accountId: 0,
          name,
          publicKeyString: expect.stringMatching(/^MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE/),
          signAlgo: "ECDsaP256",
          hashAlgo: "SHA256",
          created: expect.stringMatching(DATE),
          lastModified: expect.stringMatching(DATE),
          notUsableBefore: expect.stringMatching(DATE),
          expiry: expect.stringMatching(DATE),
        });
      },
    );

    it.each(["/api/server/public-keys", "/api/public-key"])("are not there at %s by another name", async (path) => {
      const answer = await call(`${path}/2017-11-17`);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toEqual({ Message: expect.stringContaining("2017-11-17") });
    });
  });

  const addresses = [
    { path: "/api/client/public-keys", method: "POST", allow: "GET" },
    { path: "/api/client/public-keys/some", method: "PUT", allow: "GET, DELETE" },
    { path: "/api/server/public-keys/some", method: "DELETE", allow: "GET" },
    { path: "/api/public-key/some", method: "DELETE", allow: "GET" },
  ];
  it.each(addresses)("take only $allow at $path", async ({ path, method, allow }) => {
    const answer = await call(path, method);
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe(allow);
    expect(await answer.json()).toEqual({ Message: expect.stringContaining(allow) });
  });
});
