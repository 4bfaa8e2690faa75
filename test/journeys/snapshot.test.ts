/** The sandbox as a file: saved, changed, and put back as it was. */

import { beforeAll, describe, expect, it } from "vitest";
import { DEMO_API_KEY } from "../../scripts/local-settings.ts";
import { SAVED_TABLES } from "../../src/sandbox/saved.ts";
import type { Snapshot } from "../../src/sandbox/snapshot.ts";
import { RESET_TABLES } from "../../src/sandbox/tables.ts";
import { newNumber, useGateway } from "../support/gateway.ts";

const gateway = useGateway({ DEMO_API_KEY });
const other = useGateway({ DEMO_API_KEY });
beforeAll(async () => {
  await gateway.runtime.tick("@reboot");
  await other.runtime.tick("@reboot");
});

const save = (from = gateway) => from.operator<Snapshot>("GET", "/sandbox/v1/snapshot");
const restore = (saved: object, to = gateway) => to.operator("PUT", "/sandbox/v1/snapshot", saved);

/** All that can be told apart: the time goes on, and what is not kept for ever is a view. */
const told = ({ tables: { exchange: _, event_count: __, ...tables }, network }: Snapshot) => ({ tables, network });

describe("a snapshot", () => {
  it("puts back texts, subscribers, charges, and the clock, also in another gateway", async () => {
    const account = await gateway.account();
    const number = newNumber();
    await gateway.operator("PUT", `/sandbox/v1/subscribers/${encodeURIComponent(number)}`, { prepaidBalance: 5_000 });
    const first = await gateway.send(account, { recipient: number, content: 'Before, æøå "quoted"\n🙂' });
    await gateway.handset(number, { wait: 20 });
    const later = new Date((await gateway.now()) + 7_200_000).toISOString();
    const scheduled = await gateway.send(account, { recipient: number, content: "Later", sendTime: later });
    await gateway.advance(3_600);
    await expect.poll(async () => (await gateway.message(account, first)).state).toBe("delivered");
    const saved = await save();

    await gateway.send(account, { recipient: number, content: "After" });
    await gateway.handset(number, { wait: 20, match: "After" });
    await gateway.advance(86_400);
    await restore(saved);

    expect(told(await save())).toEqual(told(saved));
    expect((await gateway.handset(number)).map(({ text }) => text)).toEqual(['Before, æøå "quoted"\n🙂']);
    expect(Math.abs((await gateway.now()) - Date.parse(saved.now))).toBeLessThan(120_000);
    expect((await gateway.message(account, scheduled)).state).toBe("scheduled");

    await restore(saved, other);
    expect(told(await save(other))).toEqual(told(saved));
    expect((await other.outMessage(account, first)).content).toBe('Before, æøå "quoted"\n🙂');
    // What was to come, comes there too.
    await other.advance(7_200);
    expect((await other.handset(number, { wait: 20, match: "Later" })).length).toBe(1);
    expect((await gateway.handset(number, { match: "Later" })).length).toBe(0);
  });

  it("leaves alone who may do what, and who did it", async () => {
    expect(RESET_TABLES.filter((table) => !SAVED_TABLES.includes(table)).toSorted()).toEqual([
      "approval",
      "audit",
      "audit_anchor",
      "erasure",
      "server_key",
      "server_key_name",
      "token",
    ]);
    const saved = await save();
    expect(Object.keys(saved.tables)).toEqual(SAVED_TABLES);
    await gateway.operator("POST", "/admin/v1/tokens", { name: "A reader", role: "viewer" });
    const before = await gateway.operator<{ items: object[] }>("GET", "/admin/v1/tokens");
    await restore(saved);
    expect(await gateway.operator("GET", "/admin/v1/tokens")).toEqual(before);
  });

  it("is handed to nobody who only looks: all that there is of each person is in it, and what is masked elsewhere", async () => {
    const wanted = { name: "Who looks", role: "viewer" };
    const { secret } = await gateway.operator<{ secret: string }>("POST", "/admin/v1/tokens", wanted);
    const headers = { authorization: `Bearer ${secret}` };
    expect((await gateway.fetch("/sandbox/v1/clock", { headers })).status).toBe(200);
    expect((await gateway.fetch("/sandbox/v1/snapshot", { headers })).status).toBe(403);
  });

  it("is refused, with nothing changed, where it is not of a sandbox like this one", async () => {
    const saved = await save();
    const refused = async (changed: object) => {
      const { status, detail } = await gateway.refusal("PUT", "/sandbox/v1/snapshot", { ...saved, ...changed });
      expect(status).toBe(400);
      return detail;
    };
    const { account } = saved.tables;
    const token = { columns: ["id"], rows: [["tok_1"]] };
    const injected = { columns: ["id) SELECT 1; --"], rows: [["a"]] };
    expect(await refused({ schema: "0001_spine.sql" })).toContain(
      "schema: is of the schema 0001_spine.sql, and this gateway has ",
    );
    expect(await refused({ tables: { ...saved.tables, token } })).toBe('tables: "token" is no table of a snapshot');
    expect(await refused({ tables: { ...saved.tables, account: injected } })).toBe(
      "tables: account has other columns here",
    );
    expect(await refused({ tables: { account: { ...account, rows: [["short"]] } } })).toContain(
      "another number of values",
    );
    expect(await refused({ network: { sqlite_master: { columns: [], rows: [] } } })).toContain(
      'network: "sqlite_master" is not as it is here',
    );
    expect(await refused({ network: { ...saved.network, taken: { columns: ["message"], rows: [] } } })).toContain(
      '"taken"',
    );
    expect(await refused({ stafett: 2 })).toContain("stafett");
    expect(told(await save())).toEqual(told(saved));
  });

  it("is refused, with nothing changed on either side, where a value is none that may be there", async () => {
    const saved = await save();
    const { account } = saved.tables;
    const { handset, subscriber } = saved.network;
    const stateAt = account?.columns.indexOf("state") ?? 0;
    const odd = account?.rows.map((row) => row.with(stateAt, "bogus")) ?? [];
    const [one = []] = subscriber?.rows ?? [];
    const wrong = {
      tables: { tables: { ...saved.tables, account: { ...account, rows: odd } }, network: {} },
      "network: a handset without a last text": {
        tables: {},
        network: { handset: { ...handset, rows: [["+4791000000", null]] } },
      },
      "network: one subscriber twice": { tables: {}, network: { subscriber: { ...subscriber, rows: [one, one] } } },
      "a carrier that cannot be read": {
        tables: {
          carrier: {
            columns: "name kind settings sealed state version created_at changed_at max_per_second".split(" "),
            rows: [["up", "smpp", "no JSON", "", "on", 1, 1, 1, null]],
          },
        },
      },
      "columns that are two": { tables: { sender: { columns: ["account_id,country"], rows: [["NO"]] } } },
    };
    for (const [name, changed] of Object.entries(wrong)) {
      expect(await gateway.refusal("PUT", "/sandbox/v1/snapshot", { ...saved, ...changed }), name).toMatchObject({
        status: 400,
        detail: expect.stringMatching(/^(tables|network): .*(constraint failed|no JSON|other columns)/),
      });
      expect(told(await save()), name).toEqual(told(saved));
    }
  });

  it("of some megabytes is put back as well", async () => {
    const saved = await save();
    const { inbox } = saved.network;
    const text = inbox?.columns.map(() => null) ?? [];
    const textAt = inbox?.columns.indexOf("text") ?? 0;
    const rows = Array.from({ length: 3_000 }, (_, n) =>
      text.map((_, at) => [n + 1][at] ?? (at === textAt ? "æ".repeat(1_000) : null)),
    );
    await restore({ ...saved, network: { ...saved.network, inbox: { ...inbox, rows } } });
    expect((await save()).network.inbox?.rows).toHaveLength(3_000);
    await restore(saved);
  });

  it("forgets what requests with an Idempotency-Key were answered since", async () => {
    const account = await gateway.account();
    const saved = await save();
    const order = () =>
      gateway.fetch("/api/out-messages", {
        headers: { "x-apikey": account.apiKey, "idempotency-key": "order-1" },
        json: { transactionId: "order-1", sender: "Shop", recipient: newNumber(), content: "Your parcel is here" },
      });
    expect((await order()).status).toBe(201);
    await restore(saved);
    expect((await order()).status).toBe(201);
    expect(await gateway.outMessage(account, "order-1")).toMatchObject({ content: "Your parcel is here" });
  });

  it("keeps from the demo account the numbers that it gave up, also in another gateway", async () => {
    const { id } = await gateway.account();
    const number = { kind: "short-number", country: "NO" };
    await gateway.operator("PUT", `/admin/v1/accounts/${id}/senders/2002`, number);
    await gateway.operator("DELETE", `/admin/v1/accounts/${id}/senders/2002`);
    await restore(await save(), other);
    await other.runtime.tick("@reboot");
    const { items } = await other.operator<{ items: { sender: string }[] }>("GET", "/admin/v1/accounts/demo/senders");
    expect(items.map(({ sender }) => sender)).toContain("0000");
    expect(items.map(({ sender }) => sender)).not.toContain("2002");
  });
});
