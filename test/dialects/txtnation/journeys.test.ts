/** A merchant's life on this wire: a purchase, charges after it, STOP; texts and what people write; and every callback. */

import { beforeEach, describe, expect, it } from "vitest";
import { newNumber, useGateway } from "../../support/gateway.ts";
import { type Received, useReceiver } from "../../support/receiver.ts";
import { pinOn, visitor } from "../../support/shop.ts";
import { ask, billed, type Campaign, newDigits, openCampaign, sendDob, sendText, write } from "./campaign.ts";

const gateway = useGateway();
const merchant = useReceiver();

beforeEach(() => merchant.behave(() => ({ status: 200, body: "OK" })));

/** A campaign whose callbacks come to the receiver, at addresses of its own. */
async function openListening(terms: Record<string, unknown> = {}, callback: Record<string, unknown> = {}) {
  const campaign = await openCampaign(gateway, terms);
  await gateway.operator("PUT", `/admin/v1/accounts/${campaign.account}/callbacks/txtnation`, {
    messageUrl: `${merchant.url}/${campaign.account}/messages`,
    reportUrl: `${merchant.url}/${campaign.account}/reports`,
    ...callback,
  });
  return campaign;
}

const isAt = (campaign: Campaign, what: string) => (one: Received) =>
  one.url.startsWith(`/${campaign.account}/${what}`);
const formOf = ({ body }: Received) => Object.fromEntries(new URLSearchParams(body));

/** What a campaign was told of this number, in order. */
async function told(campaign: Campaign, what: "messages" | "reports", digits: string, count: number) {
  const received = await merchant.next(
    count,
    (one) => isAt(campaign, what)(one) && (one.body + one.url).includes(`number=${digits}`),
  );
  return received.map((one) => ({ ...one, form: formOf(one) }));
}

/** Somebody buys in the window: number, PIN. Answers where they are sent. */
async function buy(windowUrl: string, digits: string): Promise<string | undefined> {
  const person = visitor(gateway);
  const page = await person.open(windowUrl.slice(gateway.url.length));
  const asked = await person.press(page, "number", { number: digits.slice(2) });
  const done = await person.press(asked, "pin", { pin: await pinOn(gateway, `+${digits}`) });
  return done.location;
}

