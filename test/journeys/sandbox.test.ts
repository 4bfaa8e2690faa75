/** The sandbox's levers: handsets to look at, a clock to move, a world to begin anew. */

import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { BEGINS_AT, type HandsetMessage, newNumber, type TestAccount, useGateway } from "../support/gateway.ts";

const DAY = 86_400;

describe("a handset", () => {
  const gateway = useGateway();
  let account: TestAccount;
  beforeAll(async () => {
    account = await gateway.account();
  });
  const inbox = async (number: string, query: Record<string, string> = {}) => {
    const path = `/sandbox/v1/handsets/${encodeURIComponent(number)}/messages?${new URLSearchParams(query)}`;
    return (await gateway.operator<{ items: HandsetMessage[] }>("GET", path)).items;
  };
  const textsOf = (messages: HandsetMessage[]) => messages.map(({ text }) => text);

  it("shows what it has received, oldest first, as the person sees it", async () => {
    const number = newNumber();
    expect(await inbox(number)).toEqual([]);
    await gateway.send(account, { recipient: number, content: "First" });
    await gateway.advance(1);
    await gateway.send(account, { recipient: number, content: "Ελλάς".repeat(20), allowUnicode: true });
    await gateway.advance(0);
    expect(await inbox(number)).toEqual([
      {
        id: expect.stringMatching(/^hst_\d+$/),
        from: "Shop",
        text: "First",
        parts: 1,
        encoding: "gsm7",
        receivedAt: expect.stringMatching(/Z$/),
      },
      expect.objectContaining({ text: "Ελλάς".repeat(20), parts: 2, encoding: "ucs2" }),
    ]);
  });

  it("is cleared by itself, and never gives two texts one id", async () => {
    const [number, other] = [newNumber(), newNumber()];
    for (const recipient of [other, number]) await gateway.send(account, { recipient, content: "Before" });
    await gateway.advance(0);
    const [before] = await inbox(number);
    const path = `/sandbox/v1/handsets/${encodeURIComponent(number)}/messages`;
    await gateway.operator("DELETE", path);
    expect(await gateway.operator("GET", path)).toEqual({ items: [], clearedAt: expect.stringMatching(/Z$/) });
    expect(textsOf(await inbox(other))).toEqual(["Before"]);
    const shown = await gateway.operator<{ items: { msisdn: string }[] }>("GET", "/sandbox/v1/handsets");
    expect(shown.items.map(({ msisdn }) => msisdn)).not.toContain(number);

    await gateway.send(account, { recipient: number, content: "After" });
    const after = await inbox(number, { wait: "20", since: before?.id ?? "" });
    expect(textsOf(after)).toEqual(["After"]);
  });

  it("holds its answer until a text has come", async () => {
    const number = newNumber();
    const waiting = inbox(number, { wait: "20" });
    await gateway.send(account, { recipient: number, content: "Here it is" });
    expect(textsOf(await waiting)).toEqual(["Here it is"]);
  });

  it("holds its answer until a text has come that matches", async () => {
    const number = newNumber();
    await gateway.send(account, { recipient: number, content: "Good morning" });
    await gateway.advance(0);
    const waiting = inbox(number, { wait: "20", match: "code is \\d+" });
    await gateway.send(account, { recipient: number, content: "Your code is 1234" });
    expect(textsOf(await waiting)).toEqual(["Your code is 1234"]);
  });

  it.each([
    { match: "CODE", found: ["Your code (A+B) is 1", "Your code is 22"] },
    { match: "\\d{2}$", found: ["Your code is 22"] },
    { match: "(A+B)", found: ["Your code (A+B) is 1"] },
    { match: "is (", found: [] },
  ])("shows what matches $match, as a text or as an expression", async ({ match, found }) => {
    const number = newNumber();
    for (const content of ["Hello", "Your code (A+B) is 1", "Your code is 22"]) {
      await gateway.send(account, { recipient: number, content });
      await gateway.advance(1);
    }
    expect(textsOf(await inbox(number, { match }))).toEqual(found);
  });

  it("shows what came after a time, or after a text", async () => {
    const number = newNumber();
    await gateway.send(account, { recipient: number, content: "One" });
    await gateway.advance(60);
    const since = new Date(await gateway.now()).toISOString();
    await gateway.send(account, { recipient: number, content: "Two" });
    await gateway.advance(0);
    const [one, two] = await inbox(number);
    expect(textsOf(await inbox(number, { since }))).toEqual(["Two"]);
    expect(textsOf(await inbox(number, { since: one?.id ?? "" }))).toEqual(["Two"]);
    expect(textsOf(await inbox(number, { since: String(Date.parse(since)) }))).toEqual(["Two"]);
    expect(await inbox(number, { since: two?.id ?? "" })).toEqual([]);
    expect(textsOf(await inbox(number, { limit: "1" }))).toEqual(["One"]);
  });

  it("is found though its + was lost on the way", async () => {
    const number = newNumber();
    await gateway.send(account, { recipient: number });
    await gateway.advance(0);
    for (const written of [number.slice(1), ` ${number.slice(1)}`]) expect(await inbox(written)).toHaveLength(1);
  });

  it.each([
    { path: "nobody/messages", field: "msisdn" },
    { path: "+4791000000/messages?wait=61", field: "wait" },
    { path: "+4791000000/messages?since=lately", field: "since" },
    { path: "+4791000000/messages?limit=0", field: "limit" },
  ])("refuses $path", async ({ path, field }) => {
    expect(await gateway.refusal("GET", `/sandbox/v1/handsets/${path}`)).toMatchObject({ status: 400, field });
  });
});

