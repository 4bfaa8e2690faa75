/** What people write to accounts whose numbers and texts are sealed: stored unreadable, and heeded as any other text. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Account } from "../../src/core/accounts/account.ts";
import type { InboundId, WebhookId } from "../../src/core/kernel/ids.ts";
import { searchInbounds } from "../../src/core/operator/look-through.ts";
import { erasePerson, exportPerson } from "../../src/core/operator/people.ts";
import { importSuppressions, listSuppressions, putSuppression } from "../../src/core/operator/suppressions.ts";
import { PERSONAL } from "../../src/store/people/columns.ts";
import { storesOf } from "../../src/store/stores.ts";
import { NUMBER, openWorld, PERSON, testSeals, type World } from "../support/ports.ts";
import { formats } from "../support/rows.ts";

const SECRET = "Meet me at the fjord";

let world: World;
beforeEach(async () => {
  world = await openWorld();
  seal(true);
});
afterEach(() => world.close());

const seal = (wanted: boolean) =>
  world.database.sqlite
    .prepare("UPDATE account SET settings = json_set(settings, '$.sealed', json(?))")
    .run(`${wanted}`);
const rows = (sql: string) => world.database.sqlite.prepare(sql).all() as Record<string, unknown>[];
const whole = () => JSON.stringify(Object.keys(PERSONAL).map((table) => rows(`SELECT * FROM "${table}"`)));
const traces = () => ["98079008", SECRET].filter((trace) => whole().includes(trace));
const inbounds = async (filter: object = {}) => (await world.ports.inbounds.list(filter, { limit: 10 })).items;

describe("a text that a person writes to a sealed account", () => {
  it("leaves no number and no text in any table, and is read as it was written", async () => {
    await world.ports.events.keep("acme", true, world.time.now);
    await world.writes(SECRET);
    expect(traces()).toEqual([]);
    const text = { sender: PERSON, recipient: NUMBER, text: SECRET, account: "acme" };
    const [stored] = await inbounds();
    expect(stored).toMatchObject(text);
    expect(await world.ports.inbounds.byNumber("acme", stored?.number ?? 0)).toMatchObject(text);
    expect(await world.ports.search.byAnyId(stored?.id ?? "", 10)).toMatchObject([{ kind: "inbound", person: PERSON }]);
  });

  it("is told to its customer as it was written, by webhook and in the log of events", async () => {
    await world.ports.events.keep("acme", true, world.time.now);
    await world.writes(SECRET);
    const { items } = await world.ports.webhooks.list({}, { limit: 10 });
    expect(items).toMatchObject([{ kind: "inbound", event: { inbound: { sender: PERSON, text: SECRET } } }]);
    const { items: told } = await world.ports.events.page("acme", { after: 0, patterns: ["*"], limit: 10 });
    expect(told).toMatchObject([{ type: "inbound.received", data: { sender: PERSON, text: SECRET } }]);
  });

  it("is found by the whole number, beside those that are not sealed, and never by its sealed bytes", async () => {
    await world.writes(SECRET);
    seal(false);
    await world.writes("Plain", { theirId: "plain" });
    expect(await inbounds({ sender: PERSON })).toHaveLength(2);
    const found = async (containing: string) =>
      (await searchInbounds(world.ports, { containing }, { limit: 10 })).items.map(({ text }) => text);
    expect(await found(PERSON)).toHaveLength(2);
    expect(await found("fjord")).toEqual([]);
    const [{ sender, text } = {}] = rows("SELECT sender, text FROM inbound WHERE sender GLOB 'sealed.*'");
    expect(await found(String(sender).slice(12, 16))).toEqual([]);
    expect(await found(String(text).slice(5, 9))).toEqual([]);
  });

  it("is known again when its carrier reports it twice", async () => {
    await world.writes(SECRET, { theirId: "once" });
    await world.writes(SECRET, { theirId: "once" });
    expect(rows("SELECT 1 FROM inbound")).toHaveLength(1);
  });

  it("opens for its own row alone", async () => {
    await world.writes(SECRET, { theirId: "one" });
    await world.writes("Another", { theirId: "other" });
    const [one, other] = rows("SELECT id FROM inbound ORDER BY id").map(({ id }) => id as InboundId);
    world.database.sqlite.exec(
      `UPDATE inbound SET text = (SELECT text FROM inbound WHERE id = '${one}') WHERE id = '${other}'`,
    );
    await expect(world.ports.inbounds.byId("acme", other ?? "inb_")).rejects.toThrow("another row");
  });

  it("is handed out to its person, and erased", async () => {
    await world.writes(SECRET);
    const { data } = await exportPerson(world.ports, { msisdn: PERSON });
    expect(data.inbound).toMatchObject([{ sender: PERSON, text: SECRET }]);
    expect(data.webhook).toMatchObject([{ event: { inbound: { sender: PERSON, text: SECRET } } }]);
    world.database.sqlite.exec("UPDATE webhook SET state = 'answered', due_at = NULL");
    await erasePerson(world.ports, { msisdn: PERSON }, "Kari");
    expect(rows("SELECT text, substr(sender, 1, 7) AS sender FROM inbound")).toEqual([{ text: "", sender: "erased." }]);
  });

  it("from a sender that looks like a sealed number is what it was", async () => {
    seal(false);
    const sender = await testSeals("1").number(PERSON);
    await world.writes(SECRET, { from: sender });
    expect((await inbounds())[0]?.sender.startsWith("sealed ")).toBe(true);
  });

  it("leaves nothing of its parts, while they wait and when they are joined", async () => {
    const part = (number: number, text: string) => ({
      ...{ carrier: "bank", theirId: `part-${number}`, sender: PERSON, recipient: NUMBER, text },
      part: { reference: "r", number, total: 2 },
    });
    await world.gateway.receive([part(1, "Meet me at ")]);
    expect(whole()).not.toMatch(/98079008|Meet me/);
    await world.gateway.receive([part(2, "the fjord")]);
    expect((await inbounds()).map(({ text }) => text)).toEqual([SECRET]);
    expect(whole()).not.toMatch(/98079008|Meet me|the fjord/);
  });
});

describe("STOP to a sealed account", () => {
  const send = (account: Account = { ...world.caller.account, settings: { sealed: true } }) =>
    world.gateway.accept(
      {
        ...world.caller,
        account,
        senders: new Map([[LONG.slice(1), { sender: LONG, kind: "long-number" as const, country: "NO" }]]),
      },
      {
        sender: LONG,
        recipient: PERSON,
        text: SECRET,
        priority: "normal",
        deliveryMode: "at-most-once",
        validitySeconds: 60,
        echo: {},
      },
    );
  const LONG = "+4759440000";
  const refusal = () =>
    send().then(
      () => "accepted",
      ({ refusal }) => refusal,
    );
  const says = (text: string) => world.writes(text, { to: LONG });
  beforeEach(() => world.quiet.accounts.putSender("acme", { sender: LONG, kind: "long-number", country: "NO" }));

  it("is heeded and answered, and leaves no number anywhere; START lifts it", async () => {
    await world.ports.events.keep("acme", true, world.time.now);
    await says("STOP");
    expect(rows("SELECT number FROM suppression")).toEqual([{ number: LONG }]);
    expect(rows("SELECT seal IS NOT NULL AS isSealed FROM message")).toEqual([{ isSealed: 1 }]);
    await world.work();
    expect(world.bank.texts.map(({ recipient }) => recipient)).toEqual([PERSON]);
    expect(await refusal()).toBe("opted-out");
    expect(traces()).toEqual([]);
    await says("START");
    expect(rows("SELECT 1 FROM suppression")).toEqual([]);
    expect(await refusal()).toBe("accepted");
    expect(traces()).toEqual([]);
  });

  it("is answered once, and noted once, whether it was noted before plain or sealed", async () => {
    seal(false);
    await says("STOP");
    seal(true);
    await says("STOP");
    expect(rows("SELECT recipient FROM suppression")).toEqual([{ recipient: PERSON }]);
    expect(rows("SELECT 1 FROM message")).toHaveLength(1);
    await says("START");
    expect(rows("SELECT 1 FROM suppression")).toEqual([]);
  });

  it("that was noted by a key before is known, and lifted, under the next", async () => {
    await says("STOP");
    const rotated = storesOf(world.database.d1, {
      formats,
      demo: undefined,
      wall: () => 0,
      seals: testSeals("2", "1"),
      log: world.ports.log,
    });
    const listed = await rotated.suppressions.list("acme", { recipient: PERSON }, { limit: 10 });
    expect(listed.items).toMatchObject([{ recipient: PERSON, number: LONG }]);
    const again = { ...listed.items[0], word: "stop" };
    expect(await rotated.suppressions.add([again as (typeof listed.items)[number]])).toBe(0);
  });

  /** A text that is not sealed, as one with a price is not, and which a carrier refuses as its person opted out. */
  async function refusedByCarrier() {
    const plain = { ...world.caller.account, settings: {} };
    const { id } = await send(plain);
    await world.work();
    const at = world.time.now;
    const entry = { at, event: "carrier.receipt", carrier: "bank", outcome: "failed" } as const;
    return { id, at, to: "failed", reason: "opted-out", carrier: "bank", entry } as const;
  }
  const told = async () => {
    const { items } = await world.ports.events.page("acme", { after: 0, patterns: ["suppression.*"], limit: 10 });
    return items.map(({ type, data }) => [
      type,
      "source" in data && data.source,
      "recipient" in data && data.recipient,
    ]);
  };

  it("that a carrier reports is noted sealed, though the text is plain that it refused", async () => {
    await world.ports.events.keep("acme", true, world.time.now);
    const [first, later] = [await refusedByCarrier(), await refusedByCarrier()];
    await world.ports.messages.move([first]);
    const [{ recipient } = {}] = rows("SELECT recipient FROM suppression WHERE source = 'carrier'");
    expect(recipient).toBe(await testSeals("1").number(PERSON));
    expect(rows("SELECT recipient FROM event WHERE type = 'suppression.added'")).toEqual([{ recipient }]);
    expect(await told()).toEqual([["suppression.added", "carrier", PERSON]]);
    seal(false);
    await world.ports.messages.move([later]);
    expect(rows("SELECT recipient FROM suppression")).toEqual([{ recipient }]);
  });

  it("that a carrier reports, too, stays as the person said it, and is told once", async () => {
    await world.ports.events.keep("acme", true, world.time.now);
    const refused = await refusedByCarrier();
    await says("STOP");
    const before = rows("SELECT * FROM suppression");
    expect(before).toMatchObject([{ source: "person", proof: expect.stringMatching(/^inb_/) }]);
    await world.ports.messages.move([refused]);
    expect(rows("SELECT * FROM suppression")).toEqual(before);
    expect(await told()).toEqual([["suppression.added", "person", PERSON]]);
  });

  it("that a carrier reports of a person who was erased meanwhile names nobody", async () => {
    const refused = await refusedByCarrier();
    world.database.around.before = ({ sql }) => {
      if (!sql.some((one) => one.includes("INSERT INTO suppression"))) return;
      world.database.around.before = () => {};
      world.database.sqlite.exec("UPDATE message SET recipient = 'erased.x'");
    };
    await world.ports.messages.move([refused]);
    expect(rows("SELECT recipient FROM suppression")).toEqual([{ recipient: "erased.x" }]);
  });

  it("in an opt-out that an operator notes, or brings in a list, leaves no number either", async () => {
    await world.ports.events.keep("acme", true, world.time.now);
    expect(await putSuppression(world.ports, "acme", { recipient: PERSON, reason: "by phone" })).toMatchObject([
      { recipient: PERSON },
    ]);
    expect(await importSuppressions(world.ports, "acme", `${PERSON}\n+4798079009\n`)).toEqual({ lines: 2, added: 1 });
    expect(whole()).not.toMatch(/9807900/);
    const { items } = await listSuppressions(world.ports, "acme", { recipient: PERSON }, { limit: 10 });
    expect(items).toMatchObject([{ recipient: PERSON, word: "by phone" }]);
  });
});

it("tells of a text that cannot be opened later, and of the others now", async () => {
  await world.writes(SECRET, { theirId: "lost" });
  seal(false);
  await world.writes("Plain", { theirId: "plain" });
  const { webhooks } = storesOf(world.database.d1, {
    formats,
    demo: undefined,
    wall: () => 0,
    seals: testSeals("2"),
    log: world.ports.log,
  });
  const ids = rows("SELECT id FROM webhook").map(({ id }) => id as WebhookId);
  const claimed = await webhooks.claim(ids, world.time.now, world.time.now + 60_000);
  expect(claimed).toMatchObject([{ webhook: { event: { inbound: { text: "Plain" } } } }]);
});
