/** Many messages of one request: each for itself, or all or none; and what is told when we fail half-way. */

import { beforeEach, describe, expect, it } from "vitest";
import { makeGateway } from "../../../src/core/gateway.ts";
import { GatewayError } from "../../../src/core/kernel/errors.ts";
import type { Taken } from "../../../src/core/messages/each.ts";
import type { Message } from "../../../src/core/messages/message.ts";
import type { NewMessage } from "../../../src/core/messages/new-message.ts";
import type { Ports } from "../../../src/core/ports.ts";
import { openWorld, type World } from "../../support/ports.ts";

let world: World;

beforeEach(async () => {
  world = await openWorld();
});

function wanted(n: number, given: Partial<NewMessage> = {}): NewMessage {
  return {
    sender: "2002",
    recipient: `+4791${String(n).padStart(6, "0")}`,
    text: `Number ${n}`,
    priority: "normal",
    deliveryMode: "at-most-once",
    validitySeconds: 3_600,
    echo: {},
    ...given,
  };
}

const outcomes = (taken: readonly Taken[]) => taken.map(({ outcome }) => outcome);
const stored = () =>
  world.database.sqlite.prepare("SELECT recipient, text FROM message ORDER BY id").all() as {
    recipient: string;
    text: string;
  }[];

describe("each for itself", () => {
  it("takes the good ones, and tells in order what is wrong with the others", async () => {
    const refused = new GatewayError("bad-request", "the dialect found this one wrong");
    const taken = await world.gateway.acceptEach(world.caller, [
      wanted(1),
      refused,
      wanted(2, { recipient: "nobody" }),
      wanted(3),
    ]);
    expect(outcomes(taken)).toEqual(["accepted", "refused", "refused", "accepted"]);
    expect(taken[1]).toEqual({ outcome: "refused", error: refused });
    expect(taken[2]).toMatchObject({ error: { refusal: "bad-number" } });
    expect(stored().map(({ text }) => text)).toEqual(["Number 1", "Number 3"]);
  });

  it("takes the same twice as two", async () => {
    await world.gateway.acceptEach(world.caller, [wanted(1), wanted(1)]);
    await world.gateway.acceptEach(world.caller, [wanted(1)]);
    expect(stored()).toHaveLength(3);
  });

  it("takes more than one commit holds", async () => {
    const taken = await world.gateway.acceptEach(
      world.caller,
      Array.from({ length: 5_500 }, (_, n) => wanted(n)),
    );
    expect(new Set(outcomes(taken))).toEqual(new Set(["accepted"]));
    expect(stored()).toHaveLength(5_500);
  });

  it("takes none of an empty list", async () => {
    expect(await world.gateway.acceptEach(world.caller, [])).toEqual([]);
  });
});

describe("all or none", () => {
  it("stores nothing where one is wrong, and tells which", async () => {
    const taken = await world.gateway.acceptEach(world.caller, [wanted(1), wanted(2, { recipient: "" })], {
      atomic: true,
    });
    expect(outcomes(taken)).toEqual(["accepted", "refused"]);
    expect(stored()).toEqual([]);
  });

  it("stores all where all are good", async () => {
    const taken = await world.gateway.acceptEach(world.caller, [wanted(1), wanted(2)], { atomic: true });
    expect(outcomes(taken)).toEqual(["accepted", "accepted"]);
    expect(stored()).toHaveLength(2);
  });

  it("stores all of more than one statement holds", async () => {
    const many = Array.from({ length: 2_500 }, (_, n) => wanted(n));
    const taken = await world.gateway.acceptEach(world.caller, many, { atomic: true });
    expect(new Set(outcomes(taken))).toEqual(new Set(["accepted"]));
    expect(stored()).toHaveLength(2_500);
  });

  it("stores nothing where the database fails half-way through a long list", async () => {
    world.database.sqlite.exec(
      `CREATE TRIGGER half_way BEFORE INSERT ON message WHEN NEW.text = 'Number 2400'
       BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`,
    );
    const many = Array.from({ length: 2_500 }, (_, n) => wanted(n));
    const asked = world.gateway.acceptEach(world.caller, many, { atomic: true });
    await expect(asked).rejects.toThrow("the disk is full");
    expect(stored()).toEqual([]);
  });

  it("stores nothing of more than can be written at once, and says so", async () => {
    const long = Array.from({ length: 2_000 }, (_, n) => wanted(n, { text: "x".repeat(8_000), maxParts: 255 }));
    const asked = world.gateway.acceptEach(world.caller, long, { atomic: true });
    await expect(asked).rejects.toMatchObject({ refusal: "too-large" });
    expect(stored()).toEqual([]);
  });
});

