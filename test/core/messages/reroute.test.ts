/** What a carrier could not deliver: whether another one gets it, when, and with what. */

import { expect, it } from "vitest";
import type { Lane } from "../../../src/core/kernel/lane.ts";
import type { Carrier } from "../../../src/core/messages/carrier.ts";
import type { Message } from "../../../src/core/messages/message.ts";
import { settle } from "../../../src/core/messages/settle.ts";
import { submit } from "../../../src/core/messages/submit.ts";
import { surroundings } from "../../support/ports.ts";
import { aMessage, NOON, stored } from "../../support/rows.ts";

const carrier = (name: string, more: Partial<Carrier> = {}): Carrier => ({
  ...{ name, kind: "test", query: async () => [], ...more },
  submit: async (texts) => texts.map(() => ({ outcome: "taken", reference: `at-${name}` })),
});

/**
 * One message that `first` has, by a route that reroutes or not; and what comes of `first` saying that it could not deliver it, when
 * the route is another one by then.
 */
async function afterFailure(
  given: Partial<Message> = {},
  first: Partial<Carrier> = {},
  { went = true, now = went }: { went?: boolean; now?: boolean | "gone" } = {},
) {
  const { database, ports } = surroundings();
  const carriers = new Map([carrier("first", first), carrier("second")].map((one) => [one.name, one]));
  const route = (reroutes: boolean) =>
    ports.routeTable.put({
      ...{ id: "all", account: "*", kind: "message", prefix: "", carriers: ["first", "second"] },
      ...{ strategy: "in-order", ...(reroutes ? { reroutes: true } : {}) },
    });
  await route(went);
  const message = aMessage({ deliveryMode: "at-least-once", ...given });
  await stored(database, message);
  const { id } = message;
  await submit({ ...ports, carriers }, [id]);
  if (now === "gone") await ports.routeTable.remove("all");
  else await route(now);
  const queued: (Lane | undefined)[] = [];
  const jobs = { ...ports.jobs, submit: async (_: unknown, __?: number, lane?: Lane) => void queued.push(lane) };
  const receipt = { message: id, carrier: "first", reference: "at-first", outcome: "failed", at: NOON } as const;
  await settle({ ...ports, carriers, jobs }, [{ ...receipt, reason: "undelivered" }]);
  const find = async () => (await ports.messages.byId(id)) as Message;
  return { ports, id, queued, find };
}

it("a text that goes to another carrier waits to be sent, and that carrier is not asked for it by the first one's id", async () => {
  const { find } = await afterFailure();
  const message = await find();
  expect(message).toMatchObject({ state: "accepted", reroutedFrom: "first" });
  expect([message.carrier, message.reference]).toEqual([undefined, undefined]);
});

it.each(["urgent", "normal", "bulk"] as const)("a text of the lane %s stays in it", async (lane) => {
  expect((await afterFailure({ lane })).queued).toEqual([lane]);
});

it("a text that one carrier alone answers for does not go back to it: it has failed", async () => {
  const { find, queued } = await afterFailure({}, { answersFor: () => true });
  expect(await find()).toMatchObject({ state: "failed", reason: "undelivered" });
  expect(queued).toEqual([]);
});

it.each([false, "gone"] as const)(
  "a text that went by a route that reroutes goes on, though that route is changed (%s)",
  async (now) => {
    const { find } = await afterFailure({}, {}, { now });
    expect(await find()).toMatchObject({ state: "accepted", reroutedFrom: "first" });
  },
);

it("a text that went by a route that does not reroute has failed, though the route reroutes by then", async () => {
  const { find, queued } = await afterFailure({}, {}, { went: false, now: true });
  expect(await find()).toMatchObject({ state: "failed", reason: "undelivered" });
  expect(queued).toEqual([]);
});

it("the answer of the first carrier, late, does not end a text that is on its way to another", async () => {
  const { ports, id, find } = await afterFailure();
  const entry = { at: NOON, event: "carrier.refused", carrier: "first", attempt: 1, reason: "rejected" } as const;
  await ports.messages.move([{ id, to: "failed", at: NOON, attempt: 1, carrier: "first", reason: "rejected", entry }]);
  expect(await find()).toMatchObject({ state: "accepted", reroutedFrom: "first" });
});
