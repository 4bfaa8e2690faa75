/** Keeping requests: beside the work, in one write for many, and never more than a few. */

import { describe, expect, it } from "vitest";
import { makeKeeper } from "../../src/adapters/request-log.ts";
import type { Caller } from "../../src/core/accounts/account.ts";
import type { ExchangeId } from "../../src/core/kernel/ids.ts";
import { exchangeStore } from "../../src/store/operator/exchanges.ts";
import { DAY, openWorld, type World } from "../support/ports.ts";

const SCHEMES = [
  { key: { in: "header", name: "X-ApiKey" } },
  { ring: { in: "header", name: "X-Ring" }, nest: { in: "query", name: "nest" } },
];

/** A keeper in a world whose clock stands; `asked` is what the database was asked. */
async function open() {
  const world = await openWorld();
  const asked: string[] = [];
  world.database.around.before = ({ sql }) => void asked.push(...sql);
  const { clock, ids, log } = world.ports;
  const keeper = makeKeeper({ clock, ids, log }, exchangeStore(world.database.d1), SCHEMES);
  const send = (body = "{}", path = "/api/out-messages") =>
    keeper.begin(new Request(`https://sms.example${path}`, { method: "POST", body }), "telling", world.gateway);
  return { world, keeper, asked, send };
}

const count = (world: World) => Number(world.database.sqlite.prepare("SELECT count(*) AS n FROM exchange").get()?.n);

const rows = (world: World) => JSON.stringify(world.database.sqlite.prepare("SELECT * FROM exchange").all());

