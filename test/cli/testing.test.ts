/** `stafett/testing` as somebody's tests use it. */

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { connectStafett, type Stafett, startStafett } from "../../cli/testing/index.ts";

let stafett: Stafett;
beforeAll(async () => {
  stafett = await startStafett();
});
afterAll(() => stafett.stop());

const ANNA = "+4798079008";
const BERIT = "+4791234567";

/** The program that is tested: it knows a base URL and a key. */
const shop = {
  async send(recipient: string, content: string) {
    const answer = await fetch(`${stafett.url}/api/out-messages`, {
      method: "POST",
      headers: { "x-apikey": stafett.credentials.target365.apiKey },
      body: JSON.stringify({ sender: "Stafett", recipient, content }),
    });
    return answer.status;
  },
  async charge(recipient: string, price: number) {
    const answer = await fetch(`${stafett.url}/api/strex/transactions`, {
      method: "POST",
      headers: { "x-apikey": stafett.credentials.target365.apiKey },
      body: JSON.stringify({
        transactionId: `order-${crypto.randomUUID()}`,
        merchantId: "demo",
        shortNumber: "2002",
        recipient,
        price,
        serviceCode: "14002",
        invoiceText: "One song",
      }),
    });
    return answer.status;
  },
};

describe("a gateway for tests", () => {
  beforeEach(() => stafett.reset());

  it("waits for a text, and gives each out once", async () => {
    const early = stafett.waitForText(ANNA, { match: "code" });
    await shop.send(ANNA, "Welcome");
    await shop.send(ANNA, "Your code is 1");
    expect((await early).text).toBe("Your code is 1");
    await shop.send(ANNA, "Your code is 2");
    expect((await stafett.waitForText(ANNA, { match: /code is \d/ })).text).toBe("Your code is 2");
    expect((await stafett.waitForText(ANNA)).text).toBe("Welcome");
    expect((await stafett.handset(ANNA)).map(({ text }) => text)).toEqual([
      "Welcome",
      "Your code is 1",
      "Your code is 2",
    ]);
    expect(await stafett.handset(BERIT)).toEqual([]);
  });

  it("says what came in place of what was waited for, and what was refused", async () => {
    await shop.send(ANNA, "Welcome");
    await stafett.waitForText(ANNA);
    expect(await shop.send("98079008", "Your code is 1")).toBe(400);
    // It is kept beside the request, and not before its answer.
    await vi.waitFor(async () => {
      const { items } = await stafett.operator<{ items: unknown[] }>("GET", "/admin/v1/exchanges?refused=true");
      expect(items).toHaveLength(1);
    }, 20_000);
    await shop.send(ANNA, "Goodbye");
    const failure = await stafett.waitForText(ANNA, { match: "code", seconds: 0.1 }).then(
      () => "",
      (error: Error) => error.message,
    );
    expect(failure).toContain(`No text with code in it came to ${ANNA} within 0.1 seconds.`);
    expect(failure).toContain("Stafett: Welcome (given out before)\n  Stafett: Goodbye\n");
    expect(failure).toMatch(/refused last:\n {2}POST \/api\/out-messages: 400 .*98079008/);
  });

  it("waits for a charge", async () => {
    expect(await shop.charge(BERIT, 10)).toBe(201);
    expect(await stafett.waitForCharge(BERIT)).toMatchObject({
      kind: "charge",
      amount: 1000,
      currency: "NOK",
      invoiceText: "One song",
    });
    expect(await stafett.charges(BERIT)).toHaveLength(1);
    await expect(stafett.waitForCharge(BERIT, { kind: "reversal", seconds: 0.1 })).rejects.toThrow(
      "One song (given out before)",
    );
  });

  it("lets a person write, and time pass", async () => {
    await stafett.reply(ANNA, { to: "2002", text: "Hello" });
    const { items } = await stafett.operator<{ items: { text: string }[] }>("GET", "/admin/v1/inbound?limit=1");
    expect(items).toMatchObject([{ text: "Hello" }]);
    const before = await stafett.now();
    const after = await stafett.advance({ days: 2, hours: 1 });
    expect(after.getTime() - before.getTime()).toBeGreaterThanOrEqual(49 * 3_600_000);
    const at = new Date(after.getTime() + 86_400_000);
    expect((await stafett.advance({ to: at })).getTime()).toBeGreaterThanOrEqual(at.getTime());
  });

  it("is forgotten by a reset, and says why it refuses", async () => {
    await shop.send(ANNA, "Hello");
    await stafett.waitForText(ANNA);
    await stafett.reset();
    expect(await stafett.handset(ANNA)).toEqual([]);
    await shop.send(ANNA, "Hello again");
    expect((await stafett.waitForText(ANNA)).text).toBe("Hello again");
    await expect(stafett.reply(ANNA, { to: "x", text: "Hello" })).rejects.toThrow(
      "to: must be a short number or a long one",
    );
  });

  it("goes back to what was saved, and gives its texts out again", async () => {
    await shop.send(ANNA, "Hello");
    await stafett.waitForText(ANNA);
    const saved = await stafett.save();
    await shop.send(ANNA, "Later");
    await stafett.waitForText(ANNA, { match: "Later" });
    await stafett.restore(saved);
    expect((await stafett.waitForText(ANNA)).text).toBe("Hello");
    expect(await stafett.handset(ANNA)).toHaveLength(1);
  });

  it("is the same for who connects to one that runs", async () => {
    const same = connectStafett({ url: `${stafett.url}/`, adminToken: stafett.adminToken });
    expect(same.credentials).toEqual(stafett.credentials);
    await shop.send(ANNA, "Hello");
    expect((await same.waitForText(ANNA)).text).toBe("Hello");
    await same.stop();
    expect(await stafett.handset(ANNA)).toHaveLength(1);
    const stranger = connectStafett({ url: stafett.url, adminToken: "another-operators-token" });
    await expect(stranger.now()).rejects.toThrow(`${stafett.url} does not take this operator's token.`);
  });

  it("is a world of its own, beside others", async () => {
    const other = await startStafett({ settings: { DEMO_API_KEY: "another-demo-api-key" } });
    try {
      await shop.send(ANNA, "Hello");
      await stafett.waitForText(ANNA);
      expect(other.url).not.toBe(stafett.url);
      expect(other.credentials.cm.productToken).toBe("another-demo-api-key");
      expect(await other.handset(ANNA)).toEqual([]);
    } finally {
      await other.stop();
    }
    await expect(other.handset(ANNA)).rejects.toThrow(`Nothing answers at ${other.url}`);
  });
});
