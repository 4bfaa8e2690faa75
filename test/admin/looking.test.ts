/** How an operator looks for what happened: by an id, by what is known of it, and at what the client sent and got. */

import { beforeAll, describe, expect, it, vi } from "vitest";
import { useCharging } from "../support/charging.ts";
import { type AdminMessage, newNumber, type TestAccount, useGateway } from "../support/gateway.ts";
import { useReceiver } from "../support/receiver.ts";

type List<Item> = { items: Item[]; next?: string };
type Found = { kind: string; id: string; person?: string };
type Exchange = { id: string; account?: string; request: string; answer: string; path: string } & Record<
  string,
  unknown
>;

describe("an operator", () => {
  const gateway = useGateway();
  const receiver = useReceiver();
  const charging = useCharging(gateway);
  let one: TestAccount;
  let two: TestAccount;
  beforeAll(async () => {
    [one, two] = [await gateway.account(), await gateway.account()];
  });
  const search = async (q: string) =>
    (await gateway.operator<List<Found>>("GET", `/admin/v1/search?${new URLSearchParams({ q })}`)).items;
  const list = async (query: Record<string, string>) =>
    (await gateway.operator<List<AdminMessage>>("GET", `/admin/v1/messages?${new URLSearchParams(query)}`)).items;

  describe("finds by an id", () => {
    it("of ours or of a customer's, whatever it is, with the person it is about", async () => {
      const recipient = await charging.person();
      const seller = await charging.seller({ recurring: true, interval: "monthly", autoRebill: true });
      await gateway.send(one, { transactionId: "found-1", recipient, deliveryReportUrl: `${receiver.url}/found` });
      await gateway.send(two, { transactionId: "found-1" });
      const subscription = await charging.subscribe(seller, recipient);
      const charged = await charging.charge(seller, { recipient });
      await charging.writes(recipient, seller.shortNumber, "hello", "in-4711");
      await gateway.advance(0);

      const message = await gateway.message(one, "found-1");
      const [webhook] = await gateway.webhooks(one);
      const transaction = await charging.transaction(seller, charged);
      const [inbound] = await search("in-4711");
      expect(inbound).toMatchObject({ kind: "inbound", person: recipient });
      expect(await search(message.id)).toEqual([{ kind: "message", id: message.id, person: recipient }]);
      expect(await search(webhook?.id ?? "")).toEqual([{ kind: "webhook", id: webhook?.id }]);
      expect(await search(subscription.id)).toMatchObject([{ kind: "subscription", person: recipient }]);
      expect(await search(inbound?.id ?? "")).toMatchObject([{ kind: "inbound", person: recipient }]);
      expect(await search(charged)).toEqual([{ kind: "transaction", id: transaction.id, person: recipient }]);
      expect(await search(` ${transaction.id} `)).toEqual([
        { kind: "transaction", id: transaction.id, person: recipient },
      ]);
      expect((await search("found-1")).map(({ kind }) => kind)).toEqual(["message", "message"]);
    });

    it.each(["found", "msg_none", "%", "' OR '1'='1"])("nothing that does not have it whole: %s", async (q) => {
      expect(await search(q)).toEqual([]);
    });

    it.each(["", "   ", "x".repeat(501)])("and refuses what cannot be one: %j", async (q) => {
      const answer = await gateway.refusal("GET", `/admin/v1/search?${new URLSearchParams({ q })}`);
      expect(answer).toMatchObject({ status: 400, field: "q" });
    });
  });

  describe("lists", () => {
    it("messages by their dialect and by the id that the customer gave", async () => {
      await gateway.send(one, { transactionId: "listed" });
      await gateway.send(two, { transactionId: "listed" });
      expect(await list({ theirId: "listed" })).toHaveLength(2);
      expect(await list({ theirId: "listed", account: two.id })).toMatchObject([{ account: two.id }]);
      expect(await list({ theirId: "listed", dialect: "target365", account: one.id })).toMatchObject([
        { account: one.id },
      ]);
      expect(await list({ theirId: "listed", dialect: "txtnation" })).toEqual([]);
      expect(await list({ theirId: "liste" })).toEqual([]);
      expect(new Set((await list({ dialect: "target365" })).map(({ dialect }) => dialect))).toEqual(
        new Set(["target365"]),
      );
      expect(await list({ dialect: "flowroute" })).toEqual([]);
    });

    it("charges likewise, and the ledger's entries of one", async () => {
      const seller = await charging.seller();
      const theirId = await charging.charge(seller, { recipient: await charging.person() });
      await charging.charge(seller, { recipient: await charging.person() });
      await gateway.advance(0);
      const by = async (query: Record<string, string>) =>
        (await gateway.operator<List<{ id: string }>>("GET", `/admin/v1/transactions?${new URLSearchParams(query)}`))
          .items;
      const [found] = await by({ theirId });
      expect(found).toMatchObject({ theirId, state: "billed" });
      expect(await by({ theirId, account: one.id })).toEqual([]);
      expect(await by({ account: seller.id, dialect: "target365" })).toHaveLength(2);
      expect(await by({ account: seller.id, dialect: "cm" })).toEqual([]);
      const entries = await gateway.operator<List<{ amount: number; transaction: string }>>(
        "GET",
        `/admin/v1/ledger?transaction=${found?.id}`,
      );
      expect(entries.items.map(({ amount }) => amount).sort()).toEqual([-4900, 4900]);
    });
  });

  describe("cancels", () => {
    it("a message that waits for its time, and none that has left", async () => {
      const recipient = newNumber();
      const sendTime = new Date((await gateway.now()) + 3_600_000).toISOString();
      const later = await gateway.message(one, await gateway.send(one, { sendTime, recipient }));
      const path = (id: string) => `/admin/v1/messages/${id}/cancel`;
      expect(await gateway.operator("POST", path(later.id))).toMatchObject({ id: later.id, state: "cancelled" });
      expect(await gateway.refusal("POST", path(later.id))).toMatchObject({ status: 409 });
      await gateway.advance(7_200);
      expect(await gateway.handset(recipient)).toEqual([]);
      const gone = await gateway.message(one, await gateway.send(one));
      expect(await gateway.refusal("POST", path(gone.id))).toMatchObject({ status: 409 });
      expect(await gateway.refusal("POST", path("msg_none"))).toMatchObject({ status: 404 });
    });
  });

  describe("sees what the client sent and got", () => {
    const exchanges = async (query: Record<string, string>) =>
      (await gateway.operator<List<Exchange>>("GET", `/admin/v1/exchanges?${new URLSearchParams(query)}`)).items;
    /** The exchange that a story begins with, once it is kept: that is not waited for by who is answered. */
    const exchangeOf = async (theirId: string) => {
      const [first] = await gateway.timeline(one, theirId);
      return vi.waitFor(() => gateway.operator<Exchange>("GET", `/admin/v1/exchanges/${first?.request}`));
    };

    it("of a message, with the time it took, and without the key", async () => {
      const theirId = await gateway.send(one, { content: "Hei på deg ✓" });
      const exchange = await exchangeOf(theirId);
      expect(exchange).toMatchObject({
        account: one.id,
        dialect: "target365",
        method: "POST",
        path: "/api/out-messages",
        status: 201,
        answer: "",
        milliseconds: expect.any(Number),
      });
      expect(JSON.parse(exchange.request)).toMatchObject({ transactionId: theirId, content: "Hei på deg ✓" });
      expect(JSON.stringify(exchange)).not.toContain(one.apiKey);
    });

    it("of a charge, and of each item of a batch, refused ones too", async () => {
      const items = ["batch-a", "batch-b"].map((transactionId) => ({
        transactionId,
        sender: transactionId === "batch-a" ? "Shop" : "Nobody",
        recipient: newNumber(),
        content: "x".repeat(200),
      }));
      const answer = await gateway.fetch("/api/out-messages/batch", {
        headers: { "x-apikey": one.apiKey },
        json: items,
      });
      expect(answer.status).toBe(201);
      const [a, b] = [await exchangeOf("batch-a"), await exchangeOf("batch-b")];
      expect(a).toEqual(b);
      const seller = await charging.seller();
      const { id } = await charging.transaction(
        seller,
        await charging.charge(seller, { recipient: await charging.person() }),
      );
      const story = await gateway.operator<List<{ request?: string }>>("GET", `/admin/v1/transactions/${id}/timeline`);
      expect(story.items[0]?.request).toMatch(/^req_/);
    });

    it("of what was refused, whoever it was from; newest first, page by page", async () => {
      const since = new Date(await gateway.now()).toISOString();
      const post = (headers: Record<string, string>, body: string) =>
        gateway.fetch("/api/out-messages", { method: "POST", headers, body });
      await post({ "x-apikey": two.apiKey }, '{"sender": "Shop"');
      await post({}, '{"password": "hunter-2"}');
      const kept = await vi.waitFor(async () => {
        const found = await exchanges({ since, dialect: "target365" });
        expect(found.length).toBeGreaterThanOrEqual(2);
        return found;
      });
      expect(kept.slice(0, 2)).toMatchObject([
        { status: 401, request: '{"password": "•••"}' },
        { status: 400, account: two.id, answer: expect.stringContaining("JSON") },
      ]);
      expect(kept[0]).not.toHaveProperty("account");
      expect((await exchanges({ account: two.id, since })).map(({ status }) => status)).toEqual([400]);
      await gateway.send(two);
      await vi.waitFor(async () => expect(await exchanges({ account: two.id, since })).toHaveLength(2));
      const statuses = async (refused: string) =>
        (await exchanges({ account: two.id, since, refused })).map(({ status }) => status);
      expect([await statuses("true"), await statuses("false")]).toEqual([[400], [201]]);
      const page = await gateway.operator<List<Exchange>>("GET", "/admin/v1/exchanges?limit=1");
      const next = await gateway.operator<List<Exchange>>("GET", `/admin/v1/exchanges?limit=1&cursor=${page.next}`);
      expect([...page.items, ...next.items].map(({ id }) => id)).toEqual(
        (await exchanges({ limit: "2" })).map(({ id }) => id),
      );
    });

    it("cut where it is long, and never of our own pages", async () => {
      const own = ["/admin/v1/messages", "/console", "/sandbox", "/docs", "/healthz"];
      for (const path of own) await gateway.fetch(path);
      const theirId = await gateway.send(one, { content: "a".repeat(1_000), properties: { long: "b".repeat(9_000) } });
      expect((await exchangeOf(theirId)).request).toMatch(/^\{.{8000,8200}… \(cut\)$/s);
      const paths = (await exchanges({ limit: "500" })).map(({ path }) => path);
      expect(paths.filter((path) => own.some((ours) => path.startsWith(ours)))).toEqual([]);
    });

    it("once, though its dialect has no such address", async () => {
      for (const path of ["/gateway.php/nothing", "/api/nothing"]) {
        await gateway.fetch(path);
        await vi.waitFor(async () =>
          expect((await exchanges({ limit: "5" })).some((one) => one.path === path)).toBe(true),
        );
      }
      await gateway.send(one);
      const seen = (await exchanges({ limit: "20" })).map(({ path }) => path);
      expect(seen.filter((path) => path.endsWith("/nothing")).sort()).toEqual(["/api/nothing", "/gateway.php/nothing"]);
    });

    it("for a day of real time, however the clock is moved; and says when it is gone", async () => {
      const theirId = await gateway.send(one);
      await exchangeOf(theirId);
      await gateway.advance(3 * 86_400);
      expect((await exchangeOf(theirId)).path).toBe("/api/out-messages");
      expect(await gateway.refusal("GET", "/admin/v1/exchanges/req_none")).toMatchObject({ status: 404 });
    });
  });

  it("sees what a webhook sent, with its first attempt", async () => {
    receiver.behave(() => ({ status: 500 }));
    const account = await gateway.account();
    const theirId = await gateway.send(account, { deliveryReportUrl: `${receiver.url}/told?basket=7` });
    await gateway.advance(120);
    const attempts = (await gateway.timeline(account, theirId)).filter(({ event }) => event === "webhook.attempted");
    expect(attempts.length).toBeGreaterThan(1);
    expect(attempts[0]?.sent).toMatchObject({
      method: "POST",
      url: `${receiver.url}/told?basket=7`,
      body: expect.stringContaining(theirId),
    });
    expect(attempts[1]).not.toHaveProperty("sent");
    receiver.behave(() => ({ status: 200 }));
  });
});

describe("where requests are not kept", () => {
  const gateway = useGateway({ KEEP_REQUESTS: "off" });

  it("none is there, and no story names one", async () => {
    const account = await gateway.account();
    const theirId = await gateway.send(account);
    expect((await gateway.timeline(account, theirId))[0]).not.toHaveProperty("request");
    expect(await gateway.operator("GET", "/admin/v1/exchanges")).toEqual({ items: [] });
  });
});
