/** Flowroute as a carrier, against a second gateway that speaks its API. */

import { describe, expect, it } from "vitest";
import { call, newPerson, openAccessKey } from "../../dialects/flowroute/support.ts";
import { useRelay } from "../../support/relay.ts";

describe("a text through Flowroute", () => {
  const provider = { account: "", accessKey: "", secretKey: "", number: "", digits: "" };
  const relay = useRelay("seattle", async (theirs) => {
    Object.assign(provider, await openAccessKey(theirs));
    const { accessKey, secretKey } = provider;
    return { kind: "flowroute", settings: { baseUrl: theirs.url }, secrets: { accessKey, secretKey } };
  });
  const { ours, theirs } = relay;
  const grant = (sender: string) =>
    ours.operator("PUT", `/admin/v1/accounts/${relay.account.id}/senders/${encodeURIComponent(sender)}`, {
      ...{ kind: "long-number", country: "US", isShared: true },
    });

  it("rings at the handset, and is settled by the receipt at the address with its id", async () => {
    await grant(provider.number);
    const to = newPerson();
    const id = await ours.send(relay.account, { sender: provider.number, recipient: to, content: "Gee, 🙂 & more" });
    expect(await theirs.handset(to, { wait: 20 })).toMatchObject([{ from: provider.number, text: "Gee, 🙂 & more" }]);
    await relay.becomes(id, { state: "delivered", carrier: "seattle", reference: expect.stringMatching(/^mdr2-/) });
  });

  it("is refused for a number that is not of the account there", async () => {
    await grant("+12065559999");
    const id = await ours.send(relay.account, { sender: "+12065559999", recipient: newPerson() });
    await relay.becomes(id, { state: "failed", reason: "bad-sender" });
  });

  it("tells why it did not arrive", async () => {
    await grant(provider.number);
    await theirs.faults({ refuse: "opted-out", times: 1 });
    const id = await ours.send(relay.account, { sender: provider.number, recipient: newPerson() });
    await relay.becomes(id, { state: "failed", reason: "opted-out" });
  });

  it.each(["v2", "v2.1", "v2.2"])("comes from a person, in the form of %s", async (version) => {
    const { doors } = await relay.carrier();
    await grant(provider.number);
    const body = { data: { attributes: { callback_url: doors?.inbound } } };
    if (version === "v2") {
      await theirs.operator("PUT", `/admin/v1/accounts/${provider.account}/callbacks/flowroute`, {
        ...{ messageUrl: doors?.inbound, form: "v2" },
      });
    } else {
      const answer = await call(theirs, provider, "PUT", `/${version}/messages/sms_callback`, body);
      expect(answer.status).toBe(204);
    }
    const person = newPerson();
    await theirs.operator("POST", `/sandbox/v1/handsets/${encodeURIComponent(person)}/messages`, {
      ...{ to: provider.number, text: `Hello in ${version}` },
    });
    const came = async () =>
      (
        await ours.operator<{ items: { text: string }[] }>(
          "GET",
          `/admin/v1/inbound?sender=${encodeURIComponent(person)}`,
        )
      ).items;
    await expect
      .poll(came, { timeout: 20_000 })
      .toMatchObject([{ sender: person, recipient: provider.number, text: `Hello in ${version}`, carrier: "seattle" }]);
  });

  it("is known to be up", async () => {
    expect((await relay.carrier()).health).toMatchObject({ state: "up" });
  });
});
