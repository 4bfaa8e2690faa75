/** Accounts whose numbers and texts are sealed: nothing of them can be read in the database, and every question finds them. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Caller } from "../../src/core/accounts/account.ts";
import { linesOfItems } from "../../src/core/campaigns/lists.ts";
import type { CampaignId, WebhookId } from "../../src/core/kernel/ids.ts";
import { searchMessages } from "../../src/core/operator/look-through.ts";
import { erasePerson, exportPerson } from "../../src/core/operator/people.ts";
import { putSuppression } from "../../src/core/operator/suppressions.ts";
import { PERSONAL } from "../../src/store/people/columns.ts";
import { storesOf } from "../../src/store/stores.ts";
import { NUMBER, openWorld, PERSON, testSeals, type World } from "../support/ports.ts";
import { formats } from "../support/rows.ts";

const SECRET = "Meet me at the fjord";
const TAG = "by the red boat";
const TEXT = {
  sender: NUMBER,
  recipient: PERSON,
  text: SECRET,
  priority: "normal",
  deliveryMode: "at-most-once",
  validitySeconds: 3_600,
  echo: { tag: TAG },
} as const;

let world: World;
let sealed: Caller;
beforeEach(async () => {
  world = await openWorld();
  sealed = withSettings({ sealed: true });
});
afterEach(() => world.close());

const withSettings = (settings: Caller["account"]["settings"]): Caller => ({
  ...world.caller,
  account: { ...world.caller.account, settings },
});
const rows = (sql: string) => world.database.sqlite.prepare(sql).all() as Record<string, unknown>[];
const whole = () => JSON.stringify(Object.keys(PERSONAL).map((table) => rows(`SELECT * FROM "${table}"`)));
const traces = () => ["98079008", SECRET, TAG].filter((trace) => whole().includes(trace));
const send = (caller = sealed, more: object = {}) => world.gateway.accept(caller, { ...TEXT, ...more });
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => "accepted",
    ({ refusal }) => refusal,
  );

describe("a sealed message", () => {
  it("leaves no number and no text in any table, from its acceptance to its receipt", async () => {
    const { id } = await send();
    expect(traces()).toEqual([]);
    await world.work();
    expect((await world.ports.messages.byId(id))?.state).toBe("sent");
    expect(traces()).toEqual([]);
  });

  it("reaches the carrier as it was written", async () => {
    await send();
    await world.work();
    expect(world.bank.texts).toMatchObject([{ recipient: PERSON, text: SECRET }]);
  });

  it("is read as it was given, by its id, by the customer's and in lists", async () => {
    const { id, theirId } = await send();
    const whole = { recipient: PERSON, text: SECRET, echo: { tag: TAG } };
    expect(await world.ports.messages.byId(id)).toMatchObject(whole);
    expect(await world.ports.messages.byTheirId("acme", "telling", theirId)).toMatchObject(whole);
    const listed = await world.ports.messages.list({ account: "acme" }, { limit: 10 });
    expect(listed.items).toMatchObject([whole]);
    expect(await world.ports.search.byAnyId(id, 10)).toMatchObject([{ id, person: PERSON }]);
  });

  it("is found by its person's number, beside those that are not sealed", async () => {
    const ids = [(await send(world.caller)).id, (await send()).id];
    const { items } = await world.ports.messages.list({ recipient: PERSON }, { limit: 10 });
    expect(items.map(({ id }) => id).sort()).toEqual(ids.sort());
    const found = await searchMessages(world.ports, { containing: PERSON }, { limit: 10 });
    expect(found.items).toHaveLength(2);
  });

  it("is no match for what its sealed bytes happen to say", async () => {
    await send();
    const [{ text, recipient } = {}] = rows("SELECT text, recipient FROM message");
    for (const containing of [String(text).slice(5, 9), String(recipient).slice(12, 16)]) {
      expect((await searchMessages(world.ports, { containing }, { limit: 10 })).items).toEqual([]);
    }
  });

  it("leaves nothing of an item that is refused for its number, either", async () => {
    await world.gateway.acceptMany(sealed, [{ ...TEXT, theirId: "item", recipient: "98079008" }]);
    expect(traces()).toEqual([]);
    const item = await world.ports.messages.byTheirId("acme", "telling", "item");
    expect(item).toMatchObject({ recipient: "98079008", state: "failed", reason: "bad-number" });
    expect(item?.history).toMatchObject([{ event: "refused", why: "recipient was refused: bad-number" }]);
  });

  it("opens for its own row alone", async () => {
    const [one, other] = [await send(), await send()];
    world.database.sqlite.exec(
      `UPDATE message SET text = (SELECT text FROM message WHERE id = '${one.id}') WHERE id = '${other.id}'`,
    );
    await expect(world.ports.messages.byId(other.id)).rejects.toThrow("another row");
    expect(await world.ports.messages.byId(one.id)).toMatchObject({ text: SECRET });
  });

  it("is edited without being opened to the database", async () => {
    const { theirId } = await send(sealed, { theirId: "later", sendAt: world.time.now + 3_600_000 });
    const known = await world.ports.messages.byTheirId("acme", "telling", theirId);
    if (!known) throw new Error("it is not there");
    await world.gateway.edit(sealed, known, {
      ...TEXT,
      text: `${SECRET} at eight`,
      sendAt: world.time.now + 7_200_000,
    });
    expect(traces()).toEqual([]);
    const edited = await world.ports.messages.byId(known.id);
    expect(edited).toMatchObject({ text: `${SECRET} at eight`, recipient: PERSON, echo: { tag: TAG } });
  });

  it("is handed out to its person, and erased", async () => {
    await send();
    await world.work();
    world.database.sqlite.exec("UPDATE message SET state = 'delivered', due_at = NULL");
    const { data: handedOut } = await exportPerson(world.ports, { msisdn: PERSON });
    expect(handedOut.message).toMatchObject([{ recipient: PERSON, text: SECRET, echo: { tag: TAG } }]);
    expect(JSON.stringify(handedOut)).not.toContain("seal");
    await erasePerson(world.ports, { msisdn: PERSON }, "Kari");
    expect(rows("SELECT text, echo, seal FROM message")).toMatchObject([{ text: "", echo: "{}", seal: null }]);
    expect(String(rows("SELECT recipient FROM message")[0]?.recipient)).toMatch(/^erased\./);
  });
});

describe("what customers are told of it", () => {
  it("has the number, and the log of events has it sealed", async () => {
    await world.ports.events.keep("acme", true, world.time.now);
    await send(sealed, { reportUrl: "https://shop.example/report" });
    await world.work();
    const { items } = await world.ports.events.page("acme", { after: 0, patterns: ["*"], limit: 10 });
    expect(items).toMatchObject([{ type: "message.sent", data: { recipient: PERSON } }]);
    expect(rows("SELECT recipient, data FROM event")).toHaveLength(1);
    expect(traces()).toEqual([]);
    const { data } = await exportPerson(world.ports, { msisdn: PERSON });
    expect(data.event).toMatchObject([{ recipient: PERSON, data: { recipient: PERSON } }]);
  });

  it("has its labels, by which endpoints are chosen", async () => {
    await world.ports.events.keep("acme", true, world.time.now);
    const { id } = await send(sealed, { echo: { tag: TAG, tags: ["spring"] } });
    await world.work();
    const { items } = await world.ports.events.page("acme", { after: 0, patterns: ["*"], limit: 10 });
    expect(items).toMatchObject([{ type: "message.sent", data: { tags: ["spring"] } }]);
    expect((await world.ports.messages.byId(id))?.echo).toEqual({ tag: TAG, tags: ["spring"] });
    expect(traces()).toEqual([]);
  });

  it("is sealed, too, of an item whose id was used before", async () => {
    const item = { ...TEXT, theirId: "used", reportUrl: "https://shop.example/report" };
    await world.gateway.acceptMany(sealed, [item]);
    await world.gateway.acceptMany(sealed, [{ ...item, text: `${SECRET} at eight` }]);
    expect(traces()).toEqual([]);
    const { items } = await world.ports.webhooks.list({}, { limit: 10 });
    const texts = items.map(({ event }) => ("message" in event ? event.message?.text : undefined));
    expect(texts).toEqual([`${SECRET} at eight`]);
  });
});

describe("a text that looks like a sealed one", () => {
  it("stays what its customer wrote", async () => {
    const { id } = await send();
    const [{ text, recipient } = {}] = rows(`SELECT text, recipient FROM message WHERE id = '${id}'`);
    const plain = await send(world.caller, { text: String(text), echo: {} });
    expect(await world.ports.messages.byId(plain.id)).toMatchObject({ text: String(text) });
    await world.gateway.acceptMany(world.caller, [{ ...TEXT, theirId: "item", recipient: String(recipient) }]);
    const item = await world.ports.messages.byTheirId("acme", "telling", "item");
    expect(item).toMatchObject({ state: "failed" });
    expect(item?.recipient).not.toBe(PERSON);
    expect(item?.recipient.startsWith("sealed.")).toBe(false);
  });
});

describe("what is asked by a number or a text", () => {
  const twice = { duplicateSeconds: 300 };

  it.each([
    { first: { sealed: true }, later: { sealed: true } },
    { first: {}, later: { sealed: true } },
    { first: { sealed: true }, later: { sealed: false } },
  ])("knows the same text again: $first, then $later", async ({ first, later }) => {
    expect(await refusal(send(withSettings({ ...first, ...twice })))).toBe("accepted");
    expect(await refusal(send(withSettings({ ...later, ...twice })))).toBe("repeated");
    expect(await refusal(send(withSettings({ ...later, ...twice }), { text: "Another" }))).toBe("accepted");
  });

  const card = (header: string) => ({ rich: { bubbles: [{ header }], buttons: [], given: {} } });

  it.each([{}, { sealed: true }, { sealed: false }])(
    "knows the text of a message that had rich content, too: $sealed",
    async (later) => {
      const first = later.sealed === undefined ? {} : { sealed: true };
      expect(await refusal(send(withSettings({ ...first, ...twice }), card("Shoes")))).toBe("accepted");
      expect(await refusal(send(withSettings({ ...later, ...twice })))).toBe("repeated");
      const [item] = await world.gateway.acceptEach(withSettings({ ...later, ...twice }), [TEXT], { atomic: false });
      expect(item).toMatchObject({ outcome: "refused", error: { refusal: "repeated" } });
    },
  );

  it("tells a loop by the rich content as well", async () => {
    world.database.sqlite.exec(`UPDATE account SET settings = '{"loopGuard":{"most":1,"seconds":3600}}'`);
    const sent = [
      await send(sealed, card("Shoes")),
      await send(sealed, card("Hats")),
      await send(sealed, card("Hats")),
    ];
    const now = world.time.now;
    const ids = sent.map(({ id }) => id);
    const claimed = await world.ports.messages.claim(ids, now, now + 60_000);
    expect(claimed.filter(({ isInLoop }) => isInLoop).map(({ id }) => id)).toEqual(ids.slice(2));
  });

  it("knows the same text twice in one batch", async () => {
    const items = ["one", "two"].map((theirId) => ({ ...TEXT, theirId }));
    await world.gateway.acceptMany(withSettings({ sealed: true, ...twice }), items);
    expect(rows("SELECT 1 FROM message WHERE state = 'accepted'")).toHaveLength(1);
  });

  it("knows it of two requests at once, each of which is stored all or none", async () => {
    const caller = withSettings({ sealed: true, ...twice });
    const once = () => world.gateway.acceptEach(caller, [TEXT], { atomic: true }).catch(() => undefined);
    await Promise.all([once(), once()]);
    expect(rows("SELECT seal IS NOT NULL AS isSealed FROM message")).toEqual([{ isSealed: 1 }]);
  });

  it("heeds an opt-out that was noted by the number", async () => {
    const { id } = await send();
    await putSuppression(world.ports, "acme", { recipient: PERSON, reason: "by phone" });
    await world.work();
    expect(await world.ports.messages.byId(id)).toMatchObject({ state: "failed", reason: "opted-out" });
  });
});

describe("opt-outs that are not stored as the message's person is", () => {
  const noted = (recipient: string) =>
    world.database.sqlite
      .prepare(
        "INSERT INTO suppression (account_id, number, recipient, word, created_at) VALUES ('acme', '*', ?, 'STOP', 1)",
      )
      .run(recipient);
  const looksFurther = async (caller: Caller) => {
    const { id } = await send(caller);
    const [claimed] = await world.ports.messages.claim([id], world.time.now, world.time.now + 60_000);
    return claimed?.hasErasedOptOuts ?? false;
  };
  const OTHER = "+4791000001";

  it.each([
    { stored: "plain", plain: false, sealed: true },
    { stored: "sealed", plain: true, sealed: false },
    { stored: "sealed by a key before it", plain: true, sealed: true, key: "0" },
    { stored: "sealed by a key after it", plain: true, sealed: true, key: "2" },
    { stored: "erased", plain: true, sealed: true },
  ])("are looked through: $stored", async ({ stored, plain, sealed: isSealed, key }) => {
    const seals = testSeals(key ?? "1");
    const form = stored === "plain" ? OTHER : stored === "erased" ? "erased.x" : await seals.number(OTHER);
    noted(form);
    expect([await looksFurther(world.caller), await looksFurther(sealed)]).toEqual([plain, isSealed]);
  });
});

describe("a sealed campaign", () => {
  const NAMES = { "+4798079008": "Kari Nordmann", "+4798079009": "Ola Nordmann" };
  const lines = (people: object[]) => linesOfItems(people);
  const campaigns = () => world.gateway.operator.campaigns;
  beforeEach(() => world.database.sqlite.exec(`UPDATE account SET settings = '{"sealed":true}'`));

  async function made(text = "Hello {{name}}"): Promise<CampaignId> {
    const { id } = await campaigns().make({ account: "acme", name: "Sale", sender: NUMBER, text, perMinute: 600 });
    const people = Object.entries(NAMES).map(([recipient, name]) => ({ recipient, name }));
    await campaigns().fill(id, lines(people));
    return id;
  }
  const shown = () =>
    Object.values(NAMES)
      .concat("98079008", "98079009")
      .filter((trace) => whole().includes(trace));

  it("tells nobody's number or text by its list or its messages, and reaches all of them", async () => {
    const id = await made();
    expect(shown()).toEqual([]);
    await campaigns().start(id);
    await world.pass(60_000, 1_000);
    expect(shown()).toEqual([]);
    const texts = world.bank.texts.map(({ recipient, text }) => [recipient, text]);
    expect(Object.fromEntries(texts)).toEqual({
      "+4798079008": "Hello Kari Nordmann",
      "+4798079009": "Hello Ola Nordmann",
    });
    const { items } = await world.ports.campaigns.recipients(id, "released", { limit: 10 });
    expect(items.map(({ recipient }) => recipient).sort()).toEqual(Object.keys(NAMES));
  });

  it("sends the text that all have in common, too", async () => {
    await campaigns().start(await made("Sale today"));
    await world.pass(60_000, 1_000);
    expect(world.bank.texts.map(({ text }) => text)).toEqual(["Sale today", "Sale today"]);
    expect(rows("SELECT count(seal) AS n FROM message")).toEqual([{ n: 2 }]);
  });

  it("knows who is there twice, by whatever key", async () => {
    const id = await made();
    const seals = testSeals("2", "1");
    const rotated = storesOf(world.database.d1, {
      formats,
      demo: undefined,
      wall: () => 0,
      seals,
      log: world.ports.log,
    });
    const again = { recipient: PERSON, country: "NO", encoding: "gsm7", parts: 1, isSealed: true } as const;
    await rotated.campaigns.addRecipients(id, [again], world.time.now);
    expect(await rotated.campaigns.byId(id)).toMatchObject({ accepted: 3, waiting: 2, skipped: { duplicate: 1 } });
  });

  it.each([
    { first: "true", later: "false" },
    { first: "false", later: "true" },
  ])("knows who is there twice, though it was sealed first: $first, later: $later", async ({ first, later }) => {
    const set = (sealed: string) => world.database.sqlite.exec(`UPDATE account SET settings = '{"sealed":${sealed}}'`);
    set(first);
    const id = await made();
    set(later);
    await campaigns().fill(id, lines([{ recipient: PERSON, name: "Kari" }]));
    expect(await campaigns().find(id)).toMatchObject({ waiting: 2, skipped: { duplicate: 1 } });
  });

  it("leaves out whoever opted out by the number", async () => {
    await putSuppression(world.ports, "acme", { recipient: PERSON, reason: "by phone" });
    const id = await made();
    await campaigns().start(id);
    await world.pass(60_000, 1_000);
    expect(world.bank.texts.map(({ recipient }) => recipient)).toEqual(["+4798079009"]);
    expect(await campaigns().find(id)).toMatchObject({ skipped: { suppressed: 1 } });
  });

  it("is handed out and erased", async () => {
    const id = await made();
    const { data } = await exportPerson(world.ports, { msisdn: PERSON });
    expect(data.campaign_recipient).toMatchObject([{ campaignId: id, recipient: PERSON, text: "Hello Kari Nordmann" }]);
    await erasePerson(world.ports, { msisdn: PERSON }, "Kari");
    expect(rows("SELECT text FROM campaign_recipient WHERE recipient GLOB 'erased.*'")).toEqual([{ text: null }]);
    await campaigns().start(id);
    await world.pass(60_000, 1_000);
    expect(world.bank.texts.map(({ recipient }) => recipient)).toEqual(["+4798079009"]);
  });
});

describe("a rotated key", () => {
  const storesWith = (...keys: [string, ...string[]]) =>
    storesOf(world.database.d1, {
      formats,
      demo: undefined,
      wall: () => world.time.now,
      seals: testSeals(...keys),
      log: world.ports.log,
    });

  it("opens and finds what the old key sealed, and not when that is gone", async () => {
    const { id } = await send();
    const rotated = storesWith("2", "1");
    expect(await rotated.messages.byId(id)).toMatchObject({ recipient: PERSON, text: SECRET });
    expect((await rotated.messages.list({ recipient: PERSON }, { limit: 10 })).items).toHaveLength(1);
    await expect(storesWith("2").messages.byId(id)).rejects.toThrow("DATA_KEY has no key 1");
  });

  it("keeps no other message back where it is gone: what it sealed waits, and is logged", async () => {
    const [lost, plain] = [(await send()).id, (await send(world.caller)).id];
    const { messages } = storesWith("2");
    const { now } = world.time;
    expect((await messages.byIds([lost, plain])).map(({ id }) => id)).toEqual([plain]);
    expect((await messages.toRoute([lost, plain])).ready.map(({ id }) => id)).toEqual([plain]);
    expect((await messages.claim([lost, plain], now, now + 60_000)).map(({ id }) => id)).toEqual([plain]);
    expect(rows(`SELECT state FROM message WHERE id = '${lost}'`)).toEqual([{ state: "accepted" }]);
    const error = expect.stringContaining("DATA_KEY has no key 1");
    expect(world.events).toContainEqual({ name: "sealed.unreadable", fields: { id: lost, error } });
  });

  it("keeps no other message back where a row is broken", async () => {
    const [broken, whole] = [(await send()).id, (await send()).id];
    world.database.sqlite.exec(`UPDATE message SET text = '1.AAAA' WHERE id = '${broken}'`);
    const { now } = world.time;
    const claimed = await world.ports.messages.claim([broken, whole], now, now + 60_000);
    expect(claimed.map(({ id }) => id)).toEqual([whole]);
  });

  it.each(["report", "event"])("keeps no other webhook back where it is gone: %s", async (kind) => {
    const [lost, plain] = [await send(), await send(world.caller)];
    world.database.sqlite.exec(`
      INSERT INTO webhook (id, account_id, dialect, kind, subject, url, endpoint, event, state, due_at, created_at, changed_at)
      SELECT 'whk_' || substr(id, 5) || '_1', 'acme', 'telling', '${kind}', id, 'https://shop.example', 'shop.example',
        json_object('state', 'sent', 'at', 1, 'data', json_object('id', id, 'recipient', recipient)), 'owed', 1, 1, 1
      FROM message`);
    const ids = (rows("SELECT id FROM webhook") as { id: WebhookId }[]).map(({ id }) => id);
    const claimed = await storesWith("2").webhooks.claim(ids, world.time.now, world.time.now + 60_000);
    expect(claimed.map(({ webhook }) => webhook.subject)).toEqual([plain.id]);
    const why = world.events.filter(({ name }) => name === "sealed.unreadable").map(({ fields }) => String(fields.id));
    expect(why.join()).toContain(lost.id.slice(4));
  });
});

it("costs no statement more, whether it is used or not", async () => {
  const asked: string[] = [];
  world.database.around.before = ({ sql }) => void asked.push(...sql);
  await send(world.caller);
  const plain = asked.length;
  await send();
  expect(asked.length - plain).toBe(plain);
  expect(rows("SELECT count(*) AS n FROM message WHERE seal IS NULL")).toEqual([{ n: 1 }]);
});
