/** An id that is forgotten while it is asked for again: after the write found it there, and before it is read. */

import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Caller } from "../../../src/core/accounts/account.ts";
import { GatewayError } from "../../../src/core/kernel/errors.ts";
import { LANES } from "../../../src/core/kernel/lane.ts";
import type { NewItem } from "../../../src/core/messages/accept-many.ts";
import { DAY, NUMBER, openWorld, PERSON, type World } from "../../support/ports.ts";

let world: World;
let caller: Caller;
beforeEach(async () => {
  world = await openWorld();
  ({ caller } = world);
});

const wanted = (theirId: string, given: Partial<NewItem> = {}): NewItem => ({
  theirId,
  sender: NUMBER,
  recipient: PERSON,
  text: "Hello",
  priority: "normal",
  deliveryMode: "at-most-once",
  validitySeconds: 3_600,
  reportUrl: "https://acme.example/reports",
  echo: {},
  ...given,
});

const stored = () =>
  world.database.sqlite.prepare("SELECT their_id, text, state FROM message ORDER BY their_id").all() as unknown[];
const reported = () =>
  world.database.sqlite.prepare("SELECT event->>'reason' AS reason FROM webhook").all() as unknown[];
const used = () => world.database.sqlite.prepare("SELECT sum(used) AS used FROM allowance").get() as unknown;

/** Forgets the message of this id as soon as a write was made, before anything is read. */
function forgetsAfterTheNextWrite(theirId: string, meanwhile = () => {}): void {
  const { add } = world.ports.intake;
  vi.spyOn(world.ports.intake, "add").mockImplementationOnce(async (...given) => {
    const arrived = await add(...given);
    world.database.sqlite.prepare("DELETE FROM message WHERE their_id = ?").run(theirId);
    meanwhile();
    return arrived;
  });
}

async function chooses(settings: Record<string, unknown>): Promise<void> {
  await world.quiet.accounts.change("acme", { settings }, world.time.now);
  const account = await world.quiet.accounts.byId("acme");
  if (account) caller = { ...caller, account };
}

const signed = () => ({ credential: caller.credential.id, nonce: "n-1", until: world.time.now + DAY });

describe("a text whose id is forgotten while it is asked for again", () => {
  const again = async (given: Partial<NewItem> = {}) => {
    const first = await world.gateway.accept(caller, wanted("a"));
    world.time.now += DAY;
    forgetsAfterTheNextWrite("a");
    return { first, second: await world.gateway.accept(caller, wanted("a", given)) };
  };

  it.each(["Hello", "Another"])("is taken as if it had come only then: %s", async (text) => {
    const { first, second } = await again({ text });
    expect(second.id).not.toBe(first.id);
    expect(stored()).toEqual([{ their_id: "a", text, state: "accepted" }]);
  });

  it("is counted once more by what its account may send", async () => {
    await chooses({ limits: { messagesPerDay: 10 } });
    await again();
    expect(used()).toEqual({ used: 2 });
  });

  it("spends its nonce once", async () => {
    await world.gateway.accept(caller, wanted("a"));
    forgetsAfterTheNextWrite("a");
    await world.gateway.accept(caller, wanted("a"), { once: signed() });
    await expect(world.gateway.accept(caller, wanted("b"), { once: signed() })).rejects.toMatchObject({
      refusal: "replayed",
    });
    expect(stored()).toHaveLength(1);
  });

  it("is kept back where another text is like it, and only there", async () => {
    await chooses({ duplicateSeconds: 2 * 86_400 });
    await world.gateway.accept(caller, wanted("b", { text: "Another" }));
    await again();
    forgetsAfterTheNextWrite("a");
    await expect(world.gateway.accept(caller, wanted("a", { text: "Another" }))).rejects.toMatchObject({
      refusal: "repeated",
    });
    expect(stored()).toMatchObject([{ their_id: "b" }]);
  });

  it("is asked for no more than twice", async () => {
    const add = vi.spyOn(world.ports.intake, "add");
    add.mockResolvedValue({ outcome: "stored", added: new Set() });
    await expect(world.gateway.accept(caller, wanted("a"))).rejects.toThrow(GatewayError);
    expect(add).toHaveBeenCalledTimes(2);
  });
});

