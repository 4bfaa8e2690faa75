/** Moving rows to another key of DATA_KEY, and sealing what an account had before it wanted that. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { linesOfItems } from "../../src/core/campaigns/lists.ts";
import { openAccount } from "../../src/core/operator/accounts.ts";
import { NOT_KNOWN_WHOSE, withoutContent } from "../../src/core/operator/exchanges.ts";
import { moveSealed } from "../../src/core/operator/move-sealed.ts";
import { putSuppression } from "../../src/core/operator/suppressions.ts";
import { PERSONAL } from "../../src/store/people/columns.ts";
import { storesOf } from "../../src/store/stores.ts";
import { NUMBER, openWorld, PERSON, testSeals, type World } from "../support/ports.ts";
import { formats } from "../support/rows.ts";

const SECRET = "Meet me at the fjord";
const SAID = "At the red boat";
const LONG = "+4759440000";

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.quiet.accounts.putSender("acme", { sender: LONG, kind: "long-number", country: "NO" });
  await world.ports.events.keep("acme", true, world.time.now);
});
afterEach(() => world.close());

const seal = (wanted: boolean) =>
  world.database.sqlite
    .prepare("UPDATE account SET settings = json_set(settings, '$.sealed', json(?))")
    .run(`${wanted}`);
const rows = (sql: string) => world.database.sqlite.prepare(sql).all() as Record<string, unknown>[];
const whole = () => JSON.stringify(Object.keys(PERSONAL).map((table) => rows(`SELECT * FROM "${table}"`)));
const storesWith = (...keys: [string, ...string[]]) =>
  storesOf(world.database.d1, {
    formats,
    demo: undefined,
    wall: () => world.time.now,
    seals: testSeals(...keys),
    log: world.ports.log,
  });
const move = (...keys: [string, ...string[]]) =>
  moveSealed({ sealedRows: storesWith(...keys).sealedRows, log: world.ports.log });

const traces = () => ["98079008", "98079009", SECRET, SAID, "Kari Nordmann"].filter((one) => whole().includes(one));

/** Every kind of traffic that is sealed: texts, replies, opt-outs, a campaign, and what is told of them. */
async function traffic(isSealed: boolean) {
  seal(isSealed);
  const account = { ...world.caller.account, settings: isSealed ? { sealed: true } : {} };
  const text = {
    ...{ sender: NUMBER, recipient: PERSON, text: SECRET },
    priority: "normal" as const,
    deliveryMode: "at-most-once" as const,
    ...{ validitySeconds: 3_600, echo: { tag: "mine", tags: ["spring"] }, reportUrl: "https://shop.example/reports" },
    rich: { bubbles: [{ header: SECRET }], buttons: [], given: {} },
  };
  const { id } = await world.gateway.accept({ ...world.caller, account }, text);
  await world.gateway.acceptMany({ ...world.caller, account }, [{ ...text, theirId: "used" }]);
  await world.gateway.acceptMany({ ...world.caller, account }, [{ ...text, theirId: "used", text: `${SECRET}!` }]);
  await world.gateway.acceptMany({ ...world.caller, account }, [{ ...text, theirId: "bad", recipient: "98079008" }]);
  world.ports.http.send = async () => ({ outcome: "answered", status: 500, body: `no ${PERSON}`, milliseconds: 1 });
  await world.work();
  await world.writes(SAID);
  await world.writes("STOP", { to: LONG, from: "+4798079009" });
  await putSuppression(world.ports, "acme", { recipient: PERSON, number: LONG, reason: "by phone" });
  const kept = {
    dialect: "telling",
    method: "POST",
    path: `/x?to=${PERSON}`,
    request: SECRET,
    answer: PERSON,
    status: 201,
  };
  const request = { id: world.ports.ids.request(), at: 1, account: "acme", milliseconds: 1, ...kept };
  await world.ports.exchanges.add([isSealed ? withoutContent(request) : request]);
  const campaigns = world.gateway.operator.campaigns;
  const campaign = await campaigns.make({
    account: "acme",
    name: "S",
    sender: NUMBER,
    text: "Hi {{name}}",
    perMinute: 600,
  });
  await campaigns.fill(campaign.id, linesOfItems([{ recipient: PERSON, name: "Kari Nordmann" }]));
  await world.work();
  return { id, campaign: campaign.id };
}

