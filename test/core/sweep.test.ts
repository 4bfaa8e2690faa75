/** The sweeper: whatever a crash left between two steps is found, and found twice is done once. */

import { beforeEach, describe, expect, it } from "vitest";
import type { MessageId } from "../../src/core/kernel/ids.ts";
import type { Carrier, QueryResult } from "../../src/core/messages/carrier.ts";
import type { Message } from "../../src/core/messages/message.ts";
import { LEASE, submit } from "../../src/core/messages/submit.ts";
import { sweep, takeOver } from "../../src/core/sweep.ts";
import { surroundings } from "../support/ports.ts";
import { aMessage, aWebhook, NOON, stored } from "../support/rows.ts";

/** The surroundings, with carriers that answer as the test says. */
function world() {
  const { database, ports, time, rung } = surroundings({ carriers: [] });
  const handed: MessageId[] = [];
  const withCarrier = (name: string, query: Carrier["query"]) =>
    ports.carriers.set(name, {
      name,
      kind: "test",
      submit: async (messages) => {
        handed.push(...messages.map(({ id }) => id));
        return messages.map(({ id }) => ({ outcome: "taken", reference: `ref-${id}` }));
      },
      query,
    });
  const put = async (given: Partial<Message>) => (await stored(database, aMessage(given)))[0] as Message;
  const stateOf = async ({ id }: Message) => (await ports.messages.byId(id))?.state;
  return { database, time, rung, handed, ports, withCarrier, put, stateOf };
}

const answering =
  (answer: QueryResult): Carrier["query"] =>
  async (messages) =>
    messages.map(() => answer);

let here: ReturnType<typeof world>;
beforeEach(() => {
  here = world();
  here.withCarrier("net", answering({ outcome: "never-seen" }));
});

describe("a message that nobody rang for", () => {
  it("is rung for once its job has had its chance", async () => {
    const { put, ports, rung, time } = here;
    const { id } = await put({ dueAt: NOON });
    time.now = NOON + 4_999;
    await sweep(ports);
    expect(rung).toEqual([]);
    time.now = NOON + 5_000;
    expect(await sweep(ports)).toBe(1);
    expect(rung).toEqual([{ submit: [id], delay: 0 }]);
  });

  it("that is due soon is rung for with its exact delay", async () => {
    const { put, ports, rung } = here;
    const { id } = await put({ state: "scheduled", dueAt: NOON + 90_500 });
    await put({ state: "scheduled", dueAt: NOON + 120_001 });
    await sweep(ports, ports.jobs, { ahead: 120_000 });
    expect(rung).toEqual([{ submit: [id], delay: 91 }]);
  });

  it.each(["accepted", "scheduled"] as const)(
    "and was %s until its validity was over expires, and its customer is told",
    async (state) => {
      const { put, ports, rung, time, stateOf } = here;
      const message = await put({ state, expiresAt: NOON + 10, reportUrl: "https://shop.example" });
      time.now = NOON + 10_000;
      await sweep(ports);
      expect(await stateOf(message)).toBe("expired");
      const [webhook] = await ports.webhooks.ofSubject(message.id);
      expect(webhook?.event).toMatchObject({ state: "expired", reason: "validity-over" });
      expect(rung).toEqual([{ deliver: [webhook?.id], delay: 0 }]);
    },
  );
});

