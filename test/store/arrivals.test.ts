/** Arrivals: a group is written whole, whatever the database and the connection to it do. */

import { beforeEach, describe, expect, it } from "vitest";
import type { Once } from "../../src/core/kernel/ports.ts";
import type { Unless } from "../../src/core/messages/intake.ts";
import type { Message } from "../../src/core/messages/message.ts";
import type { Webhook } from "../../src/core/webhooks/webhook.ts";
import { type Arrival, MOST_TOGETHER, toArrivals, toTogether } from "../../src/store/messaging/arrival.ts";
import { writeArrivals, writeTogether } from "../../src/store/messaging/arrivals.ts";
import { accountStore } from "../../src/store/operator/accounts.ts";
import { lendDatabase, type TestDatabase } from "../support/database.ts";
import { aMessage, aWebhook, NOON } from "../support/rows.ts";

let database: TestDatabase;
beforeEach(() => {
  const lent = lendDatabase();
  database = lent;
  return () => lent.giveBack();
});

const once = (nonce: string): Once => ({ credential: "crd_1", nonce, until: NOON + 300_000 });

function arrival(messages: Message[], nonce?: Once, owed?: Webhook[]): Arrival {
  const [only, more] = toArrivals(messages, nonce, owed);
  if (!only || more) throw new Error("one arrival was meant");
  return only;
}

/** What became of each arrival: how many of its messages are new, that it is a repeat, or why it was rejected. */
async function write(...arrivals: Arrival[]) {
  return (await writeArrivals(database.d1, arrivals)).map((result) => {
    if (result.status === "rejected") return String(result.reason);
    return result.value.outcome === "stored" ? result.value.added.length : "replayed";
  });
}

const theirIds = () =>
  database.sqlite
    .prepare("SELECT their_id FROM message ORDER BY id")
    .all()
    .map((row) => row.their_id);
const owed = () =>
  database.sqlite
    .prepare("SELECT subject FROM webhook ORDER BY id")
    .all()
    .map((row) => row.subject);
const nonces = () => database.sqlite.prepare("SELECT count(*) AS n FROM nonce").get()?.n;

const LOST = "D1_ERROR: Network connection lost.";

/** Loses so many calls, each before it is made or after. */
function lose(times: number, moment: "before" | "after"): void {
  let left = times;
  database.around = {
    [moment]: () => {
      if (left-- > 0) throw new Error(LOST);
    },
  };
}

describe("a group of arrivals", () => {
  it("is written as one statement, however many they are", async () => {
    const calls: string[] = [];
    database.around = { before: ({ sql }) => void calls.push(...sql) };
    const arrivals = Array.from({ length: 50 }, () => arrival([aMessage(), aMessage()]));
    expect(await write(...arrivals)).toEqual(Array(50).fill(2));
    expect(calls).toHaveLength(1);
    expect(theirIds()).toHaveLength(100);
  });

  it("is written with its nonces as one transaction", async () => {
    let calls = 0;
    database.around = { before: () => void calls++ };
    expect(await write(arrival([aMessage()], once("a")), arrival([aMessage()]))).toEqual([1, 1]);
    expect(calls).toBe(1);
    expect(nonces()).toBe(1);
  });

  it("keeps what was given, to the letter", async () => {
    const message = aMessage({
      text: 'Blåbær "syltetøy" \\ 100 % 🫐\nto linjer',
      encoding: "ucs2",
      parts: 2,
      echo: { tags: ["a", "b"], properties: { nested: { n: 1, yes: true, none: null } } },
      reportUrl: "https://shop.example/r?x=1&y='2'",
      priority: "high",
    });
    await write(arrival([message]));
    const row = database.sqlite.prepare("SELECT * FROM message").get();
    expect(row).toMatchObject({
      text: message.text,
      report_url: message.reportUrl,
      parts: 2,
      priority: 2,
      attempts: 0,
    });
    expect(JSON.parse(String(row?.echo))).toEqual(message.echo);
    expect(JSON.parse(String(row?.history))).toEqual(message.history);
  });

  it("tells a used id from a new one", async () => {
    await write(arrival([aMessage({ theirId: "used" })]));
    expect(await write(arrival([aMessage({ theirId: "used" }), aMessage({ theirId: "new" })]))).toEqual([1]);
    expect(theirIds()).toEqual(["used", "new"]);
  });

  it("takes one id once, though two of its arrivals bring it", async () => {
    const results = await write(arrival([aMessage({ theirId: "same" })]), arrival([aMessage({ theirId: "same" })]));
    expect([...results].sort()).toEqual([0, 1]);
    expect(theirIds()).toEqual(["same"]);
  });

  it("lets accounts and dialects use the same ids", async () => {
    const message = { theirId: "same" };
    const others = [
      aMessage(message),
      aMessage({ ...message, account: "bolt" }),
      aMessage({ ...message, dialect: "x" }),
    ];
    expect(await write(arrival(others))).toEqual([3]);
  });

  it("does not fail for one bad row", async () => {
    const bad = aMessage({ state: "lost" as never, theirId: "bad" });
    const [first, refused, third] = await write(
      arrival([aMessage({ theirId: "first" })]),
      arrival([bad, aMessage({ theirId: "beside it" })]),
      arrival([aMessage({ theirId: "third" })], once("a")),
    );
    expect([first, third]).toEqual([1, 1]);
    expect(refused).toMatch(/CHECK constraint failed/);
    expect(theirIds()).toEqual(["first", "third"]);
  });
});

