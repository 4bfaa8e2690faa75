/** One-time passwords: sending one, and what is shown of it. */

import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, useGateway } from "../../support/gateway.ts";
import { messageOf, openSeller, type Seller, strexClient } from "../../support/target365-client.ts";

const DATE = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/);

describe("a one-time password", () => {
  const gateway = useGateway();
  let seller: Seller;
  let client: ReturnType<typeof strexClient>;

  beforeAll(async () => {
    seller = await openSeller(gateway);
    client = strexClient(gateway, seller);
  });

  const otp = (more: Record<string, unknown> = {}) => ({
    transactionId: randomUUID(),
    merchantId: "shop",
    recipient: newNumber(),
    recurring: false,
    ...more,
  });
  const get = (id: string) => client.call("GET", `/strex/one-time-passwords/${id}`);

  it("is sent from the merchant's short number, and answered with where it lies", async () => {
    const wanted = otp();
    const answer = await client.sendOtp(wanted);
    expect(answer.status).toBe(201);
    const { transactionId, recipient } = wanted;
    expect(answer.headers.get("location")).toBe(`${gateway.url}/api/strex/one-time-passwords/${transactionId}`);
    const [text] = await gateway.handset(recipient, { wait: 20 });
    expect(text).toMatchObject({ from: seller.shortNumber, text: expect.stringContaining("1234") });
  });

  it("is shown with what it was given, and whether it arrived, but never the code", async () => {
    const wanted = otp({ messagePrefix: "Dear customer.", messageSuffix: "Shop", sender: "Shop", timeToLive: 5 });
    await client.sendOtp(wanted);
    await gateway.handset(wanted.recipient, { wait: 20, match: "^Dear customer\\. .*1234.* Shop$" });
    await gateway.advance(1);
    const shown = await (await get(wanted.transactionId)).json();
    expect(shown).toEqual({ ...wanted, delivered: true, created: DATE });
  });

  it("is shown as not delivered where it did not arrive", async () => {
    const wanted = otp({ recipient: "+4700000010" });
    await client.sendOtp(wanted);
    await gateway.advance(1);
    expect(await (await get(wanted.transactionId)).json()).toMatchObject({ delivered: false });
  });

  it.each([
    { name: "0, as Java says nothing", more: { timeToLive: 0 } },
    { name: "nothing", more: {} },
  ])("lives two minutes for $name", async ({ more }) => {
    const wanted = otp(more);
    await client.sendOtp(wanted);
    expect(await (await get(wanted.transactionId)).json()).toMatchObject({ timeToLive: 2 });
  });

  const refused: { name: string; more: Record<string, unknown>; why: RegExp }[] = [
    { name: "without an id", more: { transactionId: undefined }, why: /transactionId: is missing/ },
    { name: "for a merchant nobody knows", more: { merchantId: "nobody" }, why: /not a merchant/ },
    { name: "to what is no number", more: { recipient: "98079008" }, why: /not a phone number/ },
    { name: "from a sender that is not the account's", more: { sender: "Bank" }, why: /not a sender/ },
    { name: "for longer than a day", more: { timeToLive: 1441 }, why: /timeToLive: must be 1 to 1440 minutes/ },
    { name: "for less than no time", more: { timeToLive: -1 }, why: /timeToLive: must be 1 to 1440 minutes/ },
  ];
  it.each(refused)("is refused $name", async ({ more, why }) => {
    const wanted = otp(more);
    expect(await messageOf(await client.sendOtp(wanted), 400)).toMatch(why);
    await messageOf(await get(String(wanted.transactionId)), 404);
  });

  it("is refused with a used id", async () => {
    const wanted = otp();
    await client.sendOtp(wanted);
    expect(await messageOf(await client.sendOtp(wanted), 409)).toMatch(/already exists/);
    await gateway.advance(1);
    expect(await gateway.handset(wanted.recipient)).toHaveLength(1);
  });

  it("of another account is not there", async () => {
    const wanted = otp();
    await client.sendOtp(wanted);
    const other = strexClient(gateway, await openSeller(gateway));
    await messageOf(await other.call("GET", `/strex/one-time-passwords/${wanted.transactionId}`), 404);
  });
});
