/** What the customer sees when a carrier misbehaves: the person gets the text once, and the report tells the truth. */

import { afterEach, describe, expect, it } from "vitest";
import { newNumber, type TestAccount, useGateway } from "../support/gateway.ts";
import { useReceiver } from "../support/receiver.ts";

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 24 * HOUR;

describe("a text whose carrier", () => {
  const gateway = useGateway();
  const receiver = useReceiver();

  afterEach(() => gateway.faults({}));

  /** Sends a text, lets everything that is due now happen, and tells how to follow it. */
  async function send(outMessage: Record<string, unknown> = {}) {
    const account = await gateway.account();
    const recipient = newNumber();
    const id = await gateway.send(account, { recipient, deliveryReportUrl: receiver.url, ...outMessage });
    await gateway.advance(0);
    return follow(account, id, String(outMessage.recipient ?? recipient));
  }
  const follow = (account: TestAccount, id: string, recipient: string) => ({
    account,
    id,
    state: async () => (await gateway.message(account, id)).state,
    texts: async () => (await gateway.handset(recipient)).length,
    story: async () => (await gateway.timeline(account, id)).map(({ event }) => event),
    /** The reports its customer has had of it, in few words. */
    reports: () => {
      const mine = receiver.received.filter(({ json }) => json.transactionId === id);
      return mine.map(({ json }) => `${json.statusCode} ${json.detailedStatusCode}`);
    },
    outMessage: () => gateway.outMessage(account, id),
  });

  it("is busy comes later, and once", async () => {
    await gateway.faults({ busySeconds: 30, times: 2 });
    const text = await send();
    expect(await text.state()).toBe("accepted");
    expect(await text.texts()).toBe(0);
    await gateway.advance(29);
    expect(await text.texts()).toBe(0);
    await gateway.advance(HOUR);
    expect(await text.texts()).toBe(1);
    expect(text.reports()).toEqual(["Ok Delivered"]);
    expect((await text.story()).filter((event) => event === "carrier.busy")).toHaveLength(2);
  });

  it.each([
    { busySeconds: 30, name: "asks for patience again and again" },
    { busySeconds: DAY, name: "asks for more patience than there is time" },
  ])("$name expires when its validity is over, and the report says so", async ({ busySeconds }) => {
    await gateway.faults({ busySeconds });
    const text = await send({ timeToLive: 5 });
    await gateway.advance(4 * MINUTE);
    expect(await text.state()).toBe("accepted");
    await gateway.advance(2 * MINUTE);
    expect(await text.state()).toBe("expired");
    await gateway.faults({});
    await gateway.advance(2 * DAY);
    expect(text.reports()).toEqual(["Failed Expired"]);
    expect(await text.texts()).toBe(0);
  });

  it.each([
    { refuse: "subscriber-barred", report: "Failed SubscriberBarred" },
    { refuse: "unknown-subscriber", report: "Failed UnknownSubscriber" },
    { refuse: "carrier-offline", report: "Failed ConnectionOffline" },
  ])("refuses it ($refuse) has failed for that reason", async ({ refuse, report }) => {
    await gateway.faults({ refuse });
    const text = await send();
    expect(await text.state()).toBe("failed");
    expect(text.reports()).toEqual([report]);
    await gateway.faults({});
    await gateway.advance(DAY);
    expect(await text.texts()).toBe(0);
  });

  it("takes no text of so many parts has failed, and one that takes it has not", async () => {
    const content = "x".repeat(16 * 153 + 1);
    const [short, long] = ["+4791111119", "+4791111110"];
    const refused = await send({ recipient: short, content });
    expect(refused.reports()).toEqual(["Failed Rejected"]);
    expect(await refused.texts()).toBe(0);
    const taken = await send({ recipient: long, content });
    expect(taken.reports()).toEqual(["Ok Delivered"]);
    expect(await gateway.handset(long)).toMatchObject([{ parts: 17 }]);
  });

  it("loses its answer is asked, and the text is not sent again", async () => {
    await gateway.faults({ loseAnswer: true, receiptDelaySeconds: HOUR });
    const text = await send();
    expect(await text.state()).toBe("unknown");
    expect(await text.outMessage()).toMatchObject({ statusCode: "Sent" });
    expect(text.reports()).toEqual([]);
    await gateway.advance(MINUTE);
    expect(await text.state()).toBe("sent");
    await gateway.advance(DAY);
    expect(text.reports()).toEqual(["Ok Delivered"]);
    expect(await text.texts()).toBe(1);
  });

  it("loses its answer and every receipt settles by asking, after its validity at the latest", async () => {
    await gateway.faults({ loseAnswer: true, loseReceipt: true });
    const text = await send();
    expect(await text.state()).toBe("unknown");
    await gateway.advance(DAY);
    expect(text.reports()).toEqual(["Sent MissingDeliveryReport"]);
    expect(await text.texts()).toBe(1);
  });

  it("loses its answer is asked first, even where the text may come twice, and so it comes once", async () => {
    await gateway.faults({ loseAnswer: true, receiptDelaySeconds: 10, times: 1 });
    const text = await send({ deliveryMode: "AtLeastOnce" });
    await gateway.advance(HOUR);
    expect(await text.texts()).toBe(1);
    expect(text.reports()).toEqual(["Ok Delivered"]);
  });

  it("loses every answer does not get it again once its receipt has come", async () => {
    await gateway.faults({ loseAnswer: true, receiptDelaySeconds: 10 });
    const text = await send({ deliveryMode: "AtLeastOnce" });
    await gateway.advance(11);
    expect(await text.state()).toBe("delivered");
    const shown = await text.texts();
    await gateway.advance(DAY);
    expect(await text.texts()).toBe(shown);
    expect(text.reports()).toEqual(["Ok Delivered"]);
  });

  it("never answers does not get it again", async () => {
    await gateway.faults({ hang: true, times: 1 });
    const account = await gateway.account();
    const recipient = newNumber();
    const id = await gateway.send(account, { recipient, deliveryReportUrl: receiver.url });
    await receiver.next(1, ({ json }) => json.transactionId === id);
    await gateway.faults({});
    await gateway.advance(DAY);
    expect(follow(account, id, recipient).reports()).toEqual(["Ok Delivered"]);
    expect(await gateway.handset(recipient)).toHaveLength(1);
  });

  it("takes its time over the receipt is waited for", async () => {
    await gateway.faults({ receiptDelaySeconds: 2 * HOUR });
    const text = await send();
    await gateway.advance(HOUR);
    expect(await text.state()).toBe("sent");
    expect(text.reports()).toEqual([]);
    await gateway.advance(HOUR);
    expect(text.reports()).toEqual(["Ok Delivered"]);
  });

  it("loses the receipt ends without one, some time after its validity", async () => {
    await gateway.faults({ loseReceipt: true });
    const text = await send({ timeToLive: 5 });
    await gateway.advance(10 * MINUTE);
    expect(await text.state()).toBe("sent");
    await gateway.advance(HOUR);
    expect(await text.state()).toBe("expired");
    expect(text.reports()).toEqual(["Sent MissingDeliveryReport"]);
    expect(await text.texts()).toBe(1);
  });

  it("repeats the receipt is believed once", async () => {
    await gateway.faults({ duplicateReceipts: 3 });
    const text = await send();
    await gateway.advance(DAY);
    expect(text.reports()).toEqual(["Ok Delivered"]);
    expect((await text.story()).filter((event) => event === "carrier.receipt")).toHaveLength(1);
  });

  it("sends the receipt before its answer is believed at once", async () => {
    await gateway.faults({ earlyReceipt: true });
    const text = await send();
    expect(text.reports()).toEqual(["Ok Delivered"]);
    await gateway.advance(DAY);
    expect(await text.state()).toBe("delivered");
    expect(await text.texts()).toBe(1);
  });

  it.each([
    { recipient: "+4791222220", report: "Ok Delivered", state: "delivered" },
    { recipient: "+4700000010", report: "Failed Undelivered", state: "failed" },
  ])("contradicts itself is believed the first time ($state)", async ({ recipient, report, state }) => {
    await gateway.faults({ contradict: true });
    const text = await send({ recipient });
    await gateway.advance(DAY);
    expect(await text.state()).toBe(state);
    expect(text.reports()).toEqual([report]);
  });

  it("hits only a share of them delivers the others", async () => {
    await gateway.faults({ refuse: "carrier-error", share: 0 });
    const text = await send();
    expect(text.reports()).toEqual(["Ok Delivered"]);
  });

  it("was handed it while time is moved on gets it once", async () => {
    const account = await gateway.account();
    const recipients = Array.from({ length: 10 }, newNumber);
    for (const recipient of recipients) {
      await gateway.send(account, { recipient });
      await gateway.advance(HOUR);
    }
    for (const recipient of recipients) expect(await gateway.handset(recipient)).toHaveLength(1);
  });
});

