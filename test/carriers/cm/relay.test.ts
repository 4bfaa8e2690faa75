/** CM.com as a carrier, against a second gateway that speaks its API. */

import { describe, expect, it } from "vitest";
import { openTokenAccount } from "../../dialects/cm/support.ts";
import { newNumber } from "../../support/gateway.ts";
import { useRelay } from "../../support/relay.ts";

const NUMBER = "2002";
const GRANT = { kind: "short-number", country: "NO" };

describe("a text through CM.com", () => {
  const provider = { account: "", token: "" };
  const relay = useRelay("holland", async (theirs) => {
    Object.assign(provider, await openTokenAccount(theirs));
    return { kind: "cm", settings: { baseUrl: theirs.url }, secrets: { productToken: provider.token } };
  });
  const { ours, theirs } = relay;
  /** As an operator does it in the provider's portal, which calls the address once before it keeps it. */
  const callBack = async (method: "GET" | "POST") => {
    const { doors } = await relay.carrier();
    const json = { reportUrl: doors?.receipts, messageUrl: doors?.inbound, method };
    await theirs.operator("PUT", `/admin/v1/accounts/${provider.account}/callbacks/cm`, json);
  };

  it.each(["GET", "POST"] as const)(
    "rings at the handset, and is settled by a report that comes as %s",
    async (method) => {
      await callBack(method);
      const to = newNumber();
      const id = await ours.send(relay.account, { recipient: to, content: "Hoi, 5 € & æ 🙂" });
      expect(await theirs.handset(to, { wait: 20 })).toMatchObject([{ from: "Shop", text: "Hoi, 5 € & æ 🙂" }]);
      await relay.becomes(id, { state: "delivered", carrier: "holland" });
    },
  );

  it("goes with many others in one call, of which some are refused", async () => {
    await callBack("GET");
    const to = [1, 2, 3].map(() => newNumber());
    const text = { sender: "Shop", content: "Hi" };
    const json = [
      ...to.map((recipient, n) => ({ ...text, transactionId: `cm-${n}`, recipient })),
      { ...text, transactionId: "cm-long", recipient: newNumber(), content: "long ".repeat(400) },
    ];
    const headers = { "x-apikey": relay.account.apiKey };
    expect((await ours.fetch("/api/out-messages/batch", { headers, json })).status).toBe(201);
    for (const n of to.keys()) await relay.becomes(`cm-${n}`, { state: "delivered" });
    await relay.becomes("cm-long", { state: "failed", reason: "too-many-parts" });
  });

  it("tells why it did not arrive", async () => {
    await callBack("GET");
    await theirs.faults({ refuse: "subscriber-unavailable", times: 1 });
    const id = await ours.send(relay.account, { recipient: newNumber() });
    await relay.becomes(id, { state: "failed", reason: "subscriber-unavailable" });
  });

  it("comes from a person", async () => {
    await callBack("GET");
    await ours.operator("PUT", `/admin/v1/accounts/${relay.account.id}/senders/${NUMBER}`, GRANT);
    await theirs.operator("PUT", `/admin/v1/accounts/${provider.account}/senders/${NUMBER}`, GRANT);
    const person = newNumber();
    await theirs.operator("POST", `/sandbox/v1/handsets/${encodeURIComponent(person)}/messages`, {
      to: NUMBER,
      text: "Hallo",
    });
    const came = async () =>
      (await ours.operator<{ items: unknown[] }>("GET", `/admin/v1/inbound?account=${relay.account.id}`)).items;
    await expect.poll(came, { timeout: 20_000 }).toMatchObject([{ sender: person, text: "Hallo", carrier: "holland" }]);
  });

  it("is known to be up, and a wrong token to be wrong", async () => {
    expect((await relay.carrier()).health).toMatchObject({ state: "up" });
    const settings = { baseUrl: theirs.url };
    const wrong = { kind: "cm", settings, secrets: { productToken: "no-token-of-theirs" } };
    await ours.operator("PUT", "/admin/v1/carriers/wrong", wrong);
    expect((await relay.carrier("wrong")).health).toMatchObject({ state: "down" });
  });
});