describe("the clock", () => {
  const gateway = useGateway();
  const at = (time: number) => new Date(time).toISOString();
  const advance = (body: Record<string, unknown>) =>
    gateway.operator<{ now: string }>("POST", "/sandbox/v1/clock/advance", body);

  it("is set, and goes on from there", async () => {
    const wanted = Date.parse("2031-02-28T23:59:00Z");
    const { now } = await gateway.operator<{ now: string }>("PUT", "/sandbox/v1/clock", { now: at(wanted) });
    expect(Date.parse(now)).toBeGreaterThanOrEqual(wanted);
    expect(await gateway.now()).toBeGreaterThanOrEqual(Date.parse(now));
    expect(await gateway.now()).toBeLessThan(wanted + DAY * 1000);
  });

  it("is moved on by seconds, or to a time", async () => {
    const before = await gateway.now();
    const { now } = await advance({ seconds: DAY });
    expect(Date.parse(now)).toBeGreaterThanOrEqual(before + DAY * 1000);
    const to = Date.parse(now) + 3_600_000;
    expect(Date.parse((await advance({ to: at(to) })).now)).toBeGreaterThanOrEqual(to);
  });

  it("does not go back by moving on; it is set back", async () => {
    const now = await gateway.now();
    const back = at(now - 60_000);
    const answer = await gateway.refusal("POST", "/sandbox/v1/clock/advance", { to: back });
    expect(answer).toMatchObject({
      status: 400,
      field: "to",
      detail: expect.stringContaining("PUT /sandbox/v1/clock"),
    });
    await gateway.operator("PUT", "/sandbox/v1/clock", { now: back });
    expect(await gateway.now()).toBeLessThan(now);
  });

  it("lets what is due happen before it answers, in order", async () => {
    const account = await gateway.account();
    const number = newNumber();
    const now = await gateway.now();
    for (const hours of [3, 1, 2]) {
      const sendTime = at(now + hours * 3_600_000);
      await gateway.send(account, { recipient: number, content: `After ${hours} h`, sendTime });
    }
    await gateway.advance(DAY);
    const texts = await gateway.handset(number);
    expect(texts.map(({ text }) => text)).toEqual(["After 1 h", "After 2 h", "After 3 h"]);
    const late = texts.map(({ receivedAt }, index) => Date.parse(receivedAt) - (now + (index + 1) * 3_600_000));
    for (const milliseconds of late) expect(milliseconds).toBeLessThan(60_000);
  });

  it("set back does not make a text late that is sent after that", async () => {
    const account = await gateway.account();
    const number = newNumber();
    await gateway.advance(30 * DAY);
    await gateway.send(account, { recipient: newNumber() });
    await gateway.operator("PUT", "/sandbox/v1/clock", { now: at(BEGINS_AT) });
    await gateway.send(account, { recipient: number, sendTime: at((await gateway.now()) + 1_000) });
    expect(await gateway.handset(number, { wait: 20 })).toHaveLength(1);
  });

  it("tells how far it is ahead, and when something is next due", async () => {
    const clock = () => gateway.operator<Record<string, unknown>>("GET", "/sandbox/v1/clock");
    await gateway.operator("POST", "/sandbox/v1/reset");
    expect(await clock()).toEqual({ now: expect.stringMatching(/Z$/), aheadSeconds: 0 });
    const account = await gateway.account();
    const sendTime = at((await gateway.now()) + 2 * DAY * 1000);
    await gateway.send(account, { sendTime });
    expect(await clock()).toMatchObject({ nextDue: sendTime });
    await gateway.advance(DAY);
    const later = await clock();
    expect(later).toMatchObject({ nextDue: sendTime });
    // Real time goes on while the clock is moved.
    expect(later.aheadSeconds).toBeGreaterThan(DAY - 60);
    expect(later.aheadSeconds).toBeLessThanOrEqual(DAY);
  });

  it("tells when a subscription is charged next", async () => {
    const { id } = await gateway.account();
    const path = `/admin/v1/accounts/${id}`;
    await gateway.operator("PUT", `${path}/senders/2002`, { kind: "short-number", country: "NO" });
    await gateway.operator("PUT", `${path}/merchants/shop`, { shortNumberIds: ["NO-2002"] });
    await gateway.operator("PUT", `${path}/services/club`, {
      ...{ shortNumber: "2002", merchantId: "shop", serviceCode: "14002", price: 4900, invoiceText: "The Club" },
      ...{ redirectUrl: "https://shop.example", recurring: true, interval: "weekly", autoRebill: true },
    });
    const begun = { account: id, service: "club", recipient: newNumber() };
    const subscription = await gateway.operator<{ id: string }>("POST", "/admin/v1/subscriptions", begun);
    await gateway.advance(0);
    const { dueAt } = await gateway.operator<{ dueAt: string }>("GET", `/admin/v1/subscriptions/${subscription.id}`);
    const clock = "/sandbox/v1/clock";
    expect(await gateway.operator("GET", clock)).toMatchObject({ nextRenewal: dueAt });
    await gateway.operator("POST", `/admin/v1/subscriptions/${subscription.id}/cancel`);
    expect(await gateway.operator("GET", clock)).not.toHaveProperty("nextRenewal");
  });

  it.each([
    { name: "neither seconds nor a time", body: {} },
    { name: "both", body: { seconds: 1, to: "2040-01-01T00:00:00Z" } },
    { name: "seconds below zero", body: { seconds: -1 } },
    { name: "seconds in words", body: { seconds: "ten" } },
    { name: "a time without a zone", body: { to: "2040-01-01T00:00:00" } },
  ])("refuses to move on by $name", async ({ body }) => {
    expect(await gateway.refusal("POST", "/sandbox/v1/clock/advance", body)).toMatchObject({ status: 400 });
  });

  it("refuses to be set to what is no time", async () => {
    const answer = await gateway.refusal("PUT", "/sandbox/v1/clock", { now: "noon" });
    expect(answer).toMatchObject({ status: 400, field: "now" });
  });
});

