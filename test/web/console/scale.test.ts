/**
 * The console over a month of traffic. What a page reads is counted by the database itself, not timed: it must be the same
 * whether a few days lie in the tables or a month.
 */

import { DatabaseSync } from "node:sqlite";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Handsets } from "../../../src/carriers/simulator/handsets.ts";
import type { Message } from "../../../src/core/messages/message.ts";
import { toArrivals } from "../../../src/store/messaging/arrival.ts";
import { writeArrivals } from "../../../src/store/messaging/arrivals.ts";
import { accountStore } from "../../../src/store/operator/accounts.ts";
import { pulseStore } from "../../../src/store/operator/pulse.ts";
import { countingReads, hostConsole } from "../../support/console-host.ts";
import { planOf } from "../../support/database.ts";
import { ADMIN_TOKEN, useGateway } from "../../support/gateway.ts";
import { DAY, surroundings } from "../../support/ports.ts";
import { aMessage, NOON } from "../../support/rows.ts";

const MESSAGES = 100_000;
const DAYS = 30;
/** The newest of them: three days, so that no page of any account sees where they begin. */
const NEWEST = (MESSAGES / DAYS) * 3;
const ACCOUNTS = Array.from({ length: 20 }, (_, index) => `shop-${index + 1}`);
const ENDPOINT = "https://shop.example/reports";

/** Sizes: what a page may weigh without its data, in bytes, uncompressed. */
const HEAVIEST = 150_000;

const gateway = useGateway();
let db: D1Database;
let cookie: string;

/** The n-th newest: spread evenly over the month, mostly delivered. A few accounts send most. */
function nth(n: number): Message {
  const at = NOON - Math.floor((n * DAYS * DAY) / MESSAGES);
  const accountNumber = 1 + Math.floor(ACCOUNTS.length * ((n * 7919) % 1000) ** 2 * 1e-6);
  const outcome = n % 100;
  return aMessage({
    accountNumber,
    account: `shop-${accountNumber}`,
    acceptedAt: at,
    recipient: `+479${String(1_000_000 + ((n * 104_729) % 20_000))}`,
    dialect: ["target365", "cm", "flowroute", "txtnation"][n % 4] as string,
    text: `Your parcel ${n} is here: show this message at the counter, and bring something to prove who you are.`,
    echo: { n },
    history: [
      { at, event: "accepted" },
      { at: at + 40, event: "claimed", attempt: 1 },
      { at: at + 90, event: "carrier.took", carrier: "simulator", attempt: 1, reference: `r-${n}` },
      { at: at + 900, event: "carrier.receipt", carrier: "simulator", outcome: "delivered" },
    ],
    ...(outcome < 3
      ? { state: "failed", reason: "undelivered" }
      : outcome === 3
        ? { state: "expired" }
        : { state: "delivered" }),
    changedAt: at + 900,
    dueAt: undefined as never,
  });
}

async function store(from: number, to: number): Promise<void> {
  for (let start = from; start < to; start += 5_000) {
    const some = Array.from({ length: Math.min(5_000, to - start) }, (_, index) => nth(start + index));
    for (const written of await writeArrivals(db, toArrivals(some, undefined))) {
      if (written.status === "rejected") throw written.reason;
    }
    // A webhook for each other one; one in fifty of them is dead.
    await db
      .prepare(
        `INSERT INTO webhook
           (id, account_id, dialect, kind, subject, url, endpoint, event, state, attempts, created_at, changed_at)
         SELECT 'whk_' || substr(id, 5) || 'd', account_id, dialect, 'report', id, ?1, ?1,
           json_object('state', state, 'at', changed_at), iif(json_extract(echo, '$.n') % 100 = 0, 'dead', 'answered'), 1, changed_at,
           changed_at
         FROM message WHERE id IN (SELECT value FROM json_each(?2))`,
      )
      .bind(ENDPOINT, JSON.stringify(some.filter((_, index) => index % 2 === 0).map(({ id }) => id)))
      .run();
  }
}

beforeAll(async () => {
  db = (await gateway.runtime.miniflare.getD1Database("DB")) as unknown as D1Database;
  for (const id of ACCOUNTS) await accountStore(db).add({ id, name: id, settings: {}, at: NOON });
  cookie = await enter();
});

/** Logs in; answers the cookie. */
async function enter(): Promise<string> {
  const entered = await gateway.fetch("/console/login", {
    method: "POST",
    body: new URLSearchParams({ token: ADMIN_TOKEN }),
  });
  return entered.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
}

const LISTS = [
  "/console/messages",
  "/console/messages?account=shop-3",
  "/console/messages?state=failed",
  "/console/messages?state=scheduled",
  "/console/messages?state=delivered&account=shop-1",
  "/console/messages?dialect=cm",
  "/console/webhooks",
  "/console/webhooks?account=shop-3",
  "/console/webhooks?state=dead",
  "/console/webhooks?state=owed",
  "/console/overview",
  "/console/overview?range=day",
  "/console/charges",
  "/console/subscriptions",
  "/console/send",
  "/console/setup",
];

const SECTIONS = [
  "handsets",
  "messages",
  "charges",
  "subscriptions",
  "webhooks",
  "overview",
  "send",
  "controls",
  "setup",
];

