/** Messages with a time ahead: they go then, once; until then they can be changed and deleted. */

import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, useGateway } from "../../support/gateway.ts";
import { useReceiver } from "../../support/receiver.ts";
import { outMessageClient } from "../../support/target365-client.ts";

const MINUTE = 60;
const HOUR = 3_600;

describe("a scheduled message", () => {
  const gateway = useGateway();
  const receiver = useReceiver();
  let client: ReturnType<typeof outMessageClient>;

  beforeAll(async () => {
    client = outMessageClient(gateway, await gateway.account());
  });

  /** A time so many seconds ahead, as clients write it. */
  const ahead = async (seconds: number) => new Date((await gateway.now()) + seconds * 1000).toISOString();
  const hello = async (more: Record<string, unknown> = {}) => ({
    transactionId: randomUUID(),
    sender: "Shop",
    recipient: newNumber(),
    content: "Hello",
    sendTime: await ahead(HOUR),
    ...more,
  });
  const scheduled = async (more: Record<string, unknown> = {}) => {
    const message = await hello(more);
    expect((await client.post(message)).status).toBe(201);
    return message;
  };
  const texts = async (number: string) => (await gateway.handset(number)).map(({ text }) => text);

  it("waits, arrives at its time, and arrives once", async () => {
    const { transactionId, recipient, sendTime } = await scheduled();
    await gateway.advance(HOUR - MINUTE);
    expect(await texts(recipient)).toEqual([]);
    expect(await client.shown(transactionId)).toMatchObject({ statusCode: "Queued", detailedStatusCode: "None" });

    await gateway.advance(MINUTE);
    const [text] = await gateway.handset(recipient);
    expect(Date.parse(text?.receivedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(sendTime));
    expect(await client.shown(transactionId)).toMatchObject({ statusCode: "Ok" });

    await gateway.advance(24 * HOUR);
    expect(await texts(recipient)).toEqual(["Hello"]);
  });

  it("goes at once when its time is past", async () => {
    const { recipient } = await scheduled({ sendTime: await ahead(-HOUR) });
    expect(await gateway.handset(recipient, { wait: 20 })).toHaveLength(1);
  });

  it("lives as long as it may from its time on, not from when it came", async () => {
    const { recipient } = await scheduled({ timeToLive: 5 });
    await gateway.advance(HOUR);
    expect(await texts(recipient)).toEqual(["Hello"]);
  });

  describe("that is changed", () => {
    it("goes at its new time, with its new text, and not at the old", async () => {
      const message = await scheduled();
      const changed = await client.put(message.transactionId, {
        ...message,
        content: "Later",
        sendTime: await ahead(2 * HOUR),
      });
      expect([changed.status, await changed.text()]).toEqual([204, ""]);
      await gateway.advance(HOUR + MINUTE);
      expect(await texts(message.recipient)).toEqual([]);
      await gateway.advance(HOUR);
      expect(await texts(message.recipient)).toEqual(["Later"]);
      await gateway.advance(24 * HOUR);
      expect(await texts(message.recipient)).toEqual(["Later"]);
    });

    it("goes earlier when its new time is earlier", async () => {
      const message = await scheduled();
      await client.put(message.transactionId, { ...message, sendTime: await ahead(10 * MINUTE) });
      await gateway.advance(11 * MINUTE);
      expect(await texts(message.recipient)).toEqual(["Hello"]);
      await gateway.advance(2 * HOUR);
      expect(await texts(message.recipient)).toEqual(["Hello"]);
    });

    it("goes at once when it has no time any more", async () => {
      const { sendTime: _, ...message } = await scheduled();
      expect((await client.put(message.transactionId, message)).status).toBe(204);
      expect(await gateway.handset(message.recipient, { wait: 20 })).toHaveLength(1);
      await gateway.advance(2 * HOUR);
      expect(await texts(message.recipient)).toEqual(["Hello"]);
    });

    it("is replaced as a whole: what is left out returns to its default", async () => {
      const message = await scheduled({
        correlationId: "c-1",
        tags: ["a"],
        properties: { x: 1 },
        priority: "High",
        deliveryMode: "AtLeastOnce",
        timeToLive: 60,
        allowUnicode: true,
        deliveryReportUrl: "https://shop.example.com/",
      });
      const { created } = await client.shown(message.transactionId);
      const { transactionId, sender, recipient, sendTime } = message;
      await client.put(transactionId, { sender, recipient, sendTime, content: "Only this" });
      expect(await client.shown(transactionId)).toEqual({
        transactionId,
        sender,
        recipient,
        content: "Only this",
        sendTime: sendTime.replace("Z", "+00:00"),
        timeToLive: 120,
        priority: "Normal",
        deliveryMode: "AtMostOnce",
        statusCode: "Queued",
        detailedStatusCode: "None",
        statusDescription: "Not sent yet",
        smscMessageParts: 1,
        created,
        lastModified: expect.any(String),
      });
    });

    it("may be sent back as it was shown, and is still the same", async () => {
      const message = await scheduled({
        content: "«Kode» ~~1234~~",
        tags: ["a"],
        properties: { x: null },
        timeToLive: 30,
      });
      const before = await client.shown(message.transactionId);
      expect((await client.put(message.transactionId, before)).status).toBe(204);
      const after = await client.shown(message.transactionId);
      expect({ ...after, lastModified: before.lastModified }).toEqual(before);
      await gateway.advance(HOUR);
      expect(await texts(message.recipient)).toEqual(['"Kode" 1234']);
    });

    it("keeps its id, whatever id the new document has", async () => {
      const message = await scheduled();
      await client.put(message.transactionId, { ...message, transactionId: "another", content: "Changed" });
      expect(await client.shown(message.transactionId)).toMatchObject({ content: "Changed" });
      expect((await client.get("another")).status).toBe(404);
    });

    const bad: { name: string; more: Record<string, unknown> }[] = [
      { name: "a number that is none", more: { recipient: "98079008" } },
      { name: "a sender that is not the account's", more: { sender: "Bank" } },
      { name: "no sender", more: { sender: undefined } },
      { name: "too long a text", more: { content: "x".repeat(66 * 153 + 1) } },
      { name: "a time that is none", more: { sendTime: "soon" } },
    ];
    it.each(bad)("to $name stays as it was", async ({ more }) => {
      const message = await scheduled();
      expect((await client.put(message.transactionId, { ...message, ...more })).status).toBe(400);
      await gateway.advance(HOUR);
      expect(await texts(message.recipient)).toEqual(["Hello"]);
    });

    it("by another account is not there", async () => {
      const message = await scheduled();
      const stranger = outMessageClient(gateway, await gateway.account());
      expect((await stranger.put(message.transactionId, { ...message, content: "Stolen" })).status).toBe(404);
      expect(await client.shown(message.transactionId)).toMatchObject({ content: "Hello" });
    });
  });

  describe("whose id is posted again", () => {
    it("with the same message, is sent once", async () => {
      const message = await scheduled();
      expect((await client.post(message)).status).toBe(201);
      await gateway.advance(HOUR);
      expect(await texts(message.recipient)).toEqual(["Hello"]);
    });

    it("with another text, is replaced", async () => {
      const message = await scheduled();
      const answer = await client.post({ ...message, content: "Other" });
      expect(answer.status).toBe(201);
      expect(answer.headers.get("location")).toBe(`${gateway.url}/api/out-messages/${message.transactionId}`);
      expect(await client.shown(message.transactionId)).toMatchObject({ content: "Other" });
      await gateway.advance(HOUR);
      expect(await texts(message.recipient)).toEqual(["Other"]);
    });

    it("with another time, goes then", async () => {
      const message = await scheduled();
      await client.post({ ...message, sendTime: await ahead(2 * HOUR) });
      await gateway.advance(HOUR + MINUTE);
      expect(await texts(message.recipient)).toEqual([]);
      await gateway.advance(HOUR);
      expect(await texts(message.recipient)).toEqual(["Hello"]);
    });

    it("without a time, goes at once, and asking so again changes nothing", async () => {
      const { sendTime: _, ...message } = await scheduled();
      expect((await client.post(message)).status).toBe(201);
      expect(await gateway.handset(message.recipient, { wait: 20 })).toHaveLength(1);
      expect((await client.post(message)).status).toBe(201);
      await gateway.advance(2 * HOUR);
      expect(await texts(message.recipient)).toEqual(["Hello"]);
    });

    it("with what would be refused, stays as it was", async () => {
      const message = await scheduled();
      expect((await client.post({ ...message, sender: "Bank" })).status).toBe(400);
      await gateway.advance(HOUR);
      expect(await texts(message.recipient)).toEqual(["Hello"]);
    });
  });

  describe("that is deleted", () => {
    it("is gone, and never arrives", async () => {
      const message = await scheduled({ deliveryReportUrl: receiver.url });
      const deleted = await client.delete(message.transactionId);
      expect([deleted.status, await deleted.text()]).toEqual([204, ""]);
      await gateway.advance(24 * HOUR);
      expect(await texts(message.recipient)).toEqual([]);
      expect(receiver.received.filter(({ json }) => json.transactionId === message.transactionId)).toEqual([]);
    });

    it.each(["GET", "PUT", "DELETE"])("is not there any more for %s", async (method) => {
      const message = await scheduled();
      await client.delete(message.transactionId);
      const answer = await client.call(method, `/${message.transactionId}`, method === "PUT" ? message : undefined);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toEqual({ Message: expect.stringContaining(message.transactionId) });
    });

    it("leaves its id used: to post it again is refused, not taken and dropped", async () => {
      const message = await scheduled();
      await client.delete(message.transactionId);
      expect((await client.post(message)).status).toBe(409);
      expect((await client.post({ ...message, content: "Other" })).status).toBe(409);
    });
  });

  describe("that is due just as it is", () => {
    const race = async (change: (id: string, message: Record<string, unknown>) => Promise<Response>) => {
      const messages = await Promise.all(Array.from({ length: 10 }, () => hello()));
      await client.batch(messages);
      const [answers] = await Promise.all([
        Promise.all(messages.map((message) => change(message.transactionId, message))),
        gateway.advance(HOUR + MINUTE),
      ]);
      await gateway.advance(HOUR);
      return await Promise.all(
        messages.map(async ({ recipient }, n) => ({ status: answers[n]?.status ?? 0, texts: await texts(recipient) })),
      );
    };

    it("deleted, is either deleted and never sent, or sent and not deleted", async () => {
      for (const { status, texts } of await race((id) => client.delete(id))) {
        expect([204, 409]).toContain(status);
        expect(texts).toEqual(status === 204 ? [] : ["Hello"]);
      }
    });

    it("changed, is sent once: as changed, or as it was and not changed", async () => {
      for (const { status, texts } of await race((id, message) => client.put(id, { ...message, content: "Other" }))) {
        expect([204, 409]).toContain(status);
        expect(texts).toEqual(status === 204 ? ["Other"] : ["Hello"]);
      }
    });
  });
});
