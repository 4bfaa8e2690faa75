/** Cancelling many things at once: all that are meant, nothing else, and however many there are. */

import { expect, it } from "vitest";
import { cancelMessages } from "../../../src/core/operator/messages.ts";
import { endSubscriptions } from "../../../src/core/operator/subscriptions.ts";
import { DAY, openWorld, PERSON } from "../../support/ports.ts";

const person = (n: number) => `+4798${String(n).padStart(6, "0")}`;

it("ends every subscription of a service with its consent, tells of each, and charges none of them", async () => {
  const world = await openWorld();
  await world.aService();
  await world.aService({ id: "news" });
  const ended = [];
  for (let n = 0; n < 450; n++) ended.push(await world.aSubscription({ recipient: person(n) }));
  const other = await world.aSubscription({ service: "news" });
  expect(await endSubscriptions(world.ports, { account: "acme", service: "games" })).toEqual({
    ...{ cancelled: 450, isComplete: true },
  });
  expect(await world.subscription(other.id)).toMatchObject({ state: "active" });
  for (const { id } of [ended[0], ended.at(-1)].flatMap((one) => one ?? [])) {
    expect(await world.subscription(id)).toMatchObject({ state: "cancelled", endedBy: "operator" });
  }
  await world.work();
  await world.pass(2 * DAY, DAY);
  expect(world.bank.bills.map(({ recipient }) => recipient)).toEqual([PERSON]);
  expect(await endSubscriptions(world.ports, { account: "acme" })).toEqual({ cancelled: 1, isComplete: true });
  expect(await endSubscriptions(world.ports, { account: "acme" })).toEqual({ cancelled: 0, isComplete: true });
});

it("cancels the scheduled messages of an account, of one sender or of all, and no other's", async () => {
  const world = await openWorld();
  const text = {
    ...({ sender: "2002", text: "Later", priority: "normal", deliveryMode: "at-most-once" } as const),
    ...{ validitySeconds: 3_600, sendAt: world.time.now + DAY, echo: {} },
  };
  for (let n = 0; n < 1_100; n++) await world.gateway.accept(world.caller, { ...text, recipient: person(n) });
  const now = await world.gateway.accept(world.caller, { ...text, sendAt: world.time.now, recipient: PERSON });
  const asks = (sender?: string) =>
    cancelMessages(world.ports, { account: "acme", ...(sender === undefined ? {} : { sender }) });
  expect(await asks("another")).toEqual({ cancelled: 0, isComplete: true });
  await world.quiet.accounts.add({ id: "bolt", name: "Bolt", settings: {}, at: world.time.now });
  expect(await cancelMessages(world.ports, { account: "bolt" })).toEqual({ cancelled: 0, isComplete: true });
  expect(await asks("2002")).toEqual({ cancelled: 1_100, isComplete: true });
  expect((await world.ports.messages.byId(now.id))?.state).not.toBe("cancelled");
  await expect(cancelMessages(world.ports, { account: "none" })).rejects.toMatchObject({ refusal: "not-found" });
});
