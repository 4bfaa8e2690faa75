/** A person is handed out, and erased: no byte of them is left, what is billed stands, and a STOP holds on. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDigests } from "../../src/adapters/digests.ts";
import { heedOptOuts } from "../../src/core/messages/suppression.ts";
import { erasePerson, exportPerson, listErasures } from "../../src/core/operator/people.ts";
import { IMPERSONAL, PERSONAL } from "../../src/store/people/columns.ts";
import { openDatabase } from "../support/database.ts";
import { DAY, DEATHS, dying, openWorld, PERSON, SEEN, testKeys, type World } from "../support/ports.ts";
import { aMessage } from "../support/rows.ts";

const ANOTHER = "+4798079009";
const SECRET = "Meet me at the fjord";
const OURS = "+12065550100";
const STATED = "98079008";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const erase = (msisdn = PERSON, account?: string) =>
  erasePerson(world.ports, { msisdn, ...(account ? { account } : {}) }, "Kari");
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => "done",
    ({ message }) => String(message),
  );
const rows = (sql: string) =>
  world.database.sqlite
    .prepare(sql)
    .all()
    .map((row) => ({ ...row }));
const whole = () =>
  JSON.stringify(
    Object.keys(PERSONAL)
      .concat("erasure", "audit")
      .map((table) => rows(`SELECT * FROM "${table}"`)),
  );

/** The person has bought a subscription, written, opted out, been texted, and ended everything. */
async function aLife(person = PERSON): Promise<void> {
  await world.aService();
  const { window } = await world.gateway.openWindow(world.caller, {
    service: "games",
    customId: `by-${person.slice(1)}`,
  });
  const address = { by: "service", service: "games", theirId: window.theirId } as const;
  await world.gateway.giveNumber(address, "browser", person);
  await world.work();
  await world.gateway.confirmByPin(address, "browser", world.bank.texts.at(-1)?.text.slice(0, 4) ?? "", SEEN);
  await world.work();
  await world.writes(`GAMES ${SECRET}`, { from: person });
  await world.writes("STOP GAMES", { from: person });
  await world.pass(2 * DAY, DAY);
  const more = [
    aMessage({ recipient: person, theirId: `to-${person.slice(3)}`, text: SECRET, state: "delivered" }),
    aMessage({
      recipient: person,
      text: SECRET,
      state: "failed",
      echo: { note: SECRET },
      reportUrl: `https://x/?p=${person.slice(1)}`,
    }),
  ];
  for (const message of more) {
    await world.ports.intake.add("acme", [message], {});
  }
  world.database.sqlite.exec(`
    UPDATE message SET state = 'delivered', due_at = NULL WHERE recipient = '${person}';
    UPDATE webhook SET state = 'answered', due_at = NULL;
    INSERT INTO suppression VALUES ('acme', '${OURS}', '${person}', 'stop', 1, 'person', 'inb_1');
    INSERT INTO spent_id VALUES ('acme', 'spent-${person.slice(1)}');
    INSERT INTO exchange VALUES ('req_1${person}', 1, 'acme', 'telling', 'POST', '/', '{"to":"${person}","text":"${SECRET}"}', 200, '', 1, '${person}');
    INSERT INTO inbound_part VALUES ('bank', 'part-${person}', '${person}', '2002', '1', 1, 2, '${SECRET}', 1, 0);`);
}

describe("every column of every table", () => {
  const { sqlite } = openDatabase();
  const tables = sqlite
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all()
    .map(({ name }) => String(name));

  it("is known to hold something of a person, or not", () => {
    const known = [...Object.keys(PERSONAL), ...Object.keys(IMPERSONAL)];
    expect(tables.filter((name) => !name.startsWith("sqlite_")).toSorted()).toEqual(known.toSorted());
    for (const [table, { columns }] of Object.entries(PERSONAL)) {
      const there = sqlite
        .prepare("SELECT name FROM pragma_table_info(?)")
        .all(table)
        .map(({ name }) => String(name));
      expect(there.toSorted(), table).toEqual(Object.keys(columns).toSorted());
    }
  });

  it("of a number is in a table that says so", () => {
    const named = tables.flatMap((table) => {
      const columns = sqlite.prepare("SELECT name FROM pragma_table_info(?)").all(table);
      return columns.flatMap(({ name }) => (/^(recipient|msisdn)$/.test(String(name)) ? [`${table}.${name}`] : []));
    });
    const people = Object.entries(PERSONAL).flatMap(([table, { columns }]) =>
      Object.entries(columns).flatMap(([name, treatment]) => (treatment === "person" ? [`${table}.${name}`] : [])),
    );
    // Of a text that came in, the recipient is our number.
    expect(named.filter((name) => !people.includes(name))).toEqual(["inbound.recipient", "inbound_part.recipient"]);
  });
});

