/** Telling the customer: until they have heard it, or we have said why not. */

import { createHash, createPublicKey, verify } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { type AdminWebhook, newNumber, type TestAccount, useGateway } from "../support/gateway.ts";
import { type Received, useReceiver } from "../support/receiver.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;

describe("a webhook", () => {
  const gateway = useGateway();
  const receiver = useReceiver();
  const other = useReceiver();

  afterEach(() => {
    receiver.behave(() => ({ status: 200 }));
    other.behave(() => ({ status: 200 }));
  });

  /** What has come to this account's address. */
  const came = ({ id }: TestAccount) => receiver.received.filter(to(id));
  const send = (account: TestAccount, path = "") =>
    gateway.send(account, { deliveryReportUrl: `${receiver.url}/${account.id}${path}` });
  const only = async (account: TestAccount) => {
    const [webhook, ...more] = await gateway.webhooks(account);
    expect(more).toEqual([]);
    return webhook as AdminWebhook;
  };
  /** An account that gives up after 15 hours, to get there sooner. */
  const hasty = async () => {
    const account = await gateway.account();
    await gateway.operator("PATCH", `/admin/v1/accounts/${account.id}`, { settings: { webhookRetries: "15h" } });
    return account;
  };

  it("is signed anew for each attempt, and its body stays the same", async () => {
    const account = await gateway.account();
    receiver.behave((one) => ({ status: came(account).indexOf(one) < 2 ? 500 : 200 }));
    await send(account, "?shop=1");
    await receiver.next(1, to(account.id));
    await gateway.advance(HOUR);

    const attempts = came(account);
    expect(attempts).toHaveLength(3);
    expect(new Set(attempts.map(({ body }) => body)).size).toBe(1);
    const headers = attempts.map(({ headers }) => String(headers["x-ecdsa-signature"]));
    expect(new Set(headers.map((header) => header.split(":")[2])).size).toBe(3);
    const key = await gateway.fetch(`/api/server/public-keys/${headers[0]?.split(":")[0]}`, {
      headers: { "x-apikey": account.apiKey },
    });
    const { publicKeyString } = (await key.json()) as { publicKeyString: string };
    for (const attempt of attempts) expect(isSigned(attempt, receiver.url, publicKeyString)).toBe(true);
    expect(await only(account)).toMatchObject({ state: "answered", attempts: 3 });
  });

  it.each([201, 204, 301, 404, 500])("that is answered with %i is tried again", async (status) => {
    const account = await gateway.account();
    receiver.behave(() => ({ status, headers: { location: `${other.url}/elsewhere` } }));
    await send(account);
    await receiver.next(1, to(account.id));
    await gateway.advance(0);
    const webhook = await only(account);
    expect(webhook).toMatchObject({ state: "owed", attempts: 1 });
    expect(webhook.history.at(-1)).toMatchObject({ event: "webhook.attempted", attempt: 1, status });

    receiver.behave(() => ({ status: 200 }));
    await gateway.advance(60);
    expect(await only(account)).toMatchObject({ state: "answered", attempts: 2 });
    expect(other.received.filter(({ url }) => url === "/elsewhere")).toEqual([]);
  });

  it("that was answered is sent again with all of a time, where that is asked for", async () => {
    const account = await gateway.account();
    await send(account);
    await receiver.next(1, to(account.id));
    await gateway.advance(0);
    const since = "1970-01-01T00:00:00Z";
    const replay = (more: object) =>
      gateway.operator("POST", "/admin/v1/webhooks/replay", { since, account: account.id, ...more });
    expect(await replay({})).toEqual({ replayed: 0 });
    expect(await replay({ state: "dead" })).toEqual({ replayed: 0 });
    expect(await replay({ state: "answered", until: "1970-01-02T00:00:00Z" })).toEqual({ replayed: 0 });
    expect(await replay({ state: "answered" })).toEqual({ replayed: 1 });
    await receiver.next(2, to(account.id));
    await gateway.advance(1);
    expect(await replay({ state: "all" })).toEqual({ replayed: 1 });
    await receiver.next(3, to(account.id));
    expect(await gateway.refusal("POST", "/admin/v1/webhooks/replay", { since, state: "owed" })).toMatchObject({
      status: 400,
      field: "state",
    });
  });

  it("that is answered with 410 is not sent again, and stands on the dead list; the next one is sent", async () => {
    const account = await gateway.account();
    receiver.behave(() => ({ status: 410 }));
    await send(account);
    await receiver.next(1, to(account.id));
    await gateway.advance(3 * DAY);
    expect(came(account)).toHaveLength(1);
    expect(await gateway.webhooks(account, { state: "dead" })).toMatchObject([
      { attempts: 1, reason: "the receiver is gone: it answered 410, so it is not called again" },
    ]);
    receiver.behave(() => ({ status: 200 }));
    await send(account);
    await receiver.next(2, to(account.id));
  });

  it("waits as long as a receiver that answers 503 asks by Retry-After; that delays no other account", async () => {
    const [busy, quick] = [await gateway.account(), await gateway.account()];
    receiver.behave(({ url }) =>
      url.includes(busy.id) ? { status: 503, headers: { "retry-after": "7200" } } : { status: 503 },
    );
    await send(busy);
    await send(quick);
    await receiver.next(1, to(busy.id));
    await receiver.next(1, to(quick.id));
    await gateway.advance(HOUR);
    expect(came(busy)).toHaveLength(1);
    expect(came(quick).length).toBeGreaterThan(5);
    expect((await only(busy)).history.at(-1)).toMatchObject({ event: "webhook.attempted", status: 503, asked: 7_200 });
    await gateway.advance(1.1 * HOUR);
    expect(came(busy)).toHaveLength(2);
    receiver.behave(() => ({ status: 200 }));
    await gateway.advance(2 * HOUR);
    expect(await only(busy)).toMatchObject({ state: "answered", attempts: 3 });
  });

  it("is given up by the end of its schedule, however long its receiver asks us to wait", async () => {
    const account = await gateway.account();
    receiver.behave(() => ({ status: 429, headers: { "retry-after": "31536000" } }));
    await send(account);
    await receiver.next(1, to(account.id));
    await gateway.advance(47 * HOUR);
    expect(came(account)).toHaveLength(1);
    await gateway.advance(2 * HOUR);
    expect(came(account)).toHaveLength(2);
    expect(await gateway.webhooks(account, { state: "dead" })).toMatchObject([
      { attempts: 2, reason: "gave up after 2 attempts; the last: status 429" },
    ]);
  });

  it("that nobody is there to take is tried again", async () => {
    const account = await gateway.account();
    await gateway.send(account, { deliveryReportUrl: "http://127.0.0.1:1/nobody" });
    await gateway.advance(0);
    const webhook = await only(account);
    expect(webhook).toMatchObject({ state: "owed", attempts: 1 });
    expect(webhook.history.at(-1)?.error).toMatch(/^could not connect/);
  });

  it("to a server that hangs is given up for this time, and delays nobody else meanwhile", async () => {
    const slow = await gateway.account();
    const quick = await gateway.account();
    receiver.behave(() => "hang");
    for (let count = 0; count < 10; count++) await send(slow);
    await receiver.next(1, to(slow.id));
    await gateway.send(quick, { deliveryReportUrl: `${other.url}/${quick.id}` });
    await other.next(1, to(quick.id));
    expect((await gateway.webhooks(slow)).map(({ attempts }) => attempts)).toEqual(Array(10).fill(0));

    receiver.behave(() => ({ status: 200 }));
    await gateway.advance(0);
    const tried = (await gateway.webhooks(slow)).filter(({ history }) => history[0]?.error === "no answer within 10 s");
    expect(tried.length).toBeGreaterThan(0);
    await gateway.advance(60);
    expect((await gateway.webhooks(slow)).map(({ state }) => state)).toEqual(Array(10).fill("answered"));
  }, 60_000);

  it("is tried 19 times more over about 48 hours, and then stands on the dead list with its reason", async () => {
    const account = await gateway.account();
    receiver.behave(() => ({ status: 503 }));
    await send(account);
    await gateway.advance(47 * HOUR);
    expect(await only(account)).toMatchObject({ state: "owed", attempts: 19 });
    await gateway.advance(2 * HOUR);
    expect(came(account)).toHaveLength(20);
    expect(await gateway.webhooks(account, { state: "dead" })).toMatchObject([
      { attempts: 20, reason: "gave up after 20 attempts; the last: status 503" },
    ]);
    await gateway.advance(5 * DAY);
    expect(came(account)).toHaveLength(20);
  });

  it("is tried 10 times more over about 15 hours for an account that chose so", async () => {
    const account = await hasty();
    receiver.behave(() => ({ status: 503 }));
    await send(account);
    await gateway.advance(14 * HOUR);
    expect(await only(account)).toMatchObject({ state: "owed", attempts: 10 });
    await gateway.advance(2 * HOUR);
    expect(came(account)).toHaveLength(11);
    expect(await only(account)).toMatchObject({
      state: "dead",
      reason: "gave up after 11 attempts; the last: status 503",
    });
  });

  it("has each attempt written down: when, how it ended, how long it took, what was said", async () => {
    const account = await gateway.account();
    receiver.behave(() => ({ status: 500, body: "the till is closed" }));
    const text = await send(account);
    await gateway.advance(100);
    const { id } = await only(account);
    const { history } = await gateway.operator<AdminWebhook>("GET", `/admin/v1/webhooks/${id}`);
    const attempt = {
      event: "webhook.attempted",
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      headers: { "content-type": "application/json", "x-ecdsa-signature": expect.stringMatching(/^[\d-]+:\d+:/) },
      status: 500,
      milliseconds: expect.any(Number),
      answer: "the till is closed",
      answerHeaders: expect.objectContaining({ date: expect.any(String) }),
      again: expect.stringMatching(/^\d{4}-.*Z$/),
    };
    expect(history).toEqual([
      {
        ...attempt,
        attempt: 1,
        sent: { method: "POST", url: expect.any(String), body: expect.stringContaining(text) },
      },
      { ...attempt, attempt: 2 },
    ]);
    const timeline = await gateway.timeline(account, text);
    expect(timeline.filter(({ event }) => event === "webhook.attempted")).toEqual(
      history.map((one) => ({ ...one, webhook: id })),
    );
  });

  it.each([
    { name: "a huge answer", answer: { status: 200, body: "x".repeat(5_000_000) } },
    { name: "an endless answer", answer: "endless" as const },
  ])("with $name is taken for received, and only the first bytes are kept", async ({ answer }) => {
    const account = await gateway.account();
    receiver.behave(() => answer);
    await send(account);
    await gateway.advance(0);
    const { state, history } = await only(account);
    expect(state).toBe("answered");
    expect(String(history[0]?.answer)).toHaveLength(500);
  });

  it("tells the customer once, however often the receipt comes", async () => {
    const account = await gateway.account();
    await gateway.faults({ duplicateReceipts: 5 });
    const text = await send(account);
    await gateway.advance(DAY);
    await gateway.faults({});
    expect(came(account)).toHaveLength(1);
    const receipts = (await gateway.timeline(account, text)).filter(({ event }) => event === "carrier.receipt");
    expect(receipts).toHaveLength(1);
  });

  describe("on the dead list", () => {
    it("is owed anew by a replay; and again, when it was answered and somebody asks for it", async () => {
      const account = await hasty();
      receiver.behave(() => ({ status: 500 }));
      await send(account);
      await gateway.advance(16 * HOUR);
      receiver.behave(() => ({ status: 200 }));
      const { id } = await only(account);
      expect(await gateway.operator("POST", `/admin/v1/webhooks/${id}/replay`)).toEqual({ replayed: 1 });
      await receiver.next(12, to(account.id));
      await gateway.advance(0);
      const webhook = await only(account);
      expect(webhook).toMatchObject({ state: "answered", attempts: 1 });
      expect(webhook.reason).toBeUndefined();
      const [attempted, replayed] = ["webhook.attempted", "webhook.replayed"];
      const history = [...Array(11).fill(attempted), replayed, attempted];
      expect(webhook.history.map(({ event }) => event)).toEqual(history);

      expect(await gateway.operator("POST", `/admin/v1/webhooks/${id}/replay`)).toEqual({ replayed: 1 });
      await receiver.next(13, to(account.id));
      await gateway.advance(0);
      expect((await only(account)).history.map(({ event }) => event)).toEqual([...history, replayed, attempted]);
      expect(await gateway.refusal("POST", "/admin/v1/webhooks/whk_none/replay")).toMatchObject({ status: 404 });
    });

    it("is replayed with all of a time, of an account, or of an endpoint", async () => {
      const [one, two] = [await hasty(), await hasty()];
      receiver.behave(() => ({ status: 500 }));
      const begun = new Date(await gateway.now()).toISOString();
      await send(one, "/early");
      await gateway.advance(HOUR);
      const later = new Date(await gateway.now()).toISOString();
      await send(one, "/late");
      await send(one, "/late?basket=7");
      await send(two, "/late");
      await gateway.advance(16 * HOUR);
      receiver.behave(() => ({ status: 200 }));

      const replay = (which: Record<string, string>) => gateway.operator("POST", "/admin/v1/webhooks/replay", which);
      const dead = async (account: TestAccount) =>
        (await gateway.webhooks(account, { state: "dead" })).map(({ endpoint }) => endpoint);
      expect(await replay({ since: later, account: one.id, endpoint: `${receiver.url}/${one.id}/early` })).toEqual({
        replayed: 0,
      });
      expect(await replay({ since: begun, account: one.id, kind: "charge" })).toEqual({ replayed: 0 });
      expect(await replay({ since: begun, until: later, account: one.id, kind: "report" })).toEqual({ replayed: 1 });
      await gateway.advance(0);
      expect(await dead(one)).toEqual([`${receiver.url}/${one.id}/late`, `${receiver.url}/${one.id}/late`]);
      expect(await replay({ since: begun, endpoint: `${receiver.url}/${one.id}/late` })).toEqual({ replayed: 2 });
      await gateway.advance(0);
      expect(await dead(one)).toEqual([]);
      expect(await dead(two)).toHaveLength(1);
      expect(await replay({ since: later })).toEqual({ replayed: 1 });
      await gateway.advance(0);
      expect(await dead(two)).toEqual([]);
    });

    it.each([
      { name: "without a time", body: {} },
      { name: "of a time that is none", body: { since: "yesterday" } },
    ])("is not replayed $name", async ({ body }) => {
      expect(await gateway.refusal("POST", "/admin/v1/webhooks/replay", body)).toMatchObject({
        status: 400,
        field: "since",
      });
    });
  });

  describe("to an endpoint that fails for three days", () => {
    it("goes to the dead list, the new ones too, until the endpoint is resumed", async () => {
      const account = await gateway.account();
      receiver.behave(() => ({ status: 500 }));
      const begun = await send(account);
      await gateway.advance(1.5 * DAY);
      const underWay = await send(account);
      await gateway.advance(1.6 * DAY);

      const endpoint = `${receiver.url}/${account.id}`;
      const { items } = await gateway.operator<{ items: Record<string, unknown>[] }>(
        "GET",
        `/admin/v1/endpoints?account=${account.id}`,
      );
      expect(items).toMatchObject([{ account: account.id, endpoint, pausedAt: expect.any(String) }]);
      expect(items[0]?.reason).toMatch(/^nothing received there since \d{4}-/);

      const knocks = came(account).length;
      const fresh = await send(account);
      await gateway.advance(DAY);
      expect(came(account)).toHaveLength(knocks);
      const dead = await gateway.webhooks(account, { state: "dead" });
      expect(dead.map(({ reason }) => reason)).toEqual([
        "gave up after 20 attempts; the last: status 500",
        `paused: ${items[0]?.reason}`,
        `paused: ${items[0]?.reason}`,
      ]);

      receiver.behave(() => ({ status: 200 }));
      const resumed = await gateway.operator("POST", "/admin/v1/endpoints/resume", { account: account.id, endpoint });
      expect(resumed).toEqual({ replayed: 2 });
      await gateway.advance(0);
      const told = came(account)
        .slice(knocks)
        .map(({ json }) => json.transactionId);
      expect(told.sort()).toEqual([underWay, fresh].sort());
      expect(told).not.toContain(begun);
    });

    it("is tried all the same if nothing was sent there since it was given up", async () => {
      const account = await gateway.account();
      receiver.behave(() => ({ status: 500 }));
      await send(account);
      await gateway.advance(4 * DAY);
      receiver.behave(() => ({ status: 200 }));
      const text = await send(account);
      await gateway.advance(0);
      expect(came(account).at(-1)?.json.transactionId).toBe(text);
    });
  });

  describe("to an endpoint that an operator pauses", () => {
    const pause = (account: TestAccount) =>
      gateway.operator("POST", "/admin/v1/endpoints/pause", {
        account: account.id,
        endpoint: `${receiver.url}/${account.id}`,
      });
    const resume = (account: TestAccount) =>
      gateway.operator("POST", "/admin/v1/endpoints/resume", {
        account: account.id,
        endpoint: `${receiver.url}/${account.id}`,
      });

    it("waits on the dead list until it is resumed", async () => {
      const account = await gateway.account();
      await pause(account);
      await send(account, "?basket=7");
      await gateway.advance(DAY);
      expect(came(account)).toEqual([]);
      expect(await only(account)).toMatchObject({ state: "dead", reason: "paused: by an operator" });
      expect(await resume(account)).toEqual({ replayed: 1 });
      await receiver.next(1, to(account.id));
      await gateway.advance(0);
      expect(await only(account)).toMatchObject({ state: "answered" });
    });

    it("is told why, and what is no endpoint is not paused", async () => {
      const account = await gateway.account();
      const which = { account: account.id, endpoint: `${receiver.url}/${account.id}` };
      await gateway.operator("POST", "/admin/v1/endpoints/pause", { ...which, reason: "they move on Monday" });
      await send(account);
      await gateway.advance(0);
      expect(await only(account)).toMatchObject({ state: "dead", reason: "paused: they move on Monday" });
      for (const [field, wrong] of Object.entries({
        endpoint: `${which.endpoint}?shop=1`,
        reason: " ",
        account: "nobody",
      })) {
        const refused = await gateway.refusal("POST", "/admin/v1/endpoints/pause", { ...which, [field]: wrong });
        expect(refused).toMatchObject({ field });
      }
    });

    it("is not knocked for again when its attempt under way fails", async () => {
      const account = await gateway.account();
      let answer = (_: { status: number }) => {};
      receiver.behave(
        () =>
          new Promise((resolve) => {
            answer = resolve;
          }),
      );
      await send(account);
      await receiver.next(1, to(account.id));
      await pause(account);
      answer({ status: 500 });
      await gateway.advance(DAY);
      expect(came(account)).toHaveLength(1);
      expect(await only(account)).toMatchObject({ state: "dead", reason: "paused: by an operator" });
      receiver.behave(() => ({ status: 200 }));
      expect(await resume(account)).toEqual({ replayed: 1 });
      await gateway.advance(0);
      expect(await only(account)).toMatchObject({ state: "answered" });
    });

    it("waits there too if it tells of a text of a batch that was refused", async () => {
      const account = await gateway.account();
      await pause(account);
      const item = { transactionId: "nobody", sender: "Nobody", recipient: newNumber(), content: "Hello" };
      const answer = await gateway.fetch("/api/out-messages/batch", {
        headers: { "x-apikey": account.apiKey },
        json: [{ ...item, deliveryReportUrl: `${receiver.url}/${account.id}` }],
      });
      expect(answer.status).toBe(201);
      await gateway.advance(DAY);
      expect(came(account)).toEqual([]);
      expect(await only(account)).toMatchObject({ state: "dead", reason: "paused: by an operator" });
    });

    it("of another account goes out", async () => {
      const [paused, open] = [await gateway.account(), await gateway.account()];
      const endpoint = `${receiver.url}/shared`;
      await gateway.operator("POST", "/admin/v1/endpoints/pause", { account: paused.id, endpoint });
      const held = await gateway.send(paused, { deliveryReportUrl: endpoint });
      const sent = await gateway.send(open, { deliveryReportUrl: endpoint });
      await gateway.advance(0);
      const told = receiver.received.filter(({ url }) => url === "/shared").map(({ json }) => json.transactionId);
      expect(told).toContain(sent);
      expect(told).not.toContain(held);
    });

    it("is not paused twice, nor for an account that is not there", async () => {
      const account = await gateway.account();
      await pause(account);
      const endpoint = `${receiver.url}/${account.id}`;
      const twice = await gateway.refusal("POST", "/admin/v1/endpoints/pause", { account: account.id, endpoint });
      expect(twice).toMatchObject({ status: 409, detail: `${endpoint} is paused already` });
      const nobody = await gateway.refusal("POST", "/admin/v1/endpoints/pause", { account: "nobody", endpoint });
      expect(nobody).toMatchObject({ status: 404 });
    });
  });

  it("leaves no full number and no key in the log", async () => {
    const account = await gateway.account();
    const recipient = newNumber();
    await gateway.send(account, { recipient, deliveryReportUrl: `${receiver.url}/${account.id}` });
    await receiver.next(1, to(account.id));
    await gateway.advance(0);
    const log = gateway.log.join("\n");
    expect(log).toContain("webhook.attempted");
    expect(log).not.toContain(recipient.slice(1));
    expect(log).not.toContain(account.apiKey);
  });
});