type Stores = ReturnType<typeof storesWith>;
async function read(
  { messages, inbounds, suppressions, events, webhooks, campaigns }: Stores,
  of: Awaited<ReturnType<typeof traffic>>,
) {
  const page = { limit: 100 };
  const text = await messages.byId(of.id);
  const list = await webhooks.list({}, page);
  return {
    text: text && { recipient: text.recipient, text: text.text, rich: text.rich, echo: text.echo },
    messages: (await messages.list({ recipient: PERSON }, page)).items.map(({ id, text }) => [id, text]),
    inbounds: (await inbounds.list({}, page)).items.map(({ sender, text }) => [sender, text]),
    suppressions: (await suppressions.list("acme", {}, page)).items
      .map(({ recipient, word }) => [recipient, word])
      .sort(),
    events: (await events.page("acme", { after: 0, patterns: ["*"], limit: 100 })).items,
    webhooks: list.items.map(({ id, event, history }) => [
      id,
      "message" in event ? event.message?.text : event,
      history,
    ]),
    recipients: (await campaigns.recipients(of.campaign, "waiting", page)).items.map(({ recipient }) => recipient),
    picked: await campaigns.pick(of.campaign, ["NO"], 10).then((all) => all.map((one) => one.sealed?.text)),
  };
}

describe("moving to another key", () => {
  it("seals every row with it: then the old one is not needed, and all is read as it was", async () => {
    const of = await traffic(true);
    const before = await read(storesWith("1"), of);
    expect(traces()).toEqual([]);
    const done = await move("2", "1");
    expect(done).toMatchObject({ sealedWith: "2", changed: 0, unreadable: 0 });
    expect(done.next).toBeUndefined();
    expect(await read(storesWith("2"), of)).toEqual(before);
    expect(whole()).not.toContain("sealed.1.");
    expect(traces()).toEqual([]);
    expect(await move("2", "1")).toMatchObject({ moved: 0 });
  });

  it("can be stopped after any piece, and meanwhile all is read and found under both", async () => {
    const of = await traffic(true);
    const both = storesWith("2", "1");
    const before = await read(both, of);
    let after: string | undefined;
    do {
      const piece = await both.sealedRows.move(after, 1);
      expect(await read(both, of)).toEqual(before);
      after = piece.next;
    } while (after !== undefined);
    expect(await read(storesWith("2"), of)).toEqual(before);
  });

  it.each<{ from: string; to: [string, ...string[]] }>([
    { from: "plain", to: ["1"] },
    { from: "sealed by key 1", to: ["2", "1"] },
  ])("loses nobody from a list of opt-outs that is read meanwhile: $from", async ({ from, to }) => {
    seal(from !== "plain");
    const people = Array.from({ length: 6 }, (_, nth) => `+479807900${nth}`);
    for (const recipient of people) await putSuppression(world.ports, "acme", { recipient, reason: "by phone" });
    seal(true);
    const { suppressions, sealedRows } = storesWith(...to);
    const seen = new Set<string>();
    let after: string | undefined;
    for (let cursor: string | undefined; ; ) {
      const page = await suppressions.list("acme", {}, { limit: 1, ...(cursor === undefined ? {} : { cursor }) });
      for (const { recipient } of page.items) seen.add(recipient);
      if (page.next === undefined) break;
      cursor = page.next;
      for (let pieces = 0; pieces < 2; pieces++) after = (await sealedRows.move(after, 2)).next;
    }
    expect([...seen].sort()).toEqual(people);
  });

  it("leaves alone what was changed meanwhile, and does that the next time", async () => {
    const { id } = await traffic(true);
    world.database.around.before = ({ sql }) => {
      if (!sql.some((one) => one.includes("UPDATE message"))) return;
      world.database.around.before = () => {};
      world.database.sqlite.exec(`UPDATE message SET text = '•••' WHERE id = '${id}'`);
    };
    expect(await move("2", "1")).toMatchObject({ changed: 1 });
    expect(await move("2", "1")).toMatchObject({ changed: 0, moved: 1 });
    expect(whole()).not.toContain("sealed.1.");
    expect(await storesWith("2").messages.byId(id)).toMatchObject({ recipient: PERSON, text: "•••" });
  });

  it("leaves what no key opens, names it, and moves the others", async () => {
    const { id } = await traffic(true);
    world.database.sqlite.exec(`UPDATE message SET text = '1.AAAA' WHERE id = '${id}'`);
    expect(await move("2", "1")).toMatchObject({ unreadable: 1 });
    expect(world.events).toContainEqual({
      name: "sealed.unreadable",
      fields: { id, error: expect.stringContaining("key 1 of DATA_KEY does not open this") },
    });
    expect(rows("SELECT 1 FROM message WHERE seal GLOB '1.*'")).toHaveLength(1);
  });

  it("refuses a place that there is not", async () => {
    const elsewhere = await testSeals("1").text('["message",""]', "another thing");
    for (const after of ["", "x", '["message",""]', elsewhere]) {
      await expect(storesWith("1").sealedRows.move(after, 1)).rejects.toMatchObject({ refusal: "bad-request" });
    }
  });

  it("names no person where it says how far it is", async () => {
    await traffic(false);
    const places: string[] = [];
    for (let after: string | undefined; ; ) {
      const { next } = await storesWith("1").sealedRows.move(after, 1);
      if (next === undefined) break;
      places.push(next);
      after = next;
    }
    expect(places.length).toBeGreaterThan(10);
    expect(places.join()).not.toMatch(/9807900|sealed|message/);
  });
});

