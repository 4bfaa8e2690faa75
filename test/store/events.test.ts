/** Events in the database: in the write that they tell of, and at no cost where nobody reads them. */

import { beforeEach, describe, expect, it } from "vitest";
import { makeSealer } from "../../src/adapters/sealer.ts";
import { standardSigner } from "../../src/adapters/standard-webhooks.ts";
import { noTraces } from "../../src/core/kernel/traces.ts";
import type { Move } from "../../src/core/messages/message.ts";
import { listEvents } from "../../src/core/operator/events.ts";
import { type NamedPorts, putNamedEndpoint, rotateNamedEndpoint } from "../../src/core/operator/named-endpoints.ts";
import { resealEndpoints } from "../../src/core/operator/reseal-endpoints.ts";
import { deliver } from "../../src/core/webhooks/deliver.ts";
import type { NamedEndpoint } from "../../src/core/webhooks/named.ts";
import { openEndpoint, sealEndpoint } from "../../src/core/webhooks/standard.ts";
import { toArrivals } from "../../src/store/messaging/arrival.ts";
import { writeArrivals } from "../../src/store/messaging/arrivals.ts";
import { messageStore } from "../../src/store/messaging/messages/store.ts";
import { suppressionStore } from "../../src/store/messaging/suppressions.ts";
import { eventStore } from "../../src/store/messaging/webhooks/events.ts";
import { namedEndpointStore } from "../../src/store/messaging/webhooks/named.ts";
import { webhookStore } from "../../src/store/messaging/webhooks/store.ts";
import { accountStore } from "../../src/store/operator/accounts.ts";
import { openDatabase, type TestDatabase } from "../support/database.ts";
import { openWorld } from "../support/ports.ts";
import { aMessage, formats, NOON, stoppedAt, stored, withAccounts } from "../support/rows.ts";

const DAY = 86_400_000;
const [OLD, NEW] = ["1", "2"].map((name) => ({ name, bytes: new Uint8Array(32).fill(Number(name)) }));
const of = { account: "acme", name: "hook" };

let database: TestDatabase;
beforeEach(async () => {
  database = openDatabase();
  await withAccounts(database, "acme", "bolt");
});

async function anEndpoint(more: Partial<NamedEndpoint> = {}): Promise<NamedEndpoint> {
  const { publicKey, ...keys } = await standardSigner.newKeys((count) => new Uint8Array(count).fill(7));
  return {
    ...{ ...of, url: "https://shop.example/hook", description: "", events: ["*"], orderedBy: "none" as const },
    ...{
      schedule: [60],
      form: "standard",
      headers: ["x-shop"],
      version: 1,
      createdAt: NOON,
      changedAt: NOON,
      publicKey,
    },
    sealed: await sealEndpoint(makeSealer(OLD ? [OLD] : []), of, { ...keys, headers: { "x-shop": "hush" } }),
    sealedWith: "1",
    ...more,
  };
}

it("of an endpoint that is switched off is one, however many of its webhooks were answered so at once", async () => {
  const url = "https://shop.example/hook";
  await namedEndpointStore(database.d1).add(await anEndpoint({ failoverUrl: "https://shop.example/spare" }));
  const one = { account: "acme", endpoint: "hook", reason: "it is gone" };
  const stale = { ...one, url: "https://shop.example/before" };
  const gone = [stale, { ...one, url }, { ...one, url }, { ...one, url: "https://shop.example/spare" }];
  await webhookStore(database.d1).pause(gone, NOON);
  const { items } = await eventStore(database.d1).page("acme", { after: 0, patterns: ["*"], limit: 10 });
  expect(items.map(({ type }) => type)).toEqual(["endpoint.disabled"]);
});

/** Moves a message that is with a carrier; answers how many rows were written, and what is owed. */
async function delivers(account = "acme") {
  const message = aMessage({ account, state: "sent" });
  await stored(database, message);
  const move: Move = {
    id: message.id,
    to: "delivered",
    at: NOON,
    entry: { at: NOON, event: "carrier.receipt", carrier: "simulator", outcome: "delivered" },
  };
  const changes = () => Number(database.sqlite.prepare("SELECT total_changes() AS n").get()?.n);
  const before = changes();
  const { owed } = await messageStore(database.d1, formats).move([move]);
  return { message, rows: changes() - before, owed };
}

