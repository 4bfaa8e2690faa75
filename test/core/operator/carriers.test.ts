/** What is kept of carriers: two operators do not undo each other, a key is exchanged while they are in use. */

import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { makeSealer } from "../../../src/adapters/sealer.ts";
import { type CarrierRow, ownerOf } from "../../../src/core/messages/carrier-table.ts";
import { forgetRetired, resealCarriers } from "../../../src/core/operator/carriers.ts";
import { toArrivals } from "../../../src/store/messaging/arrival.ts";
import { writeArrivals } from "../../../src/store/messaging/arrivals.ts";
import { surroundings } from "../../support/ports.ts";
import { aMessage } from "../../support/rows.ts";

const aKey = (name: string) => ({ name, bytes: new Uint8Array(randomBytes(32)) });
const SECRETS = JSON.stringify({ secrets: { apiKey: "k" }, doorKey: "d" });

const aRow = (given: Partial<CarrierRow> = {}): CarrierRow => ({
  ...{
    name: "norway",
    kind: "target365",
    settings: {},
    sealed: "",
    state: "on",
    version: 1,
    createdAt: 1,
    changedAt: 1,
  },
  ...given,
});

describe("carriers in the table", () => {
  it("are sealed anew with the newest key, once, and open with it alone from then on", async () => {
    const { ports, events } = surroundings();
    const [older, newer] = [aKey("1"), aKey("2")];
    const row = aRow();
    const sealed = await makeSealer([older]).seal(SECRETS, ownerOf(row));
    await ports.carrierTable.add({ ...row, sealed });
    const sealer = makeSealer([newer, older]);
    await resealCarriers({ ...ports, sealer });
    await resealCarriers({ ...ports, sealer });
    const now = await ports.carrierTable.byName("norway");
    expect(await makeSealer([newer]).open(now?.sealed ?? "", ownerOf(row))).toBe(SECRETS);
    expect(now?.version).toBe(2);
    expect(events.map(({ name }) => name)).toEqual(["carrier.resealed"]);
  });

  it("stay as they are where their key is missing, and it is told", async () => {
    const { ports, events } = surroundings();
    const row = aRow();
    await ports.carrierTable.add({ ...row, sealed: await makeSealer([aKey("1")]).seal(SECRETS, ownerOf(row)) });
    await resealCarriers({ ...ports, sealer: makeSealer([aKey("2")]) });
    expect((await ports.carrierTable.byName("norway"))?.version).toBe(1);
    expect(events.map(({ name }) => name)).toEqual(["carrier.unreadable"]);
  });

  it("are changed only by who saw the last change", async () => {
    const { ports } = surroundings();
    expect(await ports.carrierTable.add(aRow())).toBe(true);
    expect(await ports.carrierTable.add(aRow())).toBe(false);
    expect(await ports.carrierTable.change(aRow({ state: "off", version: 2 }), 1)).toBe(true);
    expect(await ports.carrierTable.change(aRow({ state: "retired", version: 2 }), 1)).toBe(false);
    expect(await ports.carrierTable.byName("norway")).toMatchObject({ state: "off" });
  });

  it("are forgotten a minute after they were retired, if nothing that they have is open", async () => {
    const { ports, database, time } = surroundings();
    const names = async () => (await ports.carrierTable.all()).map(({ name }) => name);
    await ports.carrierTable.add(aRow({ name: "free", state: "retired", changedAt: time.now }));
    await ports.carrierTable.add(aRow({ name: "busy", state: "retired", changedAt: time.now }));
    await ports.carrierTable.add(aRow({ name: "off", state: "off", changedAt: time.now }));
    const message = aMessage({ state: "sent", carrier: "busy" });
    await writeArrivals(database.d1, toArrivals([message], undefined));
    database.sqlite.prepare("UPDATE message SET carrier = 'busy', state = 'sent', due_at = 1").run();
    await forgetRetired(ports);
    expect(await names()).toEqual(["busy", "free", "off"]);
    time.now += 61_000;
    await forgetRetired(ports);
    expect(await names()).toEqual(["busy", "off"]);
    database.sqlite.prepare("UPDATE message SET state = 'delivered', due_at = NULL").run();
    await forgetRetired(ports);
    expect(await names()).toEqual(["off"]);
  });
});