describe("requests", () => {
  it("that come together are written together, and no more than fifty of them", async () => {
    const { world, asked, send } = await open();
    const kept = Array.from({ length: 60 }, (_, n) => send(`{"n":${n}}`));
    expect(kept.filter(Boolean)).toHaveLength(50);
    await Promise.all(kept.map((one) => one?.end(new Response("done", { status: 201 }))));
    expect(asked.filter((sql) => sql.includes("INSERT INTO exchange"))).toHaveLength(1);
    expect(count(world)).toBe(50);
    world.time.now += 1_000;
    expect(send()).toBeDefined();
    expect(world.events).toContainEqual({ name: "request_log.skipped", fields: { count: 10 } });
  });

  it("leave body and answer to those they are for", async () => {
    const { world, keeper } = await open();
    const request = new Request("https://sms.example/api/x?token=abc", { method: "POST", body: "a=1&password=hunter" });
    const answer = new Response('{"token":"xyz"}');
    const kept = keeper.begin(request, "telling", world.gateway);
    expect(await request.text()).toBe("a=1&password=hunter");
    const end = kept?.end(answer);
    expect(await answer.text()).toBe('{"token":"xyz"}');
    await end;
    const { items } = await keeper.store.list({}, { limit: 10 });
    expect(items).toMatchObject([
      { path: "/api/x?token=•••", request: "a=1&password=•••", answer: '{"token":"•••"}', status: 200 },
    ]);
  });

  it("say nothing of what they are about where nobody knows whose they are, and an account is sealed", async () => {
    const { world, keeper } = await open();
    const ask = async () => {
      const request = new Request("https://sms.example/no/x?number=%2B4798079008", {
        method: "POST",
        body: "98079008",
      });
      await keeper.begin(request, "telling", world.gateway)?.end(new Response("98079008 is refused", { status: 401 }));
    };
    await ask();
    expect(rows(world)).toMatch(/98079008.*98079008.*98079008/s);
    world.database.sqlite.exec(`DELETE FROM exchange; UPDATE account SET settings = '{"sealed":true}'`);
    await ask();
    expect(rows(world)).not.toContain("98079008");
    const { items } = await keeper.store.list({}, { limit: 10 });
    expect(items).toMatchObject([{ path: "/no/x", status: 401, request: expect.stringContaining("not kept") }]);
  });

  it("hide what their caller proved itself by, wherever it is read back", async () => {
    const { world, keeper } = await open();
    const key = "a key of the caller's";
    const headers = { "x-apikey": key, authorization: `Basic ${btoa("12345678:the other half")}` };
    const request = new Request("https://sms.example/no/x?api_key[]=in-the-query", {
      method: "POST",
      headers,
      body: key,
    });
    const kept = keeper.begin(request, "telling", world.gateway);
    await kept?.end(new Response(`${key}, the other half and in-the-query are not known`));
    const { items } = await keeper.store.list({}, { limit: 10 });
    expect(items).toMatchObject([
      { path: "/no/x?api_key[]=•••", request: "•••", answer: "•••, ••• and ••• are not known" },
    ]);
  });

  it("hide the credential of any dialect, where its scheme says that it stands", async () => {
    const { world, keeper } = await open();
    const request = new Request("https://sms.example/pigeon/x?nest=high%20in%20the%20oak", {
      method: "POST",
      headers: { "x-ring": "a ring of silver" },
      body: "not a ring of silver",
    });
    await keeper.begin(request, "telling", world.gateway)?.end(new Response("high in the oak is no nest"));
    const { items } = await keeper.store.list({}, { limit: 10 });
    expect(items).toMatchObject([{ path: "/pigeon/x?nest=•••", request: "not •••", answer: "••• is no nest" }]);
  });

  it("bring their id along with the caller that is found", async () => {
    const { world, keeper, send } = await open();
    const { credential } = world.caller;
    const kept = send();
    const caller = await kept?.gateway.callerBySecret("telling", credential.kind, credential.secretHash ?? "");
    expect(caller?.request).toMatch(/^req_/);
    expect(world.caller.request).toBeUndefined();
    const message = await world.gateway.accept(caller as Caller, {
      sender: "2002",
      recipient: "+4798079008",
      text: "Hello",
      priority: "normal",
      deliveryMode: "at-most-once",
      validitySeconds: 60,
      echo: {},
    });
    expect(message.history).toMatchObject([{ event: "accepted", request: caller?.request }]);
    await kept?.end(new Response());
    const exchange = await keeper.store.byId(caller?.request as ExchangeId);
    expect(exchange).toMatchObject({ account: "acme", request: "{}" });
  });

  it("are there for who asks before they are written", async () => {
    const { world, keeper, send } = await open();
    let wake = () => {};
    world.ports.clock.sleep = () => new Promise((done) => (wake = done));
    const end = send()?.end(new Response("ok"));
    await new Promise((next) => setImmediate(next));
    expect((await keeper.store.list({}, { limit: 10 })).items).toHaveLength(1);
    wake();
    await end;
    expect(count(world)).toBe(1);
  });

  it("that cannot be written are told of in the log, and hurt nobody", async () => {
    const { world, send } = await open();
    world.database.around.before = () => {
      throw new Error("no database");
    };
    await send()?.end(new Response("ok"));
    expect(world.events).toContainEqual({
      name: "request_log.write_failed",
      fields: { count: 1, error: "Error: no database" },
    });
    world.database.around.before = () => {};
    world.time.now += 10_000;
    await send()?.end(new Response("ok"));
    expect(count(world)).toBe(1);
  });

  it("are forgotten after a day, and the oldest of too many before that", async () => {
    const { world, keeper, send } = await open();
    for (const path of ["/first", "/second", "/third", "/fourth"]) {
      await send("", path)?.end(new Response());
      world.time.now += DAY / 2;
    }
    const left = async () => (await keeper.store.list({}, { limit: 10 })).items.map(({ path }) => path);
    expect(await left()).toEqual(["/fourth", "/third", "/second", "/first"]);
    await keeper.store.forget({ otherwise: 0, own: [] }, 3);
    expect(await left()).toEqual(["/fourth", "/third", "/second"]);
    world.time.now -= DAY / 4;
    await world.gateway.tidy();
    expect(await left()).toEqual(["/fourth", "/third"]);
  });

  it("are kept for as many days as their account says, or for a minute", async () => {
    const { world, keeper } = await open();
    const at = world.ports.clock.wall();
    const made = (account: string, daysAgo: number) => ({
      ...{
        id: world.ports.ids.asOf(at).request(),
        at: at - daysAgo * DAY,
        account,
        dialect: "telling",
        method: "POST",
      },
      ...{ path: `/${account}/${daysAgo}`, request: "", status: 200, answer: "", milliseconds: 1 },
    });
    for (const [account, requests] of [
      ["acme", 7],
      ["short", 0],
      ["plain", undefined],
    ] as const) {
      if (account !== "acme") await world.quiet.accounts.add({ id: account, name: account, settings: {}, at: 0 });
      if (requests === undefined) continue;
      await world.quiet.accounts.change(account, { settings: { retention: { requests } } }, at);
    }
    for (const daysAgo of [6, 2, 0.5]) {
      world.time.now -= daysAgo * DAY;
      const rows = ["acme", "short", "plain"].map((one) => ({ ...made(one, daysAgo), id: world.ports.ids.request() }));
      await world.ports.exchanges.add(rows);
      world.time.now += daysAgo * DAY;
    }
    world.time.now += 60_000;
    await world.gateway.tidy();
    const left = (await keeper.store.list({}, { limit: 20 })).items.map(({ path }) => path);
    expect(left.toSorted()).toEqual(["/acme/0.5", "/acme/2", "/acme/6", "/plain/0.5"]);
  });
});
