/** Owed webhooks in the database: none is dropped, none is attempted by two, and each attempt is written down. */

import { beforeEach, describe, expect, it } from "vitest";
import type { WebhookId } from "../../src/core/kernel/ids.ts";
import type { Attempted, ReplayState, WebhookFilter, WebhookStore } from "../../src/core/webhooks/store.ts";
import {
  type Report,
  WEBHOOK_MOVES,
  WEBHOOK_STATES,
  type Webhook,
  webhookId,
} from "../../src/core/webhooks/webhook.ts";
import { webhookStore } from "../../src/store/messaging/webhooks/store.ts";
import { accountStore } from "../../src/store/operator/accounts.ts";
import { agendaOf } from "../support/agenda.ts";
import { lendDatabase, planOf, type TestDatabase } from "../support/database.ts";
import { allPages, aMessage, aWebhook, ENDPOINT, NOON, stored, withAccounts } from "../support/rows.ts";

let database: TestDatabase;
let webhooks: WebhookStore;
beforeEach(async () => {
  const lent = lendDatabase();
  database = lent;
  webhooks = webhookStore(database.d1);
  await withAccounts(database, "acme", "bolt");
  return () => lent.giveBack();
});

const LEASE = NOON + 120_000;
const idsOf = (items: readonly { id: WebhookId }[]) => items.map(({ id }) => id);

/** So many webhooks that are owed, each for a message of its own. */
async function owed(count: number, given: Partial<Report> = {}, message: Parameters<typeof aMessage>[0] = {}) {
  const all = Array.from({ length: count }, () => aMessage({ state: "delivered", ...message }));
  await stored(database, ...all);
  const made = all.map((one) => aWebhook(one, given));
  await webhooks.add(made);
  return made;
}

async function oneOwed(given: Partial<Report> = {}): Promise<Webhook> {
  return (await owed(1, given))[0] as Webhook;
}

/** Puts a webhook into a state, however it would get there. */
function put(id: WebhookId, state: string, reason: string | null = null): void {
  database.sqlite.prepare("UPDATE webhook SET state = ?, reason = ? WHERE id = ?").run(state, reason, id);
  if (state === "dead" || state === "answered") {
    database.sqlite.prepare("UPDATE webhook SET due_at = NULL WHERE id = ?").run(id);
  }
}

function tried(id: WebhookId, to: Attempted["to"], more: Partial<Attempted> = {}): Attempted {
  return {
    id,
    to,
    before: 0,
    at: NOON + 500,
    entry: { at: NOON + 500, event: "webhook.attempted", attempt: 1, milliseconds: 1 },
    ...more,
  };
}

describe("a webhook in the database", () => {
  it("comes back as it was written down", async () => {
    const webhook = await oneOwed();
    expect(await webhooks.byId(webhook.id)).toEqual(webhook);
    expect(await webhooks.ofSubject(webhook.subject)).toEqual([webhook]);
  });

  it("is written down once, and stays as it is when the same news comes again", async () => {
    const webhook = await oneOwed();
    await webhooks.add([{ ...webhook, url: "https://elsewhere.example" }]);
    expect(await webhooks.byId(webhook.id)).toEqual(webhook);
  });

  it("can tell of a message that was never stored", async () => {
    const message = aMessage({ state: "failed" });
    await webhooks.add([aWebhook(message, { event: { state: "failed", reason: "duplicate", at: NOON, message } })]);
    const [claimed] = await webhooks.claim([webhookId(message.id, "delivered")], NOON, LEASE);
    expect(claimed?.message).toBeUndefined();
    expect(claimed?.webhook.event).toMatchObject({ message });
  });
});