describe("where everybody may name their sender", () => {
  const anySender = true;

  it("a name is nobody's, and a number may be anybody's that no account has", async () => {
    await world.ports.accounts.add({ id: "other", name: "Other", settings: {}, at: 0 });
    await world.ports.accounts.putSender("other", { sender: "Shop", kind: "alphanumeric", country: "NO" });
    const senders = ["Shop", "4712345678", "+4712345678", "2002"];
    const taken = await world.gateway.acceptEach(
      world.caller,
      senders.map((sender, n) => wanted(n, { sender, anySender })),
    );
    expect(outcomes(taken)).toEqual(senders.map(() => "accepted"));
  });

  it.each([
    ["4759447000", "+4759447000", "long-number"],
    ["+4759447000", "+4759447000", "long-number"],
    ["004759447000", "+4759447000", "long-number"],
    ["2003", "2003", "short-number"],
  ] as const)("but %s is not, since another account has %s", async (sender, theirs, kind) => {
    await world.ports.accounts.add({ id: "other", name: "Other", settings: {}, at: 0 });
    await world.ports.accounts.putSender("other", { sender: theirs, kind, country: "NO" });
    const taken = await world.gateway.acceptEach(world.caller, [wanted(1, { sender, anySender })]);
    expect(taken).toMatchObject([{ outcome: "refused", error: { refusal: "not-allowed" } }]);
    expect(stored()).toEqual([]);
  });

  it("who opted out of a number is left alone, however it is written and whether or not it is still the account's", async () => {
    const number = "+12065550102";
    await world.quiet.accounts.putSender("acme", { sender: number, kind: "long-number", country: "US" });
    await world.writes("STOP", { to: number, from: "+4791000001" });
    const answers = stored();
    await world.quiet.accounts.removeSender("acme", number);
    const caller = { ...world.caller, senders: new Map() };
    const senders = [number, "12065550102", "0012065550102", "1 206-555-0102"];
    const taken = await world.gateway.acceptEach(
      caller,
      senders.map((sender) => wanted(1, { sender, anySender })),
    );
    expect(taken).toMatchObject(senders.map(() => ({ outcome: "refused", error: { refusal: "opted-out" } })));
    expect(stored()).toEqual(answers);
  });

  it("nobody may where the dialect does not say so", async () => {
    const taken = await world.gateway.acceptEach(world.caller, [wanted(1, { sender: "Shop" })]);
    expect(taken).toMatchObject([{ outcome: "refused", error: { refusal: "bad-sender" } }]);
  });
});

describe("when the intake fails", () => {
  /** The gateway with an intake that stores what passes, and fails afterwards if anything did not. */
  const failingAfter = (passes: (message: Message) => boolean) => {
    const intake: Ports["intake"] = {
      async add(account, messages, more) {
        const some = messages.filter(passes);
        if (some.length > 0) await world.ports.intake.add(account, some, more);
        if (some.length < messages.length) throw new Error("the database is away");
        return { outcome: "stored", added: new Set(messages.map(({ id }) => id)) };
      },
    };
    return makeGateway({ ...world.ports, intake });
  };

  it("says so, if nothing was stored", async () => {
    const asked = failingAfter(() => false).acceptEach(world.caller, [wanted(1)]);
    await expect(asked).rejects.toThrow("the database is away");
  });

  it("tells apart what is in our care from what is not, so that no text is sent again for that", async () => {
    const gateway = failingAfter(({ text }) => text !== "Number 2");
    const taken = await gateway.acceptEach(world.caller, [
      wanted(1),
      wanted(2),
      wanted(3),
      wanted(4, { recipient: "" }),
    ]);
    expect(outcomes(taken)).toEqual(["accepted", "lost", "accepted", "refused"]);
    expect(stored().map(({ text }) => text)).toEqual(["Number 1", "Number 3"]);
  });
});