describe("a purchase", () => {
  it("goes from a window to the merchant and its status; then charges, until STOP", async () => {
    const campaign = await openListening({ redirectUrl: "https://pure.example/done?shop=1#top" });
    const to = newDigits();
    const opened = await ask(gateway, campaign, "one-click/new", { id: "order 7/æ" });
    const { transactionId: transaction_id = "", windowUrl = "" } = opened.data as Record<string, string>;

    expect(await buy(windowUrl, to)).toBe("https://pure.example/done?shop=1&id=order+7%2F%C3%A6&status=success#top");
    const seen = await ask(gateway, campaign, "status/view", { transaction_id });
    expect(seen.data).toMatchObject({
      price: 49,
      recipient: to,
      transactionId: transaction_id,
      statusCode: "DELIVERED",
    });
    expect(await billed(gateway, to)).toHaveLength(1);
    const [first] = await told(campaign, "reports", to, 1);
    expect(first?.form).toMatchObject({ action: "mp_report", id: transaction_id, report: "DELIVERED" });

    // As the guide has it, with no id: the purchase just now is no reason to refuse it.
    expect(await sendDob(gateway, campaign, { to })).toMatchObject({ code: 0, data: { statusCode: "DELIVERED" } });
    expect(await billed(gateway, to)).toHaveLength(2);
    await told(campaign, "reports", to, 2);

    const week = await sendDob(gateway, campaign, { to: String(seen.data.recipient), id: "week-2" });
    expect(week.data).toMatchObject({ statusCode: "DELIVERED" });
    expect(await billed(gateway, to)).toHaveLength(3);
    const [, , second] = await told(campaign, "reports", to, 3);
    expect(second?.form).toMatchObject({ id: "week-2", message_id: "week-2", report: "DELIVERED" });

    await write(gateway, campaign, to, "STOP GAMES");
    const [stop] = await told(campaign, "messages", to, 1);
    expect(stop?.form).toMatchObject({
      action: "mpush_ir_message",
      message: "STOP GAMES",
      keyword: "GAMES",
      billing: "MT",
    });

    const after = await sendDob(gateway, campaign, { to });
    expect(after).toMatchObject({ code: 0, data: { statusCode: "REJECTED", detailedStatusCode: "Rejected" } });
    expect(await billed(gateway, to)).toHaveLength(3);
  });

  it("that is cancelled sends the person back so, and is rejected", async () => {
    const campaign = await openListening();
    const { data } = await ask(gateway, campaign, "one-click/new");
    const { transactionId: transaction_id = "", windowUrl = "" } = data as Record<string, string>;
    const person = visitor(gateway);
    const page = await person.open(windowUrl.slice(gateway.url.length));
    const left = await person.press(page, "cancel");
    expect(left.location).toBe(`https://pure.example/done?id=${transaction_id}&status=cancelled`);
    const seen = await ask(gateway, campaign, "status/view", { transaction_id });
    expect(seen.data).toMatchObject({ statusCode: "REJECTED", detailedStatusCode: "Rejected", recipient: null });
  });

  it("that nobody finishes expires", async () => {
    const campaign = await openListening();
    const { data } = await ask(gateway, campaign, "one-click/new");
    const transaction_id = String(data.transactionId);
    await gateway.advance(2 * 3_600);
    const seen = await ask(gateway, campaign, "status/view", { transaction_id });
    expect(seen.data).toMatchObject({ statusCode: "VALIDITY_EXPIRED" });
  });

  it("that is given back stays DELIVERED, and its refund is a transaction of its own", async () => {
    const campaign = await openListening();
    const to = newDigits();
    const { data } = await sendDob(gateway, campaign, { to });
    const transaction_id = String(data.transactionId);
    const { items } = await gateway.operator<{ items: { id: string; theirId: string }[] }>(
      "GET",
      `/admin/v1/transactions?account=${campaign.account}`,
    );
    const { id } = items.find(({ theirId }) => theirId === transaction_id) ?? {};
    await gateway.operator("POST", `/admin/v1/transactions/${id}/reverse`);
    await gateway.advance(1);
    const original = await ask(gateway, campaign, "status/view", { transaction_id });
    expect(original.data).toMatchObject({ statusCode: "DELIVERED", detailedStatusCode: "Reversed", price: 49 });
    const refund = await ask(gateway, campaign, "status/view", { transaction_id: `-${transaction_id}` });
    expect(refund.data).toMatchObject({ statusCode: "DELIVERED", price: -49, recipient: to });
  });
});

describe("a charge", () => {
  it("whose outcome is not known within the wait is ACKNOWLEDGED, and is reported when it is", async () => {
    const campaign = await openListening();
    await gateway.faults({ receiptDelaySeconds: 600, only: "charges", times: 1 });
    const to = newDigits();
    const { data } = await sendDob(gateway, campaign, { to });
    expect(data).toMatchObject({ statusCode: "ACKNOWLEDGED", detailedStatusCode: "Pending" });
    const [interim] = await told(campaign, "reports", to, 1);
    expect(interim?.form).toMatchObject({ id: data.transactionId, report: "ACKNOWLEDGED" });
    await gateway.advance(700);
    const [, final] = await told(campaign, "reports", to, 2);
    expect(final?.form).toMatchObject({ id: data.transactionId, report: "DELIVERED" });
    expect(await billed(gateway, to)).toHaveLength(1);
  }, 60_000);

  it("whose answer is lost is made once, and told of while the request waits if it is known by then", async () => {
    const campaign = await openListening();
    await gateway.faults({ loseAnswer: true, only: "charges", times: 1 });
    const to = newDigits();
    const asking = sendDob(gateway, campaign, { to });
    await gateway.operator("GET", `/sandbox/v1/operator/charges?msisdn=${to}&wait=20`);
    await gateway.advance(60);
    expect((await asking).data).toMatchObject({ statusCode: "DELIVERED", detailedStatusCode: "Delivered" });
    expect(await billed(gateway, to)).toHaveLength(1);
  });
});