describe("a claim on webhooks", () => {
  it("is won once, however many race for it", async () => {
    const ids = idsOf(await owed(20));
    const won = await Promise.all(
      Array.from({ length: 10 }, (_, racer) => webhooks.claim(ids, NOON, LEASE + (racer % 2))),
    );
    expect(idsOf(won.flat().map(({ webhook }) => webhook)).sort()).toEqual([...ids].sort());
  });

  it("brings all that the bytes are made of", async () => {
    await accountStore(database.d1).change("acme", { settings: { webhookRetries: "15h" } }, NOON);
    const webhook = await oneOwed();
    const [claimed] = await webhooks.claim([webhook.id], NOON, LEASE);
    expect(claimed?.webhook).toEqual({ ...webhook, state: "delivering", dueAt: LEASE });
    expect(claimed?.message?.id).toBe(webhook.subject);
    expect(claimed?.settings).toEqual({ webhookRetries: "15h" });
  });

  it("is not to be had before it is due", async () => {
    const { id } = await oneOwed({ dueAt: NOON + 1 });
    expect(await webhooks.claim([id], NOON, LEASE)).toEqual([]);
  });

  it.each(WEBHOOK_STATES.filter((state) => state !== "owed"))("is not to be had on one that is %s", async (state) => {
    const { id } = await oneOwed();
    put(id, state);
    expect(await webhooks.claim([id], NOON, LEASE)).toEqual([]);
    expect((await webhooks.byId(id))?.state).toBe(state);
  });

  it("that is never finished runs out, and the webhook is owed again", async () => {
    const { id } = await oneOwed();
    await webhooks.claim([id], NOON, LEASE);
    expect(await webhooks.release(LEASE - 1, LEASE - 1)).toBe(0);
    expect(await webhooks.release(LEASE, LEASE)).toBe(1);
    expect(await webhooks.byId(id)).toMatchObject({ state: "owed", attempts: 0 });
    expect(await webhooks.claim([id], LEASE, LEASE + 1)).toHaveLength(1);
  });
});

describe("an attempt", () => {
  const outcomes = [
    { to: "answered", due: undefined, reason: undefined },
    { to: "owed", due: NOON + 60_000, reason: undefined },
    { to: "dead", due: undefined, reason: "gave up" },
  ] as const;
  it.each(outcomes)("is written down, and leaves the webhook $to", async ({ to, due, reason }) => {
    const { id } = await oneOwed();
    await webhooks.claim([id], NOON, LEASE);
    const result = tried(id, to, { ...(due ? { dueAt: due } : {}), ...(reason ? { reason } : {}) });
    await webhooks.attempted([result], []);
    const after = await webhooks.byId(id);
    expect(after).toMatchObject({ state: to, attempts: 1, history: [result.entry], changedAt: result.at });
    expect(after?.dueAt).toBe(due);
    expect(after?.reason).toBe(reason);
  });

  it("leaves a story of no more than so many entries, however often it is made: the first ones, and the last", async () => {
    const { id } = await oneOwed();
    for (let before = 0; before < 100; before++) {
      await webhooks.claim([id], NOON, LEASE);
      const entry = { at: NOON, event: "webhook.attempted", attempt: before + 1, milliseconds: 1 } as const;
      await webhooks.attempted([tried(id, "owed", { before, dueAt: NOON, entry })], []);
    }
    const after = await webhooks.byId(id);
    expect(after?.attempts).toBe(100);
    const told = after?.history.map((entry) => ("attempt" in entry ? entry.attempt : undefined));
    expect(told).toEqual([...Array.from({ length: 59 }, (_, before) => before + 1), 100]);
  });

  const moves = WEBHOOK_STATES.flatMap((from) => (["answered", "owed", "dead"] as const).map((to) => ({ from, to })));
  it.each(moves)("does not make one that is $from $to unless the table says so", async ({ from, to }) => {
    const { id } = await oneOwed();
    put(id, from);
    await webhooks.attempted([tried(id, to)], []);
    // What has ended comes back by a replay only: an attempt that ends late has no say in it.
    const allowed = !["dead", "answered"].includes(from) && (WEBHOOK_MOVES[from] as readonly string[]).includes(to);
    expect((await webhooks.byId(id))?.state).toBe(allowed ? to : from);
    expect((await webhooks.byId(id))?.attempts).toBe(allowed ? 1 : 0);
  });

  it("tells how its endpoint does", async () => {
    const health = { account: "acme", endpoint: ENDPOINT, failed: 3, received: false, at: NOON };
    await webhooks.attempted([], [health]);
    await webhooks.attempted([], [{ ...health, at: NOON + 1_000, failed: 2 }]);
    const failing = { account: "acme", endpoint: ENDPOINT, failures: 5, failingSince: NOON };
    expect((await webhooks.endpoints({ limit: 10 })).items).toEqual([failing]);
    await webhooks.attempted([], [{ ...health, failed: 1, received: true }]);
    expect((await webhooks.endpoints({ limit: 10 })).items).toEqual([
      { account: "acme", endpoint: ENDPOINT, failures: 0 },
    ]);
  });

  it("is written down with its endpoint's health, or not at all", async () => {
    const { id } = await oneOwed();
    await webhooks.claim([id], NOON, LEASE);
    let calls = 0;
    database.around = { before: () => void calls++ };
    await webhooks.attempted(
      [tried(id, "owed", { dueAt: NOON })],
      [
        { account: "acme", endpoint: ENDPOINT, failed: 1, received: false, at: NOON },
        { account: "bolt", endpoint: ENDPOINT, failed: 0, received: true, at: NOON },
      ],
    );
    expect(calls).toBe(1);
  });
});

