/** Pincodes: whose number they are sent from, and who wants to hear nothing from there. */

import { beforeEach, describe, expect, it } from "vitest";
import type { Caller } from "../../../../src/core/accounts/account.ts";
import type { NewPincode } from "../../../../src/core/billing/codes/pincode.ts";
import type { Message } from "../../../../src/core/messages/message.ts";
import type { NewMessage } from "../../../../src/core/messages/new-message.ts";
import { tidy } from "../../../../src/core/tidy.ts";
import { NUMBER, openWorld, PERSON, type World } from "../../../support/ports.ts";

const AMERICAN = "+12065550102";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});

const send = (message: Partial<NewMessage> = {}, given: Partial<NewPincode> = {}) =>
  world.gateway.sendPincode(world.caller, {
    theirId: "code-1",
    digits: 5,
    tries: 3,
    seconds: 60,
    once: true,
    message: (code) => ({
      sender: NUMBER,
      recipient: PERSON,
      text: `Your code is ${code}`,
      priority: "high",
      deliveryMode: "at-most-once",
      validitySeconds: 60,
      echo: {},
      ...message,
    }),
    ...given,
  });
const sent = async () => {
  await world.work();
  return world.bank.texts.map(({ sender }) => sender);
};

describe("a pincode", () => {
  it("is sent from the account's own number", async () => {
    await send();
    expect(await sent()).toEqual([NUMBER]);
  });

  it.each(["2003", `00${AMERICAN.slice(1)}`, AMERICAN.slice(1)])(
    "is not sent from %s, which is another account's, though everybody may name their sender",
    async (sender) => {
      await world.ports.accounts.add({ id: "other", name: "Other", settings: {}, at: 0 });
      await world.ports.accounts.putSender("other", { sender: "2003", kind: "short-number", country: "NO" });
      await world.ports.accounts.putSender("other", { sender: AMERICAN, kind: "long-number", country: "US" });
      await expect(send({ sender, anySender: true })).rejects.toMatchObject({ refusal: "not-allowed" });
      expect(await sent()).toEqual([]);
    },
  );

  it("is the same one to who asks again, as long as its message is remembered", async () => {
    const first = await send();
    expect(await sent()).toEqual([NUMBER]);
    world.time.now += 60 * 86_400_000;
    await tidy(world.ports);
    expect((await send()).message).toBe(first.message);
    await expect(send({ validitySeconds: 30 })).rejects.toMatchObject({ refusal: "already-exists" });
    expect(await sent()).toEqual([NUMBER]);
  });

  it("is the same one that long, too, where its message was settled late", async () => {
    const first = await send();
    await world.work();
    const [{ id }] = world.bank.texts as [Message];
    expect(id).toBe(first.message);
    world.time.now += 3_600_000;
    await world.gateway.settle([
      { message: id, outcome: "delivered", reference: "r", at: world.time.now, carrier: "bank" },
    ]);
    await world.work();
    world.time.now += 90 * 86_400_000;
    await tidy(world.ports);
    expect((await send()).message).toBe(first.message);
    world.time.now += 1;
    // The message goes, and its code the next time.
    await tidy(world.ports);
    await tidy(world.ports);
    expect((await send()).message).not.toBe(first.message);
  });

  describe("to a person who has opted out", () => {
    beforeEach(async () => {
      await world.quiet.accounts.putSender("acme", { sender: AMERICAN, kind: "long-number", country: "US" });
      world.caller = (await world.quiet.accounts.bySecret("telling", "api-key", "a".repeat(64))) as Caller;
    });

    it("is refused, and nothing is kept of it", async () => {
      await world.writes("STOP", { to: AMERICAN });
      await expect(send({ sender: AMERICAN, anySender: true })).rejects.toMatchObject({ refusal: "opted-out" });
      await world.work();
      expect(world.bank.texts.filter(({ text }) => text.includes("code"))).toEqual([]);
      expect(await world.quiet.pins.newest("acme", "pincode", "code-1")).toBeUndefined();
    });

    it("is told of again to who asks again for what was sent before", async () => {
      const first = await send({ sender: AMERICAN, anySender: true });
      await world.writes("STOP", { to: AMERICAN });
      expect((await send({ sender: AMERICAN, anySender: true })).message).toBe(first.message);
      const other = send({ sender: AMERICAN, anySender: true, validitySeconds: 30 });
      await expect(other).rejects.toMatchObject({ refusal: "opted-out" });
    });
  });
});

describe("a text that carries a pincode", () => {
  const kept = () =>
    world.database.sqlite
      .prepare("SELECT text FROM message")
      .all()
      .map(({ text }) => text);

  it("can be read as long as the code is right, and has lost it after that", async () => {
    await send();
    await world.work();
    const [{ id, text }] = world.bank.texts as [Message];
    await world.gateway.settle([
      { message: id, outcome: "delivered", reference: "r", at: world.time.now, carrier: "bank" },
    ]);
    await tidy(world.ports);
    expect(kept()).toEqual([text]);
    world.time.now += 60_001;
    await tidy(world.ports);
    expect(kept()).toEqual(["•••"]);
  });
});
