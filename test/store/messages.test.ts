/** Messages in the database: who gets a claim, which moves are made, what is owed for them, and how lists page. */

import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { type MessageId, timePart } from "../../src/core/kernel/ids.ts";
import { MESSAGE_STATES, type Message, type MessageState, MOVES, type Move } from "../../src/core/messages/message.ts";
import type { DueMessage, Edit, MessageFilter, MessageStore } from "../../src/core/messages/store.ts";
import { messageStore } from "../../src/store/messaging/messages/store.ts";
import { webhookStore } from "../../src/store/messaging/webhooks/store.ts";
import { agendaOf } from "../support/agenda.ts";
import { lendDatabase, planOf, type TestDatabase } from "../support/database.ts";
import { allPages, aMessage, aWebhook, formats, NOON, stored, withAccounts } from "../support/rows.ts";

let database: TestDatabase;
let messages: MessageStore;
const nextDue = async () => (await agendaOf(database)).messages.next;
beforeEach(() => {
  const lent = lendDatabase();
  database = lent;
  messages = messageStore(database.d1, formats);
  return () => lent.giveBack();
});

const LEASE = NOON + 20_000;
const idsOf = (items: readonly { id: MessageId }[]) => items.map(({ id }) => id);
const one = async (given: Parameters<typeof aMessage>[0] = {}) =>
  (await stored(database, aMessage(given)))[0] as Message;

function aMove(id: MessageId, to: MessageState, more: Partial<Move> = {}): Move {
  return { id, to, at: NOON + 1_000, entry: { at: NOON + 1_000, event: "expired" }, ...more };
}

describe("a message in the database", () => {
  it("comes back as it was stored", async () => {
    const message = await one({
      echo: { properties: { nested: [1, "two", null] } },
      priority: "low",
      reportUrl: "https://shop.example/r?x=1",
      reason: "bad-number",
      state: "failed",
    });
    expect(await messages.byId(message.id)).toEqual(message);
    expect(await messages.byIds([message.id])).toEqual([message]);
    expect(await messages.byTheirId("acme", "telling", message.theirId)).toEqual(message);
    expect(await messages.byTheirIds("acme", "telling", [message.theirId, "other"])).toEqual([message]);
  });

  it("is nobody else's", async () => {
    const message = await one();
    expect(await messages.byTheirId("bolt", "telling", message.theirId)).toBeUndefined();
    expect(await messages.byTheirId("acme", "silent", message.theirId)).toBeUndefined();
    expect(await messages.byTheirIds("bolt", "telling", [message.theirId])).toEqual([]);
  });
});

describe("a claim", () => {
  it("is won once, however many race for it", async () => {
    const ids = idsOf(await stored(database, ...Array.from({ length: 20 }, () => aMessage())));
    const won = await Promise.all(Array.from({ length: 10 }, () => messages.claim(ids, NOON, LEASE)));
    expect(idsOf(won.flat()).sort()).toEqual([...ids].sort());
  });

  it("counts the attempt, holds until its lease, and is written down", async () => {
    const message = await one();
    const [claimed] = await messages.claim([message.id], NOON, LEASE);
    expect(claimed).toMatchObject({ state: "submitting", attempts: 1, dueAt: LEASE, changedAt: NOON });
    expect(claimed?.history.at(-1)).toEqual({ at: NOON, event: "claimed", attempt: 1 });
    expect(await messages.byId(message.id)).toEqual(claimed);
  });

  const unclaimed: [string, Partial<Message>][] = [
    ["that is not due yet", { dueAt: NOON + 1 }],
    ["whose validity is over", { expiresAt: NOON }],
    ...MESSAGE_STATES.filter((state) => state !== "accepted" && state !== "scheduled").map(
      (state): [string, Partial<Message>] => [`that is ${state}`, { state }],
    ),
  ];
  it.each(unclaimed)("is not to be had on a message %s", async (_, given) => {
    const message = await one(given);
    expect(await messages.claim([message.id], NOON, LEASE)).toEqual([]);
    expect(await messages.byId(message.id)).toEqual(message);
  });
});