describe("a gateway that calls no private addresses", () => {
  const gateway = useGateway({ ALLOW_PRIVATE_WEBHOOKS: "off" });
  const receiver = useReceiver();

  it.each([
    { where: "the loopback address", url: () => receiver.url, why: "127.0.0.1 is not a public address (loopback)" },
    {
      where: "the loopback address in other digits",
      url: () => receiver.url.replace("127.0.0.1", "0x7f.1"),
      why: "127.0.0.1 is not a public address (loopback)",
    },
    {
      where: "this machine by its name",
      url: () => receiver.url.replace("127.0.0.1", "localhost"),
      why: "localhost is not a public name",
    },
    {
      where: "a machine next to it",
      url: () => "http://192.168.1.1",
      why: "192.168.1.1 is not a public address (private)",
    },
  ])("does not call $where, and the attempt says why", async ({ url, why }) => {
    const account = await gateway.account();
    await gateway.send(account, { deliveryReportUrl: `${url()}/${account.id}` });
    await gateway.advance(0);
    const [webhook] = await gateway.webhooks(account);
    expect(webhook?.history).toMatchObject([{ event: "webhook.attempted", attempt: 1, error: why }]);
    expect(receiver.received).toEqual([]);
  });
});

function to(account: string): (received: Received) => boolean {
  return ({ url }) => url.split(/[/?]/)[1] === account;
}

/** Whether the signature in the header is the server key's, over the call as it came. */
function isSigned(received: Received, base: string, publicKey: string): boolean {
  const [, timestamp = "", nonce = "", signature = ""] = String(received.headers["x-ecdsa-signature"]).split(":");
  const hash = createHash("sha256").update(received.body).digest("base64");
  const text = `post${base}${received.url}`.toLowerCase() + timestamp + nonce + hash;
  const key = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
  return verify("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64"));
}