describe("an event", () => {
  it("costs no row where the account has no log, though another has", async () => {
    const without = await delivers();
    await eventStore(database.d1).keep("bolt", true, NOON);
    expect((await delivers()).rows).toBe(without.rows);
    expect((await delivers("bolt")).rows).toBe(without.rows + 1);
  });

  it("is owed to each endpoint in the write of the move, and not if that is not made", async () => {
    await namedEndpointStore(database.d1).add(await anEndpoint());
    const { message, owed } = await delivers();
    const mine = owed.filter((id) => id.includes("_evt-"));
    expect(mine).toEqual([`whk_${message.id.slice(4)}_evt-1-hook`]);
    const again: Move = { id: message.id, to: "failed", at: NOON, entry: { at: NOON, event: "expired" } };
    expect((await messageStore(database.d1, formats).move([again])).owed).toEqual([]);
    expect(await eventStore(database.d1).ends("acme")).toEqual({ first: 1, last: 1 });
  });

  it("tells of a message of a batch that failed as it came in, once, however often that comes", async () => {
    await namedEndpointStore(database.d1).add(await anEndpoint());
    const arrives = () => {
      const refused = aMessage({ theirId: "bad", state: "failed", reason: "bad-number", parts: 0, recipient: "12" });
      return writeArrivals(database.d1, toArrivals([refused, aMessage({ theirId: "good" })], undefined));
    };
    await arrives();
    await arrives();
    const { items } = await eventStore(database.d1).page("acme", { after: 0, patterns: ["*"], limit: 10 });
    expect(items).toMatchObject([
      { number: 1, type: "message.failed", data: { theirId: "bad", reason: "bad-number", state: "failed" } },
    ]);
    expect(database.sqlite.prepare("SELECT kind, state, event->>'number' AS number FROM webhook").all()).toMatchObject([
      { kind: "event", state: "owed", number: 1 },
    ]);
  });

  it("tells of a charge that fails as it is asked for, and of one that fails since another waits for the same word", async () => {
    const world = await openWorld();
    const events = eventStore(world.database.d1);
    await events.keep("acme", true, world.time.now);
    const failed = await world.aCharge({ state: "failed", reason: "no-consent" });
    await world.aCharge({ state: "waiting", waitsFor: "ok" });
    const second = await world.aCharge({ state: "waiting", waitsFor: "ok" });
    const { id: _, ...again } = failed;
    await world.aCharge(again);
    const { items } = await events.page("acme", { after: 0, patterns: ["*"], limit: 10 });
    expect(items).toMatchObject([
      { number: 1, type: "charge.failed", data: { id: failed.id, reason: "no-consent" } },
      { number: 2, type: "charge.failed", data: { id: second.id, reason: "in-transaction" } },
    ]);
    await world.close();
  });

  it("is forgotten in its time, but its number is not given again", async () => {
    const events = eventStore(database.d1);
    await events.keep("acme", true, NOON);
    for (let n = 0; n < 3; n++) await delivers();
    expect(await events.forget(NOON + DAY, 1)).toBe(1);
    expect(await events.forget(NOON + DAY, 10)).toBe(1);
    expect(await events.page("acme", { after: 0, patterns: ["*"], limit: 10 })).toEqual({
      items: [],
      last: 3,
      first: 4,
    });
    await delivers();
    expect((await events.page("acme", { after: 3, patterns: ["*"], limit: 10 })).items).toMatchObject([{ number: 4 }]);
  });

  it("that tells of an opt-out is forgotten with the webhooks that tell of it, once these are received", async () => {
    const [events, webhooks] = [eventStore(database.d1), webhookStore(database.d1)];
    await namedEndpointStore(database.d1).add(await anEndpoint());
    const createdAt = NOON;
    for (const recipient of ["+4798079001", "+4798079002", "+4798079003"]) {
      const optOut = { account: "acme", number: "*", recipient, word: "asked", source: "operator" as const, createdAt };
      await suppressionStore(database.d1).add([optOut]);
    }
    const left = () =>
      database.sqlite
        .prepare("SELECT event->'data'->>'recipient' AS person FROM webhook ORDER BY 1")
        .all()
        .map(({ person }) => person);
    database.sqlite.exec("UPDATE webhook SET due_at = NULL, state = iif(event->>'number' = 2, 'dead', 'answered')");
    await events.forget(NOON + DAY, 10);
    expect(left()).toEqual(["+4798079002"]);
    expect(await events.ends("acme")).toEqual({ first: 2, last: 3 });
    const [dead] = database.sqlite.prepare("SELECT id FROM webhook").all();
    await webhooks.replayOne(dead?.id as never, NOON);
    await events.forget(NOON + DAY, 10);
    expect(left()).toEqual(["+4798079002"]);
    database.sqlite.exec("UPDATE webhook SET due_at = NULL, state = 'answered'");
    await events.forget(NOON + DAY, 10);
    expect(left()).toEqual([]);
    expect(await events.ends("acme")).toEqual({ first: 4, last: 3 });
  });

  it("that is not asked for is not looked for without an end by one request", async () => {
    let pages = 0;
    const events = {
      isKept: async () => true,
      page: async (_: string, { after }: { after: number }) => {
        if (++pages > 200) throw new Error("it goes on and on");
        return { items: [], last: after + 2_000, first: 1 };
      },
    } as unknown as ReturnType<typeof eventStore>;
    const ports = { accounts: accountStore(database.d1), clock: stoppedAt(NOON), events };
    const told = await listEvents(ports, "acme", { after: 0, patterns: ["charge.*"], limit: 10, waitSeconds: 0 });
    expect(told).toEqual({ items: [], cursor: String(pages * 2_000), missed: false });
  });
});