describe("the dead list", () => {
  it("gives one back, all of an account's, of an endpoint's, or of a time", async () => {
    const other = "https://other.example/r";
    const [mine, theirs, elsewhere, later] = [
      await oneOwed(),
      (await owed(1, {}, { account: "bolt", accountNumber: 2 }))[0] as Webhook,
      await oneOwed({ endpoint: other }),
      await oneOwed({ createdAt: NOON + 1_000 }),
    ];
    const all = [mine, theirs, elsewhere, later];
    const cases: [Parameters<WebhookStore["replay"]>[0], Webhook[]][] = [
      [{ account: "bolt" }, [theirs]],
      [{ endpoint: other }, [elsewhere]],
      [{ kind: "charge" }, []],
      [{ since: NOON + 500 }, [later]],
      [{ until: NOON + 500, account: "acme" }, [mine, elsewhere]],
      [{}, all],
    ];
    for (const [which, wanted] of cases) {
      for (const { id } of all) put(id, "dead", "gave up");
      expect((await webhooks.replay(which, "dead", NOON + 9)).sort()).toEqual(idsOf(wanted).sort());
      for (const { id } of all) {
        const back = wanted.some((webhook) => webhook.id === id);
        expect((await webhooks.byId(id))?.state).toBe(back ? "owed" : "dead");
      }
    }
    const after = await webhooks.byId(mine.id);
    expect(after).toMatchObject({ dueAt: NOON + 9, attempts: 0 });
    expect(after?.reason).toBeUndefined();
  });

  it("gives out what was answered, too, where that is asked for, each once however many there are", async () => {
    const mine = await owed(12);
    const theirs = await owed(3, { createdAt: NOON + 1_000 }, { account: "bolt", accountNumber: 2 });
    const [dead, pending, ...answered] = [...mine, ...theirs];
    const cases: [Parameters<WebhookStore["replay"]>[0], ReplayState, (Webhook | undefined)[]][] = [
      [{}, "answered", answered],
      [{}, "all", [dead, ...answered]],
      [{}, "dead", [dead]],
      [{ account: "bolt" }, "answered", theirs],
      [{ account: "nobody" }, "all", []],
      [{ since: NOON + 500 }, "all", theirs],
      [{ until: NOON + 500, account: "acme" }, "all", [dead, ...mine.slice(2)]],
      [{ kind: "charge" }, "all", []],
    ];
    for (const [which, state, wanted] of cases) {
      for (const { id } of answered) put(id, "answered");
      put((dead as Webhook).id, "dead", "gave up");
      put((pending as Webhook).id, "owed");
      database.sqlite.exec(`UPDATE webhook SET changed_at = ${NOON}`);
      const given = await webhooks.replay(which, state, NOON + 9);
      expect(given.sort()).toEqual(wanted.map((one) => (one as Webhook).id).sort());
      for (const id of given)
        expect(await webhooks.byId(id)).toMatchObject({ state: "owed", dueAt: NOON + 9, attempts: 0 });
    }
  });

  it("gives out more than one statement looks at", async () => {
    database.sqlite.exec(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5001)
       INSERT INTO webhook (id, account_id, dialect, kind, subject, url, endpoint, event, state, created_at, changed_at)
       SELECT printf('whk_%06d%09d_delivered', 1 + i % 2, i), iif(i % 2, 'bolt', 'acme'), 'telling', 'report', 'msg_1',
         'https://shop.example', 'https://shop.example', '{}', 'answered', ${NOON}, ${NOON} FROM n`,
    );
    const given = await webhooks.replay({}, "answered", NOON + 9);
    expect(new Set(given).size).toBe(5_001);
    expect(given).toHaveLength(5_001);
  });

  it("does not give out again what was answered after it was asked", async () => {
    const { id } = await oneOwed();
    put(id, "answered");
    database.sqlite.exec(`UPDATE webhook SET changed_at = ${NOON + 9}`);
    expect(await webhooks.replay({}, "answered", NOON + 9)).toEqual([]);
  });

  it("looks for what was answered by ranges of ids", async () => {
    const asked: string[] = [];
    database.around.before = ({ sql }) => void asked.push(...sql);
    await webhooks.replay({ account: "acme", since: NOON, until: NOON + 9 }, "answered", NOON);
    expect(asked).toHaveLength(2);
    for (const sql of asked) {
      const plan = planOf(database.sqlite, sql);
      expect(plan.filter((step) => /^SCAN webhook/.test(step))).toEqual([]);
      expect(plan.join("\n")).toMatch(/SEARCH webhook USING PRIMARY KEY \(id>\? AND id<\?\)/);
    }
  });

  it.each(["owed", "delivering", "answered"])("does not give out what is %s", async (state) => {
    const { id } = await oneOwed();
    put(id, state);
    expect(await webhooks.replay({}, "dead", NOON)).toEqual([]);
  });

  it.each([
    { state: "owed", again: false },
    { state: "delivering", again: false },
    { state: "answered", again: true },
    { state: "dead", again: true },
  ])("and what is $state: is given out by its own id: $again", async ({ state, again }) => {
    const { id } = await oneOwed();
    put(id, state);
    expect(await webhooks.replayOne(id, NOON + 9)).toBe(again);
    const { state: after, history } = (await webhooks.byId(id)) as Webhook;
    expect(after).toBe(again ? "owed" : state);
    expect(history.some(({ event }) => event === "webhook.replayed")).toBe(again);
  });
});

describe("an endpoint", () => {
  it("that is paused takes what is owed there to the dead list, and gives it back when it is resumed", async () => {
    const [mine, before, theirs] = [
      await oneOwed(),
      await oneOwed(),
      (await owed(1, {}, { account: "bolt", accountNumber: 2 }))[0] as Webhook,
    ];
    put(before.id, "dead", "gave up");
    expect(await webhooks.pause([{ account: "acme", endpoint: ENDPOINT, reason: "nobody there" }], NOON)).toMatchObject(
      { paused: 1 },
    );
    expect(await webhooks.byId(mine.id)).toMatchObject({ state: "dead", isPaused: true, reason: "nobody there" });
    expect((await webhooks.byId(theirs.id))?.state).toBe("owed");
    expect(await webhooks.pause([{ account: "acme", endpoint: ENDPOINT, reason: "again" }], NOON)).toMatchObject({
      paused: 0,
    });

    expect(await webhooks.resume("acme", ENDPOINT, NOON + 5)).toEqual([mine.id]);
    expect(await webhooks.byId(mine.id)).toMatchObject({ state: "owed", dueAt: NOON + 5 });
    expect((await webhooks.byId(before.id))?.state).toBe("dead");
  });

  describe("is given up", () => {
    const PATIENCE = { byDialect: { patient: 10_000 }, otherwise: 1_000 };
    const WITHOUT = { account: "acme", endpoint: ENDPOINT, failed: 5, received: false, at: NOON };
    const givenUpAt = async (now: number) =>
      (await webhooks.givenUp(PATIENCE, now)).map(({ account, endpoint }) => `${account} ${endpoint}`);
    /** Webhooks that failed once and are to be tried again. */
    const retrying = async (given: Partial<Report> = {}, message = {}) => {
      const webhook = (await owed(1, given, message))[0] as Webhook;
      database.sqlite.prepare("UPDATE webhook SET attempts = 1 WHERE id = ?").run(webhook.id);
      return webhook;
    };

    it("when it has taken nothing for as long as its dialect is patient", async () => {
      await retrying();
      await webhooks.attempted([], [WITHOUT]);
      expect(await givenUpAt(NOON + 1_000)).toEqual([]);
      expect(await givenUpAt(NOON + 1_001)).toEqual([`acme ${ENDPOINT}`]);
    });

    it("when the most patient of several has waited enough", async () => {
      await retrying();
      await retrying({ dialect: "patient" });
      await webhooks.attempted([], [WITHOUT]);
      expect(await givenUpAt(NOON + 10_000)).toEqual([]);
      expect(await givenUpAt(NOON + 10_001)).toEqual([`acme ${ENDPOINT}`]);
    });

    it("whatever another account owes there, or another endpoint is owed", async () => {
      await retrying();
      await retrying({ dialect: "patient" }, { account: "bolt", accountNumber: 2 });
      await retrying({ dialect: "patient", endpoint: "https://other.example" });
      await webhooks.attempted([], [WITHOUT, { ...WITHOUT, account: "bolt" }]);
      expect(await givenUpAt(NOON + 5_000)).toEqual([`acme ${ENDPOINT}`]);
    });

    it("not by few failures, nor after a success, nor where nothing is tried again, nor twice", async () => {
      const webhook = await retrying();
      await webhooks.attempted([], [{ ...WITHOUT, failed: 4 }]);
      expect(await givenUpAt(NOON + 5_000)).toEqual([]);
      await webhooks.attempted([], [{ ...WITHOUT, received: true }]);
      expect(await givenUpAt(NOON + 5_000)).toEqual([]);
      await webhooks.attempted([], [WITHOUT]);
      expect(await givenUpAt(NOON + 5_000)).toHaveLength(1);
      put(webhook.id, "dead", "gave up");
      expect(await givenUpAt(NOON + 5_000)).toEqual([]);
      await webhooks.replayOne(webhook.id, NOON);
      expect(await givenUpAt(NOON + 5_000)).toEqual([]);
      await retrying();
      await webhooks.pause([{ account: "acme", endpoint: ENDPOINT, reason: "so" }], NOON);
      expect(await givenUpAt(NOON + 5_000)).toEqual([]);
    });

    it("with others, of which each keeps its own reason", async () => {
      const [here, there] = [await oneOwed(), await oneOwed({ endpoint: "https://other.example" })];
      const paused = [
        { account: "acme", endpoint: ENDPOINT, reason: "one" },
        { account: "acme", endpoint: "https://other.example", reason: "two" },
      ];
      expect(await webhooks.pause(paused, NOON)).toMatchObject({ paused: 2 });
      expect(await webhooks.byId(here.id)).toMatchObject({ state: "dead", isPaused: true, reason: "one" });
      expect(await webhooks.byId(there.id)).toMatchObject({
        state: "dead",
        isPaused: true,
        reason: "two",
        history: [{ event: "endpoint.paused", why: "two" }],
      });
    });
  });

  it("is listed page by page, without gap or repeat", async () => {
    const wanted: string[] = [];
    for (const account of ["acme", "bolt"]) {
      for (const path of ["a", "b", "c"]) {
        await webhooks.pause([{ account, endpoint: `https://shop.example/${path}`, reason: "so" }], NOON);
        wanted.push(`${account} https://shop.example/${path}`);
      }
    }
    const listed = await allPages((at) => webhooks.endpoints({ limit: 2, ...at }));
    expect(listed.map(({ account, endpoint }) => `${account} ${endpoint}`)).toEqual(wanted);
    expect((await webhooks.endpoints({ limit: 10, account: "bolt" })).items).toHaveLength(3);
  });
});