describe("the faults", () => {
  const gateway = useGateway();
  afterEach(() => gateway.faults({}));

  it("are set, shown, and taken away", async () => {
    const faults = { busySeconds: 5, times: 3 };
    const path = "/sandbox/v1/faults/simulator";
    expect(await gateway.operator("PUT", path, faults)).toEqual(faults);
    expect(await gateway.operator("GET", path)).toEqual(faults);
    await gateway.operator("DELETE", path);
    expect(await gateway.operator("GET", path)).toEqual({});
  });

  it("are shown as long as they hit something, with how many are left", async () => {
    const account = await gateway.account();
    const path = "/sandbox/v1/faults/simulator";
    await gateway.faults({ duplicateReceipts: 1, times: 2 });
    await gateway.send(account);
    await gateway.advance(0);
    expect(await gateway.operator("GET", path)).toEqual({ duplicateReceipts: 1, times: 1 });
    await gateway.send(account);
    await gateway.advance(0);
    expect(await gateway.operator("GET", path)).toEqual({});
  });

  it("are told with the clock's distance, as what is odd here", async () => {
    await gateway.operator("POST", "/sandbox/v1/reset");
    const odd = () => gateway.operator("GET", "/sandbox/v1/oddities");
    expect(await odd()).toEqual({ aheadSeconds: 0, faults: {} });
    await gateway.faults({ hang: true, only: "charges" });
    await gateway.advance(DAY);
    const { aheadSeconds, faults } = (await odd()) as { aheadSeconds: number; faults: unknown };
    expect(faults).toEqual({ hang: true, only: "charges" });
    // The sandbox's clock stands still while what is due happens: on a slow machine, for seconds.
    expect(aheadSeconds).toBeLessThanOrEqual(DAY);
    expect(aheadSeconds).toBeGreaterThan(DAY - 120);
  });

  it.each([
    { name: "a fault nobody knows", faults: { explode: true } },
    { name: "a reason nobody knows", faults: { refuse: "because" } },
    { name: "a share over one", faults: { share: 2 } },
  ])("refuse $name", async ({ faults }) => {
    expect(await gateway.refusal("PUT", "/sandbox/v1/faults/simulator", faults)).toMatchObject({ status: 400 });
  });

  it("are not those of a carrier that is not there", async () => {
    for (const method of ["GET", "DELETE"]) {
      expect(await gateway.refusal(method, "/sandbox/v1/faults/pigeon")).toMatchObject({ status: 404 });
    }
    expect(await gateway.refusal("PUT", "/sandbox/v1/faults/pigeon", {})).toMatchObject({ status: 404 });
  });
});

