/** Webhooks that go one after another by their recipient keep their order, in whichever forms the person's number is stored meanwhile. */

import { afterEach, beforeEach, expect, it } from "vitest";
import { makeSealer } from "../../src/adapters/sealer.ts";
import type { MessageId, TransactionId, WebhookId } from "../../src/core/kernel/ids.ts";
import type { HttpAnswer } from "../../src/core/kernel/ports.ts";
import { moveSealed } from "../../src/core/operator/move-sealed.ts";
import { putNamedEndpoint } from "../../src/core/operator/named-endpoints.ts";
import { deliver } from "../../src/core/webhooks/deliver.ts";
import { storesOf } from "../../src/store/stores.ts";
import { HOUR, NUMBER, openWorld, PERSON, testSeals, type World } from "../support/ports.ts";
import { formats } from "../support/rows.ts";

type Keys = [string, ...string[]];

let world: World;
let isDown: boolean;
let received: string[];

beforeEach(async () => {
  world = await openWorld();
  [isDown, received] = [true, []];
  world.ports.sealer = makeSealer([{ name: "1", bytes: new Uint8Array(32).fill(1) }]);
  world.ports.http.send = async ({ body = "" }): Promise<HttpAnswer> => {
    if (isDown) return { outcome: "failed", error: "connection refused", milliseconds: 1 };
    received.push(JSON.parse(body).type);
    return { outcome: "answered", status: 200, body: "", milliseconds: 1 };
  };
});
afterEach(() => world.close());

const wants = (isSealed: boolean) =>
  world.database.sqlite
    .prepare("UPDATE account SET settings = json_set(settings, '$.sealed', json(?))")
    .run(`${isSealed}`);
const hook = (more: object = {}) =>
  putNamedEndpoint(world.ports, "acme", "hook", {
    ...{ url: "https://shop.example/hook", events: ["*"], orderedBy: "recipient", schedule: [60, 60, 60] },
    ...more,
  });
const storesWith = (keys: Keys) =>
  storesOf(world.database.d1, {
    ...{ formats, demo: undefined, wall: () => world.time.now },
    ...{ seals: testSeals(...keys), log: world.ports.log },
  });
const orderKeys = () =>
  world.database.sqlite.prepare("SELECT order_key FROM webhook ORDER BY event->>'number'").all() as {
    order_key: string;
  }[];

/** A text whose first event could not be told, and waits to be tried again. */
async function waiting(isSealed: boolean, recipient = PERSON): Promise<MessageId> {
  wants(isSealed);
  const account = { ...world.caller.account, settings: { sealed: isSealed } };
  const { id } = await world.gateway.accept(
    { ...world.caller, account },
    {
      ...{ sender: NUMBER, recipient, text: "Hello", validitySeconds: 3_600, echo: {} },
      ...{ priority: "normal", deliveryMode: "at-most-once" },
    },
  );
  await world.work();
  return id;
}

/** Jobs for webhooks about it. */
const rungFor = (id: MessageId | TransactionId): WebhookId[] =>
  world.rung.flatMap(({ deliver: ids = [] }) => ids as WebhookId[]).filter((one) => one.includes(id.slice(4)));

const arrived = (id: MessageId, keys: Keys) => {
  const at = world.time.now;
  const entry = { at, event: "carrier.receipt", carrier: "bank", outcome: "delivered" } as const;
  return storesWith(keys).messages.move([{ id, to: "delivered", at, entry }]);
};

/** All that is owed is due, and its receiver is there again: whatever is rung for is told, until nothing is. */
async function tell(keys: Keys, first: readonly WebhookId[]): Promise<void> {
  isDown = false;
  world.time.now += HOUR;
  const rung: WebhookId[] = [...first];
  const jobs = { ...world.ports.jobs, deliver: async (ids: readonly WebhookId[]) => void rung.push(...ids) };
  for (let id = rung.shift(); id; id = rung.shift()) await deliver({ ...world.ports, ...storesWith(keys), jobs }, [id]);
}

const move = (keys: Keys) => moveSealed({ sealedRows: storesWith(keys).sealedRows, log: world.ports.log });

it.each<{ name: string; before: boolean; after: boolean; keys: Keys; isMoved: boolean }>([
  { name: "nothing changed", before: true, after: true, keys: ["1"], isMoved: false },
  { name: "its rows were moved to another key", before: true, after: true, keys: ["2", "1"], isMoved: true },
  { name: "its account was sealed, and its rows with it", before: false, after: true, keys: ["1"], isMoved: true },
  { name: "sealed again by another key", before: false, after: true, keys: ["2", "1"], isMoved: true },
])("tells first what happened first: $name", async ({ before, after, keys, isMoved }) => {
  await hook();
  const id = await waiting(before);
  wants(after);
  if (isMoved) expect(await move(keys)).toMatchObject({ changed: 0, unreadable: 0 });
  const { owed } = await arrived(id, keys);
  expect(orderKeys()).toHaveLength(2);
  // The later one is rung for first, and the earlier one last.
  await tell(keys, [...owed, ...rungFor(id)]);
  expect(received).toEqual(["message.sent", "message.delivered"]);
});

it("keeps the order while rows are moved, after any piece of them", async () => {
  await hook();
  const { sealedRows } = storesWith(["2", "1"]);
  for (let after: string | undefined, pieces = 1; ; pieces++) {
    isDown = true;
    received = [];
    const id = await waiting(true);
    for (let piece = 0; piece < pieces; piece++) after = (await sealedRows.move(after, 50)).next;
    const { owed } = await arrived(id, ["2", "1"]);
    await tell(["2", "1"], [...owed, ...rungFor(id)]);
    expect(received).toEqual(["message.sent", "message.delivered"]);
    if (after === undefined) break;
  }
});

it("keeps the order of two events whose number was sealed by different keys", async () => {
  await hook();
  const first = await waiting(true);
  const sealed = await testSeals("2").number(PERSON);
  world.database.sqlite.prepare("UPDATE message SET recipient = ? WHERE id = ?").run(sealed, first);
  const { owed } = await arrived(first, ["2", "1"]);
  expect(new Set(orderKeys().map(({ order_key }) => order_key)).size).toBe(2);
  await tell(["2", "1"], [...owed, ...rungFor(first)]);
  expect(received).toEqual(["message.sent", "message.delivered"]);
});

it("keeps the order of a text and a charge to the same person, whose number is not sealed", async () => {
  await hook({ events: ["message.*", "charge.*"] });
  const earlier = rungFor(await waiting(true));
  const { id } = await world.aCharge();
  await world.work();
  expect(await world.transaction(id)).toMatchObject({ state: "billed" });
  await tell(["1"], [...rungFor(id), ...earlier]);
  expect(received).toEqual(["message.sent", "charge.billed"]);
});

it("keeps back no webhook of another person", async () => {
  await hook();
  await waiting(true);
  await tell(["1"], rungFor(await waiting(true, "+4798079009")));
  expect(received).toEqual(["message.sent"]);
});