describe("an account that wants its rows sealed from now on", () => {
  it("has those of before sealed, too: no number and no text is left, and all is read as it was", async () => {
    const of = await traffic(false);
    const before = await read(storesWith("1"), of);
    expect(traces()).not.toEqual([]);
    seal(true);
    expect(await move("1")).toMatchObject({ changed: 0, unreadable: 0 });
    expect(traces()).toEqual([]);
    const { picked, ...after } = await read(storesWith("1"), of);
    expect(picked).toEqual(["Hi Kari Nordmann"]);
    const { picked: _, ...rest } = before;
    expect(after).toEqual(rest);
    expect(await move("1")).toMatchObject({ moved: 0 });
  });

  it.each([
    ["what the customer gave beside the text", `echo = '{"tag":"new"}'`, { echo: { tag: "new" } }],
    ["rich content", `rich = '{"bubbles":[]}'`, { rich: { bubbles: [] } }],
  ])("does not undo an edit of %s that was made meanwhile", async (_, edit, edited) => {
    const { id } = await traffic(false);
    seal(true);
    world.database.around.before = ({ sql }) => {
      if (!sql.some((one) => one.includes("UPDATE message"))) return;
      world.database.around.before = () => {};
      world.database.sqlite.exec(`UPDATE message SET ${edit} WHERE id = '${id}'`);
    };
    expect(await move("1")).toMatchObject({ changed: 1 });
    expect(await storesWith("1").messages.byId(id)).toMatchObject(edited);
    expect(await move("1")).toMatchObject({ changed: 0, moved: 1 });
    expect(await storesWith("1").messages.byId(id)).toMatchObject(edited);
  });

  it("has requests without a valid credential emptied, which may have been its own", async () => {
    const nobodys = { dialect: "telling", method: "POST", path: `/x?to=${PERSON}`, request: SECRET, answer: PERSON };
    const add = (more: object = {}) => {
      const id = world.ports.ids.request();
      return world.ports.exchanges.add([{ ...nobodys, id, at: 1, status: 401, milliseconds: 1, ...more }]);
    };
    await add();
    expect(await move("1")).toMatchObject({ moved: 0 });
    seal(true);
    await add({ account: "bolt" });
    expect(await move("1")).toMatchObject({ moved: 1, changed: 0 });
    expect(rows("SELECT account_id, path, request, answer FROM exchange ORDER BY account_id")).toEqual([
      { account_id: null, path: "/x", request: NOT_KNOWN_WHOSE, answer: NOT_KNOWN_WHOSE },
      { account_id: "bolt", path: nobodys.path, request: SECRET, answer: PERSON },
    ]);
    expect(await move("1")).toMatchObject({ moved: 0 });
  });

  it("keeps what belongs to a charge as it is", async () => {
    await traffic(false);
    await world.aCharge({ recipient: "+4791000001" });
    expect(await move("1")).toMatchObject({ moved: 0 });
    seal(true);
    await move("1");
    expect(whole()).toContain("+4791000001");
  });

  it("leaves what other accounts have as it is", async () => {
    await openAccount(world.ports, { id: "other", name: "Other", settings: {} });
    const note = { recipient: PERSON, number: "*", reason: "by phone" };
    for (const account of ["acme", "other"]) await putSuppression(world.ports, account, note);
    world.database.sqlite.exec(`UPDATE account SET settings = '{"sealed":true}' WHERE id = 'acme'`);
    await move("1");
    const plain = { account_id: "other", recipient: PERSON };
    expect(rows(`SELECT account_id, recipient FROM suppression WHERE recipient = '${PERSON}'`)).toEqual([plain]);
  });
});

