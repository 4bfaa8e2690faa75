/** People in the files of the database: one who is erased leaves no trace there, nor does one of an account that has them sealed. */

import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newKey, newSigningKey } from "../../scripts/local-settings.ts";
import { compact } from "../../scripts/person.ts";
import { root } from "../../scripts/root.ts";
import { type Runtime, startRuntime } from "../../scripts/runtime.ts";
import { ADMIN_TOKEN, operatorAt } from "../../torture/outside.ts";
import { builtOnce } from "../support/built.ts";

const run = promisify(execFile);
const PERSON = "+4791077007";
const SEALED = "+4791088008";
const OTHERS = ["+4791088009", "+4791088011"] as const;
const LONG_NUMBER = "+4759440000";
const EARLIER = "+4791099009";
const [TEXT, NOTE] = ["Come to the lighthouse", "with the blue lamp"];
const TRACES = ["91077007", "Meet me at the fjord", "by the red boat"];

describe("a person in the files of the database", () => {
  const stateDir = mkdtempSync(join(tmpdir(), "stafett-person-"));
  let runtime: Runtime;
  const settings = {
    ...{ SANDBOX: "on", ADMIN_TOKEN, DEMO_API_KEY: "a-key-of-the-demo-account", ALLOW_PRIVATE_WEBHOOKS: "on" },
    ...{ SIGNING_KEY: newSigningKey(), ROOT_KEY: newKey(), KEEP_REQUESTS: "on" },
  };
  const start = async (more: Record<string, string> = {}) => {
    runtime = await startRuntime({
      stateDir,
      settings: { ...settings, ...more },
      built: await builtOnce(),
      onLog: () => {},
    });
    await runtime.tick("@reboot");
  };
  beforeAll(() => start());
  afterAll(async () => {
    await runtime.stop();
    rmSync(stateDir, { recursive: true, force: true });
  });

  const files = () =>
    readdirSync(join(stateDir, "data"), { recursive: true, encoding: "utf8" }).filter((name) =>
      /(^|\/)d1\/.*sqlite/.test(name),
    );
  const found = (traces = TRACES) => {
    const bytes = files().map((name) => readFileSync(join(stateDir, "data", name), "latin1"));
    return traces.filter((trace) => bytes.some((one) => one.includes(trace)));
  };
  const operator = (method: string, path: string, json?: unknown) => operatorAt(runtime.url)(method, path, json);
  const person = (verb: string, env: object = {}) =>
    run(process.execPath, ["scripts/person.ts", verb, PERSON], {
      cwd: root,
      env: { ...process.env, GATEWAY_URL: runtime.url, ADMIN_TOKEN, ...env },
    });

  it("is never there of an account that has its numbers and texts sealed", { timeout: 60_000 }, async () => {
    await operator("PATCH", "/admin/v1/accounts/demo", { settings: { sealed: true } });
    await operator("PUT", `/admin/v1/accounts/demo/senders/${LONG_NUMBER}`, { kind: "long-number", country: "NO" });
    // All is told to an endpoint that nobody answers at: it is owed, and stays in the database.
    const endpoint = "/admin/v1/accounts/demo/endpoints/shop";
    await operator("PUT", endpoint, { url: "http://127.0.0.1:9/events", events: ["*"] });
    const answer = await fetch(`${runtime.url}/api/out-messages`, {
      method: "POST",
      headers: { "x-apikey": "a-key-of-the-demo-account", "content-type": "application/json" },
      body: JSON.stringify({ sender: "Stafett", recipient: SEALED, content: TEXT, properties: { note: NOTE } }),
    });
    expect(answer.status).toBe(201);
    const query = encodeURIComponent(SEALED);
    const messages = async () =>
      ((await operator("GET", `/admin/v1/messages?recipient=${query}&state=delivered`)) as { items: object[] }).items;
    await expect.poll(messages, { timeout: 20_000 }).toMatchObject([{ recipient: SEALED, text: TEXT }]);
    const inbox = await operator("GET", `/sandbox/v1/handsets/${query}/messages`);
    expect(inbox).toMatchObject({ items: [{ text: TEXT }] });
    // The person writes, in one part and in several; and opts out, as others do by an operator and by a list.
    const writes = (text: string, to: string) =>
      operator("POST", `/sandbox/v1/handsets/${query}/messages`, { to, text });
    await writes(TEXT, "2002");
    await writes(`${TEXT} `.repeat(12), "2002");
    await writes("STOP", LONG_NUMBER);
    await operator("PUT", `/admin/v1/accounts/demo/suppressions/${encodeURIComponent(OTHERS[0])}`, {
      reason: "by phone",
    });
    const inbounds = async () =>
      ((await operator("GET", `/admin/v1/inbound?sender=${query}`)) as { items: object[] }).items;
    await expect.poll(inbounds, { timeout: 20_000 }).toHaveLength(3);
    expect(await operator("GET", `/admin/v1/accounts/demo/suppressions/${query}`)).toMatchObject({
      items: [{ recipient: SEALED, number: LONG_NUMBER }],
    });
    // A campaign, of which each has a text of their own.
    await operator("POST", "/admin/v1/campaigns", {
      ...{ account: "demo", name: "Sale", sender: "Stafett", text: "Hello {{name}}", perMinute: 600 },
      recipients: [{ recipient: OTHERS[1], name: NOTE }],
    });
    const told = async () =>
      JSON.stringify(await operator("GET", `/sandbox/v1/handsets/${encodeURIComponent(OTHERS[1])}/messages`));
    await expect.poll(told, { timeout: 20_000 }).toContain(NOTE);
    // A key that is not known, or has expired, may be this account's.
    await fetch(`${runtime.url}/api/out-messages`, {
      method: "POST",
      headers: { "x-apikey": "a-key-that-has-expired", "content-type": "application/json" },
      body: JSON.stringify({ sender: "Stafett", recipient: SEALED, content: TEXT }),
    });
    const refused = async () =>
      ((await operator("GET", "/admin/v1/exchanges?refused=true")) as { items: { status: number }[] }).items;
    await expect.poll(refused, { timeout: 20_000 }).toMatchObject([{ status: 401 }]);
    expect(found([SEALED, ...OTHERS].map((number) => number.slice(3)).concat(TEXT, NOTE))).toEqual([]);
    await operator("DELETE", endpoint);
    await operator("PATCH", "/admin/v1/accounts/demo", { settings: { sealed: false } });
  });

  it("is there at first, is handed out, and is gone after being erased", { timeout: 60_000 }, async () => {
    const call = (path: string, body: object) =>
      fetch(`${runtime.url}/api/${path}`, {
        method: "POST",
        headers: { "x-apikey": "a-key-of-the-demo-account", "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const text = { sender: "Stafett", recipient: PERSON, content: TRACES[1], tags: [TRACES[2]] };
    expect((await call("out-messages", { ...text, transactionId: `to-${PERSON.slice(1)}` })).status).toBe(201);
    const handset = `/sandbox/v1/handsets/${encodeURIComponent(PERSON)}/messages`;
    await operator("GET", `${handset}?wait=10`);
    await operator("POST", handset, { to: "2002", text: TRACES[1] });
    expect(
      (
        await call("strex/transactions", {
          transactionId: "song",
          merchantId: "demo",
          shortNumber: "2002",
          recipient: PERSON,
          price: 10,
          serviceCode: "14002",
          invoiceText: "Song",
        })
      ).status,
    ).toBe(201);
    const query = encodeURIComponent(PERSON);
    await expect
      .poll(
        async () =>
          ((await operator("GET", `/admin/v1/transactions?recipient=${query}&state=billed`)) as { items: [] }).items
            .length,
        { timeout: 20_000 },
      )
      .toBe(1);
    await expect
      .poll(
        async () =>
          ((await operator("GET", `/admin/v1/messages?recipient=${query}&state=delivered`)) as { items: [] }).items
            .length,
        { timeout: 20_000 },
      )
      .toBe(1);
    await expect.poll(() => found().length, { timeout: 10_000 }).toBe(3);

    expect(JSON.parse((await person("export")).stdout).data.txn).toMatchObject([{ recipient: PERSON, amount: 1_000 }]);
    await expect(person("erase", { ACCOUNT: "none" })).rejects.toMatchObject({ stderr: "there is no account none\n" });
    expect(JSON.parse((await person("erase")).stdout)).toMatchObject({ rows: { message: 1, inbound: 1, txn: 1 } });
    expect(JSON.parse((await person("export")).stdout).data).toEqual({});
    expect(await operator("GET", "/admin/v1/ledger/balance")).toMatchObject({ items: expect.any(Array) });

    await runtime.stop();
    expect(await compact(stateDir)).not.toEqual([]);
    expect(found()).toEqual([]);
  });

  it("is gone where an account is sealed later, and is read under the next key alone", {
    timeout: 60_000,
  }, async () => {
    await start();
    const query = encodeURIComponent(EARLIER);
    const send = { account: "demo", sender: "Stafett", recipient: EARLIER, text: TEXT };
    await operator("POST", "/admin/v1/messages", send);
    await operator("POST", `/sandbox/v1/handsets/${query}/messages`, { to: "2002", text: NOTE });
    const items = async (list: string) => ((await operator("GET", `/admin/v1/${list}`)) as { items: object[] }).items;
    const delivered = () => items(`messages?recipient=${query}&state=delivered`);
    await expect.poll(delivered, { timeout: 20_000 }).toHaveLength(1);
    await expect.poll(() => items(`inbound?sender=${query}`), { timeout: 20_000 }).toHaveLength(1);
    expect(found([EARLIER.slice(3), TEXT])).toHaveLength(2);
    await operator("PATCH", "/admin/v1/accounts/demo", { settings: { sealed: true } });

    // As an operator rotates: the next key first, then all rows are moved to it, then it alone.
    const next = newKey().replace(/^1:/, "2:");
    await runtime.stop();
    await start({ DATA_KEY: `${next},root` });
    const env = { ...process.env, GATEWAY_URL: runtime.url, ADMIN_TOKEN };
    const moved = await run(process.execPath, ["scripts/reseal.ts"], { cwd: root, env });
    expect(moved.stdout).toMatch(
      /sealed with key 2\nAll rows are sealed with key 2\. Other keys can be removed from DATA_KEY\.\n$/,
    );
    await runtime.stop();
    await compact(stateDir);
    expect(found([EARLIER.slice(3), TEXT, NOTE])).toEqual([]);

    await start({ DATA_KEY: next });
    expect(await delivered()).toMatchObject([{ recipient: EARLIER, text: TEXT }]);
    expect(await items(`inbound?sender=${query}`)).toMatchObject([{ sender: EARLIER, text: NOTE }]);
  });
});
