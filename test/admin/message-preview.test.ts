/** What would happen with a text: said before it is sent, and nothing is. */

import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, type TestAccount, useGateway } from "../support/gateway.ts";

type Preview = Record<string, unknown> & { refused: { reason: string }[]; suppressedBy: object[] };

describe("a text that is looked at before it is sent", () => {
  const gateway = useGateway();
  const { operator } = gateway;
  let account: TestAccount;
  beforeAll(async () => {
    account = await gateway.account();
    await operator("PUT", `/admin/v1/accounts/${account.id}/senders/Offers`, {
      ...{ kind: "alphanumeric", country: "NO", purpose: "marketing" },
    });
  });

  const look = (more: object = {}) =>
    operator<Preview>("POST", "/admin/v1/messages/preview", {
      ...{ account: account.id, sender: "Shop", recipient: newNumber(), text: "Hello", ...more },
    });
  const reasons = ({ refused }: Preview) => refused.map(({ reason }) => reason);

  it("tells its size, its way, and that it would be sent; and is not", async () => {
    const recipient = newNumber();
    expect(await look({ recipient, text: "Grüße, 你好" })).toMatchObject({
      wouldBe: "sent",
      refused: [],
      message: { sender: "Shop", recipient, encoding: "ucs2", parts: 1 },
      suppressedBy: [],
      way: { carriers: expect.arrayContaining([expect.objectContaining({ name: "simulator", usable: true })]) },
      usedUp: [],
    });
    expect(await gateway.handset(recipient)).toEqual([]);
  });

  it("tells who opted out of it, when, and by what", async () => {
    const recipient = newNumber();
    const at = `/admin/v1/accounts/${account.id}/suppressions/${encodeURIComponent(recipient)}`;
    await operator("PUT", at, { number: "Shop", reason: "asked by phone", proof: "ticket 1" });
    const seen = await look({ recipient });
    expect(reasons(seen)).toEqual(["opted-out"]);
    expect(seen.suppressedBy).toMatchObject([{ number: "Shop", source: "operator", proof: "ticket 1" }]);
    expect(await look({ recipient, sender: "Offers" })).toMatchObject({ wouldBe: "sent", suppressedBy: [] });
  });

  it("tells until when it is quiet, whether it would wait or be refused", async () => {
    const settings = (quietHours: object) =>
      operator("PATCH", `/admin/v1/accounts/${account.id}`, { settings: { quietHours } });
    const now = new Date(await gateway.now());
    const clock = (minutes: number) => new Date(+now + minutes * 60_000).toISOString().slice(11, 16);
    await settings({ hours: `${clock(-60)}-${clock(60)}`, timeZone: "UTC", action: "wait" });
    const waits = await look({ sender: "Offers" });
    expect(waits).toMatchObject({ wouldBe: "scheduled", refused: [], quietUntil: expect.stringMatching(/Z$/) });
    await settings({ action: "refuse" });
    const refused = await look({ sender: "Offers" });
    expect(refused).toMatchObject({ wouldBe: "refused", quietUntil: waits.quietUntil });
    expect(reasons(refused)).toEqual(["quiet-hours"]);
    expect(await look()).toMatchObject({ wouldBe: "sent" });
  });

  it("tells each reason for which it would be refused", async () => {
    expect(reasons(await look({ recipient: "12" }))).toEqual(["bad-number"]);
    expect(reasons(await look({ sender: "Nobody" }))).toEqual(["bad-sender"]);
    expect(reasons(await look({ text: "" }))).toEqual(["bad-text"]);
    const limits = { messagesPerDay: 1 };
    await operator("PATCH", `/admin/v1/accounts/${account.id}`, { settings: { limits } });
    expect(await look()).toMatchObject({ wouldBe: "sent", limits });
    await gateway.send(account);
    const over = await look();
    expect(over).toMatchObject({ wouldBe: "refused", usedUp: ["messages"] });
    expect(reasons(over)).toEqual(["too-many-requests"]);
  });

  it("tells every reason at once: a country that is not allowed, and a text that was sent just now", async () => {
    const other = await gateway.account();
    const recipient = newNumber();
    await gateway.send(other, { recipient, content: "Hello" });
    await operator("PATCH", `/admin/v1/accounts/${other.id}`, {
      settings: { duplicateSeconds: 600, countries: ["SE"] },
    });
    const seen = await look({ account: other.id, recipient });
    expect(reasons(seen)).toEqual(["country-closed", "repeated"]);
    expect(seen).toMatchObject({ wouldBe: "refused", message: { parts: 1 } });
  });

  it("is not looked at for an account that is not there", async () => {
    const text = { account: "nobody", sender: "Shop", recipient: newNumber(), text: "Hello" };
    expect(await gateway.refusal("POST", "/admin/v1/messages/preview", text)).toMatchObject({ status: 404 });
  });
});