describe("a person whose number is stored in two forms", () => {
  const note = (recipient: string, createdAt: number, proof: string) =>
    world.database.sqlite
      .prepare("INSERT INTO suppression VALUES ('acme', '*', ?, 'stop', ?, 'person', ?)")
      .run(recipient, createdAt, proof);
  const forms = async () => [PERSON, await testSeals("1").number(PERSON), await testSeals("2").number(PERSON)] as const;

  it.each([
    { name: "plain", ages: [1, 2, 3] },
    { name: "an older key's", ages: [2, 1, 3] },
    { name: "that of the key that seals now", ages: [3, 2, 1] },
  ])("has the older opt-out, with its proof: $name", async ({ ages }) => {
    seal(true);
    for (const [nth, form] of (await forms()).entries()) note(form, ages[nth] ?? 0, `inb_${ages[nth]}`);
    expect(await move("2", "1")).toMatchObject({ changed: 0, moved: 2 });
    const recipient = (await forms())[2];
    expect(rows("SELECT recipient, created_at, proof FROM suppression")).toEqual([
      { recipient, created_at: 1, proof: "inb_1" },
    ]);
    expect(await move("2", "1")).toMatchObject({ changed: 0, moved: 0 });
  });

  async function listedTwice(states: readonly string[]) {
    seal(true);
    const campaigns = world.gateway.operator.campaigns;
    const campaign = { account: "acme", name: "S", sender: NUMBER, text: "Hi", perMinute: 600 };
    const { id } = await campaigns.make(campaign);
    await campaigns.fill(id, linesOfItems([{ recipient: "+4798079001" }, { recipient: "+4798079002" }]));
    const stored = await forms();
    for (const [place, state] of states.entries()) {
      world.database.sqlite
        .prepare("UPDATE campaign_recipient SET recipient = ?, state = ? WHERE campaign_id = ? AND place = ?")
        .run(stored[place] ?? "", state, id, place);
    }
    return id;
  }

  it.each([
    { states: ["waiting", "waiting"], stays: 0, counts: { waiting: 1, skipped: { duplicate: 1 } } },
    { states: ["waiting", "released"], stays: 1, counts: { waiting: 1, skipped: { duplicate: 1 } } },
    { states: ["released", "waiting"], stays: 0, counts: { waiting: 1, skipped: { duplicate: 1 } } },
    { states: ["released", "released"], stays: 0, counts: { waiting: 2, skipped: {} } },
  ])("is once in a campaign's list: $states", async ({ states, stays, counts }) => {
    const id = await listedTwice(states);
    expect(await move("1")).toMatchObject({ changed: 0 });
    expect(rows("SELECT recipient, place, state FROM campaign_recipient")).toEqual([
      { recipient: (await forms())[1], place: stays, state: states[stays] },
    ]);
    expect(await world.ports.campaigns.byId(id)).toMatchObject({ accepted: 2, ...counts });
    expect(await move("1")).toMatchObject({ changed: 0, moved: 0 });
  });
});