describe("a request made twice", () => {
  it("stores nothing the second time", async () => {
    expect(await write(arrival([aMessage()], once("a")))).toEqual([1]);
    expect(await write(arrival([aMessage(), aMessage()], once("a")), arrival([aMessage()], once("b")))).toEqual([
      "replayed",
      1,
    ]);
    expect(theirIds()).toHaveLength(2);
  });

  it("stores once, though both come in the same group", async () => {
    const results = await write(arrival([aMessage()], once("a")), arrival([aMessage()], once("a")));
    expect(results.filter((result) => result === "replayed")).toHaveLength(1);
    expect(theirIds()).toHaveLength(1);
  });

  it("is told from another credential's request with the same nonce", async () => {
    const theirs = { ...once("a"), credential: "crd_2" };
    expect(await write(arrival([aMessage()], once("a")), arrival([aMessage()], theirs))).toEqual([1, 1]);
  });
});

describe("a webhook owed for a message that failed as it came in", () => {
  const failed = (theirId: string) => aMessage({ theirId, state: "failed", reason: "bad-number" });

  it("is written with it, as one transaction", async () => {
    let calls = 0;
    database.around = { before: () => void calls++ };
    const [refused, good] = [failed("refused"), aMessage({ theirId: "good" })];
    expect(await write(arrival([good, refused], undefined, [aWebhook(refused)]))).toEqual([2]);
    expect(calls).toBe(1);
    expect(owed()).toEqual([refused.id]);
  });

  it("is not owed where the message is not stored: its id was used, or the request was made before", async () => {
    await write(arrival([aMessage({ theirId: "used" })], once("spent")));
    const [used, repeated] = [failed("used"), failed("repeated")];
    const group = [
      arrival([used], undefined, [aWebhook(used)]),
      arrival([repeated], once("spent"), [aWebhook(repeated)]),
    ];
    expect(await write(...group)).toEqual([0, "replayed"]);
    expect(owed()).toEqual([]);
  });

  it.each(["before", "after"] as const)("is owed once, though the connection is lost %s the commit", async (moment) => {
    const refused = failed("refused");
    lose(1, moment);
    expect(await write(arrival([refused], once("a"), [aWebhook(refused)]))).toEqual([1]);
    expect(owed()).toEqual([refused.id]);
  });
});

describe("a lost connection", () => {
  const cases = [
    { name: "before the commit", times: 1, moment: "before" },
    { name: "after the commit", times: 1, moment: "after" },
  ] as const;
  it.each(cases)("$name loses nothing and doubles nothing", async ({ times, moment }) => {
    await write(arrival([aMessage({ theirId: "used" })]), arrival([aMessage()], once("spent")));
    const group = [
      arrival([aMessage({ theirId: "one" }), aMessage({ theirId: "two" })]),
      arrival([aMessage({ theirId: "used" })]),
      arrival([aMessage({ theirId: "three" })], once("a")),
      arrival([aMessage({ theirId: "replayed" })], once("spent")),
    ];
    lose(times, moment);
    expect(await write(...group)).toEqual([2, 0, 1, "replayed"]);
    database.around = {};
    expect(theirIds().filter((id) => !String(id).startsWith("their-"))).toEqual(["used", "one", "two", "three"]);
    expect(nonces()).toBe(2);
  });

  it("for good rejects the group, and stores nothing of it", async () => {
    lose(Number.POSITIVE_INFINITY, "before");
    expect(await write(arrival([aMessage()]), arrival([aMessage()], once("a")))).toEqual([
      `Error: ${LOST}`,
      `Error: ${LOST}`,
    ]);
    expect(theirIds()).toEqual([]);
    expect(nonces()).toBe(0);
  });

  it("at the second attempt too is read back once more, and what is there counts", async () => {
    let calls = 0;
    // The first write is lost before it, the second after it; reading back works in between.
    database.around = {
      before: () => {
        if (++calls === 1) throw new Error(LOST);
      },
      after: () => {
        if (calls === 3) throw new Error(LOST);
      },
    };
    expect(await write(arrival([aMessage()]), arrival([aMessage()], once("a")))).toEqual([1, 1]);
    expect(theirIds()).toHaveLength(2);
  });

  it("at the second attempt rejects only what is not there", async () => {
    let calls = 0;
    const [mine, other] = [arrival([aMessage({ theirId: "there" })]), arrival([aMessage({ theirId: "not there" })])];
    database.around = {
      before: () => {
        calls++;
        if (calls === 1 || calls === 3) throw new Error(LOST);
      },
    };
    await writeArrivals(database.quiet, [mine]); // as if a first try had come through as far as this
    expect(await write(mine, other)).toEqual([1, `Error: ${LOST}`]);
  });

  it("whose commit comes through late doubles nothing", async () => {
    const group = [arrival([aMessage()]), arrival([aMessage()], once("a"))];
    let calls = 0;
    database.around = {
      async before() {
        calls++;
        if (calls === 1) throw new Error(LOST);
        // Between reading back and writing again, the first commit arrives after all.
        if (calls === 3) await writeArrivals(database.quiet, group);
      },
    };
    expect(await write(...group)).toEqual([1, 1]);
    expect(theirIds()).toHaveLength(2);
    expect(nonces()).toBe(1);
  });
});

