/** The handsets as a whole: which there are, and whether anything has happened. */

import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, type TestAccount, useGateway } from "../support/gateway.ts";

type Handset = { msisdn: string; last: string; from: string; text: string; receivedAt: string };
type Page = { items: Handset[]; next?: string };
type Pulse = { newest: Record<string, string>; changes: Record<string, number> };

const gateway = useGateway();
let account: TestAccount;

beforeAll(async () => {
  account = await gateway.account();
});

async function sendTo(recipient: string, content: string): Promise<void> {
  await gateway.send(account, { recipient, content });
  await gateway.handset(recipient, { wait: 20, match: content });
}

const handsets = (query = "") => gateway.operator<Page>("GET", `/sandbox/v1/handsets${query}`);
const pulse = (query = "") => gateway.operator<Pulse>("GET", `/admin/v1/pulse${query}`);

describe("the handsets", () => {
  it("are listed with their last text, the newest first", async () => {
    const [one, two] = [newNumber(), newNumber()];
    await sendTo(one, "first");
    await sendTo(two, "second");
    await sendTo(one, "third");
    const { items } = await handsets("?limit=2");
    expect(items.map(({ msisdn, from, text }) => ({ msisdn, from, text }))).toEqual([
      { msisdn: one, from: "Shop", text: "third" },
      { msisdn: two, from: "Shop", text: "second" },
    ]);
  });

  it("come page by page", async () => {
    for (let n = 0; n < 3; n++) await sendTo(newNumber(), `page ${n}`);
    const all = (await handsets("?limit=500")).items;
    const seen: Handset[] = [];
    for (let page = await handsets("?limit=2"); ; page = await handsets(`?limit=2&cursor=${page.next}`)) {
      seen.push(...page.items);
      if (!page.next) break;
    }
    expect(seen).toEqual(all);
  });

  it("are gone when the world is made anew", async () => {
    await sendTo(newNumber(), "soon forgotten");
    await gateway.operator("POST", "/sandbox/v1/reset");
    expect(await handsets()).toEqual({ items: [] });
    account = await gateway.account();
  });
});

describe("the pulse", () => {
  it("stays as it is while nothing happens", async () => {
    await sendTo(newNumber(), "before");
    await gateway.advance(1);
    expect(await pulse()).toEqual(await pulse());
  });

  it("tells of a new message, and of what becomes of one that is watched", async () => {
    await gateway.faults({ receiptDelaySeconds: 600 });
    const before = await pulse();
    const theirId = await gateway.send(account);
    const { id, recipient } = await gateway.message(account, theirId);
    await gateway.handset(recipient, { wait: 20 });
    const during = await pulse(`?watch=${id},msg_000001nobody`);
    expect(during.newest.message).not.toBe(before.newest.message);
    expect(Object.keys(during.changes)).toEqual([id]);
    await gateway.advance(601);
    const after = await pulse(`?watch=${id}`);
    expect(after.changes[id]).toBeGreaterThan(during.changes[id] as number);
    await gateway.operator("DELETE", "/sandbox/v1/faults/simulator");
  });

  it("of one account hears nothing of another", async () => {
    const other = await gateway.account();
    const before = await pulse(`?account=${other.id}`);
    await gateway.send(account);
    expect(await pulse(`?account=${other.id}`)).toEqual(before);
  });

  it("tells of what is new when the clock was put back, too", async () => {
    const real = await gateway.now();
    await gateway.advance(40 * 86_400);
    await gateway.send(account);
    await gateway.operator("PUT", "/sandbox/v1/clock", { now: new Date(real + 60_000).toISOString() });
    const before = await pulse();
    expect(await pulse()).toEqual(before);
    await gateway.send(account);
    expect((await pulse()).newest.message).not.toBe(before.newest.message);
  });

  it("is not told to strangers", async () => {
    expect((await gateway.fetch("/admin/v1/pulse")).status).toBe(401);
  });
});