describe("a message whose worker is gone", () => {
  const leftBehind = { state: "submitting", attempts: 1, dueAt: NOON } as const;

  it("is left alone while its claim holds", async () => {
    const { put, ports, stateOf } = here;
    const message = await put({ ...leftBehind, dueAt: NOON + 1 });
    await sweep(ports);
    expect(await stateOf(message)).toBe("submitting");
  });

  it("goes again unasked if it may go more than once", async () => {
    const { put, ports, rung, stateOf, withCarrier } = here;
    withCarrier("net", () => Promise.reject(new Error("was asked")));
    const message = await put({ ...leftBehind, deliveryMode: "at-least-once" });
    await sweep(ports);
    expect(await stateOf(message)).toBe("accepted");
    expect(rung).toEqual([{ submit: [message.id], delay: 0 }]);
  });

  const words: [string, QueryResult, Message["state"], boolean][] = [
    ["goes again if the carrier never saw it", { outcome: "never-seen" }, "accepted", true],
    ["is sent if the carrier has it", { outcome: "taken", reference: "r" }, "sent", false],
    ["waits if the carrier cannot tell", { outcome: "cannot-tell" }, "unknown", false],
  ];
  it.each(words)("%s", async (_, answer, state, again) => {
    const { put, ports, rung, stateOf, withCarrier } = here;
    withCarrier("net", answering(answer));
    const message = await put(leftBehind);
    await sweep(ports);
    expect(await stateOf(message)).toBe(state);
    expect(rung).toEqual(again ? [{ submit: [message.id], delay: 0 }] : []);
    expect((await ports.messages.byId(message.id))?.dueAt).toBeGreaterThanOrEqual(NOON);
  });

  it("is settled if the carrier knows its end", async () => {
    const { put, ports, stateOf, withCarrier } = here;
    const message = await put(leftBehind);
    const receipt = { message: message.id, carrier: "net", reference: "r", outcome: "delivered", at: NOON } as const;
    withCarrier("net", answering({ outcome: "settled", reference: "r", receipt }));
    await sweep(ports);
    expect(await stateOf(message)).toBe("delivered");
  });

  it("waits while one of the carriers that may have it gives no answer", async () => {
    const { put, ports, stateOf, withCarrier } = here;
    withCarrier("other", () => Promise.reject(new Error("the line is down")));
    const message = await put(leftBehind);
    await sweep(ports);
    expect(await stateOf(message)).toBe("unknown");
  });

  it("is asked for everywhere, though an earlier attempt is known to have gone to one carrier", async () => {
    const { put, ports, stateOf, time, withCarrier } = here;
    withCarrier("other", answering({ outcome: "taken", reference: "r" }));
    const message = await put({ dueAt: NOON });
    await ports.messages.claim([message.id], NOON, NOON + LEASE);
    const entry = { at: NOON, event: "carrier.busy", attempt: 1, again: NOON } as const;
    await ports.messages.move([{ id: message.id, to: "accepted", at: NOON, carrier: "net", dueAt: NOON, entry }]);
    await ports.messages.claim([message.id], NOON, NOON + LEASE); // and dies, with "other" on the line
    time.now = NOON + LEASE;
    await sweep(ports);
    expect(await stateOf(message)).toBe("sent");
  });

  it("is given up when neither a receipt nor an answer has come for long enough", async () => {
    const { put, ports, stateOf, time, withCarrier } = here;
    withCarrier("net", answering({ outcome: "cannot-tell" }));
    const message = await put({ ...leftBehind, expiresAt: NOON + 1_000 });
    for (let hours = 0; hours < 3; hours++) {
      await sweep(ports);
      time.now += 3_600_000;
    }
    expect(await stateOf(message)).toBe("expired");
  });
});

describe("two sweepers at once", () => {
  it("do not send an at-most-once message twice, however late the second hears from the carrier", async () => {
    const { put, ports, handed, withCarrier, stateOf } = here;
    const message = await put({ state: "submitting", attempts: 1, dueAt: NOON });
    let answerLate = () => {};
    const late = new Promise<void>((resolve) => {
      answerLate = resolve;
    });
    let asked = 0;
    withCarrier("net", async () => {
      if (++asked === 2) await late;
      return [{ outcome: "never-seen" }];
    });

    // Both read what is due and ask the carrier; the second hears from it only when the message is being handed over.
    const [first, second] = [sweep(ports), sweep(ports)];
    await first;
    expect([asked, await stateOf(message)]).toEqual([2, "accepted"]);
    const carrier = ports.carriers.get("net") as Carrier;
    const handOver = carrier.submit;
    carrier.submit = async (messages) => {
      carrier.submit = handOver;
      answerLate();
      await second;
      await submit(ports, [message.id]);
      return handOver(messages);
    };
    await submit(ports, [message.id]);
    expect(handed).toEqual([message.id]);
    expect(await stateOf(message)).toBe("sent");
  });

  it("do not take a message from a worker that has claimed it since", async () => {
    const { put, ports, time, stateOf } = here;
    const message = await put({ deliveryMode: "at-least-once", dueAt: NOON });
    await ports.messages.claim([message.id], NOON, NOON + LEASE);
    time.now = NOON + LEASE;
    const due = ports.messages.due;
    ports.messages.due = async (...given) => {
      const rows = await due(...given);
      ports.messages.due = due;
      // Between reading and moving, another sweeper frees it and another worker claims it.
      await sweep(ports);
      expect(await ports.messages.claim([message.id], time.now, time.now + LEASE)).toHaveLength(1);
      return rows;
    };
    await sweep(ports);
    expect(await stateOf(message)).toBe("submitting");
  });
});