describe("arrivals that are to be stored all or none", () => {
  const three = (...given: Partial<Message>[]) => given.map((message) => arrival([aMessage(message), aMessage()]));
  const together = async (arrivals: Arrival[], again?: boolean) =>
    (await writeTogether(database.d1, arrivals, again)).flatMap((written) =>
      written.outcome === "stored" ? written.added : [],
    ).length;
  const stored = () => theirIds().length;

  it("are one transaction of several statements", async () => {
    const calls: number[] = [];
    database.around = { before: ({ sql }) => void calls.push(sql.length) };
    expect(await together(three({}, {}, {}))).toBe(6);
    expect(calls).toEqual([3]);
    expect(stored()).toBe(6);
  });

  it("are none where the third of them fails", async () => {
    await expect(together(three({}, {}, { state: "lost" as never }))).rejects.toThrow(/CHECK constraint failed/);
    expect(stored()).toBe(0);
  });

  it.each(["before", "after"] as const)(
    "are all there once, though the connection is lost %s the commit",
    async (moment) => {
      lose(1, moment);
      expect(await together(three({}, {}, {}))).toBe(6);
      expect(stored()).toBe(6);
    },
  );

  it("are none where the connection is lost for good", async () => {
    lose(Number.POSITIVE_INFINITY, "before");
    await expect(together(three({}, {}))).rejects.toThrow(LOST);
    expect(stored()).toBe(0);
  });

  it("are there once, though somebody asks again who never heard the answer", async () => {
    const arrivals = three({}, {});
    await together(arrivals);
    expect(await together(arrivals, true)).toBe(4);
    expect(await together(three({}), true)).toBe(2);
    expect(stored()).toBe(6);
  });

  it("are told to be there, though both commits were lost and one of them came through", async () => {
    const arrivals = three({}, {});
    let calls = 0;
    database.around = {
      async before() {
        calls++;
        if (calls === 1) throw new Error(LOST);
        if (calls !== 3) return;
        await writeTogether(database.quiet, arrivals);
        throw new Error(LOST);
      },
    };
    expect(await together(arrivals)).toBe(4);
    expect(stored()).toBe(4);
  });

  it("are none where one of them says what another request said in between", async () => {
    const minding = (...given: Partial<Message>[]) =>
      toTogether(given.map(aMessage), undefined, () => ({ optedOutOf: [], alikeSince: NOON - 60_000 }));
    const requests = [
      minding({ text: "A" }, { text: "B" }),
      minding({ text: "B" }, { text: "C" }),
      minding({ text: "C" }),
    ];
    expect(await Promise.all(requests.map((one) => together(one)))).toEqual([2, 0, 1]);
    expect(await together(requests[0] as Arrival[], true)).toBe(2);
    expect(await together(requests[1] as Arrival[], true)).toBe(0);
    expect(stored()).toBe(3);
  });

  it("may not be more than there is room for at once", () => {
    expect(toTogether(Array.from({ length: 10_000 }, () => aMessage())).length).toBeGreaterThan(9);
    const long = Array.from({ length: 20 }, () => aMessage({ text: "x".repeat(MOST_TOGETHER / 20) }));
    expect(() => toTogether(long)).toThrow(expect.objectContaining({ refusal: "too-large" }));
  });
});

