/** Telling of numbers beforehand, and the description of the API. */

import { beforeAll, describe, expect, it } from "vitest";
import { target365 } from "../../../src/dialects/target365/index.ts";
import { type TestAccount, useGateway } from "../../support/gateway.ts";
import { messageOf, newKeyPair, registerKey, signedFetch } from "../../support/target365-client.ts";

describe("a client", () => {
  const gateway = useGateway();
  let account: TestAccount;
  beforeAll(async () => {
    account = await gateway.account();
  });

  describe("that tells of numbers beforehand", () => {
    const prepare = (body: string) =>
      gateway.fetch("/api/prepare-msisdns", { method: "POST", headers: { "x-apikey": account.apiKey }, body });

    it.each(['["+4798079008", "+4799031520"]', "[]", '["+4700000001",]'])("is answered 204 for %s", async (body) => {
      const answer = await prepare(body);
      expect([answer.status, await answer.text()]).toEqual([204, ""]);
    });

    it("may send and sign no body at all for an empty list, as PHP does", async () => {
      const pair = newKeyPair("rsa");
      const name = await registerKey(gateway, account, pair);
      const answer = await signedFetch(name, pair, "POST", `${gateway.url}/api/prepare-msisdns`);
      expect(answer.status).toBe(204);
    });

    it.each([
      { body: '{"msisdns": []}', why: /must be an array/ },
      { body: '"+4798079008"', why: /must be an array/ },
      { body: '["+4798079008", "98079008"]', why: /item 1: "98079008" is not a phone number/ },
      { body: "[4798079008]", why: /item 0: 4798079008 is not a phone number/ },
      { body: "[null]", why: /item 0: null is not a phone number/ },
      { body: "[", why: /not valid JSON/ },
      { body: JSON.stringify(Array(10_001).fill("+4798079008")), why: /10001 numbers are too many/ },
    ])("is told what is wrong with $body", async ({ body, why }) => {
      expect(await messageOf(await prepare(body), 400)).toMatch(why);
    });
  });

  describe("that reads what there is", () => {
    it.each(["/api", "/api/", "/api/swagger.json"])("finds it at %s, without a credential", async (path) => {
      const answer = await gateway.fetch(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
      const { openapi, servers, paths } = (await answer.json()) as { openapi: string; servers: unknown; paths: object };
      expect([openapi, servers]).toEqual(["3.1.0", [{ url: gateway.url }]]);
      expect(Object.keys(paths)).toEqual([...new Set(target365.paths.map((route) => route.path))]);
    });

    it("finds every address that answers, and with each of its methods", async () => {
      for (const { method, path } of target365.paths) {
        const answer = await gateway.fetch(path.replace(/\{\w+\}/g, "nothing"), {
          method: "PATCH",
          headers: { "x-apikey": account.apiKey },
        });
        expect(answer.status, path).toBe(405);
        expect(answer.headers.get("allow")?.split(", "), path).toContain(method.toUpperCase());
      }
    });

    it("may only read it", async () => {
      expect(await messageOf(await gateway.fetch("/api", { method: "POST", body: "{}" }), 401)).toMatch(/credential/);
    });
  });
});
