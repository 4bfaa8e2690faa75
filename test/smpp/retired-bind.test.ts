/** A bind that is no longer wanted: what was traced on it goes when its time is over, too. */

import { expect, it, vi } from "vitest";
import { objectSql } from "../support/object-sql.ts";

vi.mock("cloudflare:workers", () => ({
  DurableObject: class {
    ctx: unknown;
    env: unknown;
    constructor(ctx: unknown, env: unknown) {
      Object.assign(this, { ctx, env });
    }
  },
}));
vi.mock("cloudflare:sockets", () => ({ connect: () => {} }));
// No carrier is left.
vi.mock("../../src/wire.ts", () => {
  const ports = { clock: { now: Date.now }, ids: { uuid: () => "" }, log: { event: () => {} } };
  return { awake: async () => ports, carriersOf: () => new Map(), gatewayOf: () => ({}), portsOf: () => ports };
});

const HOUR = 3_600_000;

async function retired() {
  const { SmppBind } = await import("../../src/doors/smpp/binds.ts");
  const alarms: number[] = [];
  const storage = {
    sql: objectSql(),
    get: async () => ({ carrier: "smsc", bind: 0 }),
    setAlarm: async (at: number) => void alarms.push(at),
  };
  return { bind: new SmppBind({ storage } as never, {} as never), alarms };
}

it("is looked after while PDUs of it are kept, and then no more", async () => {
  const { bind, alarms } = await retired();
  await bind.trace(Date.now() + HOUR);
  await bind.alarm();
  expect(alarms).toHaveLength(1);
  await bind.trace(Date.now() - HOUR);
  await bind.alarm();
  expect(alarms).toHaveLength(1);
  expect(await bind.traced()).toEqual({ until: 0, pdus: [] });
});

it("is not looked after where nothing of it is kept", async () => {
  const { bind, alarms } = await retired();
  await bind.alarm();
  expect(alarms).toEqual([]);
});
