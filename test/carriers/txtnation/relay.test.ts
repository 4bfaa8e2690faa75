/** txtNation as a carrier, against a second gateway that speaks its API. */

import { describe, expect, it } from "vitest";
import { openCampaign } from "../../dialects/txtnation/campaign.ts";
import { newNumber } from "../../support/gateway.ts";
import { useRelay } from "../../support/relay.ts";

describe("a text through txtNation", () => {
  const provider = { account: "", cc: "", ekey: "", shortNumber: "" };
  const relay = useRelay("wales", async (theirs) => {
    Object.assign(provider, await openCampaign(theirs));
    await theirs.operator("PUT", `/admin/v1/accounts/${provider.account}/senders/Shop`, {
      ...{ kind: "alphanumeric", country: "NO" },
    });
    const settings = { baseUrl: theirs.url, companyCode: provider.cc };
    return { kind: "txtnation", settings, secrets: { ekey: provider.ekey } };
  });
  const { ours, theirs } = relay;
  const callBack = async () => {
    const { doors } = await relay.carrier();
    const json = { reportUrl: doors?.receipts, messageUrl: doors?.inbound };
    await theirs.operator("PUT", `/admin/v1/accounts/${provider.account}/callbacks/txtnation`, json);
  };

  it("rings at the handset, and is settled by a report that is answered with OK", async () => {
    await callBack();
    const to = newNumber();
    const id = await ours.send(relay.account, { recipient: to, content: "5 £ & æ = 🙂" });
    expect(await theirs.handset(to, { wait: 20 })).toMatchObject([{ from: "Shop", text: "5 £ & æ = 🙂" }]);
    await relay.becomes(id, { state: "delivered", carrier: "wales" });
    await expect
      .poll(() => theirs.webhooks({ id: provider.account, number: 0, apiKey: "" }, { state: "owed" }))
      .toEqual([]);
  });

  it("tells why it did not arrive", async () => {
    await callBack();
    await theirs.faults({ refuse: "insufficient-funds", times: 1 });
    const id = await ours.send(relay.account, { recipient: newNumber() });
    await relay.becomes(id, { state: "failed", reason: "insufficient-funds" });
  });

  it("is refused where the provider does not know the key, and nobody is blamed but the carrier", async () => {
    await ours.operator("PUT", "/admin/v1/carriers/wrong", {
      kind: "txtnation",
      settings: { baseUrl: theirs.url, companyCode: provider.cc },
      secrets: { ekey: "no key of theirs" },
    });
    const trial = { recipient: newNumber(), text: "Hi", sender: "Shop" };
    expect(await ours.operator("POST", "/admin/v1/carriers/wrong/test", trial)).toMatchObject({
      ...{ outcome: "refused", own: true, reason: "carrier-offline", detail: "IR-103" },
    });
  });

  it("comes from a person", async () => {
    await callBack();
    const grant = { kind: "short-number", country: "NO" };
    await ours.operator("PUT", `/admin/v1/accounts/${relay.account.id}/senders/${provider.shortNumber}`, grant);
    const person = newNumber();
    await theirs.operator("POST", `/sandbox/v1/handsets/${encodeURIComponent(person)}/messages`, {
      ...{ to: provider.shortNumber, text: "Hello & æ" },
    });
    const came = async () =>
      (await ours.operator<{ items: unknown[] }>("GET", `/admin/v1/inbound?account=${relay.account.id}`)).items;
    await expect
      .poll(came, { timeout: 20_000 })
      .toMatchObject([{ sender: person, text: "Hello & æ", carrier: "wales" }]);
  });

  it("is known to answer", async () => {
    expect((await relay.carrier()).health).toMatchObject({ state: "up" });
  });
});