describe("a scheduled text", () => {
  const gateway = useGateway();
  const receiver = useReceiver();
  const inSeconds = async (seconds: number) => new Date((await gateway.now()) + seconds * 1000).toISOString();

  it("goes at its time, not before, and once", async () => {
    const account = await gateway.account();
    const recipient = newNumber();
    const sendTime = await inSeconds(2 * DAY);
    const id = await gateway.send(account, { recipient, sendTime, deliveryReportUrl: receiver.url });
    await gateway.advance(2 * DAY - MINUTE);
    expect((await gateway.message(account, id)).state).toBe("scheduled");
    expect(await gateway.handset(recipient)).toEqual([]);
    await gateway.advance(MINUTE);
    const [text, ...more] = await gateway.handset(recipient);
    expect(more).toEqual([]);
    expect(Date.parse(text?.receivedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(sendTime));
    await gateway.advance(DAY);
    expect(receiver.received.filter(({ json }) => json.transactionId === id)).toHaveLength(1);
    expect(await gateway.handset(recipient)).toHaveLength(1);
  });

  it("that was deleted does not go", async () => {
    const account = await gateway.account();
    const recipient = newNumber();
    const id = await gateway.send(account, { recipient, sendTime: await inSeconds(HOUR) });
    const headers = { "x-apikey": account.apiKey };
    const deleted = await gateway.fetch(`/api/out-messages/${id}`, { method: "DELETE", headers });
    expect(deleted.status).toBe(204);
    await gateway.advance(DAY);
    expect(await gateway.handset(recipient)).toEqual([]);
    expect((await gateway.message(account, id)).state).toBe("cancelled");
  });

  it("is handed over before others of its time if it is urgent", async () => {
    const account = await gateway.account();
    const recipient = newNumber();
    const sendTime = await inSeconds(HOUR);
    for (const priority of ["Low", "Normal", "High", "Low", "High"]) {
      await gateway.send(account, { recipient, sendTime, priority, content: priority });
    }
    await gateway.advance(2 * HOUR);
    const texts = (await gateway.handset(recipient)).map(({ text }) => text);
    expect(texts).toEqual(["High", "High", "Normal", "Low", "Low"]);
  });

  it("is found by the minute's round and leaves at its very time", async () => {
    const account = await gateway.account();
    const recipient = newNumber();
    await gateway.send(account, { recipient, sendTime: await inSeconds(DAY) });
    const { now } = await gateway.operator<{ now: string }>("GET", "/sandbox/v1/clock");
    await gateway.operator("PUT", "/sandbox/v1/clock", {
      now: new Date(Date.parse(now) + (DAY - 1) * 1000).toISOString(),
    });
    await gateway.runtime.tick();
    expect(await gateway.handset(recipient, { wait: 20 })).toHaveLength(1);
  });
});
