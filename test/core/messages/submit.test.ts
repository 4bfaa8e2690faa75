/** Handing over: which carrier is asked, when, and what its answer comes to. */

import { describe, expect, it } from "vitest";
import type { Carrier, SubmitResult } from "../../../src/core/messages/carrier.ts";
import { settle } from "../../../src/core/messages/settle.ts";
import { LEASE, submit } from "../../../src/core/messages/submit.ts";
import { surroundings } from "../../support/ports.ts";
import { aMessage, NOON, stored } from "../../support/rows.ts";

const TAKEN: SubmitResult = { outcome: "taken", reference: "r-1" };
const BUSY: SubmitResult = { outcome: "busy", retryAfterSeconds: 5 };
const UNTRIED: SubmitResult = { outcome: "busy", retryAfterSeconds: 1, isUntried: true };
const OWN: SubmitResult = { outcome: "refused", reason: "rejected", own: true };
const FINAL: SubmitResult = { outcome: "refused", reason: "unknown-subscriber" };

/** Hands one message to carriers that answer so, in this order; answers its state and who was asked. */
async function handOver(answers: Record<string, SubmitResult>, options: { slowDatabase?: number } = {}) {
  const { database, ports, time } = surroundings();
  const asked: string[] = [];
  const carriers = new Map(
    Object.entries(answers).map(([name, answer]): [string, Carrier] => [
      name,
      {
        name,
        kind: "test",
        submit: async (messages) => {
          asked.push(name);
          return messages.map(() => answer);
        },
        query: async (messages) => messages.map(() => ({ outcome: "cannot-tell" })),
      },
    ]),
  );
  const { messages } = ports;
  const [message] = await stored(database, aMessage({}));
  if (!message) throw new Error("nothing was stored");
  await submit(
    {
      ...ports,
      clock: { ...ports.clock, now: () => NOON },
      messages: {
        ...messages,
        claim: async (...given) => {
          const claimed = await messages.claim(...given);
          time.now += options.slowDatabase ?? 0;
          return claimed;
        },
      },
      carriers,
    },
    [message.id],
  );
  const after = await messages.byId(message.id);
  return { asked, state: after?.state, reason: after?.reason, carrier: after?.carrier };
}

describe("a message", () => {
  const cases = [
    { name: "goes to the first carrier that takes it", answers: { a: TAKEN, b: TAKEN }, asked: ["a"], state: "sent" },
    { name: "goes to the next when one is busy", answers: { a: BUSY, b: TAKEN }, asked: ["a", "b"], state: "sent" },
    {
      name: "waits for its turn where there was no time to ask, and goes to nobody else",
      answers: { a: UNTRIED, b: TAKEN },
      asked: ["a"],
      state: "accepted",
    },
    {
      name: "goes to the next when one refuses for a reason of its own",
      answers: { a: OWN, b: TAKEN },
      asked: ["a", "b"],
      state: "sent",
    },
    {
      name: "goes to nobody else when the reason is the message's",
      answers: { a: FINAL, b: TAKEN },
      asked: ["a"],
      state: "failed",
    },
    { name: "has failed when all refuse", answers: { a: OWN, b: OWN }, asked: ["a", "b"], state: "failed" },
    {
      name: "waits when one refuses but another was only busy",
      answers: { a: BUSY, b: OWN },
      asked: ["a", "b"],
      state: "accepted",
    },
    { name: "waits when there is no carrier", answers: {}, asked: [], state: "accepted" },
  ];
  it.each(cases)("$name", async ({ answers, asked, state }) => {
    expect(await handOver(answers)).toMatchObject({ asked, state });
  });

  it("is handed to nobody when its claim may have run out before anybody was asked", async () => {
    expect(await handOver({ a: TAKEN }, { slowDatabase: LEASE })).toMatchObject({ asked: [], state: "accepted" });
  });
});

describe("a message that a carrier is being asked to take", () => {
  /** Hands it to `a`, which is busy, and then to `b`; what is told meanwhile is told while `during` is asked. */
  async function toldWhile(during: "a" | "b", by: string) {
    const { database, ports } = surroundings();
    const [message] = await stored(database, aMessage({}));
    if (!message) throw new Error("nothing was stored");
    const { id } = message;
    const asked: string[] = [];
    const carriers = new Map<string, Carrier>();
    const tell = () => settle({ ...ports, carriers }, [{ ...FAILED_BY, message: id, carrier: by }]);
    for (const [name, answer] of Object.entries({ a: BUSY, b: TAKEN })) {
      carriers.set(name, {
        ...{ name, kind: "test", query: async () => [] },
        submit: async ([text]) => {
          asked.push(name);
          if (text && name === during) await tell();
          return [answer];
        },
      });
    }
    await submit({ ...ports, carriers }, [id]);
    return { asked, state: (await ports.messages.byId(id))?.state };
  }
  const FAILED_BY = { reference: "r-0", outcome: "failed", reason: "undelivered", at: NOON } as const;

  it("is settled by that carrier's word, which comes before its answer", async () => {
    expect(await toldWhile("b", "b")).toEqual({ asked: ["a", "b"], state: "failed" });
  });

  it.each([
    ["a", "b"],
    ["a", "c"],
    ["b", "a"],
    ["b", "c"],
  ] as const)("is not settled, while %s is asked, by the word of %s", async (during, by) => {
    expect(await toldWhile(during, by)).toEqual({ asked: ["a", "b"], state: "sent" });
  });

  it("goes to no other when that one says that it is settled, and then that it is busy", async () => {
    expect(await toldWhile("a", "a")).toEqual({ asked: ["a"], state: "failed" });
  });
});

describe("a message that is handed over again and again", () => {
  const waitAfter = async (answer: SubmitResult) => {
    const { database, ports, time } = surroundings();
    const [message] = await stored(database, aMessage({}));
    if (!message) throw new Error("nothing was stored");
    const carrier: Carrier = {
      name: "a",
      kind: "test",
      submit: async (messages) => messages.map(() => answer),
      query: async () => [],
    };
    const waits: number[] = [];
    for (let attempt = 0; attempt < 5; attempt++) {
      await submit({ ...ports, carriers: new Map([["a", carrier]]) }, [message.id]);
      const { dueAt = 0 } = (await ports.messages.byId(message.id)) ?? {};
      waits.push((dueAt - time.now) / 1_000);
      time.now = dueAt;
    }
    return waits;
  };

  it("waits longer each time where its carrier is busy", async () => {
    expect(await waitAfter({ outcome: "busy", retryAfterSeconds: 1 })).toEqual([1, 2, 4, 8, 16]);
  });

  it("waits no longer where it was only not its turn", async () => {
    expect(await waitAfter(UNTRIED)).toEqual([1, 1, 1, 1, 1]);
  });
});
