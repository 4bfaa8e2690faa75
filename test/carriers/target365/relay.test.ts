/** Target365 as a carrier, against a second gateway that speaks its API: real HTTP, real signatures, a simulated network. */

import { describe, expect, it } from "vitest";
import { newNumber, problemOf } from "../../support/gateway.ts";
import { useRelay } from "../../support/relay.ts";

const SHORT_NUMBER = "2002";
const GRANT = { kind: "short-number", country: "NO", shortNumberId: "NO-2002" };

describe("a text through Target365", () => {
  const provider = { account: "", apiKey: "" };
  const relay = useRelay("norway", async (theirs) => {
    const { id, apiKey } = await theirs.account("Stafett");
    Object.assign(provider, { account: id, apiKey });
    return { kind: "target365", settings: { baseUrl: `${theirs.url}/` }, secrets: { apiKey } };
  });
  const { ours, theirs } = relay;

  it("rings at the handset, and the report comes back signed and settles it", async () => {
    const to = newNumber();
    const id = await ours.send(relay.account, { recipient: to, content: "Hei på deg 🙂" });
    expect(await theirs.handset(to, { wait: 20 })).toMatchObject([{ from: "Shop", text: "Hei på deg 🙂" }]);
    await relay.becomes(id, { state: "delivered", carrier: "norway", operator: "no.telenor" });
  });

  it("goes in one call where there are many", async () => {
    const to = [1, 2, 3, 4, 5].map(() => newNumber());
    const json = to.map((recipient, n) => ({ transactionId: `many-${n}`, sender: "Shop", recipient, content: "Hi" }));
    const headers = { "x-apikey": relay.account.apiKey };
    expect((await ours.fetch("/api/out-messages/batch", { headers, json })).status).toBe(201);
    for (const recipient of to) expect(await theirs.handset(recipient, { wait: 20 })).toHaveLength(1);
    for (const { transactionId } of json) await relay.becomes(transactionId, { state: "delivered" });
  });

  it("tells why it did not arrive", async () => {
    await theirs.faults({ refuse: "subscriber-unavailable", times: 1 });
    const id = await ours.send(relay.account, { recipient: newNumber() });
    await relay.becomes(id, { state: "failed", reason: "subscriber-unavailable" });
  });

  it("is told to have failed at once where the provider refuses it", async () => {
    await ours.operator("PUT", `/admin/v1/accounts/${relay.account.id}/senders/Other`, {
      kind: "alphanumeric",
      country: "NO",
    });
    const id = await ours.send(relay.account, { sender: "Other" });
    await relay.becomes(id, { state: "failed", reason: "bad-sender" });
  });

  it("is tried by an operator, who is told what came back, and whether the provider knows the key", async () => {
    const to = newNumber();
    const trial = { recipient: to, text: "One two", sender: "Shop" };
    expect(await ours.operator("POST", "/admin/v1/carriers/norway/test", trial)).toMatchObject({ outcome: "taken" });
    expect(await theirs.handset(to, { wait: 20 })).toMatchObject([{ text: "One two" }]);
    expect((await relay.carrier()).health).toMatchObject({ state: "up" });
    const settings = { baseUrl: theirs.url };
    await ours.operator("PUT", "/admin/v1/carriers/wrong", {
      kind: "target365",
      settings,
      secrets: { apiKey: "not a key of theirs" },
    });
    expect((await relay.carrier("wrong")).health).toMatchObject({
      state: "down",
      reason: expect.stringMatching(/credentials/),
    });
    expect(await ours.operator("POST", "/admin/v1/carriers/wrong/test", trial)).toMatchObject({
      outcome: "refused",
      own: true,
      reason: "carrier-offline",
    });
  });

  it("comes from a person, by a keyword at the provider, once", async () => {
    const { doors } = await relay.carrier();
    await ours.operator("PUT", `/admin/v1/accounts/${relay.account.id}/senders/${SHORT_NUMBER}`, GRANT);
    await theirs.operator("PUT", `/admin/v1/accounts/${provider.account}/senders/${SHORT_NUMBER}`, GRANT);
    const keyword = { shortNumberId: "NO-2002", keywordText: "HI", mode: "Startswith", forwardUrl: doors?.inbound };
    const headers = { "x-apikey": provider.apiKey };
    expect((await theirs.fetch("/api/keywords", { headers, json: { ...keyword, enabled: true } })).status).toBe(201);
    const person = newNumber();
    const write = () =>
      theirs.operator("POST", `/sandbox/v1/handsets/${encodeURIComponent(person)}/messages`, {
        ...{ to: SHORT_NUMBER, text: "Hi there", theirId: "mo-1" },
      });
    await write();
    const came = async () =>
      (await ours.operator<{ items: unknown[] }>("GET", `/admin/v1/inbound?account=${relay.account.id}`)).items;
    await expect
      .poll(came, { timeout: 20_000 })
      .toMatchObject([{ sender: person, text: "Hi there", carrier: "norway", theirId: "mo-1" }]);
    await write();
    expect(await came()).toHaveLength(1);
  });

  it.each(["receipts", "inbound"] as const)(
    "hears nobody at %s who does not sign, though they know the address",
    async (door) => {
      const { doors } = await relay.carrier();
      const path = new URL(doors?.[door] ?? "").pathname;
      const json = { transactionId: "msg_1", statusCode: "Ok" };
      for (const headers of [{}, { "x-ecdsa-signature": "2026-11-22:1:nonce:AAAA" }, { "x-ecdsa-signature": "::::" }]) {
        expect(await problemOf(await ours.fetch(path, { json, headers }))).toMatchObject({ status: 401 });
      }
      const elsewhere = await ours.fetch(`/carriers/norway/${door}/somewhere-else`, { json });
      expect(await problemOf(elsewhere)).toMatchObject({ status: 401 });
      const key = path.split("/").at(-1) ?? "";
      await expect.poll(() => ours.log.filter((line) => line.includes("auth.rejected")).length).toBeGreaterThan(3);
      expect(ours.log.filter((line) => line.includes(key))).toEqual([]);
    },
  );
});