describe("a message whose validity is over", () => {
  it("lives on if its customer gave it more time just as the sweeper came by", async () => {
    const { put, ports, stateOf } = here;
    const message = await put({ state: "scheduled", sendAt: NOON - 60_000, dueAt: NOON - 60_000, expiresAt: NOON });
    const due = ports.messages.due;
    ports.messages.due = async (...given) => {
      const rows = await due(...given);
      ports.messages.due = due;
      const later = { sendAt: NOON + 60_000, expiresAt: NOON + 120_000 };
      expect(await ports.messages.edit(message.id, { ...message, ...later, state: "scheduled" }, NOON)).toBe(true);
      return rows;
    };
    await sweep(ports);
    expect(await stateOf(message)).toBe("scheduled");
  });
});

describe("a webhook that was left behind", () => {
  const reportUrl = "https://shop.example/r";
  const owe = async () => {
    const message = await here.put({ state: "sent", reportUrl });
    const entry = { at: NOON, event: "carrier.receipt", carrier: "net", outcome: "delivered" } as const;
    const { owed } = await here.ports.messages.move([{ id: message.id, to: "delivered", at: NOON, entry }]);
    return owed;
  };

  it("is rung for once its job has had its chance", async () => {
    const { ports, rung, time } = here;
    const owed = await owe();
    await sweep(ports);
    expect(rung).toEqual([]);
    time.now = NOON + 5_000;
    await sweep(ports);
    expect(rung).toEqual([{ deliver: owed, delay: 0 }]);
  });

  it("in the middle of an attempt is owed again when the claim has run out", async () => {
    const { ports, rung, time } = here;
    const owed = await owe();
    await ports.webhooks.claim(owed, NOON, NOON + 120_000);
    time.now = NOON + 119_999;
    await sweep(ports);
    expect(rung).toEqual([]);
    time.now = NOON + 125_000;
    await sweep(ports);
    expect(rung).toEqual([{ deliver: owed, delay: 0 }]);
  });

  it("is owed again at once by a process that knows that it is the only one", async () => {
    const { ports, rung, time } = here;
    const owed = await owe();
    await ports.webhooks.claim(owed, NOON, NOON + 120_000);
    time.now = NOON + 1_000;
    await takeOver(ports);
    await sweep(ports, ports.jobs, { patience: 0 });
    expect(rung).toEqual([{ deliver: owed, delay: 0 }]);
    expect(await ports.webhooks.claim(owed, NOON + 1_000, NOON + 121_000)).toHaveLength(1);
  });
});

describe("a backlog of thousands", () => {
  const many = 4_500;
  const fill = async (given: Partial<Message>) => {
    await stored(here.database, ...Array.from({ length: many }, () => aMessage(given)));
  };

  it("is rung for in one sweep, whole", async () => {
    const { ports, rung, time } = here;
    await fill({});
    time.now = NOON + 5_000;
    await sweep(ports);
    expect(new Set(rung.flatMap(({ submit }) => submit ?? [])).size).toBe(many);
  });

  it("that is scheduled ahead is rung for with its delay, whole", async () => {
    const { ports, rung } = here;
    await fill({ state: "scheduled", sendAt: NOON + 60_000, dueAt: NOON + 60_000 });
    await sweep(ports, ports.jobs, { ahead: 120_000 });
    expect(new Set(rung.flatMap(({ submit }) => submit ?? [])).size).toBe(many);
    expect(new Set(rung.map(({ delay }) => delay))).toEqual(new Set([60]));
  });

  it("whose time is over expires in one sweep, in pieces that a statement can take", async () => {
    const { ports, database } = here;
    await fill({ expiresAt: NOON });
    await sweep(ports);
    const { left } = database.sqlite.prepare("SELECT count(*) AS left FROM message WHERE due_at IS NOT NULL").get() as {
      left: number;
    };
    expect(left).toBe(0);
  });
});

describe("a sweep of which one part fails", () => {
  it("does the others all the same", async () => {
    const { ports, rung, put, time } = here;
    const message = await put({});
    const webhook = aWebhook(message);
    await ports.webhooks.add([webhook]);
    time.now = NOON + 5_000;
    const failing = { ...ports.messages, due: () => Promise.reject(new Error("D1 is away")) };
    await expect(sweep({ ...ports, messages: failing })).rejects.toThrow("D1 is away");
    expect(rung).toEqual([{ deliver: [webhook.id], delay: 0 }]);
  });
});