describe("a batch with an id that is forgotten while it is asked for again", () => {
  const again = async (of: readonly NewItem[], once?: ReturnType<typeof signed>) => {
    await world.gateway.acceptMany(caller, [wanted("a"), wanted("c")]);
    world.time.now += DAY;
    forgetsAfterTheNextWrite("a");
    await world.gateway.acceptMany(caller, of, once);
  };

  it("has that one taken as if it had come only then, and no other twice", async () => {
    await again([wanted("a"), wanted("b"), wanted("c", { text: "Another" })]);
    expect(stored()).toMatchObject([{ their_id: "a" }, { their_id: "b" }, { their_id: "c", text: "Hello" }]);
    expect(reported()).toEqual([{ reason: "duplicate" }]);
  });

  it("has it reported for what is wrong with it, and not for its id", async () => {
    await again([wanted("a", { recipient: "nowhere" }), wanted("c")]);
    expect(stored()).toMatchObject([{ their_id: "a", state: "failed" }, { their_id: "c" }]);
    expect(reported()).toEqual([{ reason: "bad-number" }]);
  });

  it("is not refused as a whole where no carrier is left for that one", async () => {
    await world.gateway.acceptMany(caller, [wanted("a")]);
    forgetsAfterTheNextWrite("a", () => world.ports.carriers.clear());
    await world.gateway.acceptMany(caller, [wanted("a"), wanted("b")]);
    expect(stored()).toMatchObject([
      { their_id: "a", state: "failed" },
      { their_id: "b", state: "accepted" },
    ]);
    expect(reported()).toEqual([{ reason: "no-carrier" }]);
  });

  it("is as bulky as it was", async () => {
    const many = Array.from({ length: 1_000 }, (_, n) => wanted(`d-${n}`));
    await again([wanted("a"), ...many]);
    const lanes = world.database.sqlite
      .prepare("SELECT lane, count(*) AS n FROM message WHERE their_id <> 'c' GROUP BY lane")
      .all();
    expect(lanes).toEqual([{ lane: LANES.indexOf("bulk"), n: 1_001 }]);
  });

  it("has it counted by what its account may send", async () => {
    await chooses({ limits: { messagesPerDay: 10 } });
    await again([wanted("a"), wanted("b")]);
    expect(used()).toEqual({ used: 4 });
  });

  it("spends its nonce once", async () => {
    await again([wanted("a")], signed());
    await expect(world.gateway.acceptMany(caller, [wanted("b")], signed())).rejects.toMatchObject({
      refusal: "replayed",
    });
    expect(stored()).toHaveLength(2);
  });

  it("keeps it back where another text is like it, and only there", async () => {
    await chooses({ duplicateSeconds: 2 * 86_400 });
    await world.gateway.acceptMany(caller, [wanted("b", { text: "Another" }), wanted("a")]);
    forgetsAfterTheNextWrite("a");
    await world.gateway.acceptMany(caller, [wanted("a")]);
    expect([stored().length, reported()]).toEqual([2, []]);
    forgetsAfterTheNextWrite("a");
    await world.gateway.acceptMany(caller, [wanted("a", { text: "Another" })]);
    expect([stored().length, reported()]).toEqual([1, [{ reason: "duplicate" }]]);
  });

  it("is asked for no more than twice", async () => {
    const add = vi.spyOn(world.ports.intake, "add");
    add.mockResolvedValue({ outcome: "stored", added: new Set() });
    await world.gateway.acceptMany(caller, [wanted("a")]);
    expect(add).toHaveBeenCalledTimes(2);
  });
});