describe("a person who is erased", () => {
  it("is nowhere in the database", async () => {
    await aLife();
    expect(whole()).toContain(STATED);
    expect(await erase()).toMatchObject({ actor: "Kari", rows: { message: expect.any(Number), txn: 1, consent: 1 } });
    for (const trace of [STATED, SECRET]) expect(whole()).not.toContain(trace);
  });

  it("leaves the ledger, the figures and the other people as they were", async () => {
    await aLife();
    await aLife(ANOTHER);
    const of = (person: string) => rows(`SELECT * FROM txn WHERE recipient = '${person}'`);
    const figures = async () => ({
      ledger: rows("SELECT id, txn_id, book, amount FROM ledger ORDER BY id"),
      sum: rows("SELECT sum(amount) AS sum FROM ledger"),
      sales: rows("SELECT * FROM revenue"),
      states: rows("SELECT state, count(*) AS n, count(DISTINCT recipient) AS people FROM message GROUP BY state"),
      subscriptions: rows("SELECT state, count FROM subscription_count"),
      others: of(ANOTHER),
    });
    const before = await figures();
    expect(before.sum).toEqual([{ sum: 0 }]);
    await erase();
    expect(await figures()).toEqual(before);
    expect(of(PERSON)).toEqual([]);
  });

  it("is in the log of erasures only as figures", async () => {
    await aLife();
    await erase();
    const [one] = await listErasures(world.ports, 10);
    expect(one).toMatchObject({ actor: "Kari", rows: { txn: 1, suppression: 1 } });
    expect(JSON.stringify(one)).not.toContain(STATED);
    expect(world.events.filter(({ name }) => name === "person.erased")).toHaveLength(1);
  });

  it("can be erased again, also by the next key, and after coming back", async () => {
    await aLife();
    await erase();
    await aLife();
    await erase();
    expect(whole()).not.toContain(STATED);
    expect(await erase()).toMatchObject({ rows: {} });
  });

  it.each([
    "98 07 90 08",
    "0047 980 79 008",
    "+47-980-79-008",
    "to=%2B47%20980%2079%20008",
    "to=%2B47+980+79+008",
    "(+47) 980.79.008",
  ])("is in no kept request, however it was written: %s", async (written) => {
    world.database.sqlite.exec(
      `INSERT INTO exchange VALUES ('req_1', 1, 'acme', 'telling', 'POST', '/', '${written}', 200, '', 1, NULL)`,
    );
    await erase(ANOTHER);
    expect(rows("SELECT 1 FROM exchange")).toHaveLength(1);
    await erase();
    expect(rows("SELECT 1 FROM exchange")).toEqual([]);
  });

  it("is in no purchase that ended before it was theirs", async () => {
    const charge = {
      theirId: `buy-${PERSON}`,
      merchant: "shop",
      shortNumber: "2002",
      serviceCode: "14002",
      redirectUrl: "https://x/",
    };
    const wanted = { ...charge, invoiceText: "Games", amount: 4_900, currency: "NOK", echo: { of: PERSON } } as const;
    await world.aService();
    await world.gateway.acceptCharge(world.caller, wanted);
    const address = { by: "account", account: "acme", theirId: charge.theirId } as const;
    await world.gateway.giveNumber(address, "browser", PERSON);
    await world.pass(2 * DAY, DAY);
    world.database.sqlite.exec("UPDATE webhook SET state = 'answered', due_at = NULL");
    await erase();
    expect(whole()).not.toContain(STATED);
  });

  it("is in no webhook about what was deleted before it", async () => {
    await aLife();
    world.database.sqlite.exec(`UPDATE webhook SET changed_at = ${world.time.now + 60 * DAY}`);
    expect(rows(`SELECT 1 FROM webhook WHERE event LIKE '%${STATED}%'`).length).toBeGreaterThan(0);
    world.time.now += 130 * DAY;
    for (let n = 0; n < 3; n++) await world.gateway.tidy();
    await erase();
    expect(rows(`SELECT event FROM webhook WHERE event LIKE '%${STATED}%'`)).toEqual([]);
  });

  it("keeps every charge and text, where a customer uses the person's number as its id again", async () => {
    await aLife();
    const count = () => rows("SELECT (SELECT count(*) FROM txn) AS txn, (SELECT count(*) FROM message) AS message");
    const named = (table: string, id: string) =>
      world.database.sqlite.exec(`UPDATE ${table} SET their_id = 'for-${PERSON}' WHERE id IN (${id})`);
    const newest = (table: string) => `SELECT max(id) FROM ${table} WHERE recipient = '${PERSON}'`;
    for (const table of ["txn", "message"]) named(table, newest(table));
    const first = rows("SELECT id, state FROM txn");
    await erase();
    await aLife();
    for (const table of ["txn", "message"]) named(table, newest(table));
    const before = count();
    await erase();
    expect(count()).toEqual(before);
    expect(rows("SELECT id, state FROM txn")).toEqual(expect.arrayContaining(first));
    expect(whole()).not.toContain(STATED);
  });

  it("is erased for one account alone, where only that one asks", async () => {
    await aLife();
    world.database.sqlite.exec(`
      INSERT INTO account SELECT 'other', 2, name, state, settings, created_at, changed_at FROM account;
      INSERT INTO suppression VALUES ('other', '${OURS}', '${PERSON}', 'stop', 1, 'person', 'inb_1');`);
    await erase(PERSON, "other");
    expect(rows(`SELECT account_id FROM suppression WHERE recipient = '${PERSON}'`)).toEqual([{ account_id: "acme" }]);
    expect(rows(`SELECT count(*) AS n FROM txn WHERE recipient = '${PERSON}'`)).toEqual([{ n: 1 }]);
  });

  it("is known by no number that is none", async () => {
    expect(await refusal(erase("98079008"))).toMatch(/write the number with \+/);
  });
});

