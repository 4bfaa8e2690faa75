/** The audit log: what operators changed is written down before it is changed, without secrets, in a chain that shows a break. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { type AuditEntry, brokenAt, type ChainedEntry, record } from "../../src/core/operator/audit.ts";
import { auditStore } from "../../src/store/operator/audit.ts";
import { openDatabase } from "../support/database.ts";
import { type TestAccount, useGateway } from "../support/gateway.ts";
import { NOON, stoppedAt } from "../support/rows.ts";

const hash = async (text: string) => createHash("sha256").update(text).digest("hex");
const clock = stoppedAt(NOON);
const anEntry = (given: Partial<AuditEntry> = {}): Omit<AuditEntry, "at"> => ({
  ...{ actor: "Kari", token: "tok_1", from: "203.0.113.7", action: "PUT /routes/:id", subject: "/routes/a" },
  ...given,
});

describe("the chain", () => {
  it("has every entry once, whoever writes at the same moment", async () => {
    const audit = auditStore(openDatabase().d1);
    await Promise.all(
      Array.from({ length: 10 }, (_, n) => record({ audit, clock }, anEntry({ subject: `/routes/${n}` }), hash)),
    );
    const entries = await audit.after(0, 100);
    expect(new Set(entries.map(({ subject }) => subject)).size).toBe(10);
    expect(await brokenAt(entries, hash)).toBeUndefined();
  });

  const changes: [string, (entries: ChainedEntry[]) => ChainedEntry[], number][] = [
    ["one letter of an entry", ([a, b, c]) => [a, { ...b, subject: "/routes/B" }, c] as ChainedEntry[], 2],
    ["the time of an entry", ([a, b, c]) => [{ ...a, at: NOON + 1 }, b, c] as ChainedEntry[], 1],
    ["what was there before", ([a, b, c]) => [a, b, { ...c, before: '{"a":2}' }] as ChainedEntry[], 3],
    ["an entry that is taken out", ([a, , c]) => [a, c] as ChainedEntry[], 3],
    ["two that change places", ([a, b, c]) => [a, { ...c, seq: 2 }, { ...b, seq: 3 }] as ChainedEntry[], 2],
  ];
  it.each(changes)("is broken by %s", async (_, change, place) => {
    const audit = auditStore(openDatabase().d1);
    for (const subject of ["/routes/a", "/routes/b", "/routes/c"]) {
      await record({ audit, clock }, anEntry({ subject, before: '{"a":1}' }), hash);
    }
    const entries = await audit.after(0, 10);
    expect(await brokenAt(entries, hash)).toBeUndefined();
    expect(await brokenAt(change(entries), hash)).toBe(place);
  });

  it("writes nothing where others are quicker again and again", async () => {
    const audit = { ...auditStore(openDatabase().d1), append: async () => false };
    await expect(record({ audit, clock }, anEntry(), hash)).rejects.toThrow("too many at once");
  });
});

describe("an operator's change", () => {
  const gateway = useGateway();
  let account: TestAccount;
  type Entry = { actor: string; token: string; action: string; subject: string; before?: unknown; after?: unknown };
  const newest = async (limit = 1) =>
    (await gateway.operator<{ items: Entry[] }>("GET", `/admin/v1/audit?limit=${limit}`)).items;

  beforeAll(async () => {
    account = await gateway.account();
  });

  it("is written down with who, what, what was there before, and what was wanted", async () => {
    const body = { name: "Kari", role: "operator" };
    const { id, secret } = await gateway.operator<{ id: string; secret: string }>("POST", "/admin/v1/tokens", body);
    const put = (carriers: string[]) =>
      gateway.fetch("/admin/v1/routes/norway", {
        ...{ method: "PUT", headers: { authorization: `Bearer ${secret}` } },
        json: { account: account.id, kind: "message", prefix: "47", carriers },
      });
    await put(["simulator"]);
    expect((await newest())[0]).toMatchObject({
      ...{ actor: "Kari", token: id, action: "PUT /routes/:id", subject: "/routes/norway" },
      after: { account: account.id, prefix: "47", carriers: ["simulator"] },
    });
    expect((await newest())[0]?.before).toBeUndefined();
    await put([]);
    expect((await newest())[0]).toMatchObject({ before: { carriers: ["simulator"] }, after: { carriers: [] } });
    await gateway.operator("DELETE", "/admin/v1/routes/norway");
    expect((await newest())[0]).toMatchObject({
      ...{ actor: "ADMIN_TOKEN", token: "setting", action: "DELETE /routes/:id", before: { carriers: [] } },
    });
  });

  it("that is refused is written down as refused", async () => {
    await gateway.refusal("PUT", "/admin/v1/routes/norway", {
      account: "nobody",
      kind: "message",
      prefix: "",
      carriers: [],
    });
    const [refused, asked] = await newest(2);
    expect([asked?.after, refused?.after]).toMatchObject([{ account: "nobody" }, { refused: 400 }]);
  });

  it("leaves no secret, and no text or number of a person", async () => {
    await gateway.operator("PUT", "/admin/v1/carriers/relay", {
      ...{ kind: "target365", settings: { baseUrl: "http://127.0.0.1:9" }, secrets: { apiKey: "very-secret-1" } },
    });
    await gateway.operator("POST", `/admin/v1/accounts/${account.id}/credentials`, {
      ...{ dialect: "target365", kind: "api-key", name: "second", secret: "very-secret-2-of-at-least-16" },
    });
    const text = { account: account.id, sender: "Shop", recipient: "+4791234567", text: "very private" };
    await gateway.operator("POST", "/admin/v1/messages", text);
    const entries = await newest(3);
    expect(entries.map(({ action }) => action)).toEqual([
      "POST /messages",
      "POST /accounts/:id/credentials",
      "PUT /carriers/:name",
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/very-secret|very private|4791234567/);
    expect(entries[2]?.after).toMatchObject({ kind: "target365", secrets: ["apiKey"] });
  });

  it("is written down; a look is not", async () => {
    const before = (await newest(500)).length;
    await gateway.operator("GET", "/admin/v1/messages");
    await gateway.operator("POST", "/admin/v1/routes/explain", { account: account.id, recipient: "+4791000000" });
    expect(await newest(500)).toHaveLength(before);
  });

  it("is in the log that is taken out, whose chain a command checks", async () => {
    const token = await gateway.operator<{ secret: string }>("POST", "/admin/v1/tokens", { name: "x", role: "viewer" });
    const answer = await gateway.fetch("/admin/v1/audit/export", {
      headers: { authorization: `Bearer ${token.secret}` },
    });
    const lines = await answer.text();
    const check = async (text: string) => {
      const run = promisify(execFile)(process.execPath, ["scripts/audit-check.ts"]);
      run.child.stdin?.end(text);
      return run.then(
        ({ stdout }) => stdout,
        ({ stderr }) => String(stderr),
      );
    };
    expect(await check(lines)).toMatch(/^\d+ entries, unbroken; the last hash is [0-9a-f]{64}\n$/);
    expect(await check(lines.replace("ADMIN_TOKEN", "Somebody"))).toContain("the chain is broken at entry 1:");
  });
});