describe("a move", () => {
  const pairs = MESSAGE_STATES.flatMap((from) => MESSAGE_STATES.map((to) => ({ from, to })));

  it.each(pairs)("from $from to $to is made if the table says so", async ({ from, to }) => {
    const message = await one({ state: from });
    const move = aMove(message.id, to, { reason: "other", carrier: "net", reference: "r1" });
    const { made } = await messages.move([move]);
    const allowed = (MOVES[from] as readonly MessageState[]).includes(to);
    expect(made.has(move)).toBe(allowed);
    const after = await messages.byId(message.id);
    if (allowed) {
      expect(after).toMatchObject({ state: to, changedAt: move.at, reason: "other", carrier: "net", reference: "r1" });
      expect(after?.history).toEqual([...message.history, move.entry]);
      expect(after?.dueAt).toBeUndefined();
    } else {
      expect(after).toEqual(message);
    }
  });

  it("never undoes what is final, whatever comes in whatever order", async () => {
    const states = fc.constantFrom(...MESSAGE_STATES);
    await fc.assert(
      fc.asyncProperty(states, fc.array(fc.array(states, { maxLength: 4 }), { maxLength: 6 }), async (from, lists) => {
        const message = await one({ state: from, reportUrl: "https://shop.example/r" });
        let state: MessageState = from;
        const told = new Set<string>();
        for (const list of lists) {
          const moves = list.map((to) => aMove(message.id, to));
          const { made, owed } = await messages.move(moves);
          for (const move of moves) {
            const allowed = (MOVES[state] as readonly MessageState[]).includes(move.to);
            expect(made.has(move)).toBe(allowed);
            if (allowed) state = move.to;
            if (allowed && ["delivered", "failed", "expired"].includes(state)) told.add(state);
          }
          expect((await messages.byId(message.id))?.state).toBe(state);
          expect(owed.length).toBeLessThanOrEqual(1);
        }
        const webhooks = await webhookStore(database.d1).ofSubject(message.id);
        expect(webhooks.map(({ event }) => event.state)).toEqual([...told]);
        expect(told.size).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });

  it("of one message does not touch its neighbour", async () => {
    const [mine, other] = await stored(database, aMessage(), aMessage());
    await messages.move([aMove((mine as Message).id, "submitting")]);
    expect(await messages.byId((other as Message).id)).toEqual(other);
  });

  it("keeps what is known of the carrier when it brings nothing new", async () => {
    const { id } = await one({ state: "submitting" });
    await messages.move([aMove(id, "sent", { carrier: "net", reference: "r1", operator: "no.telia", dueAt: LEASE })]);
    await messages.move([aMove(id, "delivered")]);
    expect(await messages.byId(id)).toMatchObject({ carrier: "net", reference: "r1", operator: "no.telia" });
  });

  it("of who speaks late for a claim that ran out does not end the next one's", async () => {
    const { id } = await one({ deliveryMode: "at-least-once" });
    const [first] = await messages.claim([id], NOON, LEASE);
    await messages.move([aMove(id, "accepted", { dueAt: LEASE })]); // the sweeper took the first for dead
    const [second] = await messages.claim([id], LEASE, LEASE + 20_000);
    const late = aMove(id, "accepted", { attempt: first?.attempts as number });
    expect((await messages.move([late])).made.size).toBe(0);
    expect((await messages.byId(id))?.state).toBe("submitting");
    const own = aMove(id, "sent", { attempt: second?.attempts as number });
    expect((await messages.move([own])).made).toEqual(new Set([own]));
  });

  it("is made, or not, with the webhook it owes: nothing lies between the two", async () => {
    const { id } = await one({ state: "sent", reportUrl: "https://shop.example/r" });
    database.around = {
      before: () => {
        throw new Error("the power is gone");
      },
    };
    await expect(messages.move([aMove(id, "delivered")])).rejects.toThrow("the power is gone");
    database.around = {};
    expect((await messages.byId(id))?.state).toBe("sent");
    expect(await webhookStore(database.d1).ofSubject(id)).toEqual([]);

    let calls = 0;
    database.around = { before: () => void calls++ };
    await messages.move([aMove(id, "delivered")]);
    expect(calls).toBe(1);
  });
});

describe("rerouting", () => {
  const reroute = (id: MessageId, toldBy: string) =>
    aMove(id, "accepted", { toldBy, reroutes: true, dueAt: NOON + 1_000 });
  const has = async ({ carrier = "first", state = "sent", ...given }: Partial<Message>, byRoute = true) => {
    const { id } = await one({ deliveryMode: "at-least-once", ...given });
    const handing = { id, carrier, ...(byRoute ? { reroutes: true as const } : {}) };
    await messages.claim([id], NOON, LEASE, NOON, [handing]);
    await messages.move([aMove(id, state, { carrier, dueAt: NOON })]);
    return (await messages.byId(id)) as Message;
  };

  it("takes the message from its carrier, for good: that carrier is heard no more about it", async () => {
    const { id } = await has({});
    expect((await messages.move([reroute(id, "first")])).made.size).toBe(1);
    expect(await messages.byId(id)).toMatchObject({ state: "accepted", reroutedFrom: "first", dueAt: NOON + 1_000 });
    expect((await messages.byId(id))?.carrier).toBeUndefined();
    const words = ["first", "second"].flatMap((toldBy) =>
      (["delivered", "failed"] as const).map((state) => aMove(id, state, { toldBy })),
    );
    for (const word of words) expect((await messages.move([word])).made.size).toBe(0);
    await messages.claim([id], NOON + 1_000, LEASE, NOON + 1_000, [{ id, carrier: "second" }]);
    for (const word of words.slice(0, 2)) expect((await messages.move([word])).made.size).toBe(0);
    expect((await messages.move([aMove(id, "delivered", { toldBy: "second" })])).made.size).toBe(1);
  });

  it.each([
    ["that may arrive only once", { deliveryMode: "at-most-once" }, "first"],
    ["that another carrier has", { carrier: "second" }, "first"],
    ["that is settled", { state: "delivered" }, "first"],
    ["that waits to be sent", { state: "accepted" }, "first"],
  ] as const)("is refused for a message %s", async (_, given, toldBy) => {
    const message = await has(given);
    expect((await messages.move([reroute(message.id, toldBy)])).made.size).toBe(0);
    expect(await messages.byId(message.id)).toEqual(message);
  });

  it("is refused for a message that went by a route that does not reroute", async () => {
    const message = await has({}, false);
    expect((await messages.move([reroute(message.id, "first")])).made.size).toBe(0);
  });

  it("is refused for a message that is being handed over just now: another carrier may be getting it", async () => {
    const { id } = await has({ state: "accepted" });
    await messages.claim([id], NOON + 1_000, LEASE);
    expect((await messages.move([reroute(id, "first")])).made.size).toBe(0);
    expect(await messages.byId(id)).toMatchObject({ state: "submitting" });
  });

  it("happens once to a message, whoever asks for it", async () => {
    const { id } = await has({});
    await messages.move([reroute(id, "first"), reroute(id, "first")]);
    await messages.claim([id], NOON + 1_000, LEASE);
    await messages.move([aMove(id, "sent", { carrier: "second" })]);
    expect((await messages.move([reroute(id, "second")])).made.size).toBe(0);
    expect(await messages.byId(id)).toMatchObject({ state: "sent", carrier: "second", reroutedFrom: "first" });
  });
});

describe("a webhook", () => {
  const owedFor = async (given: Partial<Message>, ...moves: MessageState[]) => {
    const { id } = await one({ state: "sent", ...given });
    const owed: string[] = [];
    for (const to of moves) owed.push(...(await messages.move([aMove(id, to)])).owed);
    const webhooks = await webhookStore(database.d1).ofSubject(id);
    expect(webhooks.map((webhook) => webhook.id).sort()).toEqual(owed.sort());
    return webhooks;
  };
  const reportUrl = "https://shop.example/reports?shop=1";

  it("is owed for a move that was asked to be told of", async () => {
    const [webhook, ...more] = await owedFor({ reportUrl }, "delivered");
    expect(more).toEqual([]);
    expect(webhook).toMatchObject({
      account: "acme",
      dialect: "telling",
      url: reportUrl,
      endpoint: "https://shop.example/reports",
      state: "owed",
      attempts: 0,
      dueAt: NOON + 1_000,
      event: { state: "delivered", at: NOON + 1_000 },
    });
  });

  it.each([
    ["nobody asked for a report", {}, ["delivered"]],
    ["the dialect does not tell of this state", { reportUrl, state: "submitting" as const }, ["sent"]],
    ["the dialect tells of nothing", { reportUrl, dialect: "silent" }, ["delivered"]],
    ["the move was not made", { reportUrl, state: "cancelled" as const }, ["delivered", "failed"]],
  ] as [string, Partial<Message>, MessageState[]][])("is not owed where %s", async (_, given, moves) => {
    expect(await owedFor(given, ...moves)).toEqual([]);
  });

  it("is owed once, however often the receipt comes", async () => {
    expect(await owedFor({ reportUrl }, "delivered", "delivered", "failed")).toHaveLength(1);
  });

  it("is owed for the first of two receipts that contradict each other, though they come together", async () => {
    const { id } = await one({ state: "sent", reportUrl });
    const first = aMove(id, "failed");
    const { made, owed } = await messages.move([first, aMove(id, "delivered"), aMove(id, "failed")]);
    expect(made).toEqual(new Set([first]));
    expect(owed).toHaveLength(1);
    expect((await messages.byId(id))?.state).toBe("failed");
    expect((await webhookStore(database.d1).ofSubject(id)).map(({ event }) => event.state)).toEqual(["failed"]);
  });

  it("for an endpoint that is paused goes to the dead list, with the reason", async () => {
    const webhooks = webhookStore(database.d1);
    await webhooks.pause([{ account: "acme", endpoint: "https://shop.example/reports", reason: "nobody there" }], NOON);
    const [dead] = await owedFor({ reportUrl }, "delivered");
    expect(dead).toMatchObject({ state: "dead", isPaused: true, reason: "nobody there" });
    expect(dead?.dueAt).toBeUndefined();
    const [others] = await owedFor({ reportUrl, account: "bolt" }, "delivered");
    expect(others?.state).toBe("owed");
  });
});

describe("a message that waits for its time", () => {
  const edit: Edit = {
    sender: "Shop",
    recipient: "+4798079010",
    text: "Other",
    encoding: "gsm7",
    parts: 1,
    priority: "high",
    lane: "urgent",
    deliveryMode: "at-least-once",
    sendAt: NOON + 60_000,
    expiresAt: NOON + 120_000,
    echo: { tags: ["x"] },
    state: "scheduled",
  };

  it("can be changed, and keeps its story", async () => {
    const { id } = await one({ state: "scheduled", reportUrl: "https://shop.example" });
    expect(await messages.edit(id, edit, NOON + 1)).toBe(true);
    const after = await messages.byId(id);
    expect(after).toMatchObject({ ...edit, dueAt: edit.sendAt, changedAt: NOON + 1 });
    expect(after?.reportUrl).toBeUndefined();
    expect(after?.history.map(({ event }) => event)).toEqual(["accepted", "edited"]);
  });

  it("can be cancelled, and is then due for nothing", async () => {
    const { id } = await one({ state: "scheduled" });
    expect(await messages.cancel(id, NOON + 1)).toBe(true);
    expect(await messages.byId(id)).toMatchObject({ state: "cancelled", changedAt: NOON + 1 });
    expect(await messages.due(NOON + 1e9, 10)).toEqual([]);
    expect(await nextDue()).toBeUndefined();
  });

  it.each(MESSAGE_STATES.filter((state) => state !== "scheduled"))("can do neither once it is %s", async (state) => {
    const message = await one({ state });
    expect(await messages.edit(message.id, edit, NOON + 1)).toBe(false);
    expect(await messages.cancel(message.id, NOON + 1)).toBe(false);
    expect(await messages.byId(message.id)).toEqual(message);
  });

  it("is either cancelled or sent when both race, never both", async () => {
    const ids = idsOf(await stored(database, ...Array.from({ length: 20 }, () => aMessage({ state: "scheduled" }))));
    const outcomes = await Promise.all(
      ids.map(async (id, index) => {
        const [first, second] = [() => messages.cancel(id, NOON), () => messages.claim([id], NOON, LEASE)];
        const [a, b] = await Promise.all(index % 2 ? [first(), second()] : [second(), first()]);
        return [a, b].filter((won) => (Array.isArray(won) ? won.length > 0 : won)).length;
      }),
    );
    expect(outcomes).toEqual(Array(20).fill(1));
  });
});

describe("what is due", () => {
  it("comes most urgent first, with what the sweeper must know, and none that is settled", async () => {
    const [later, sooner] = await stored(
      database,
      aMessage({ dueAt: NOON + 2 }),
      aMessage({ dueAt: NOON + 1, deliveryMode: "at-least-once" }),
      aMessage({ dueAt: NOON + 50 }),
    );
    await messages.move([aMove((later as Message).id, "expired")]);
    const { id, expiresAt } = sooner as Message;
    const dueAt = NOON + 1;
    expect(await messages.due(NOON + 10, 10)).toEqual([
      {
        id,
        state: "accepted",
        lane: "normal",
        dueAt,
        listedAt: dueAt,
        expiresAt,
        deliveryMode: "at-least-once",
        attempts: 0,
      },
    ]);
    expect(await messages.due(NOON + 100, 1)).toHaveLength(1);
    expect(await nextDue()).toBe(NOON + 1);
  });

  it("leaves out what a carrier has until its time comes, whether it has taken its own place or not", async () => {
    const [one, other] = (await stored(database, aMessage(), aMessage())).map(({ id }) => id) as [MessageId, MessageId];
    await messages.claim([one, other], NOON, NOON + 25_000);
    await messages.move([{ ...aMove(one, "sent"), dueAt: NOON + 60_000 }]);
    const dueBy = async (at: number) => (await messages.due(at, 10)).map(({ id, dueAt }) => ({ id, dueAt }));
    const taken = { id: one, dueAt: NOON + 60_000 };
    const claimed = { id: other, dueAt: NOON + 25_000 };
    for (const resting of [0, 2, 0]) {
      expect(await messages.rest(NOON, resting)).toBe(resting);
      expect(await nextDue()).toBe(claimed.dueAt);
      expect(await dueBy(claimed.dueAt - 1)).toEqual([]);
      expect(await dueBy(claimed.dueAt)).toEqual([claimed]);
      expect((await dueBy(taken.dueAt)).toSorted((a, b) => Number(a.dueAt) - Number(b.dueAt))).toEqual([
        claimed,
        taken,
      ]);
    }
  });

  it("is found page by page, though some of it is with a carrier and due later than its place", async () => {
    const ids = (await stored(database, ...Array.from({ length: 6 }, (_, n) => aMessage({ dueAt: NOON + n })))).map(
      ({ id }) => id,
    );
    await messages.claim(ids.slice(0, 3), NOON + 10, NOON + 20);
    const found: MessageId[] = [];
    for (let last: DueMessage | undefined; ; ) {
      const page = await messages.due(NOON + 30, 2, last);
      found.push(...page.map(({ id }) => id));
      last = page.at(-1);
      if (page.length < 2) break;
    }
    expect(found).toEqual(ids);
  });

  it("is put off only for those that are still in the state they were seen in", async () => {
    const [unknown, sent] = await stored(database, aMessage({ state: "unknown" }), aMessage({ state: "sent" }));
    await messages.postpone(idsOf([unknown as Message, sent as Message]), "unknown", NOON + 500);
    expect((await messages.byId((unknown as Message).id))?.dueAt).toBe(NOON + 500);
    expect((await messages.byId((sent as Message).id))?.dueAt).toBe(NOON);
  });
});

describe("a list", () => {
  /** All pages, each of so many. */
  async function pages(filter: MessageFilter, limit: number): Promise<MessageId[]> {
    return idsOf(
      await allPages(async (at) => {
        const page = await messages.list(filter, { limit, ...at });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        return page;
      }),
    );
  }

  const accounts = ["acme", "bolt", "core"];
  let all: Message[];
  beforeEach(async () => {
    await withAccounts(database, ...accounts);
    all = await stored(
      database,
      ...Array.from({ length: 60 }, (_, index) =>
        aMessage({
          account: accounts[index % 3] as string,
          accountNumber: 1 + (index % 3),
          acceptedAt: NOON + Math.floor(index / 7),
          recipient: index % 4 === 0 ? "+4798079008" : "+4798079010",
          state: index % 5 === 0 ? "delivered" : "accepted",
        }),
      ),
    );
  });

  /** Newest first: by time, then by what follows it in the id. */
  const wanted = (keep: (message: Message) => boolean) =>
    idsOf(all.filter(keep)).sort((a, b) => (a.slice(10) < b.slice(10) ? 1 : -1));

  const cases: [string, MessageFilter, (message: Message) => boolean][] = [
    ["of everything", {}, () => true],
    ["of one account", { account: "bolt" }, ({ account }) => account === "bolt"],
    ["of one state", { state: "delivered" }, ({ state }) => state === "delivered"],
    ["of one handset", { recipient: "+4798079008" }, ({ recipient }) => recipient === "+4798079008"],
    [
      "of one handset, account and state",
      { recipient: "+4798079008", account: "acme", state: "accepted" },
      (message) => message.recipient === "+4798079008" && message.account === "acme" && message.state === "accepted",
    ],
    ["since a time", { since: NOON + 3 }, ({ acceptedAt }) => acceptedAt >= NOON + 3],
    ["until a time", { until: NOON + 3 }, ({ acceptedAt }) => acceptedAt < NOON + 3],
    [
      "between two times, of one handset",
      { since: NOON + 2, until: NOON + 6, recipient: "+4798079008" },
      ({ acceptedAt, recipient }) => acceptedAt >= NOON + 2 && acceptedAt < NOON + 6 && recipient === "+4798079008",
    ],
    ["of an account that is not there", { account: "nobody" }, () => false],
  ];
  describe.each(cases)("%s", (_, filter, keep) => {
    it.each([1, 7, 60, 100])("has no gap and no repeat in pages of %i", async (limit) => {
      expect(await pages(filter, limit)).toEqual(wanted(keep));
    });
  });

  it("goes on where it was, though more has come in", async () => {
    const first = await messages.list({}, { limit: 30 });
    await stored(database, aMessage({ acceptedAt: NOON + 1_000 }));
    const second = await messages.list({}, { limit: 30, cursor: first.next as string });
    expect([...idsOf(first.items), ...idsOf(second.items)]).toEqual(wanted(() => true));
  });

  it("counts what has come in since a time, and what is pending", async () => {
    const figures = await messages.figures(NOON + 3);
    expect(figures.accepted).toBe(all.filter(({ acceptedAt }) => acceptedAt >= NOON + 3).length);
    expect(figures.settled).toBe(
      all.filter(({ acceptedAt, state }) => acceptedAt >= NOON + 3 && state === "delivered").length,
    );
    expect(figures.oldestDue).toBe(NOON);
  });
});

describe("every question", () => {
  /** What each call asks, and how SQLite goes about it. */
  async function plans(ask: () => Promise<unknown>): Promise<string[]> {
    const asked: string[] = [];
    database.around = { before: ({ sql }) => void asked.push(...sql) };
    await ask();
    database.around = {};
    return asked.flatMap((sql) => planOf(database.sqlite, sql));
  }

  const questions: [string, () => Promise<unknown>][] = [
    ["list", () => messages.list({}, { limit: 10 })],
    ["list of an account", () => messages.list({ account: "acme", state: "accepted", since: NOON }, { limit: 10 })],
    ["list of a handset", () => messages.list({ recipient: "+4798079008" }, { limit: 10 })],
    ["byId", () => messages.byId("msg_1")],
    ["byIds", () => messages.byIds(["msg_1"])],
    ["byTheirId", () => messages.byTheirId("acme", "telling", "1")],
    ["byTheirIds", () => messages.byTheirIds("acme", "telling", ["1"])],
    ["claim", () => messages.claim(["msg_1"], NOON, LEASE)],
    ["move", () => messages.move([aMove("msg_1", "sent")])],
    ["postpone", () => messages.postpone(["msg_1"], "unknown", NOON)],
    ["cancel", () => messages.cancel("msg_1", NOON)],
    ["due", () => messages.due(NOON, 10)],
    ["figures", () => messages.figures(NOON)],
  ];
  it.each(questions)("%s is answered by an index, never by reading the table through", async (_, ask) => {
    const steps = await plans(ask);
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.filter((step) => /^SCAN (message|own|webhook|endpoint)\b(?!.*_due\b)/.test(step))).toEqual([]);
  });

  it("for a page reads each account's newest straight off the table", async () => {
    const steps = await plans(() => messages.list({}, { limit: 10 }));
    expect(steps).toContain("SEARCH own USING PRIMARY KEY (id>? AND id<?)");
    expect(steps).toContain("SEARCH message USING PRIMARY KEY (id=?)");
  });

  it("for what is due reads the index of what is pending only", async () => {
    expect(await plans(() => messages.due(NOON, 10))).toEqual([
      "SEARCH message USING INDEX message_due ((due_at,id)>(?,?) AND due_at<?)",
    ]);
  });
});

describe("an id", () => {
  it("sorts as the time does, which is what lists rely on", () => {
    const times = [0, 1, 31, 32, 1_000, NOON - 1, NOON, NOON + 1, 2 ** 44];
    expect(times.map(timePart).sort()).toEqual(times.map(timePart));
  });
});

describe("what is old", () => {
  const DAY = 86_400_000;
  beforeEach(() => withAccounts(database, "acme"));
  const settled = (given: Partial<Message>) => {
    const { dueAt: _, ...message } = aMessage({ state: "delivered", ...given });
    return message;
  };

  it("is forgotten when it is settled, and not while a webhook is owed for it", async () => {
    const [told, owing, pending] = await stored(database, settled({}), settled({}), aMessage({}));
    if (!told || !owing || !pending) throw new Error("not stored");
    await webhookStore(database.d1).add([aWebhook(owing)]);
    expect(await messages.forget({ otherwise: NOON + DAY, own: [] }, 100)).toBe(1);
    expect(await messages.byId(told.id)).toBeUndefined();
    expect(await messages.byId(owing.id)).toBeDefined();
    expect(await messages.byId(pending.id)).toBeDefined();
  });

  it("and waits for its charge to be billed is kept, however long nobody knows whether it was", async () => {
    const [held] = await stored(database, settled({ state: "held" }));
    expect(await messages.forget({ otherwise: NOON + DAY, own: [] }, 100)).toBe(0);
    expect(await messages.byId((held as Message).id)).toBeDefined();
  });

  it("that was settled only lately is kept", async () => {
    await stored(database, settled({ changedAt: NOON + 2 * DAY }));
    expect(await messages.forget({ otherwise: NOON + DAY, own: [] }, 100)).toBe(0);
  });
});