describe("an endpoint", () => {
  it("is sealed anew with the key that seals now, its old keys too, and goes on as it was", async () => {
    const endpoints = namedEndpointStore(database.d1);
    const known = await anEndpoint();
    await endpoints.add({ ...known, oldSealed: known.sealed, oldPublicKey: known.publicKey, oldUntil: NOON + 1 });
    const sealer = makeSealer([NEW, OLD].flatMap((key) => key ?? []));
    const log = { event: () => {} };
    await resealEndpoints({ sealer, namedEndpoints: endpoints, log, clock: stoppedAt(NOON) });
    const found = await endpoints.byName("acme", "hook");
    expect([found?.sealed, found?.oldSealed].map((sealed) => sealer.keyOf(sealed ?? ""))).toEqual(["2", "2"]);
    const newAlone = makeSealer(NEW ? [NEW] : []);
    expect((await openEndpoint(newAlone, of, found?.sealed ?? "")).headers).toEqual({ "x-shop": "hush" });
    expect(await endpoints.sealedOtherwise("2", 10)).toEqual([]);
  });

  it("is sealed anew however many stand before it that no key opens", async () => {
    const endpoints = namedEndpointStore(database.d1);
    const known = await anEndpoint();
    for (let n = 0; n < 150; n++) {
      await endpoints.add({ ...known, name: `broken-${String(n).padStart(3, "0")}`, sealed: "nobody opens this" });
    }
    await endpoints.add(known);
    const sealer = makeSealer([NEW, OLD].flatMap((key) => key ?? []));
    await resealEndpoints({ sealer, namedEndpoints: endpoints, log: { event: () => {} }, clock: stoppedAt(NOON) });
    expect(sealer.keyOf((await endpoints.byName("acme", "hook"))?.sealed ?? "")).toBe("2");
    expect(await endpoints.sealedOtherwise("2", 500)).toHaveLength(150);
  });

  it("that has another address by now is not switched off because the one before it is gone", async () => {
    const [endpoints, webhooks] = [namedEndpointStore(database.d1), webhookStore(database.d1)];
    const known = await anEndpoint();
    await endpoints.add({ ...known, url: "https://new.example/hook" });
    const gone = { account: "acme", endpoint: "hook", reason: "it answered 410" };
    expect(await webhooks.pause([{ ...gone, url: known.url }], NOON)).toEqual({ paused: 0, owed: [] });
    expect(await endpoints.byName("acme", "hook")).not.toHaveProperty("disabledAt");
    expect(await webhooks.pause([{ ...gone, url: "https://new.example/hook" }], NOON)).toMatchObject({ paused: 1 });
    expect(await endpoints.byName("acme", "hook")).toMatchObject({ disabledAt: NOON });
  });

  it("that is changed while its old keys sign is sealed with the key that seals now, all of it", async () => {
    const endpoints = namedEndpointStore(database.d1);
    const known = await anEndpoint();
    await endpoints.add({ ...known, oldSealed: known.sealed, oldPublicKey: known.publicKey, oldUntil: NOON + 1 });
    const sealer = makeSealer([NEW, OLD].flatMap((key) => key ?? []));
    const ports = {
      ...{ accounts: accountStore(database.d1), namedEndpoints: endpoints, clock: stoppedAt(NOON), sealer },
      ...{ http: {}, log: { event: () => {} }, standard: standardSigner },
      ids: { bytes: (count: number) => new Uint8Array(count).fill(9) },
    } as unknown as NamedPorts;
    const keysOf = async () => {
      const found = await endpoints.byName("acme", "hook");
      return [found?.sealed, found?.oldSealed].map((sealed) => sealer.keyOf(sealed ?? ""));
    };
    await putNamedEndpoint(ports, "acme", "hook", { url: known.url });
    expect(await keysOf()).toEqual(["2", "2"]);
    await endpoints.change({ ...known, version: 3 }, 2);
    await rotateNamedEndpoint(ports, "acme", "hook", 60);
    expect(await keysOf()).toEqual(["2", "2"]);
  });

  it("begins well, whatever became of one of that name that was removed, and is told of nothing that was that one's", async () => {
    const [endpoints, webhooks] = [namedEndpointStore(database.d1), webhookStore(database.d1)];
    await endpoints.add(await anEndpoint());
    const { owed } = await delivers();
    const mine = owed.filter((id) => id.includes("_evt-"));
    await webhooks.pause([{ account: "acme", endpoint: "hook", reason: "by an operator" }], NOON);
    await endpoints.remove("acme", "hook", NOON, "its endpoint was removed");
    expect(await webhooks.byId(mine[0] as never)).toMatchObject({ state: "dead", reason: "its endpoint was removed" });
    await webhooks.attempted([], [{ account: "acme", endpoint: "hook", failed: 9, received: false, at: NOON }]);
    await webhooks.pause([{ account: "acme", endpoint: "hook", reason: "it answered 410" }], NOON);
    await endpoints.add(await anEndpoint());
    const found = await endpoints.byName("acme", "hook");
    expect(found).toMatchObject({ failures: 0 });
    expect(found).not.toHaveProperty("failingSince");
    expect(found).not.toHaveProperty("disabledAt");
    expect(await webhooks.resume("acme", "hook", NOON)).toEqual([]);
  });

  it("that is not there any more does not fail at what is sent again", async () => {
    const [endpoints, webhooks] = [namedEndpointStore(database.d1), webhookStore(database.d1)];
    await endpoints.add(await anEndpoint());
    const mine = (await delivers()).owed.filter((id) => id.includes("_evt-"));
    await endpoints.remove("acme", "hook", NOON, "its endpoint was removed");
    await webhooks.replayOne(mine[0] as never, NOON);
    const nothing = async () => {};
    await deliver(
      {
        ...{
          clock: stoppedAt(NOON),
          webhooks,
          formats,
          sealer: makeSealer([]),
          standard: standardSigner,
          traces: noTraces,
          pace: { take: async () => [] },
          publicUrl: "",
        },
        ...{ http: { send: () => Promise.reject(new Error("called")) }, counts: { count: () => {} } },
        ...{ jobs: { submit: nothing, charge: nothing, deliver: nothing, release: nothing }, log: { event: () => {} } },
        signer: { sign: () => Promise.reject(new Error("signed")), published: async () => undefined },
      },
      mine,
    );
    expect(await webhooks.byId(mine[0] as never)).toMatchObject({ state: "dead", attempts: 1 });
    expect((await webhooks.endpoints({ limit: 10 })).items).toEqual([]);
  });

  it("ends the log of its account when it is the last, unless events are fetched", async () => {
    const [endpoints, events] = [namedEndpointStore(database.d1), eventStore(database.d1)];
    await endpoints.add(await anEndpoint());
    await endpoints.remove("acme", "hook", NOON, "gone");
    expect(await events.isKept("acme")).toBe(false);
    await endpoints.add(await anEndpoint());
    await events.keep("acme", true, NOON);
    await endpoints.remove("acme", "hook", NOON, "gone");
    expect(await events.isKept("acme")).toBe(true);
  });
});
