/** Who has opted out, as the operator sees it, and lifting it. */

import { beforeAll, describe, expect, it } from "vitest";
import { ADMIN_TOKEN, type TestAccount, useGateway } from "../support/gateway.ts";

type Suppression = { number: string; recipient: string; word: string; createdAt: string };
type List = { items: Suppression[]; next?: string };

const OURS = "+12065550100";
const OTHER = "+18445550100";
const person = (n: number) => `+1425555012${n}`;

describe("the operator", () => {
  const gateway = useGateway();
  const { operator, refusal } = gateway;
  let account: TestAccount;
  let neighbour: TestAccount;
  const at = ({ id }: TestAccount) => `/admin/v1/accounts/${id}/suppressions`;
  const writes = (from: string, text: string, to: string) =>
    operator("POST", `/sandbox/v1/handsets/${from}/messages`, { to, text });

  beforeAll(async () => {
    account = await gateway.account();
    neighbour = await gateway.account();
    for (const number of [OURS, OTHER]) {
      await operator("PUT", `/admin/v1/accounts/${account.id}/senders/${number}`, {
        kind: "long-number",
        country: "US",
      });
    }
    await writes(person(2), "STOP", OTHER);
    await writes(person(2), "Quit", OURS);
    await writes(person(1), "stopall", OURS);
  });

  it("lists who has opted out, and from which number", async () => {
    const { items, next } = await operator<List>("GET", at(account));
    expect(next).toBeUndefined();
    expect(items.map(({ number, recipient, word }) => ({ number, recipient, word }))).toEqual([
      { number: OURS, recipient: person(1), word: "stopall" },
      { number: OURS, recipient: person(2), word: "quit" },
      { number: OTHER, recipient: person(2), word: "stop" },
    ]);
    for (const { createdAt } of items) expect(createdAt).toMatch(/^\d{4}-\d{2}-\d{2}T.*Z$/);
  });

  it("reads the list page by page", async () => {
    const found: string[] = [];
    for (let query = "?limit=1"; query !== ""; ) {
      const { items, next } = await operator<List>("GET", at(account) + query);
      expect(items).toHaveLength(1);
      found.push(...items.map(({ number, recipient }) => `${number} ${recipient}`));
      query = next === undefined ? "" : `?${new URLSearchParams({ limit: "1", cursor: next })}`;
    }
    expect(found).toEqual([`${OURS} ${person(1)}`, `${OURS} ${person(2)}`, `${OTHER} ${person(2)}`]);
  });

  it("sees nobody with an account to which nobody said so", async () => {
    expect(await operator<List>("GET", at(neighbour))).toEqual({ items: [] });
    expect(await refusal("GET", "/admin/v1/accounts/nobody/suppressions")).toMatchObject({ status: 404 });
  });

  it("lifts one, once, however its numbers are written", async () => {
    await writes(person(3), "STOP", OURS);
    await writes(person(4), "STOP", OURS);
    await operator("DELETE", `${at(account)}/${OURS}/${person(3)}`);
    expect(await refusal("DELETE", `${at(account)}/${OURS}/${person(3)}`)).toMatchObject({ status: 404 });
    await operator("DELETE", `${at(account)}/${OURS.slice(1)}/${encodeURIComponent(person(4))}`);
    const { items } = await operator<List>("GET", at(account));
    expect(items.map(({ recipient }) => recipient)).not.toContain(person(4));
  });

  it("lifts nothing of another account, another number or another person", async () => {
    for (const path of [
      `${at(neighbour)}/${OURS}/${person(1)}`,
      `${at(account)}/${OTHER}/${person(1)}`,
      `${at(account)}/${OURS}/${person(9)}`,
      `/admin/v1/accounts/nobody/suppressions/${OURS}/${person(1)}`,
    ]) {
      expect(await refusal("DELETE", path), path).toMatchObject({ status: 404 });
    }
    expect((await operator<List>("GET", at(account))).items).toHaveLength(3);
  });

  it("is asked for the operator's token", async () => {
    expect((await gateway.fetch(at(account))).status).toBe(401);
    expect((await gateway.fetch(`${at(account)}/${OURS}/${person(1)}`, { method: "DELETE" })).status).toBe(401);
  });

  it("does not find whole numbers in the log", async () => {
    expect(gateway.log.join("\n")).not.toContain(person(3).slice(1));
  });

  it("notes a wish that was told elsewhere: for one number, or for whatever the account sends", async () => {
    const [here, asked] = [`${at(account)}/${person(5)}`, { reason: "asked by phone" }];
    expect(await operator<List>("GET", here)).toEqual({ items: [] });
    await operator("PUT", here, { ...asked, number: OURS });
    const both = await operator<List>("PUT", here, asked);
    expect(both.items).toMatchObject([
      { number: "*", recipient: person(5), word: "asked by phone", source: "operator" },
      { number: OURS, source: "operator" },
    ]);
    expect(await operator<List>("PUT", here, { reason: "again" })).toEqual(both);
    await operator("PUT", `/admin/v1/accounts/${account.id}/senders/Acme`, { kind: "alphanumeric", country: "US" });
    const text = { transactionId: "t-5", sender: "Acme", recipient: person(5), content: "Hello" };
    expect(await operator<List>("GET", `${at(neighbour)}/${person(5)}`)).toEqual({ items: [] });
    const sent = await gateway.fetch("/api/out-messages", {
      ...{ method: "POST", json: text, headers: { "x-apikey": account.apiKey } },
    });
    expect([sent.status, await sent.text()]).toEqual([expect.any(Number), expect.stringMatching(/left alone/)]);

    await operator("DELETE", `${here}?number=*`);
    expect((await operator<List>("GET", here)).items).toHaveLength(1);
    await operator("DELETE", here);
    expect(await operator<List>("GET", here)).toEqual({ items: [] });
    expect(await refusal("DELETE", here)).toMatchObject({ status: 404 });
    expect(await refusal("DELETE", `${here}?nubmer=1`)).toMatchObject({ status: 400 });
    const written = JSON.stringify(await operator("GET", "/admin/v1/audit?limit=50"));
    expect(written).toContain("/suppressions/•••");
    expect(written).not.toContain(person(5));
    expect(written).not.toContain("asked by phone");
  });

  it.each([
    ["a recipient that is none", `${person(6)}x`, { reason: "x" }],
    ["what is no sender", person(6), { reason: "x", number: "A name too long" }],
    ["what is no group", person(6), { reason: "x", number: "@A group" }],
    ["no reason", person(6), {}],
    ["an empty reason", person(6), { reason: " " }],
    ["a member that is not known", person(6), { reason: "x", nubmer: OURS }],
  ])("refuses %s", async (_, who, body) => {
    expect(await refusal("PUT", `${at(account)}/${who}`, body)).toMatchObject({ status: 400 });
    expect(await refusal("PUT", `/admin/v1/accounts/nobody/suppressions/${person(6)}`, { reason: "x" })).toMatchObject({
      status: 404,
    });
  });

  const brings = async (csv: string, { id } = neighbour) => {
    const answer = await fetch(`${gateway.url}/admin/v1/accounts/${id}/suppressions/import`, {
      method: "POST",
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "text/csv" },
      body: csv,
    });
    return { status: answer.status, ...((await answer.json()) as Record<string, unknown>) };
  };

  it("brings a list along, all of it or nothing, and takes it along again", async () => {
    const list = [
      "recipient,number,reason,since,source,proof",
      `${person(7)},,"asked, in ""writing""",2026-01-02T03:04:05Z,person,"letter, page 2"`,
      `${person(8).slice(1)},${OURS}`,
      "",
      `${person(8)},*,,`,
    ].join("\r\n");
    expect(await brings(`${list}\r\n+4712,,,`)).toMatchObject({
      status: 400,
      detail: expect.stringMatching(/^line 6: /),
    });
    expect(await operator<List>("GET", at(neighbour))).toEqual({ items: [] });
    expect(await brings(list)).toEqual({ status: 200, lines: 3, added: 3 });
    expect(await brings(list)).toEqual({ status: 200, lines: 3, added: 0 });
    const { items } = await operator<List>("GET", at(neighbour));
    expect(items).toMatchObject([
      { number: "*", recipient: person(7), word: 'asked, in "writing"', source: "person", proof: "letter, page 2" },
      { number: "*", recipient: person(8), word: "imported", source: "operator" },
      { number: OURS, recipient: person(8) },
    ]);
    const taken = await fetch(`${gateway.url}${at(neighbour)}/export`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect(taken.headers.get("content-type")).toMatch(/^text\/csv/);
    expect(taken.headers.get("content-disposition")).toBe('attachment; filename="opt-outs.csv"');
    const csv = await taken.text();
    expect(csv.split("\n")).toHaveLength(5);
    const third = await gateway.account();
    expect(await brings(csv, third)).toEqual({ status: 200, lines: 3, added: 3 });
    expect((await operator<List>("GET", at(third))).items).toEqual(items);
  });

  it("brings along all that an import may have, at once, and again", async () => {
    const list = Array.from({ length: 20_000 }, (_, n) => `+1425555${String(n).padStart(4, "0").slice(-4)}`);
    const whole = list.map((one, n) => `${one},+1206555${String(n % 3).padStart(4, "0")}`).join("\n");
    const lines = { status: 200, lines: 20_000 };
    expect(await brings(whole, await gateway.account())).toMatchObject(lines);
  });

  it("is searched by sender, and by the first digits of a person", async () => {
    const third = await gateway.account();
    await brings(`${person(1)},${OURS}\n${person(2)},Acme Inc\n+4798079008,@shop\n+4798079008,*`, third);
    const found = async (query: string) =>
      (await operator<List>("GET", `${at(third)}?${query}`)).items.map(
        ({ number, recipient }) => `${number} ${recipient}`,
      );
    expect(await found("recipient=%2B4798")).toEqual(["* +4798079008", "@shop +4798079008"]);
    expect(await found("recipient=14255550121")).toEqual([`${OURS} ${person(1)}`]);
    expect(await found("number=Acme%20Inc")).toEqual([`Acme Inc ${person(2)}`]);
    expect(await found("number=@shop&recipient=1")).toEqual([]);
    expect(await refusal("GET", `${at(third)}?recipient=Kari`)).toMatchObject({ status: 400 });
    const first = await operator<List>("GET", `${at(third)}?limit=3`);
    const rest = await operator<List>("GET", `${at(third)}?limit=3&cursor=${encodeURIComponent(first.next ?? "")}`);
    expect([...first.items, ...rest.items]).toHaveLength(4);
  });

  it("is done at once with a line that is nothing but spaces", async () => {
    const line = `${" ".repeat(3_000)}x"`;
    expect(await brings(line, account)).toMatchObject({ status: 400, field: "line 1" });
  });

  it("takes along people who were erased, and reasons of whatever form, so that import reads them", async () => {
    const [from, to] = [await gateway.account(), await gateway.account()];
    const told = { reason: '=HYPERLINK("x")\nand @more' };
    await operator("PUT", `${at(from)}/${person(7)}`, told);
    await operator("PUT", `${at(from)}/${person(8)}`, told);
    await operator("POST", `/admin/v1/people/${person(8)}/erase?account=${from.id}`);
    const csv = await (
      await fetch(`${gateway.url}${at(from)}/export`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })
    ).text();
    expect(csv.split("\n")).toHaveLength(4);
    expect(csv).not.toMatch(/[\n,"]=/);
    expect(await brings(csv, to)).toEqual({ status: 200, lines: 2, added: 2 });
    const { items } = await operator<List>("GET", at(to));
    expect(items.map(({ word }) => word)).toEqual(['=HYPERLINK("x") and @more', "imported"]);
    expect((await operator<List>("GET", `${at(to)}/${person(8)}`)).items).toHaveLength(1);
  });

  it.each([
    ["+14255550123,,a,2026-13-01", "since"],
    ['+14255550123,,"open', "quotation mark"],
    ["+14255550123,,a,,person,b,more", "recipient,number,reason,since,source,proof"],
    ["+14255550123,,a,,somebody", "source"],
    [`+14255550123,,a,,,${"x".repeat(501)}`, "500 characters"],
    ["+14255550123,@A group", "no sender"],
    [`+14255550123,,${"x".repeat(201)}`, "200 characters"],
    [",,", "phone number"],
  ])("says in which line of a list, and why, what is wrong: %s", async (line, why) => {
    const answer = await brings(`+14255550199\n${line}`, account);
    expect(answer).toMatchObject({ status: 400, field: "line 2", detail: expect.stringContaining(why) });
  });
});