describe("what is under way", () => {
  it("is not taken away, and the refusal says what it is", async () => {
    await world.aService();
    await world.aCharge();
    await world.aSubscription();
    await world.ports.intake.add("acme", [aMessage({ recipient: PERSON })], {});
    const before = whole();
    const why = await refusal(erase());
    expect(why).toMatch(/1 messages \(cancel those.*1 charges \(wait.*1 subscriptions \(cancel them\)/);
    expect(whole()).toBe(before);
    expect(await refusal(erase(ANOTHER))).toBe("done");
  });

  it.each(DEATHS(1))("is whole or erased, whenever the process dies: $when call $call", async (at) => {
    await aLife();
    await dying(world.database, at, () => erase()).catch(() => {});
    const left = whole().includes(STATED);
    expect(rows("SELECT 1 FROM erasure").length).toBe(left ? 0 : 1);
    await erase();
    expect(whole()).not.toContain(STATED);
  });
});

describe("the person in settled charges", () => {
  const keepsFor = (charges: number) =>
    world.quiet.accounts.change("acme", { settings: { retention: { charges } } }, world.time.now);
  const ofCharges = () => JSON.stringify(["txn", "win", "evidence"].map((table) => rows(`SELECT * FROM ${table}`)));
  const people = () => rows("SELECT id, recipient FROM txn ORDER BY id").map(({ recipient }) => String(recipient));

  it("stays, where the account says nothing", async () => {
    await aLife();
    world.time.now += 400 * DAY;
    await world.gateway.tidy();
    expect(people()).toEqual([PERSON]);
  });

  it("goes after the account's time, and the ledger and the figures stand", async () => {
    await aLife();
    await keepsFor(100);
    world.time.now += 97 * DAY;
    await world.gateway.tidy();
    expect(people()).toEqual([PERSON]);
    const figures = () => [
      rows("SELECT id, txn_id, book, amount FROM ledger ORDER BY id"),
      rows("SELECT * FROM revenue"),
    ];
    const before = figures();
    expect(ofCharges()).toContain(STATED);
    world.time.now += 3 * DAY;
    await world.gateway.tidy();
    expect(people()).toEqual([expect.stringMatching(/^erased\./)]);
    expect(ofCharges()).not.toContain(STATED);
    expect(ofCharges()).not.toContain("192.0.2.");
    expect(figures()).toEqual(before);
    expect(rows("SELECT state FROM txn")).toEqual([{ state: "billed" }]);
  });

  it("is known by the same pseudonym in each charge, and by what stands for who was erased", async () => {
    await aLife();
    await keepsFor(100);
    world.time.now += 101 * DAY;
    await world.gateway.tidy();
    const [known] = people();
    await erase();
    expect(rows(`SELECT 1 FROM subscription WHERE recipient = '${known}'`)).toHaveLength(1);
  });

  it("goes from those that are settled later than others, too, and from no account that says nothing", async () => {
    await world.quiet.accounts.add({ id: "other", name: "Other", settings: {}, at: 0 });
    const insert = (id: string, account: string, state: string) =>
      world.database.sqlite.exec(`
        INSERT INTO txn (id, account_id, dialect, their_id, fingerprint, kind, merchant_id, short_number, service_code,
          invoice_text, recipient, amount, currency, state, expires_at, accepted_at, changed_at)
        VALUES ('${id}', '${account}', 'telling', '${id}', '', 'charge', 'shop', '2002', '14002', 'One', '${PERSON}', 100,
          'NOK', '${state}', 0, 0, 0)`);
    const { ids } = world.ports;
    const [first, second, third] = [ids.transaction(1), ids.transaction(1), ids.transaction(1)];
    insert(first, "acme", "billed");
    insert(second, "acme", "unknown");
    insert(third, "acme", "failed");
    insert(ids.transaction(2), "other", "billed");
    await keepsFor(100);
    world.time.now += 101 * DAY;
    await world.gateway.tidy();
    const left = () => rows(`SELECT id FROM txn WHERE recipient = '${PERSON}' AND account_id = 'acme'`);
    expect(left()).toEqual([{ id: second }]);
    world.database.sqlite.exec(`UPDATE txn SET state = 'billed' WHERE id = '${second}'`);
    await world.gateway.tidy();
    expect(left()).toEqual([]);
    expect(rows("SELECT txn_id FROM forgotten")).toEqual([{ txn_id: second }]);
    expect(rows(`SELECT 1 FROM txn WHERE recipient = '${PERSON}' AND account_id = 'other'`)).toHaveLength(1);
  });
});

describe("a STOP of somebody who was erased", () => {
  const mayText = async (codes = world.ports.codes) => {
    const message = aMessage({
      sender: OURS,
      recipient: PERSON,
      dueAt: world.time.now,
      expiresAt: world.time.now + 60_000,
    });
    await world.ports.intake.add("acme", [message], {});
    const claimed = await world.ports.messages.claim([message.id], world.time.now, world.time.now + 1);
    expect(claimed).toHaveLength(1);
    return (await heedOptOuts({ ...world.ports, codes }, claimed)).length > 0;
  };

  it("holds on, also after the keys were exchanged, until they write START", async () => {
    await aLife();
    await erase();
    expect(await mayText()).toBe(false);
    const exchanged = { ...world.ports.codes, ...makeDigests(testKeys("2", "1")) };
    expect(await mayText(exchanged)).toBe(false);
    await world.writes("START", { to: OURS });
    expect(await mayText()).toBe(true);
  });

  it("to a subscription keeps its merchant from charging and from asking again", async () => {
    await aLife();
    await erase();
    const people = [PERSON];
    expect(await world.quiet.consents.hasStopped("acme", people, "games")).toBe(false);
    const charge = (given: object) =>
      world.gateway.acceptCharge(world.caller, {
        theirId: "again",
        merchant: "shop",
        shortNumber: "2002",
        serviceCode: "14002",
        invoiceText: "Games",
        amount: 4_900,
        currency: "NOK",
        recipient: PERSON,
        echo: {},
        ...given,
      });
    expect(await charge({ unlessStopped: "games" })).toMatchObject({ state: "failed", reason: "opted-out" });
    expect(await charge({ theirId: "asks", consent: "games" })).toMatchObject({
      state: "failed",
      reason: "no-consent",
    });
  });
});

describe("a person who asks what is stored", () => {
  it("gets all of it by kind, and no secret", async () => {
    await aLife();
    const { data } = await exportPerson(world.ports, { msisdn: PERSON });
    expect(Object.keys(data).toSorted()).toEqual([
      "consent",
      "evidence",
      "exchange",
      "inbound",
      "inbound_part",
      "message",
      "pin",
      "spent_id",
      "subscription",
      "suppression",
      "txn",
      "webhook",
      "win",
    ]);
    expect(data.txn).toMatchObject([{ recipient: PERSON, amount: 4_900, acceptedAt: expect.stringMatching(/Z$/) }]);
    expect(data.inbound?.map(({ text }) => text)).toContain(`GAMES ${SECRET}`);
    expect(JSON.stringify(data)).not.toMatch(/"(hash|token|session|fingerprint)"/);
  });

  it("gets no other person's number or text, though one request told of both", async () => {
    world.database.sqlite.exec(`INSERT INTO exchange VALUES ('req_1', 1, 'acme', 'telling', 'POST', '/', 
      '[{"to":"${PERSON}","text":"mine"},{"to":"${ANOTHER}","text":"${SECRET}"}]', 200, '["${ANOTHER}"]', 1, NULL)`);
    const handed = JSON.stringify(await exportPerson(world.ports, { msisdn: PERSON }));
    expect(handed).toContain("req_1");
    for (const other of [ANOTHER, SECRET]) expect(handed).not.toContain(other);
  });

  it("gets nothing of another person, and nothing once erased", async () => {
    await aLife(ANOTHER);
    expect((await exportPerson(world.ports, { msisdn: PERSON })).data).toEqual({});
    await erase(ANOTHER);
    expect((await exportPerson(world.ports, { msisdn: ANOTHER })).data).toEqual({});
  });
});
