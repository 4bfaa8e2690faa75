/** The carriers in use follow the table within five seconds, in every place that runs the gateway, and for few reads. */

import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { makeSealer } from "../../src/adapters/sealer.ts";
import { target365 } from "../../src/carriers/target365/target365.ts";
import { type CarrierRow, ownerOf } from "../../src/core/messages/carrier-table.ts";
import type { Outage } from "../../src/core/messages/outage.ts";
import { carriersInUse } from "../../src/doors/carriers-in-use.ts";
import { outageStore } from "../../src/store/operator/outages.ts";
import { openDatabase } from "../support/database.ts";
import { aText } from "./support.ts";

const KEY = { name: "1", bytes: new Uint8Array(randomBytes(32)) };
const sealer = makeSealer([KEY]);

async function aRow(given: Partial<CarrierRow> = {}, by = sealer): Promise<CarrierRow> {
  const of = { name: "norway", kind: "target365", ...given };
  const sealed = await by.seal(JSON.stringify({ secrets: { apiKey: "k" }, doorKey: "d" }), ownerOf(of));
  return { settings: {}, state: "on", version: 1, createdAt: 1, changedAt: 1, sealed, ...of };
}

/** One place that runs the gateway; all share a table and a clock. */
function here(shared: { rows: CarrierRow[]; now: number; reads: number; outages?: Outage[] }, isByRouteOnly = false) {
  const events: string[] = [];
  const used = carriersInUse({
    builtIn: new Map(),
    kinds: [target365],
    table: {
      all: async () => {
        shared.reads++;
        return shared.rows;
      },
    },
    outages: { ...outageStore(openDatabase().d1), all: async () => shared.outages ?? [] },
    pace: { take: async (_, perSecond, wishes) => wishes.map((__, index) => (index < perSecond ? 0 : 1_000)) },
    sealer,
    ground: {
      http: { send: async () => ({ outcome: "failed", error: "nobody is called here", milliseconds: 0 }) },
      wall: () => shared.now,
      now: () => shared.now,
      log: { event: (name) => void events.push(name) },
      publicUrls: [],
    },
    isByRouteOnly,
  });
  return { ...used, events };
}

describe("the carriers in use", () => {
  it("are those of the table within five seconds of a change, for whoever asks", async () => {
    const shared = { rows: [await aRow()], now: 0, reads: 0 };
    const place = here(shared);
    await place.keepFresh();
    expect(place.carriers.get("norway")?.isOff).toBeUndefined();
    shared.rows = [await aRow({ state: "off", version: 2 }), await aRow({ name: "holland" })];
    shared.now = 1_999;
    await place.keepFresh();
    expect(place.carriers.has("holland")).toBe(false);
    shared.now = 4_999;
    await place.keepFresh();
    expect(place.carriers.get("norway")?.isOff).toBe(true);
    expect(place.carriers.has("holland")).toBe(true);
    shared.rows = [];
    shared.now = 10_000;
    await place.keepFresh();
    expect([...place.carriers.keys()]).toEqual([]);
  });

  it("are opened anew where another one of the same name has taken one's place, of the same version too", async () => {
    const shared = { rows: [await aRow()], now: 0, reads: 0 };
    const place = here(shared);
    await place.keepFresh();
    const before = place.carriers.get("norway");
    await place.refresh();
    expect(place.carriers.get("norway")).toBe(before);
    shared.rows = [await aRow({ state: "off" })];
    await place.refresh();
    expect(place.carriers.get("norway")?.isOff).toBe(true);
  });

  it("are read once in two seconds, however many ask", async () => {
    const shared = { rows: [await aRow()], now: 0, reads: 0 };
    const place = here(shared);
    await place.keepFresh();
    for (shared.now = 0; shared.now < 10_000; shared.now += 10) await place.keepFresh();
    expect(shared.reads).toBeLessThanOrEqual(6);
    shared.now = 11_500;
    await Promise.all(Array.from({ length: 50 }, () => place.keepFresh()));
    expect(shared.reads).toBeLessThanOrEqual(7);
  });

  it("stay open while they are not changed, with all that they have learnt", async () => {
    const shared = { rows: [await aRow()], now: 0, reads: 0 };
    const place = here(shared);
    await place.refresh();
    const before = place.carriers.get("norway");
    await place.refresh();
    expect(place.carriers.get("norway")).toBe(before);
    shared.rows = [await aRow({ version: 2 })];
    await place.refresh();
    expect(place.carriers.get("norway")).not.toBe(before);
  });

  it.each([
    ["whose key is not there", async () => aRow({}, makeSealer([{ ...KEY, name: "old" }])), /has no key old/],
    ["whose row was put in another's place", async () => ({ ...(await aRow()), name: "holland" }), /another owner/],
    ["of a kind that is gone", async () => aRow({ kind: "pigeon" }), /no kind pigeon/],
    ["whose settings fit no more", async () => aRow({ settings: { gone: 1 } }), /settings/],
  ])("have one %s, which is down, and takes nothing", async (_, row, why) => {
    const shared = { rows: [await row()], now: 0, reads: 0 };
    const place = here(shared);
    await place.refresh();
    const [carrier] = [...place.carriers.values()];
    expect(await carrier?.health()).toEqual({ state: "down", reason: expect.stringMatching(why) });
    expect(await carrier?.submit([aText()])).toEqual([{ outcome: "busy", retryAfterSeconds: 30 }]);
    expect(await carrier?.query([aText()])).toEqual([{ outcome: "cannot-tell" }]);
    expect(place.events).toEqual(["carrier.unreadable"]);
  });

  it("are left alone while any place knows that they do not answer", async () => {
    const down: Outage = { carrier: "norway", state: "down", since: 0, until: 60_000, wait: 60_000 };
    const shared = { rows: [await aRow()], now: 0, reads: 0, outages: [down] };
    const place = here(shared);
    await place.refresh();
    expect(await place.carriers.get("norway")?.submit([aText()])).toMatchObject([{ outcome: "busy", isDown: true }]);
    expect(await place.carriers.get("norway")?.health()).toMatchObject({ state: "down", since: 0 });
    shared.outages = [];
    shared.now = 5_000;
    await place.keepFresh();
    expect(await place.carriers.get("norway")?.submit([aText()])).toMatchObject([{ outcome: "unknown" }]);
  });

  it("are left alone while they do not answer, and nothing waits for room at them", async () => {
    const down: Outage = { carrier: "norway", state: "down", since: 0, until: 60_000, wait: 60_000 };
    const place = here({ rows: [await aRow({ maxPerSecond: 1 })], now: 0, reads: 0, outages: [down] });
    await place.refresh();
    const answers = await place.carriers.get("norway")?.submit([aText(), aText(), aText()]);
    expect(answers).toEqual(Array(3).fill({ outcome: "busy", isDown: true, retryAfterSeconds: 60 }));
  });

  it("are handed no more in a second than they are set to", async () => {
    const place = here({ rows: [await aRow({ maxPerSecond: 1 })], now: 0, reads: 0 });
    await place.refresh();
    const answers = await place.carriers.get("norway")?.submit([aText(), aText()]);
    expect(answers).toMatchObject([{ outcome: "unknown" }, { outcome: "busy", isUntried: true }]);
  });
});