describe("one request's messages", () => {
  it("are each of one lane: an urgent text makes only itself urgent", () => {
    const lanes = ["bulk", "urgent", "bulk", "normal"] as const;
    const messages = lanes.map((lane) => aMessage({ lane }));
    const arrivals = toArrivals(messages, once("n-lanes"));
    expect(arrivals.map(({ lane, due }) => [lane, due.length])).toEqual([
      ["urgent", 1],
      ["normal", 1],
      ["bulk", 2],
    ]);
    expect(arrivals.map(({ once }) => once !== undefined)).toEqual([true, false, false]);
  });

  it("are one arrival, or several where a statement could not hold them", () => {
    expect(toArrivals([], undefined)).toEqual([]);
    expect(toArrivals([aMessage()], undefined)).toHaveLength(1);
    const many = toArrivals(
      Array.from({ length: 2_500 }, () => aMessage()),
      once("a"),
    );
    expect(many.length).toBeGreaterThan(2);
    expect(many.flatMap(({ due }) => due)).toHaveLength(2_500);
    expect(many.map(({ once }) => once !== undefined)).toEqual([true, ...many.slice(1).map(() => false)]);
  });

  const heavy: [string, Partial<Message>][] = [
    ["long texts", { text: "æ".repeat(10_000) }],
    ["texts that grow when they are escaped", { text: "\u0007".repeat(10_000) }],
    ["long addresses for reports", { reportUrl: `https://shop.example/${"x".repeat(1_970)}` }],
    ["much to be handed back", { echo: { note: "€".repeat(20_000) } }],
  ];
  it.each(heavy)("with %s stay below what a parameter may hold", (_, given) => {
    const arrivals = toArrivals(
      Array.from({ length: 1_000 }, () => aMessage({ ...given, theirId: "x".repeat(200), sender: "y".repeat(100) })),
      undefined,
    );
    for (const { rows } of arrivals) expect(new TextEncoder().encode(rows).length).toBeLessThan(1_900_000);
  });
});

describe("a person who wants no texts", () => {
  const [ME, YOU] = ["+12065550100", "+12065550111"];
  const to = (recipient: string, unless: Partial<Unless>) => {
    const all = () => ({ optedOutOf: [], ...unless });
    const [only] = toArrivals([aMessage({ sender: ME, recipient })], undefined, [], all);
    return only as Arrival;
  };
  const ends = (service: string, endedBy: "person" | "merchant") =>
    database.sqlite
      .prepare(
        `INSERT INTO consent (account_id, merchant_id, service_id, recipient, state, token, ended_by, created_at, changed_at)
         VALUES ('acme', 'shop', ?, ?, 'ended', 't', ?, 0, 0)`,
      )
      .run(service, YOU, endedBy);

  it("is left alone by the number that they opted out of, and the others of the group get theirs", async () => {
    await accountStore(database.d1).add({ id: "acme", name: "Acme", settings: {}, at: NOON });
    database.sqlite
      .prepare(
        "INSERT INTO suppression (account_id, number, recipient, word, created_at) VALUES ('acme', ?, ?, 'stop', 0)",
      )
      .run(ME, YOU);
    const other = { optedOutOf: ["+12065550199", "*"] };
    database.sqlite
      .prepare(
        "INSERT INTO suppression (account_id, number, recipient, word, created_at) VALUES ('acme', '*', ?, 'asked', 0)",
      )
      .run("+12065550113");
    expect(await write(to("+12065550113", other), to("+12065550113", { optedOutOf: ["*"] }))).toEqual([0, 0]);
    expect(
      await write(
        to(YOU, { optedOutOf: [ME, "*"] }),
        to(YOU, other),
        to("+12065550112", { optedOutOf: [ME, "*"] }),
        arrival([aMessage({ sender: "Acme", recipient: YOU })]),
      ),
    ).toEqual([0, 1, 1, 1]);
  });

  it("is left alone by what they ended with STOP, and not by what the merchant ended", async () => {
    ends("songs", "person");
    ends("games", "merchant");
    const arrivals = [{ stopped: "songs" }, { stopped: "" }, { stopped: "games" }, { stopped: "news" }, {}];
    expect(await write(...arrivals.map((unless) => to(YOU, unless)))).toEqual([0, 0, 1, 1, 1]);
    expect(await write(to("+12065550112", { stopped: "" }))).toEqual([1]);
  });

  it("is left alone though the connection is lost", async () => {
    ends("songs", "person");
    lose(1, "after");
    expect(await write(to(YOU, { stopped: "songs" }), to(YOU, { stopped: "news" }))).toEqual([0, 1]);
  });
});
