/** SMPP as an operator sees it: by the API, and on the pages of the console. */

import { afterAll, describe, expect, it } from "vitest";
import { STATUS } from "../../../src/smpp/fields.ts";
import { looksRight, PHONE, useConsole } from "../../support/console.ts";
import { newNumber } from "../../support/gateway.ts";
import { useSmppGateway } from "../../support/smpp.ts";
import { Smsc } from "../../support/smsc.ts";

type Line = {
  connections: { id: string; as?: string; window: { used: number; most: number }; requests: { heard: number } }[];
  troubles: { kind: string; what: string; times: number }[];
  tracedUntil?: string;
};
type Trace = { until?: string; pdus: { way: string; command: string; fields: Record<string, unknown> }[] };

const ascii = (text: string) => new TextEncoder().encode(text);

describe("SMPP, seen by an operator", () => {
  const smpp = useSmppGateway();
  const { gateway } = smpp;
  const console = useConsole(gateway);
  let smsc: Smsc | undefined;
  afterAll(() => smsc?.stop());
  const at = (systemId: string) => `/admin/v1/smpp/sessions/${systemId}`;
  const look = (systemId: string) => gateway.operator<Line & { account: string }>("GET", at(systemId));
  const traced = (path: string) => gateway.operator<Trace>("GET", `${path}/trace`);
  const submit = (number: string) => ({
    source: "Shop",
    destination: number.slice(1),
    shortMessage: ascii("a secret"),
  });

  it("has each connection with its bind, its window and what went wrong", async () => {
    const customer = await smpp.customer({ window: 7 });
    expect((await look(customer.systemId)).connections).toEqual([]);
    const esme = await smpp.esme(customer);
    await smpp.esme(customer, "bind_receiver");
    await esme.ask("submit_sm", submit(newNumber()));
    expect((await esme.ask("submit_sm", submit("+12"))).status).toBe(STATUS.destinationAddress);
    const stranger = await smpp.stranger();
    await stranger.bind(customer.systemId, "wrong").catch(() => {});
    const { account, connections, troubles } = await look(customer.systemId);
    expect(account).toBe(customer.id);
    const [one, other] = connections
      .filter(({ as }) => as !== undefined)
      .sort((a, b) => ((a.as ?? "") < (b.as ?? "") ? 1 : -1));
    expect(one).toMatchObject({ as: "transceiver", window: { used: 0, most: 7 }, deliveries: { most: 10 } });
    expect(one?.requests.heard).toBeGreaterThanOrEqual(2);
    expect(other).toMatchObject({ as: "receiver" });
    expect(troubles.map(({ kind, what }) => `${kind}: ${what}`)).toEqual(
      expect.arrayContaining([
        "answered: submit_sm_resp 0x0000000b",
        "refused: the system_id or the password is wrong",
      ]),
    );
    const { items } = await gateway.operator<{ items: { systemId: string }[] }>(
      "GET",
      `/admin/v1/smpp/sessions?account=${customer.id}`,
    );
    expect(items.map(({ systemId }) => systemId)).toEqual([customer.systemId]);
  });

  it("keeps PDUs for a while, masked, until it is told to forget them", async () => {
    const customer = await smpp.customer();
    await gateway.operator("PUT", `${at(customer.systemId)}/trace`, { seconds: 60 });
    const esme = await smpp.esme(customer);
    const number = newNumber();
    await esme.ask("submit_sm", submit(number));
    const trace = await traced(at(customer.systemId));
    expect(trace.until).toBeDefined();
    expect(trace.pdus.map(({ way, command }) => `${way} ${command}`)).toEqual([
      "heard bind_transceiver",
      "sent bind_transceiver_resp",
      "heard submit_sm",
      "sent submit_sm_resp",
    ]);
    const all = JSON.stringify(trace);
    expect(all).not.toContain("secret");
    expect(all).not.toContain(customer.password);
    expect(all).not.toContain(number.slice(1));
    await gateway.operator("DELETE", `${at(customer.systemId)}/trace`);
    expect(await traced(at(customer.systemId))).toEqual({ pdus: [] });
    expect(await gateway.refusal("GET", `${at("nobody")}/trace`)).toMatchObject({ status: 404 });
    expect(await gateway.refusal("PUT", `${at(customer.systemId)}/trace`, { seconds: 3_601 })).toMatchObject({
      status: 400,
    });
  });

  it("has binds to SMSCs, too", async () => {
    smsc = await Smsc.start();
    await gateway.operator("PUT", "/admin/v1/carriers/norway", {
      kind: "smpp",
      settings: { host: "127.0.0.1", port: smsc.port, systemId: "stafett", window: 3 },
      secrets: { password: "secret" },
    });
    const path = "/admin/v1/smpp/binds/norway/0";
    await gateway.operator("PUT", `${path}/trace`, { seconds: 60 });
    await expect
      .poll(() => gateway.operator("GET", path), { timeout: 15_000 })
      .toMatchObject({ state: "up", connections: [{ as: "transceiver", window: { used: 0, most: 3 } }] });
    smsc.cut();
    const bound = async () => (await traced(path)).pdus.slice(-2);
    await expect.poll(bound, { timeout: 15_000 }).toMatchObject([
      { way: "sent", command: "bind_transceiver", fields: { systemId: "stafett", password: "***" } },
      { way: "heard", command: "bind_transceiver_resp" },
    ]);
    const { items } = await gateway.operator<{ items: unknown[] }>("GET", "/admin/v1/smpp/binds");
    expect(items).toMatchObject([{ carrier: "norway", bind: 0 }]);
    expect(await gateway.refusal("GET", "/admin/v1/smpp/binds/norway/1")).toMatchObject({ status: 404 });
  });

  it.each([
    { name: "desk", options: {} },
    { name: "phone", options: { viewport: PHONE } },
  ])("is shown on pages that look right, and traced by a button: $name", async ({ name, options }) => {
    const customer = await smpp.customer();
    const esme = await smpp.esme(customer);
    const tab = await console.enter("/console/smpp", options);
    await looksRight(tab, `smpp-${name}`);
    await tab.page.getByRole("link", { name: customer.systemId, exact: true }).click();
    await tab.page.getByText("transceiver").waitFor();
    await tab.page.getByRole("button", { name: "Trace for 5 minutes" }).click();
    await tab.page.getByText("Tracing until").waitFor();
    await esme.ask("submit_sm", submit("+12"));
    await tab.page.reload();
    await tab.page.getByText("0x0000000b").first().waitFor();
    await looksRight(tab, `smpp-session-${name}`);
    await tab.page.getByRole("button", { name: "Stop and delete" }).click();
    await tab.page.getByText("Tracing is off.").waitFor();
  });
});
