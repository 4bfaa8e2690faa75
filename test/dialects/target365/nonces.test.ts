/** A signed request runs once, for as long as its signature would be taken: also one that is dated ahead of our clock. */

import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { makeGateway } from "../../../src/core/gateway.ts";
import type { DialectEnv } from "../../../src/dialects/dialect.ts";
import { target365 } from "../../../src/dialects/target365/index.ts";
import { openWorld } from "../../support/ports.ts";
import { authorization, newKeyPair } from "../../support/target365-client.ts";

const BASE = "https://sms.test";
const SECOND = 1_000;

/** The dialect on real stores, by a clock that the test moves. */
async function opened() {
  const { ports, quiet, time } = await openWorld();
  const pair = newKeyPair();
  await quiet.accounts.addCredential({
    id: "crd_signs",
    account: "acme",
    dialect: "target365",
    kind: "public-key",
    name: "signs",
    foundBy: "name",
    publicKey: pair.publicKey,
    signAlgo: "ECDsaP256",
    createdAt: time.now,
    changedAt: time.now,
  });
  const gateway = makeGateway(ports);
  const app = new Hono<DialectEnv>()
    .use(async (c, next) => {
      c.set("admit", async () => {});
      c.set("gateway", gateway);
      c.set("publicUrls", [BASE]);
      c.set("fault", (fault) => String(fault));
      await next();
    })
    .route("/", target365.app);
  const text = JSON.stringify({ sender: "2002", recipient: "+4798079008", content: "Hello" });
  const requests = {
    "a text": { method: "POST", url: `${BASE}/api/out-messages`, body: text },
    "a look": { method: "GET", url: `${BASE}/api/client/public-keys` },
  };
  /** The same bytes each time. @param dated seconds ahead of our clock */
  const signed = (what: keyof typeof requests, dated: number) => {
    const request: { method: string; url: string; body?: string } = requests[what];
    const header = authorization("signs", pair, request, { timestamp: Math.floor(time.now / SECOND) + dated });
    return async () => {
      const { url, ...rest } = request;
      return (await app.request(url, { ...rest, headers: { authorization: header } })).status;
    };
  };
  return { signed, time, tidy: () => gateway.tidy() };
}

describe.each(["a text", "a look"] as const)("%s that is signed", (what) => {
  it.each([-300, -1, 0, 1, 299, 300])("and dated %i s from now runs once, whoever sends it again", async (dated) => {
    const { signed, time, tidy } = await opened();
    const send = signed(what, dated);
    expect(await send()).toBe(what === "a text" ? 201 : 200);
    const again: number[] = [];
    for (let seconds = 0; seconds < 1_000; seconds += 10) {
      time.now += 10 * SECOND;
      await tidy();
      again.push(await send());
    }
    expect(new Set(again)).toEqual(new Set([401]));
  });

  it("at the end of the time in which it is taken is taken, if it never was", async () => {
    const { signed, time, tidy } = await opened();
    const send = signed(what, 300);
    time.now += 600 * SECOND;
    await tidy();
    expect(await send()).toBe(what === "a text" ? 201 : 200);
    expect(await send()).toBe(401);
  });
});
