/** What a client is told when it is turned away, and when something breaks on our side. */

import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { makeGateway } from "../../../src/core/gateway.ts";
import { GatewayError, REFUSALS, type Refusal } from "../../../src/core/kernel/errors.ts";
import type { Ports } from "../../../src/core/ports.ts";
import type { DialectEnv } from "../../../src/dialects/dialect.ts";
import { target365 } from "../../../src/dialects/target365/index.ts";
import { authorization, newKeyPair } from "../../support/target365-client.ts";

const STATUS: Record<Refusal, number> = {
  "bad-request": 400,
  "bad-number": 400,
  "bad-sender": 400,
  "bad-text": 400,
  unauthorised: 401,
  replayed: 401,
  "not-allowed": 403,
  "not-found": 404,
  "wrong-method": 405,
  "already-exists": 409,
  repeated: 409,
  "too-late": 409,
  "too-large": 413,
  "too-many-requests": 429,
  "no-carrier": 503,
  "key-reused": 422,
  "key-in-progress": 409,
  "opted-out": 403,
  "quiet-hours": 403,
  "country-closed": 403,
};

describe("a client", () => {
  const pair = newKeyPair();
  const spent = new Set<string>();
  const faults: unknown[] = [];

  /** The dialect's own app, before a store that fails with whatever a test wants. */
  const appThatFails = (error: unknown) => {
    const accounts = {
      byKeyName: async () => ({
        account: { id: "acme", number: 1 },
        credential: { id: "crd_1", dialect: "target365", publicKey: pair.publicKey, signAlgo: "ECDsaP256" },
      }),
      spend: async ({ nonce }: { nonce: string }) => !spent.has(nonce) && spent.add(nonce).size > 0,
      unspend: async ({ nonce }: { nonce: string }) => spent.delete(nonce),
      credentialsOfKind: async () => {
        throw error;
      },
    };
    const clock = { now: () => Date.now(), wall: () => Date.now() };
    const gateway = makeGateway({ clock, accounts, ids: { uuid: () => "claim" } } as unknown as Ports);
    return new Hono<DialectEnv>()
      .use(async (c, next) => {
        c.set("admit", async () => {});
        c.set("gateway", gateway);
        c.set("publicUrls", ["https://sms.test"]);
        c.set("fault", (fault) => `f-${faults.push(fault)}`);
        await next();
      })
      .route("/", target365.app);
  };
  const url = "https://sms.test/api/client/public-keys";
  const ask = (error: unknown, nonce?: string) => {
    const header = authorization("key", pair, { method: "GET", url }, nonce ? { nonce } : {});
    return appThatFails(error).request(url, { headers: { authorization: header } });
  };

  it.each(REFUSALS)("is told of %s with its status, and the reason as Message", async (refusal) => {
    const answer = await ask(new GatewayError(refusal, "The reason."));
    expect(answer.status).toBe(STATUS[refusal]);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(await answer.json()).toEqual({ Message: "The reason." });
  });

  it("is told of a fault of ours by its id only, and the log by its cause", async () => {
    const cause = new Error("D1_ERROR: no such table: credential");
    const answer = await ask(cause);
    expect(answer.status).toBe(500);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    const { Message } = (await answer.json()) as { Message: string };
    expect(Message).toContain(`f-${faults.length}`);
    expect(Message).not.toMatch(/D1|table/);
    expect(faults.at(-1)).toBe(cause);
  });

  it("may make the very same request again after a fault of ours", async () => {
    expect((await ask(new Error("down"), "n-1")).status).toBe(500);
    expect((await ask(new GatewayError("not-found", "up again"), "n-1")).status).toBe(404);
    expect((await ask(new GatewayError("not-found", "up again"), "n-1")).status).toBe(401);
  });
});