describe("a reset", () => {
  const DEMO_API_KEY = "a-demo-key-for-tests";
  const gateway = useGateway({ DEMO_API_KEY });
  const demo = { id: "demo", number: 1, apiKey: DEMO_API_KEY };

  it("leaves a fresh world with the demo account, however often it is made", async () => {
    const account = await gateway.account();
    const number = newNumber();
    await gateway.send(account, { recipient: number });
    await gateway.send(account, { recipient: number, sendTime: new Date((await gateway.now()) + DAY).toISOString() });
    await gateway.faults({ busySeconds: 60 });
    await gateway.advance(10 * DAY);

    for (let round = 0; round < 2; round++) {
      await gateway.operator("POST", "/sandbox/v1/reset");
      const { items } = await gateway.operator<{ items: { id: string; number: number }[] }>(
        "GET",
        "/admin/v1/accounts",
      );
      expect(items).toMatchObject([{ id: "demo", number: 1 }]);
      expect(await gateway.operator("GET", "/admin/v1/messages")).toEqual({ items: [] });
      expect(await gateway.operator("GET", "/admin/v1/webhooks")).toEqual({ items: [] });
      expect(await gateway.operator("GET", "/sandbox/v1/faults/simulator")).toEqual({});
      expect(await gateway.handset(number)).toEqual([]);
      expect(await gateway.now()).toBeLessThan(Date.now() + DAY * 1000);
    }
    const stale = await gateway.fetch("/api/client/public-keys", { headers: { "x-apikey": account.apiKey } });
    expect(stale.status).toBe(401);
  });

  it.each(["Stafett", "Target365", "2002", "0000"])("lets the demo account send from %s", async (sender) => {
    await gateway.operator("POST", "/sandbox/v1/reset");
    const number = newNumber();
    await gateway.send(demo, { sender, recipient: number });
    expect(await gateway.handset(number, { wait: 20 })).toMatchObject([{ from: sender }]);
  });

  it("leaves a world in which accounts begin anew", async () => {
    await gateway.operator("POST", "/sandbox/v1/reset");
    const account = await gateway.account();
    expect(account.number).toBe(2);
    const number = newNumber();
    await gateway.send(account, { recipient: number });
    expect(await gateway.handset(number, { wait: 20 })).toHaveLength(1);
  });
});

