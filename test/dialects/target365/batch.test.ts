/** Many messages in one request. */

import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { newNumber, type TestAccount, useGateway } from "../../support/gateway.ts";
import { useReceiver } from "../../support/receiver.ts";
import { outMessageClient } from "../../support/target365-client.ts";

const LATER = "2099-06-01T12:00:00Z";

describe("a batch", () => {
  const gateway = useGateway();
  const receiver = useReceiver();
  let account: TestAccount;
  let client: ReturnType<typeof outMessageClient>;

  beforeAll(async () => {
    account = await gateway.account();
    client = outMessageClient(gateway, account);
  });

  const hello = (more: Record<string, unknown> = {}) => ({
    transactionId: randomUUID(),
    sender: "Shop",
    recipient: newNumber(),
    content: "Hello",
    ...more,
  });
  const refusal = async (answer: Response, status = 400): Promise<string> => {
    const text = await answer.text();
    expect(answer.status, text).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    return (JSON.parse(text) as { Message: string }).Message;
  };
  const reportsOf = (id: string) => receiver.received.filter(({ json }) => json.transactionId === id);

  it("is answered 201, with nothing else", async () => {
    const answer = await client.batch([hello(), hello()]);
    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toBeNull();
    expect(await answer.text()).toBe("");
  });

  it("sends each of its messages", async () => {
    const messages = [hello({ content: "One" }), hello({ content: "Two" }), hello({ content: "Three" })];
    await client.batch(messages);
    for (const { recipient, content } of messages) {
      expect(await gateway.handset(recipient, { wait: 20 })).toMatchObject([{ text: content }]);
    }
  });

  it("may be empty", async () => {
    expect((await client.batch([])).status).toBe(201);
  });

  it("may have 10,000 messages, all there as soon as it is answered", async () => {
    const messages = Array.from({ length: 10_000 }, (_, n) =>
      hello({ transactionId: `of-10000-${n}`, content: `No. ${n}`, sendTime: LATER }),
    );
    expect((await client.batch(messages)).status).toBe(201);
    const looked = [...Array.from({ length: 100 }, (_, n) => n * 100), 9_999];
    const shown = await Promise.all(looked.map((n) => client.shown(`of-10000-${n}`)));
    expect(shown.map(({ content }) => content)).toEqual(looked.map((n) => `No. ${n}`));
  });

  it("lets its messages be deleted as soon as it is answered", async () => {
    const messages = [hello({ sendTime: LATER }), hello({ sendTime: LATER }), hello({ sendTime: LATER })];
    await client.batch(messages);
    for (const { transactionId } of messages) {
      expect((await client.delete(transactionId)).status).toBe(204);
      expect((await client.get(transactionId)).status).toBe(404);
    }
  });

  describe("is refused as a whole", () => {
    const cases: { name: string; items: (good: Record<string, unknown>) => unknown; why: RegExp }[] = [
      {
        name: "with 10,001 messages",
        items: (good) =>
          Array.from({ length: 10_001 }, (_, n) => ({ ...good, transactionId: n === 0 ? good.transactionId : `${n}` })),
        why: /10001 messages are too many; a batch may have 10000/,
      },
      {
        name: "with an id that occurs twice",
        items: (good) => [good, hello({ transactionId: "twice" }), hello({ transactionId: "twice" })],
        why: /twice occurs more than once/,
      },
      {
        name: "with an item without an id",
        items: (good) => [good, hello({ transactionId: undefined })],
        why: /^item 1: transactionId: is missing/,
      },
      {
        name: "with an item with an empty id",
        items: (good) => [good, hello({ transactionId: "" })],
        why: /^item 1: transactionId: is missing/,
      },
      {
        name: "with an item whose id is no text",
        items: (good) => [good, hello({ transactionId: 7 })],
        why: /^item 1: transactionId: /,
      },
      { name: "with an item that is no message", items: (good) => [good, "hello"], why: /^item 1: / },
      { name: "with an item that is null", items: (good) => [good, null], why: /^item 1: / },
      { name: "when it is no list", items: (good) => good, why: /must be an array/ },
      { name: "when it is null", items: () => null, why: /must be an array/ },
    ];
    it.each(cases)("$name, and nothing of it is sent", async ({ items, why }) => {
      const good = hello();
      expect(await refusal(await client.call("POST", "/batch", items(good)))).toMatch(why);
      expect((await client.get(good.transactionId)).status).toBe(404);
      await gateway.advance(1);
      expect(await gateway.handset(good.recipient)).toEqual([]);
    });

    it("when it is larger than ten megabytes", async () => {
      const messages = Array.from({ length: 1_000 }, () => hello({ content: "x".repeat(11_000) }));
      expect(await refusal(await client.batch(messages), 413)).toMatch(/10 MB/);
    });
  });

  describe("has a message that would be refused alone", () => {
    const cases: { name: string; more: Record<string, unknown> }[] = [
      { name: "a number without +", more: { recipient: "98079008" } },
      { name: "no recipient at all", more: { recipient: undefined } },
      { name: "a recipient that is no text", more: { recipient: ["+4798079008"] } },
      { name: "a sender that is not the account's", more: { sender: "Bank" } },
      { name: "a text of 67 parts", more: { content: "x".repeat(66 * 153 + 1) } },
      { name: "a text longer than is read", more: { content: "x".repeat(100_000) } },
      { name: "a text that cannot be made plain", more: { content: "😀", allowUnicode: false } },
      { name: "a life time too short", more: { timeToLive: 1 } },
      { name: "a priority nobody knows", more: { priority: "Urgent" } },
      { name: "a time that is none", more: { sendTime: "tomorrow" } },
      { name: "tags that are no list", more: { tags: "a" } },
    ];
    it.each(cases)("$name: it fails and is told of, and its neighbours arrive", async ({ more }) => {
      const [before, after] = [hello(), hello()];
      const bad = hello({
        deliveryReportUrl: `${receiver.url}/bad`,
        correlationId: "c-1",
        properties: { x: 1 },
        ...more,
      });
      expect((await client.batch([before, bad, after])).status).toBe(201);

      for (const { recipient } of [before, after]) {
        expect(await gateway.handset(recipient, { wait: 20 })).toHaveLength(1);
      }
      const [report] = await receiver.next(1, ({ json }) => json.transactionId === bad.transactionId);
      const failed = { statusCode: "Failed", detailedStatusCode: "Rejected", delivered: false };
      expect(report?.json).toMatchObject({
        ...failed,
        correlationId: "c-1",
        properties: { x: 1 },
        smscMessageParts: 0,
      });
      const shown = await client.shown(bad.transactionId);
      expect(shown).toMatchObject({ ...failed, correlationId: "c-1" });
      expect(Object.values(shown)).not.toContain("");
    });

    it("an address for its report that is none: it fails, and nobody can be told", async () => {
      const [bad, good] = [hello({ deliveryReportUrl: "/relative" }), hello()];
      expect((await client.batch([bad, good])).status).toBe(201);
      expect(await gateway.handset(good.recipient, { wait: 20 })).toHaveLength(1);
      expect(await client.shown(bad.transactionId)).toMatchObject({
        statusCode: "Failed",
        detailedStatusCode: "Rejected",
      });
      expect(await gateway.handset(bad.recipient)).toEqual([]);
    });

    it("and its number is shown in one form, however it is written", async () => {
      const bad = hello({ recipient: "+47 98 07 90 05", sender: "Bank" });
      await client.batch([bad]);
      expect(await client.shown(bad.transactionId)).toMatchObject({ recipient: "+4798079005", statusCode: "Failed" });
    });

    it("and its number stands in no log line, however it is written", async () => {
      const id = randomUUID();
      await client.batch([
        hello({ transactionId: id, recipient: "+47 98 07 90 06", sender: "Bank" }),
        hello({ recipient: "98 07 90 06" }),
      ]);
      await vi.waitFor(() => expect(gateway.log.some((line) => line.includes(id))).toBe(true), { timeout: 10_000 });
      for (const line of gateway.log) expect(line).not.toMatch(/98 ?07 ?90 ?06/);
    });
  });

  describe("has an id that was used before", () => {
    it("for the same message: it is sent once, and told of once", async () => {
      const message = hello({ deliveryReportUrl: receiver.url });
      await client.batch([message]);
      await receiver.next(1, ({ json }) => json.transactionId === message.transactionId);
      expect((await client.batch([message, hello()])).status).toBe(201);
      await gateway.advance(60);
      expect(await gateway.handset(message.recipient)).toHaveLength(1);
      expect(reportsOf(message.transactionId)).toHaveLength(1);
    });

    it("for the same message that failed: it is told of once", async () => {
      const bad = hello({ recipient: "98079008", deliveryReportUrl: receiver.url, sendTime: LATER });
      await client.batch([bad]);
      await receiver.next(1, ({ json }) => json.transactionId === bad.transactionId);
      await client.batch([bad]);
      await gateway.advance(60);
      expect(reportsOf(bad.transactionId)).toHaveLength(1);
    });

    it("for another message: that one is told to be a duplicate, and the first stays as it was", async () => {
      const first = hello();
      await client.post(first);
      await gateway.handset(first.recipient, { wait: 20 });
      const second = { ...first, content: "Other", deliveryReportUrl: receiver.url };
      const neighbour = hello();
      expect((await client.batch([second, neighbour])).status).toBe(201);

      const [report] = await receiver.next(1, ({ json }) => json.transactionId === first.transactionId);
      expect(report?.json).toMatchObject({
        statusCode: "Failed",
        detailedStatusCode: "DuplicateTransaction",
        delivered: false,
      });
      expect(await client.shown(first.transactionId)).toMatchObject({ content: "Hello", statusCode: "Ok" });
      expect(await gateway.handset(first.recipient)).toHaveLength(1);
      expect(await gateway.handset(neighbour.recipient, { wait: 20 })).toHaveLength(1);
    });

    it("for a message that was deleted: it is told to be a duplicate, not taken and dropped", async () => {
      const message = hello({ sendTime: LATER, deliveryReportUrl: receiver.url });
      await client.batch([message]);
      await client.delete(message.transactionId);
      await client.batch([message]);
      const [report] = await receiver.next(1, ({ json }) => json.transactionId === message.transactionId);
      expect(report?.json).toMatchObject({ statusCode: "Failed", detailedStatusCode: "DuplicateTransaction" });
    });

    it("by another account: it is no duplicate", async () => {
      const mine = hello();
      await client.batch([mine]);
      const theirs = { ...mine, recipient: newNumber() };
      await outMessageClient(gateway, await gateway.account()).batch([theirs]);
      expect(await gateway.handset(theirs.recipient, { wait: 20 })).toHaveLength(1);
    });
  });
});