describe("a list of webhooks", () => {
  const accounts = ["acme", "bolt"];
  let all: Webhook[];
  beforeEach(async () => {
    const made = Array.from({ length: 40 }, (_, index) =>
      aMessage({
        state: "delivered",
        account: accounts[index % 2] as string,
        accountNumber: 1 + (index % 2),
        acceptedAt: NOON + Math.floor(index / 5),
      }),
    );
    await stored(database, ...made);
    all = made.map((message, index) =>
      aWebhook(message, {
        endpoint: index % 4 < 2 ? ENDPOINT : "https://other.example",
        createdAt: message.acceptedAt,
      }),
    );
    await webhooks.add(all);
    all.forEach(({ id }, index) => {
      if (index % 3 === 0) put(id, "dead", "gave up");
    });
  });

  const cases: [string, WebhookFilter, (webhook: Webhook, index: number) => boolean][] = [
    ["of everything", {}, () => true],
    ["of one account", { account: "bolt" }, ({ account }) => account === "bolt"],
    ["of what is owed", { state: "owed" }, (_, index) => index % 3 !== 0],
    ["of the dead", { state: "dead" }, (_, index) => index % 3 === 0],
    [
      "of an account's dead at one endpoint",
      { state: "dead", account: "acme", endpoint: ENDPOINT },
      ({ account, endpoint }, index) => index % 3 === 0 && account === "acme" && endpoint === ENDPOINT,
    ],
    [
      "between two times",
      { since: NOON + 2, until: NOON + 6 },
      ({ createdAt }) => createdAt >= NOON + 2 && createdAt < NOON + 6,
    ],
    [
      "of the dead between two times",
      { state: "dead", since: NOON + 2, until: NOON + 6 },
      ({ createdAt }, index) => index % 3 === 0 && createdAt >= NOON + 2 && createdAt < NOON + 6,
    ],
  ];
  describe.each(cases)("%s", (_, filter, keep) => {
    it.each([1, 7, 100])("has no gap and no repeat in pages of %i", async (limit) => {
      const seen = idsOf(await allPages((at) => webhooks.list(filter, { limit, ...at })));
      const wanted = idsOf(all.filter(keep)).sort((a, b) => (a.slice(10) < b.slice(10) ? 1 : -1));
      expect(seen).toEqual(wanted);
    });
  });

  it("is counted: what is owed, what is dead, and since when the oldest is due", async () => {
    expect(await webhooks.figures()).toEqual({ owed: 26, dead: 14, oldestDue: NOON });
    expect((await agendaOf(database)).webhooks.next).toBe(NOON);
  });
});

