/** The audit log: what operators changed is written down before it is changed, without secrets, in a chain that shows a break. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import {
  type AuditEntry,
  type AuditStore,
  brokenAt,
  type ChainedEntry,
  cutAudit,
  record,
} from "../../src/core/operator/audit.ts";
import { auditStore } from "../../src/store/operator/audit.ts";
import { openDatabase } from "../support/database.ts";
import { ADMIN_TOKEN, type TestAccount, useGateway } from "../support/gateway.ts";
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

  it("is asked once for a change, by whoever wrote the one before, and twice where another process did", async () => {
    const { d1, around } = openDatabase();
    let calls = 0;
    around.before = () => void calls++;
    const [here, elsewhere] = [auditStore(d1), auditStore(d1)];
    const callsOf = async (audit: AuditStore) => {
      calls = 0;
      await record({ audit, clock }, anEntry(), hash);
      return calls;
    };
    await callsOf(here);
    expect(await callsOf(here)).toBe(1);
    await callsOf(elsewhere);
    expect([await callsOf(here), await callsOf(here)]).toEqual([2, 1]);
    expect(await brokenAt(await here.after(0, 100), hash)).toBeUndefined();
  });

  it("begins anew where all entries are gone, as after a reset", async () => {
    const { d1, sqlite } = openDatabase();
    const audit = auditStore(d1);
    await record({ audit, clock }, anEntry(), hash);
    sqlite.exec("DELETE FROM audit");
    await record({ audit, clock }, anEntry(), hash);
    const entries = await audit.after(0, 10);
    expect([entries.map(({ seq }) => seq), await brokenAt(entries, hash)]).toEqual([[1], undefined]);
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
    const audit = { ...auditStore(openDatabase().d1), append: async () => ({ isAppended: false, last: undefined }) };
    await expect(record({ audit, clock }, anEntry(), hash)).rejects.toThrow("too many at once");
  });
});

describe("an audit log that is kept for a time", () => {
  const DAY = 86_400_000;
  const year = async () => {
    const { d1 } = openDatabase();
    const audit = auditStore(d1);
    const time = { now: NOON };
    const ports = { audit, hash, auditRetention: 30 * DAY, clock: { ...clock, wall: () => time.now } };
    for (let day = 0; day < 40; day++) {
      await record(ports, anEntry({ subject: `/routes/${day}` }), hash);
      time.now += DAY;
    }
    return { audit, ports, time };
  };

  it("loses its beginning alone, and what is left is checked from the anchor, which is in the log, too", async () => {
    const { audit, ports } = await year();
    await cutAudit(ports);
    const anchor = await audit.anchor();
    const entries = await audit.after(0, 100);
    expect(entries[0]).toMatchObject({ seq: (anchor?.seq ?? 0) + 1, at: NOON + 10 * DAY });
    expect(await brokenAt(entries, hash, anchor)).toBeUndefined();
    expect(await brokenAt(entries, hash)).toBe(entries[0]?.seq);
    expect(await brokenAt(entries.slice(1), hash, anchor)).toBe((entries[1] as ChainedEntry).seq);
    expect(entries.at(-1)).toMatchObject({ actor: "Stafett", action: "CUT /audit", after: JSON.stringify(anchor) });
  });

  it("is cut about once a day, so that cutting does not become the log", async () => {
    const { audit, ports, time } = await year();
    for (let minute = 0; minute < 5; minute++) await cutAudit(ports);
    time.now += DAY / 2;
    await cutAudit(ports);
    const cuts = async () => (await audit.after(0, 100)).filter(({ action }) => action === "CUT /audit").length;
    expect(await cuts()).toBe(1);
    time.now += 2 * DAY;
    await cutAudit(ports);
    expect(await cuts()).toBe(2);
  });

  it("goes on from its anchor where nothing else is left", async () => {
    const { audit, ports } = await year();
    const last = await audit.last();
    if (last) await audit.cut(last, NOON);
    expect(await audit.after(0, 10)).toEqual([]);
    await record(ports, anEntry(), hash);
    expect(await brokenAt(await audit.after(0, 10), hash, last)).toBeUndefined();
  });

  it("is checked with its anchor by the command", async () => {
    const { audit, ports } = await year();
    await cutAudit(ports);
    const lines = [{ anchor: await audit.anchor() }, ...(await audit.after(0, 100))].map((line) =>
      JSON.stringify(line),
    );
    const check = (text: string) => {
      const run = promisify(execFile)(process.execPath, ["scripts/audit-check.ts"]);
      run.child.stdin?.end(text);
      return run.then(
        ({ stdout }) => stdout,
        ({ stderr }: { stderr: string }) => stderr,
      );
    };
    expect(await check(lines.join("\n"))).toContain("entries, after the anchor at 10");
    expect(await check([lines[0], ...lines.slice(2)].join("\n"))).toContain("the chain is broken at entry 12");
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
    const asked = { account: account.id, service: "games", recipient: "+4791234567" };
    await gateway.refusal("POST", "/admin/v1/subscriptions", asked);
    const begun = await newest(2);
    expect(begun[1]).toMatchObject({ action: "POST /subscriptions", after: { service: "games" } });
    expect(JSON.stringify(begun)).not.toContain("4791234567");
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
    expect(answer.headers.get("content-disposition")).toBe('attachment; filename="audit.jsonl"');
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

describe("an operator behind a proxy that is trusted", () => {
  const gateway = useGateway({ TRUSTED_PROXIES: "10.0.0.7" });
  const headers = { "cf-connecting-ip": "10.0.0.7", "x-forwarded-for": "198.51.100.1, 203.0.113.9" };

  it("is in the log by the address that the proxy names, in the console, too", async () => {
    const post = (path: string, fields: Record<string, string>, more: Record<string, string> = {}) =>
      gateway.fetch(path, {
        ...{ method: "POST", redirect: "manual", headers: { ...headers, ...more } },
        body: new URLSearchParams(fields),
      });
    const entered = await post("/console/login", { token: ADMIN_TOKEN });
    const cookie = entered.headers.get("set-cookie")?.split(";")[0] ?? "";
    await post("/console/login", { token: "wrong" });
    await post("/console/setup", { id: "proxied", name: "Proxied" }, { cookie });
    await gateway.fetch("/admin/v1/routes/none", {
      ...{ method: "DELETE", headers: { ...headers, authorization: `Bearer ${ADMIN_TOKEN}` } },
    });
    type Entry = { from: string; action: string };
    const { items } = await gateway.operator<{ items: Entry[] }>("GET", "/admin/v1/audit?limit=10");
    const from = items.map((one) => `${one.action} ${one.from}`);
    expect(new Set(from)).toEqual(
      new Set(["POST /console/login 203.0.113.…", "POST /accounts 203.0.113.9", "DELETE /routes/:id 203.0.113.9"]),
    );
  });
});
