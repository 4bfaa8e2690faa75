/** In-messages: what a person wrote, as the account that it is for may look it up. */

import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, useGateway } from "../../support/gateway.ts";
import { messageOf, openSeller, type Seller, strexClient } from "../../support/target365-client.ts";

describe("an in-message", () => {
  const gateway = useGateway();
  let seller: Seller;
  let client: ReturnType<typeof strexClient>;
  beforeAll(async () => {
    seller = await openSeller(gateway);
    client = strexClient(gateway, seller);
  });

  const write = (from: string, text: string, theirId: string, to = seller.shortNumber) =>
    gateway.operator("POST", `/sandbox/v1/handsets/${encodeURIComponent(from)}/messages`, { to, text, theirId });
  const get = (id: string, shortNumberId = `NO-${seller.shortNumber}`) =>
    client.call("GET", `/in-messages/${shortNumberId}/${encodeURIComponent(id)}`);
  const keyword = (more: Record<string, unknown>) =>
    client.call("POST", "/keywords", {
      shortNumberId: `NO-${seller.shortNumber}`,
      mode: "Exact",
      forwardUrl: "http://127.0.0.1:9/nobody",
      enabled: true,
      ...more,
    });

  it("is shown with all its members, though no keyword fits it", async () => {
    const sender = newNumber();
    await write(sender, "Test", "79f35793-6d70-423c-a7f7-ae9fb1024f3b");
    const answer = await get("79f35793-6d70-423c-a7f7-ae9fb1024f3b");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(await answer.json()).toEqual({
      transactionId: "79f35793-6d70-423c-a7f7-ae9fb1024f3b",
      sender,
      recipient: seller.shortNumber,
      content: "Test",
      isStopMessage: false,
      processAttempts: 0,
      processed: false,
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/),
      tags: [],
      properties: {},
    });
  });

  it("has what its keyword then said, though that was changed or deleted since", async () => {
    const answer = await keyword({ keywordText: "KEEP", tags: ["a/b"], customProperties: { basket: 7 } });
    const keywordId = answer.headers.get("location")?.split("/").at(-1) ?? "";
    await write(newNumber(), "keep it", "kept");
    await client.call("DELETE", `/keywords/${keywordId}`);
    expect(await (await get("kept")).json()).toMatchObject({ keywordId, tags: ["a/b"], properties: { basket: 7 } });
  });

  it("is marked where it asks to end", async () => {
    await write(newNumber(), "STOPP ALT", "stop-1");
    expect(await (await get("stop-1")).json()).toMatchObject({ isStopMessage: true });
  });

  it("has an id of ours where its carrier's does not fit a path", async () => {
    await keyword({ keywordText: "ODD" });
    const sender = newNumber();
    await write(sender, "ODD", "one/two?three");
    const { items } = await gateway.operator<{ items: { id: string }[] }>(
      "GET",
      `/admin/v1/inbound?sender=${encodeURIComponent(sender)}`,
    );
    const id = items[0]?.id ?? "";
    expect(await (await get(id)).json()).toMatchObject({ transactionId: id, content: "ODD" });
  });

  it.each([
    { name: "under an id that nobody gave", at: () => get("nothing") },
    { name: "at another number", at: () => get("kept", "NO-1999") },
    { name: "at what is no number", at: () => get("kept", "Shop") },
  ])("is not there $name", async ({ at }) => {
    expect(await messageOf(await at(), 404)).toMatch(/there is no in-message/);
  });

  it("of another account is not there, even at a number that both have", async () => {
    await keyword({ keywordText: "MINE" });
    await write(newNumber(), "MINE", "mine");
    const other = await openSeller(gateway);
    await gateway.operator("PUT", `/admin/v1/accounts/${other.id}/senders/${seller.shortNumber}`, {
      kind: "short-number",
      country: "NO",
      isShared: true,
    });
    const theirs = strexClient(gateway, other);
    await messageOf(await theirs.call("GET", `/in-messages/NO-${seller.shortNumber}/mine`), 404);
    expect((await get("mine")).status).toBe(200);
    await write(newNumber(), "nobody's", "nobodys");
    await messageOf(await get("nobodys"), 404);
  });

  it("is asked for with a credential, and by GET", async () => {
    await messageOf(await gateway.fetch("/api/in-messages/NO-2002/x"), 401);
    expect(await messageOf(await client.call("DELETE", "/in-messages/NO-2002/x"), 405)).toMatch(/takes GET/);
  });
});