describe("a text", () => {
  it("is reported in between and at the end, under the id of the send", async () => {
    const campaign = await openListening();
    const number = newDigits();
    expect(await sendText(gateway, campaign, { number, id: "service|7" })).toBe("SUCCESS");
    const reports = await told(campaign, "reports", number, 2);
    expect(reports.map(({ form }) => form.report).sort()).toEqual(["ACKNOWLEDGED", "DELIVERED"]);
    for (const { method, headers, form } of reports) {
      expect(method).toBe("POST");
      expect(headers["content-type"]).toMatch(/^application\/x-www-form-urlencoded/);
      expect(form).toMatchObject({ action: "mp_report", id: "service|7", message_id: "service|7", reason_id: "" });
    }
  });

  it("that is lost is reported with why", async () => {
    const campaign = await openListening();
    const lost = { "4700000010": "FAILED", "4700000020": "REJECTED" };
    for (const [number, word] of Object.entries(lost)) {
      expect(await sendText(gateway, campaign, { number })).toBe("SUCCESS");
      const reports = await told(campaign, "reports", number, 2);
      expect(reports.map(({ form }) => form.report)).toContain(word);
    }
  });

  it("that is paid is reported once it is billed and there, or with why it was not", async () => {
    const campaign = await openListening();
    const [rich, poor] = [newDigits(), newDigits()];
    await gateway.operator("PUT", `/sandbox/v1/subscribers/${poor}`, { prepaidBalance: 0 });
    const paid = { network: "TELENOR-NO", value: "49" };
    for (const number of [rich, poor])
      expect(await sendText(gateway, campaign, { ...paid, number, id: `paid-${number.slice(-5)}` })).toBe("SUCCESS");
    const good = await told(campaign, "reports", rich, 2);
    expect(good.map(({ form }) => form.report).sort()).toEqual(["ACKNOWLEDGED", "DELIVERED"]);
    const [bad] = await told(campaign, "reports", poor, 1);
    expect(bad?.form).toMatchObject({ id: `paid-${poor.slice(-5)}`, report: "NO_CREDIT" });
    await gateway.advance(60);
    expect(merchant.received.filter(isAt(campaign, "reports"))).toHaveLength(3);
  });

  it("that is paid, and asked for again with its id, is billed once", async () => {
    const campaign = await openListening();
    const number = newDigits();
    const paid = { number, network: "TELENOR-NO", value: "49", id: "again" };
    expect(await sendText(gateway, campaign, paid)).toBe("SUCCESS");
    await told(campaign, "reports", number, 2);
    expect(await sendText(gateway, campaign, paid)).toBe("SUCCESS");
    await gateway.advance(60);
    expect(await billed(gateway, number)).toHaveLength(1);
    expect(await gateway.handset(`+${number}`)).toHaveLength(1);
  });
});