describe("a number of the demo account", () => {
  const gateway = useGateway({ DEMO_API_KEY: "a-demo-key-for-tests" });
  const { operator } = gateway;
  beforeAll(() => gateway.runtime.tick("@reboot"));

  type Sender = { sender: string; isShared?: boolean };
  const numbersOf = async (account: string) =>
    (await operator<{ items: Sender[] }>("GET", `/admin/v1/accounts/${account}/senders`)).items
      .map(({ sender }) => sender)
      .filter((sender) => /^\d+$/.test(sender));
  const claims = (account: string, number: string) =>
    operator("PUT", `/admin/v1/accounts/${account}/senders/${number}`, { kind: "short-number", country: "NO" });
  const demoService = () => operator("GET", "/admin/v1/accounts/demo/services/demo-games");
  const write = (text: string, to: string) =>
    operator("POST", "/sandbox/v1/handsets/+4798079008/messages", { to, text });

  it("is another's who claims it, with all that people write there; also after a restart and a reset", async () => {
    expect(await numbersOf("demo")).toEqual(["0000", "2002"]);
    expect(await demoService()).toMatchObject({ shortNumber: "2002" });
    const recipient = newNumber();
    const wanted = { account: "demo", service: "demo-games", recipient };
    const { id } = await operator<{ id: string }>("POST", "/admin/v1/subscriptions", wanted);
    await gateway.advance(60);

    const { id: account, apiKey } = await gateway.account();
    expect(await claims(account, "2002")).toEqual({
      ...{ sender: "2002", kind: "short-number", country: "NO", shortNumberId: "NO-2002" },
    });
    expect(await numbersOf("demo")).toEqual(["0000"]);
    // Nobody is billed for what they could no longer stop by writing to the number that they know.
    expect(await operator("GET", `/admin/v1/subscriptions/${id}`)).toMatchObject({ state: "cancelled" });
    expect(await demoService()).toMatchObject({
      shortNumber: "0000",
      startSms: expect.stringContaining("STOP GAMES til 0000"),
    });
    for (const text of ["Hello", "STOP", "GAMES", "STOP GAMES"]) await write(text, "2002");
    const { items } = await operator<{ items: { account?: string }[] }>("GET", "/admin/v1/inbound?limit=10");
    expect(items.map((one) => one.account)).toEqual([account, account, account, account]);
    const keyword = { shortNumberId: "NO-2002", keywordText: "GAMES", mode: "Exact", forwardUrl: "https://a.example" };
    const added = await gateway.fetch("/api/keywords", {
      headers: { "x-apikey": apiKey },
      json: { ...keyword, enabled: true },
    });
    expect(added.status).toBe(201);

    await gateway.runtime.tick("@reboot");
    expect(await numbersOf("demo")).toEqual(["0000"]);
    await operator("POST", "/sandbox/v1/reset");
    expect(await numbersOf("demo")).toEqual(["0000"]);
    expect(await demoService()).toMatchObject({ shortNumber: "0000" });

    // The operator may give it back.
    await claims("demo", "2002");
    await operator("POST", "/sandbox/v1/reset");
    expect(await numbersOf("demo")).toEqual(["0000", "2002"]);
  });

  it("may be its last: then it sells nothing by text", async () => {
    const { id } = await gateway.account();
    for (const number of ["2002", "0000"]) await claims(id, number);
    expect([await numbersOf("demo"), await numbersOf(id)]).toEqual([[], ["0000", "2002"]]);
    const path = "/admin/v1/accounts/demo/services/demo-games";
    expect(await gateway.refusal("GET", path)).toMatchObject({ status: 404 });
    await gateway.runtime.tick("@reboot");
    expect(await gateway.refusal("GET", path)).toMatchObject({ status: 404 });
  });
});

describe("a mistake in a request", () => {
  const gateway = useGateway();

  const mistakes = [
    {
      name: "a fault that is misspelt",
      method: "PUT",
      path: "/sandbox/v1/faults/simulator",
      body: { looseAnswer: true },
      detail: /^looseAnswer: is not a member that is known here; known: refuse, busySeconds, loseAnswer, hang, /,
    },
    {
      name: "a fault that is none",
      method: "PUT",
      path: "/sandbox/v1/faults/simulator",
      body: { only: "texts" },
      detail: /^only: must be one of messages, charges$/,
    },
    {
      name: "a wait that is no number",
      method: "GET",
      path: "/sandbox/v1/handsets/+4798079008/messages?wait=abc",
      detail: /^wait: must be a number$/,
    },
    {
      name: "a wait that is too long",
      method: "GET",
      path: "/sandbox/v1/handsets/+4798079008/messages?wait=61",
      detail: /^wait: must be at most 60$/,
    },
    ...["98079008", "004798079008"].flatMap((number) =>
      [`handsets/${number}/messages`, `subscribers/${number}`].map((path) => ({
        name: `a handset without its country code, ${path}`,
        method: "GET",
        path: `/sandbox/v1/${path}`,
        detail: /^msisdn: "\d+" is not a phone number: write it with \+ and its country code, like \+4798079008$/,
      })),
    ),
  ];
  it.each(mistakes)("is told in a sentence: $name", async ({ method, path, detail, ...more }) => {
    const answer = await gateway.refusal(method, path, "body" in more ? more.body : undefined);
    expect(answer).toMatchObject({ status: 400, detail: expect.stringMatching(detail) });
  });
});

describe("a gateway whose sandbox is off", () => {
  const gateway = useGateway({ SANDBOX: "off" });

  it.each([
    { method: "GET", path: "/sandbox/v1/clock" },
    { method: "GET", path: "/sandbox/v1/oddities" },
    { method: "POST", path: "/sandbox/v1/clock/advance" },
    { method: "POST", path: "/sandbox/v1/reset" },
    { method: "GET", path: "/sandbox/v1/handsets/+4791000000/messages" },
    { method: "GET", path: "/sandbox/v1/nothing" },
  ])("refuses $method $path", async ({ method, path }) => {
    const answer = await gateway.refusal(method, path, method === "GET" ? undefined : {});
    expect(answer).toMatchObject({ status: 403, detail: "the sandbox is off here: SANDBOX=on turns it on" });
  });

  it("is open to its operator all the same", async () => {
    expect(await gateway.operator("GET", "/admin/v1/accounts")).toEqual({ items: [] });
  });
});
