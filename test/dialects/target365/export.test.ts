/** The export: what was sent in a time, as CSV. */

import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, type TestAccount, useGateway } from "../../support/gateway.ts";
import { messageOf, outMessageClient } from "../../support/target365-client.ts";

const HEADER = "SendTime,Sender,Recipient,RecipientPrefix,MessageParts,StatusCode,DetailedStatusCode,Operator,Tags";

describe("an export", () => {
  const gateway = useGateway();
  let account: TestAccount;
  beforeAll(async () => {
    account = await gateway.account();
  });

  const ask = (query: Record<string, string> | string, { apiKey } = account) =>
    gateway.fetch(`/api/export/out-messages?${typeof query === "string" ? query : new URLSearchParams(query)}`, {
      headers: { "x-apikey": apiKey, accept: "application/json" },
    });
  const rowsOf = async (query: Record<string, string> | string, by = account) => {
    const answer = await ask(query, by);
    const text = await answer.text();
    expect(answer.status, text).toBe(200);
    const [header, ...rows] = text.split("\r\n");
    expect(header).toBe(HEADER);
    expect(rows.pop()).toBe("");
    return rows;
  };
  const DAY = { from: "2030-01-01T00:00:00Z", to: "2030-01-02T00:00:00Z" };
  const scheduled = (sendTime: string, more: Record<string, unknown> = {}) =>
    gateway.send(account, { sendTime, recipient: "+4798079008", ...more });

  it("of nothing is the header alone, without a byte order mark", async () => {
    const answer = await ask(DAY);
    expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(new TextEncoder().encode(`${HEADER}\r\n`));
  });

  it("has a row for each message", async () => {
    const recipient = newNumber();
    const from = new Date(await gateway.now()).toISOString();
    const tags = ["a/b", 'say "hi", you'];
    const id = await gateway.send(account, { recipient, tags, content: "x".repeat(200) });
    await gateway.handset(recipient, { wait: 20 });
    await gateway.advance(2);
    const { sendTime } = await gateway.outMessage(account, id);
    const to = new Date(await gateway.now()).toISOString();
    expect((await rowsOf({ from, to })).join("\n")).toBe(
      `${sendTime},Shop,${recipient},+47,2,Ok,Delivered,no.telenor,"a/b;say ""hi"", you"`,
    );
  });

  it("has no cell that a spreadsheet would take for a formula, and numbers as they are", async () => {
    const recipient = newNumber();
    const from = new Date(await gateway.now()).toISOString();
    const tags = ["=cmd|' /C calc'!A0", "a", "+1+1", "-2+3", "@SUM(1)", "\tx", "1-2"];
    await gateway.send(account, { recipient, tags });
    await gateway.handset(recipient, { wait: 20 });
    const [row = ""] = await rowsOf({ from, to: "2029-01-01T00:00:00Z" });
    expect(row).toContain(`,${recipient},+47,1,`);
    expect(row).toMatch(/,'=cmd\|' \/C calc'!A0;a;'\+1\+1;'-2\+3;'@SUM\(1\);'\tx;1-2$/);
  });

  it("tells of what failed, too, and of other countries", async () => {
    const from = new Date(await gateway.now()).toISOString();
    await gateway.send(account, { recipient: "+4700000010" });
    await gateway.send(account, { recipient: "+12025550123" });
    await gateway.advance(2);
    const rows = await rowsOf({ from, to: "2029-01-01T00:00:00Z" });
    expect(rows).toContainEqual(expect.stringMatching(/,Shop,\+4700000010,\+47,1,Failed,Undelivered,no\.telenor,$/));
    expect(rows).toContainEqual(expect.stringMatching(/,Shop,\+12025550123,\+1,1,Ok,Delivered,,$/));
  });

  it("is from its beginning until before its end, by when each is sent", async () => {
    for (const sendTime of ["2029-12-31T23:59:59.999Z", DAY.from, "2030-01-01T23:59:59.999Z", DAY.to]) {
      await scheduled(sendTime);
    }
    expect(await rowsOf(DAY)).toEqual([
      "2030-01-01T00:00:00.000+00:00,Shop,+4798079008,+47,1,Queued,None,,",
      "2030-01-01T23:59:59.999+00:00,Shop,+4798079008,+47,1,Queued,None,,",
    ]);
  });

  it("leaves out what was deleted, and what is another account's", async () => {
    const id = await scheduled("2031-01-01T00:00:00Z");
    const time = { from: "2031-01-01T00:00:00Z", to: "2031-01-01T00:00:01Z" };
    expect(await rowsOf(time, await gateway.account())).toEqual([]);
    expect(await rowsOf(time)).toHaveLength(1);
    await outMessageClient(gateway, account).delete(id);
    expect(await rowsOf(time)).toEqual([]);
  });

  it.each([
    { sdk: "Python", from: "2032-01-01T00:00:00Z", to: "2032-01-01T00:00:02Z" },
    { sdk: "Node and PHP", from: "2032-01-01T00:00:00+00:00", to: "2032-01-01T00:00:02+00:00" },
    { sdk: "Java", from: "2032-01-01T00:00:00.000000001Z", to: "2032-01-01T00:00:02.123456789Z" },
    { sdk: ".NET", from: "2032-01-01T01:00:00.0000000+01:00", to: "2032-01-01T01:00:02.1234567+01:00" },
    { sdk: "a naive datetime of Python", from: "2032-01-01T00:00:00", to: "2032-01-01T00:00:02" },
  ])("takes the times of $sdk", async ({ from, to }) => {
    const own = await gateway.account();
    await gateway.send(own, { sendTime: "2032-01-01T00:00:01Z" });
    expect(await rowsOf({ from, to }, own)).toHaveLength(1);
  });

  it("takes a plus that nobody escaped", async () => {
    expect(await rowsOf("from=2033-01-01T00:00:00+00:00&to=2033-01-01T00:00:01+00:00")).toEqual([]);
  });

  it.each([
    { query: {}, why: /from: is missing/ },
    { query: { from: DAY.from }, why: /to: is missing/ },
    { query: { from: "yesterday", to: DAY.to }, why: /from: is not a date/ },
    { query: { from: DAY.from, to: "2030-02-30T00:00:00Z" }, why: /to: is not a date/ },
    { query: { from: DAY.to, to: DAY.from }, why: /from: is later than to/ },
    { query: { from: DAY.from, to: "0001-01-01T00:00:00+00:00" }, why: /to: is missing/ },
  ])("is refused with $query", async ({ query, why }) => {
    expect(await messageOf(await ask(query as Record<string, string>), 400)).toMatch(why);
  });

  it("of many pages has each message once", async () => {
    const own = await gateway.account();
    const items = Array.from({ length: 2_500 }, (_, n) => ({
      transactionId: `row-${n}`,
      sender: "Shop",
      recipient: "+4798079008",
      content: `No. ${n}`,
      sendTime: "2034-01-01T00:00:00Z",
      tags: [`t${n}`],
    }));
    await outMessageClient(gateway, own).batch(items);
    const rows = await rowsOf({ from: "2034-01-01T00:00:00Z", to: "2034-01-02T00:00:00Z" }, own);
    expect(new Set(rows.map((row) => row.split(",").at(-1)))).toEqual(new Set(items.map(({ tags }) => tags[0])));
    expect(rows).toHaveLength(2_500);
  });
});