describe("what a person writes", () => {
  it("is forwarded as a form, in the order that receivers have seen", async () => {
    const campaign = await openListening();
    const number = newDigits();
    await write(gateway, campaign, number, "games på");
    const [one] = await told(campaign, "messages", number, 1);
    expect(one?.method).toBe("POST");
    expect([...new URLSearchParams(one?.body)]).toEqual([
      ["action", "mpush_ir_message"],
      ["message_id", one?.form.id],
      ["id", expect.stringMatching(/^\d{1,10}$/)],
      ["billing", "MT"],
      ["country", "NO"],
      ["number", number],
      ["network", expect.stringMatching(/-NO$/)],
      ["shortcode", campaign.shortNumber],
      ["message", "games på"],
      ["keyword", "GAMES"],
    ]);
    expect(Number(one?.form.id)).toBeLessThan(2 ** 32);
  });

  it("has a number of its own each time", async () => {
    const campaign = await openListening();
    const number = newDigits();
    for (const text of ["one", "two", "three"]) await write(gateway, campaign, number, text);
    const texts = await told(campaign, "messages", number, 3);
    expect(new Set(texts.map(({ form }) => form.id)).size).toBe(3);
  });

  it("to end something may be forwarded in the merchant's own words", async () => {
    const campaign = await openListening({ stopStyle: "ask" });
    const number = newDigits();
    await write(gateway, campaign, number, "Stop games!");
    const [one] = await told(campaign, "messages", number, 1);
    expect(one?.form).toMatchObject({ message: `ask ${campaign.cc} stop`, shortcode: "", keyword: "" });
  });

  it("may be forwarded by GET, as may reports", async () => {
    const url = (what: string, { account }: Campaign) => `${merchant.url}/${account}/${what}?key=a%20b`;
    const campaign = await openCampaign(gateway);
    await gateway.operator("PUT", `/admin/v1/accounts/${campaign.account}/callbacks/txtnation`, {
      messageUrl: url("messages", campaign),
      reportUrl: url("reports", campaign),
      method: "GET",
    });
    const number = newDigits();
    await write(gateway, campaign, number, "hello");
    const [one] = await told(campaign, "messages", number, 1);
    expect(one).toMatchObject({ method: "GET", body: "" });
    expect(one?.url).toMatch(/\?key=a%20b&action=mpush_ir_message&/);
    await sendText(gateway, campaign, { number });
    await sendDob(gateway, campaign, { to: number });
    for (const report of await told(campaign, "reports", number, 3)) {
      expect(report.method).toBe("GET");
      expect(report.url).toMatch(/\?key=a%20b&action=mp_report&/);
    }
  });

  it("is forwarded again until the merchant says OK, with the same bytes, and then no more", async () => {
    const campaign = await openListening();
    const number = newDigits();
    const answers = [
      { status: 500, body: "OK" },
      { status: 200, body: "Hello" },
      { status: 204 },
      { status: 200, body: "<HTML><BODY>OK</BODY></HTML>" },
    ];
    merchant.behave(() => answers.shift() ?? { status: 200, body: "OK" });
    await write(gateway, campaign, number, "hello");
    await told(campaign, "messages", number, 1);
    await gateway.advance(60 + 120 + 300 + 30);
    const tried = await told(campaign, "messages", number, 4);
    expect(new Set(tried.map(({ body }) => body)).size).toBe(1);
    await gateway.advance(3 * 86_400);
    expect(merchant.received.filter(isAt(campaign, "messages"))).toHaveLength(4);
  }, 60_000);

  it("is given up after eleven more tries over two days, and waits in the dead list", async () => {
    const campaign = await openListening();
    merchant.behave(() => ({ status: 200, body: "thank you" }));
    await write(gateway, campaign, newDigits(), "hello");
    await gateway.advance(3 * 86_400);
    const webhooks = await gateway.webhooks({ id: campaign.account, number: 0, apiKey: "" }, { kind: "inbound" });
    expect(webhooks).toMatchObject([{ state: "dead", attempts: 12 }]);
  }, 60_000);
});

it("writes no full number and no key into its log", async () => {
  const campaign = await openListening();
  const to = newNumber().slice(1);
  await sendDob(gateway, campaign, { to });
  await sendText(gateway, campaign, { number: to });
  await ask(gateway, campaign, "nowhere", { to });
  await told(campaign, "reports", to, 3);
  for (const line of gateway.log) {
    expect(line).not.toContain(campaign.ekey);
    // Digits of an id that was drawn may look like a number.
    const rest = line.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "an id");
    expect(rest).not.toMatch(/(?<!\d)(?:\+|00)?47[ .-]?9[ .-]?(?:\d[ .-]?){7}(?!\d)/);
  }
});