describe("each page", () => {
  it.each(SECTIONS)("weighs little without its data: %s", async (section) => {
    const answer = await gateway.fetch(`/console/${section}?account=nobody`, { headers: { cookie } });
    expect(answer.status).toBe(200);
    const html = await answer.text();
    const assets = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path = ""]) => path);
    expect(assets).toContain("/assets/console.css");
    const weights = await Promise.all(
      assets.map(async (path) => (await (await gateway.fetch(path)).arrayBuffer()).byteLength),
    );
    // The tables of the plots have a row for each step, whatever happened in it: that is the data.
    const bare = html.replace(/<tbody>.*?<\/tbody>/gs, "");
    const weight = weights.reduce((sum, one) => sum + one, new TextEncoder().encode(bare).byteLength);
    expect(weight).toBeLessThan(HEAVIEST);
    expect(html).not.toMatch(/@font-face|<style|https?:\/\/(?!127\.0\.0\.1)[^"]+\.(js|css|woff2?)/);
  });
});

describe("with a month of messages", () => {
  let few: Map<string, number>;
  let many: Map<string, number>;
  let known: Message;

  /** The rows that each page reads. */
  async function reads(paths: readonly string[]): Promise<Map<string, number>> {
    const counted = countingReads(db);
    const host = await hostConsole(surroundings({ d1: counted.d1 }).ports);
    const found = new Map<string, number>();
    for (const path of paths) {
      counted.rowsRead = 0;
      const answer = await host.page(path);
      expect(answer.status, `${path}: ${await answer.text()}`).toBeLessThan(400);
      found.set(path, counted.rowsRead);
    }
    return found;
  }

  beforeAll(async () => {
    known = nth(10);
    await store(0, NEWEST);
    const [listed] = (
      await gateway.operator<{ items: { id: string; recipient: string }[] }>("GET", "/admin/v1/messages?limit=1")
    ).items;
    known = { ...known, id: listed?.id as Message["id"], recipient: listed?.recipient ?? "" };
    few = await reads(LISTS);
    await store(NEWEST, MESSAGES);
    many = await reads(LISTS);
  }, 300_000);
  // The console above has a key of its own: whoever logs in there ends the sessions of other keys.
  beforeEach(async () => {
    cookie = await enter();
  });

  it("has them all", async () => {
    const { n } = (await db.prepare("SELECT count(*) AS n FROM message").first<{ n: number }>()) ?? { n: 0 };
    expect(n).toBe(MESSAGES);
  });

  it.each(LISTS)("%s reads no more than with three days of them", (path) => {
    const [before = 0, after = Number.POSITIVE_INFINITY] = [few.get(path), many.get(path)];
    expect(before).toBeGreaterThan(0);
    // The overview counts what is dead, by an index that holds nothing else.
    const counted = path.startsWith("/console/overview") ? MESSAGES / 100 : 0;
    expect(after).toBeLessThanOrEqual(before * 1.02 + 20 + counted);
  });

  it("turns to the last page as cheaply as to the first", async () => {
    let path = "/console/messages?account=shop-3";
    const host = await hostConsole(surroundings({ d1: db }).ports);
    for (let pages = 0; pages < 20; pages++) {
      const html = await (await host.page(path)).text();
      path = /href="(\/console\/messages\?[^"]*cursor=[^"]*)"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "";
      expect(path).not.toBe("");
    }
    const [first = 0, deep = 0] = [...(await reads(["/console/messages?account=shop-3", path])).values()];
    expect(deep).toBeLessThanOrEqual(first + 20);
  });

  it("finds one, and all of a person, without looking through the others", async () => {
    const person = `/console/messages?recipient=${encodeURIComponent(known.recipient)}`;
    const found = await reads([`/console/messages/${known.id}`, person, `/console/messages?q=${known.id}`]);
    for (const [path, read] of found) expect(read, path).toBeLessThan(1_000);
  });

  it("is looked at twice a second by an open page for a few rows an account", async () => {
    const counted = countingReads(db);
    await pulseStore(counted.d1).newest(Date.now());
    expect(counted.rowsRead).toBeLessThanOrEqual(ACCOUNTS.length * 6);
  });

  it.each([...LISTS, "/console/handsets"])("answers %s", async (path) => {
    const answer = await gateway.fetch(path, { headers: { cookie } });
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
  });
});

describe("the wall of handsets", () => {
  it("is read by an index, however much they have received", () => {
    const sqlite = new DatabaseSync(":memory:");
    const asked: string[] = [];
    const handsets = new Handsets({
      exec: (sql, ...bound) => {
        asked.push(sql);
        const rows = sqlite.prepare(sql).all(...bound);
        return { toArray: () => rows as never };
      },
    });
    asked.length = 0;
    handsets.list({ limit: 60 });
    handsets.list({ limit: 60, before: "hst_500" });
    handsets.inbox("+4798079008", { limit: 200, last: 200 });
    expect(asked).toHaveLength(3);
    for (const sql of asked) {
      const plan = planOf(sqlite, sql.replace(/\?/g, "NULL"));
      expect(plan.filter((step) => /^SCAN|TEMP B-TREE/.test(step))).toEqual([]);
    }
  });
});