describe("every question about webhooks", () => {
  const questions: [string, () => Promise<unknown>][] = [
    ["list", () => webhooks.list({}, { limit: 10 })],
    ["list of an account's owed", () => webhooks.list({ account: "acme", state: "owed" }, { limit: 10 })],
    ["list of the dead", () => webhooks.list({ state: "dead" }, { limit: 10 })],
    ["byId", () => webhooks.byId("whk_1")],
    ["ofSubject", () => webhooks.ofSubject("msg_1")],
    ["claim", () => webhooks.claim(["whk_1"], NOON, LEASE)],
    ["attempted", () => webhooks.attempted([tried("whk_1", "dead")], [])],
    ["due", () => webhooks.due(NOON, 10)],
    ["wake", () => webhooks.wake("acme", ENDPOINT, NOON, 10)],
    ["release", () => webhooks.release(NOON, NOON)],
    ["replay", () => webhooks.replay({ account: "acme" }, "all", NOON)],
    ["replay of one", () => webhooks.replayOne("whk_1", NOON)],
    ["pause", () => webhooks.pause([{ account: "acme", endpoint: ENDPOINT, reason: "so" }], NOON)],
    [
      "givenUp",
      async () => {
        const health = { account: "acme", endpoint: ENDPOINT, failed: 5, received: false, at: NOON };
        await webhooks.attempted([], [health]);
        await webhooks.givenUp({ byDialect: { patient: 9 }, otherwise: 3 }, NOON + 4);
      },
    ],
    ["resume", () => webhooks.resume("acme", ENDPOINT, NOON)],
    ["figures", () => webhooks.figures()],
  ];
  it.each(questions)("%s is answered by an index, never by reading the table through", async (_, ask) => {
    const asked: string[] = [];
    database.around = { before: ({ sql }) => void asked.push(...sql) };
    await ask();
    const steps = asked.flatMap((sql) => planOf(database.sqlite, sql));
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.filter((step) => /^SCAN (message|own|webhook)\b(?!.*(_due|_dead)\b)/.test(step))).toEqual([]);
  });

  it("goes through what is owed once, however many endpoints are given up", async () => {
    const asked: string[] = [];
    await webhooks.attempted([], [{ account: "acme", endpoint: ENDPOINT, failed: 5, received: false, at: NOON }]);
    database.around = { before: ({ sql }) => void asked.push(...sql) };
    await webhooks.givenUp({ byDialect: {}, otherwise: 3 }, NOON + 4);
    await webhooks.pause([{ account: "acme", endpoint: ENDPOINT, reason: "so" }], NOON);
    const plans = asked.map((sql) => planOf(database.sqlite, sql));
    const through = plans.filter((plan) => plan.some((step) => /^SEARCH webhook USING INDEX webhook_due/.test(step)));
    expect(through).toHaveLength(2);
    // Each of what is owed knows its endpoint; no endpoint looks for what is owed there.
    for (const plan of through)
      expect(plan.join()).toContain("SEARCH endpoint USING PRIMARY KEY (account_id=? AND endpoint=?)");
  });

  it("reads each account's newest straight off the table", async () => {
    const asked: string[] = [];
    database.around = { before: ({ sql }) => void asked.push(...sql) };
    await webhooks.list({}, { limit: 10 });
    const steps = asked.flatMap((sql) => planOf(database.sqlite, sql));
    expect(steps).toContain("SEARCH own USING PRIMARY KEY (id>? AND id<?)");
    expect(steps).toContain("SEARCH webhook USING PRIMARY KEY (id=?)");
  });
});

describe("the result of an attempt", () => {
  it("counts for the last claim only: an earlier one was somebody's who is late", async () => {
    const webhook = await oneOwed();
    await webhooks.claim([webhook.id], NOON, NOON + 1_000);
    await webhooks.attempted([tried(webhook.id, "owed", { dueAt: NOON + 600 })], []);
    await webhooks.claim([webhook.id], NOON + 600, NOON + 2_000);
    await webhooks.attempted([tried(webhook.id, "dead", { reason: "late" })], []);
    expect(await webhooks.byId(webhook.id)).toMatchObject({ state: "delivering", attempts: 1 });
    await webhooks.attempted([tried(webhook.id, "answered", { before: 1 })], []);
    expect(await webhooks.byId(webhook.id)).toMatchObject({ state: "answered", attempts: 2 });
  });
});
