/** /gateway.php: each parameter, each word, and what the handset shows. */

import { beforeAll, describe, expect, it } from "vitest";
import { useGateway } from "../../support/gateway.ts";
import { useReceiver } from "../../support/receiver.ts";
import { billed, type Campaign, call, newDigits, openCampaign, sell, sendText, write } from "./campaign.ts";

const gateway = useGateway();
const merchant = useReceiver();
let campaign: Campaign;

beforeAll(async () => {
  merchant.behave(() => ({ status: 200, body: "OK" }));
  campaign = await openCampaign(gateway);
  await gateway.operator("PUT", `/admin/v1/accounts/${campaign.account}/callbacks/txtnation`, {
    messageUrl: `${merchant.url}/messages`,
  });
});

const seen = async (digits: string) => gateway.handset(`+${digits}`, { wait: 20 });

/** The person writes, and the merchant is told: the id and the network to answer with. */
async function asked(digits: string, text = "GAMES"): Promise<{ id: string; network: string }> {
  const before = merchant.received.length;
  await write(gateway, campaign, digits, text);
  const mine = (body: string) => new URLSearchParams(body).get("number") === digits;
  const told = await merchant.next(1, (one) => merchant.received.indexOf(one) >= before && mine(one.body));
  const form = new URLSearchParams(told[0]?.body);
  return { id: form.get("id") ?? "", network: form.get("network") ?? "" };
}

describe("a free text", () => {
  it("is taken with exactly one word, and arrives", async () => {
    const number = newDigits();
    const answer = await call(
      gateway,
      "/gateway.php",
      {
        cc: campaign.cc,
        ekey: campaign.ekey,
        number,
        message: "Hei på deg",
        reply: "0",
        id: "1",
        network: "INTERNATIONAL",
        value: "0",
        currency: "NOK",
      },
      "GET",
    );
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toMatch(/^text\/html/);
    expect(Buffer.from(await answer.arrayBuffer()).toString("latin1")).toBe("SUCCESS");
    expect(await seen(number)).toMatchObject([{ text: "Hei på deg", from: campaign.shortNumber }]);
  });

  it("needs no more than a number and what it says", async () => {
    const number = newDigits();
    expect(await sendText(gateway, campaign, { number })).toBe("SUCCESS");
    expect(await seen(number)).toHaveLength(1);
  });

  const ways = [
    { name: "by GET", method: "GET" as const, path: "/gateway.php" },
    { name: "by POST", method: "POST" as const, path: "/gateway.php" },
    { name: "at the older address", method: "POST" as const, path: "/mbill.php" },
    { name: "at the oldest address", method: "GET" as const, path: "/ir_response.php", action: "ir_gateway" },
  ];
  it.each(ways)("may be sent $name", async ({ method, path, action }) => {
    const number = newDigits();
    expect(await sendText(gateway, campaign, { number, action }, { method, path })).toBe("SUCCESS");
    expect(await seen(number)).toHaveLength(1);
  });

  it("is not taken at the oldest address without its action", async () => {
    expect(await sendText(gateway, campaign, {}, { path: "/ir_response.php" })).toBe("E-103");
  });

  const texts = [
    { name: "with %20", query: "message=one%20two", is: "one two" },
    { name: "with +", query: "message=one+two", is: "one two" },
    { name: "escaped twice, as it comes", query: "message=My%252Btest", is: "My%2Btest" },
    { name: "with a sign that nobody escaped", query: "message=100% off", is: "100% off" },
    { name: "outside the GSM alphabet", query: "message=%E4%BD%A0%E5%A5%BD&encoding=utf-8", is: "你好" },
    { name: "of two parts", query: `message=${"x".repeat(161)}`, is: "x".repeat(161) },
  ];
  it.each(texts)("may be written $name", async ({ query, is }) => {
    for (const method of ["GET", "POST"]) {
      const number = newDigits();
      const form = `cc=${campaign.cc}&ekey=${campaign.ekey}&number=${number}&${query}`;
      const answer =
        method === "GET"
          ? await gateway.fetch(`/gateway.php?${form}`)
          : await gateway.fetch("/gateway.php", { method, body: form });
      expect(await answer.text()).toBe("SUCCESS");
      expect(await seen(number)).toMatchObject([{ text: is }]);
    }
  });

  it("comes from what is named, if the account has it, and else from what it has", async () => {
    const other = await openCampaign(gateway);
    const at = `/admin/v1/accounts/${other.account}/senders`;
    await gateway.operator("PUT", `${at}/Games`, { kind: "alphanumeric", country: "NO" });
    await gateway.operator("PUT", `${at}/24001`, { kind: "short-number", country: "NO" });
    const cases = [
      { params: { title: "Games" }, from: "Games" },
      { params: { shortcode: "24001" }, from: "24001" },
      { params: { title: "Somebody" }, from: other.shortNumber },
      { params: { title: "a title of more than eleven" }, from: other.shortNumber },
    ];
    for (const { params, from } of cases) {
      const number = newDigits();
      expect(await sendText(gateway, other, { number, ...params })).toBe("SUCCESS");
      expect(await seen(number), JSON.stringify(params)).toMatchObject([{ from }]);
    }
  });

  it("may begin its number with the plus sign that it should not have", async () => {
    const number = newDigits();
    expect(await sendText(gateway, campaign, { number: `+${number}` })).toBe("SUCCESS");
    expect(await seen(number)).toHaveLength(1);
  });

  it("is sent once, whatever network it names", async () => {
    for (const network of ["international", "International", "TELENOR-NO", "VENTELO-NO"]) {
      expect(await sendText(gateway, campaign, { network, value: "0.00" })).toBe("SUCCESS");
    }
  });
});

describe("a text that is refused", () => {
  const cases: [string, string, Record<string, string | undefined>][] = [
    ["IR-414", "without a cc", { cc: undefined }],
    ["IR-414", "with an empty cc", { cc: "" }],
    ["IR-414", "with a cc that cannot be one", { cc: "pure gaming!" }],
    ["IR-415", "with an unknown cc", { cc: "nobody" }],
    ["IR-103", "without an ekey", { ekey: undefined }],
    ["IR-103", "with a wrong ekey", { ekey: "0123456789abcdef0123456789abcdef" }],
    ["IR-401", "with a reply that is neither", { reply: "2" }],
    ["IR-404", "without a number", { number: undefined }],
    ["IR-404", "with an empty number", { number: "" }],
    ["IR-405", "to a name", { number: "nobody" }],
    ["IR-405", "to an alias", { number: "#447400123456" }],
    ["IR-405", "to a number with 00", { number: "004798079008" }],
    ["IR-405", "to a number that no plan has", { number: "4711111111" }],
    ["IR-416", "without a text", { message: undefined }],
    ["IR-416", "with an empty text", { message: "" }],
    [
      "IR-417",
      "that is paid, and longer than one part",
      { message: "x".repeat(161), value: "49", network: "TELENOR-NO" },
    ],
    [
      "IR-417",
      "that is paid, and longer than one part of another alphabet",
      { message: "你".repeat(71), value: "49", network: "TELENOR-NO" },
    ],
    ["IR-417", "longer than any", { message: "x".repeat(66 * 153 + 1) }],
    ["IR-102", "that is binary without a header", { binary: "1" }],
    ["E-103", "that is binary", { binary: "1", udh: "0605040B8423F0" }],
    ["IR-403", "that answers an id that is no number", { reply: "1", id: "uniqid" }],
    ["IR-403", "that answers nothing", { reply: "1" }],
    ["E-103", "with an id of any length", { id: "x".repeat(201) }],
    ["E-103", "with an id of two lines", { id: "a\nb" }],
    ["IR-409", "at a billed network without a value", { network: "TELENOR-NO" }],
    ["IR-410", "with a value in words", { value: "free" }],
    ["IR-410", "with a value in another notation", { value: "1e3" }],
    ["IR-413", "with a value below nothing", { value: "-1", network: "TELENOR-NO" }],
    ["E-103", "with a value in thousandths", { value: "1.005", network: "TELENOR-NO" }],
    ["IR-420", "at a network that nobody knows", { network: "MOON-NO", value: "0" }],
    ["IR-419", "that is paid at a free network", { value: "49" }],
    ["IR-412", "at a price that is not sold", { value: "1.50", network: "TELENOR-NO" }],
    ["IR-412", "in a currency that is not taken", { value: "49", currency: "gbp", network: "TELENOR-NO" }],
    ["IR-412", "from a short number that does not sell it", { value: "49", network: "TELENOR-NO", shortcode: "24009" }],
    ["IR-104", "that answers what nobody wrote", { reply: "1", id: "4000000000", network: "TELENOR-NO", value: "0" }],
  ];
  it.each(cases)("with %s, where it comes %s", async (word, _, params) => {
    expect(await sendText(gateway, campaign, params)).toBe(word);
    expect(await sendText(gateway, campaign, params, { method: "POST" })).toBe(word);
  });

  const order = ["cc", "ekey", "reply", "number", "message", "id", "value", "network", "combination"];
  const wrong: Record<string, { params: Record<string, string>; word: string }> = {
    cc: { params: { cc: "" }, word: "IR-414" },
    ekey: { params: { ekey: "wrong" }, word: "IR-103" },
    reply: { params: { reply: "2" }, word: "IR-401" },
    number: { params: { number: "x" }, word: "IR-405" },
    message: { params: { message: "" }, word: "IR-416" },
    id: { params: { reply: "1", id: "x" }, word: "IR-403" },
    value: { params: { value: "x" }, word: "IR-410" },
    network: { params: { network: "x" }, word: "IR-420" },
    combination: { params: { value: "7", network: "TELENOR-NO" }, word: "IR-412" },
  };
  it.each(order)("is refused for its %s before all that is checked later", async (name) => {
    const later = order.slice(order.indexOf(name)).reverse();
    const params = Object.assign({}, ...later.map((one) => wrong[one]?.params));
    expect(await sendText(gateway, campaign, params)).toBe(wrong[name]?.word);
  });
});

describe("the same id again", () => {
  it("is the same text, sent once", async () => {
    const number = newDigits();
    for (const _ of [1, 2]) expect(await sendText(gateway, campaign, { number, id: `own-${number}` })).toBe("SUCCESS");
    await gateway.advance(1);
    expect(await seen(number)).toHaveLength(1);
  });

  it("is refused with another text", async () => {
    const number = newDigits();
    expect(await sendText(gateway, campaign, { number, id: `own-${number}` })).toBe("SUCCESS");
    expect(await sendText(gateway, campaign, { number, id: `own-${number}`, message: "Other" })).toBe("IR-101");
  });
});

describe("an answer", () => {
  it("is sent for what a person wrote, from where they wrote to, and once", async () => {
    const number = newDigits();
    const { id, network } = await asked(number);
    const answer = { number, reply: "1", id, network, value: "0" };
    expect(await sendText(gateway, campaign, answer)).toBe("SUCCESS");
    expect(await seen(number)).toMatchObject([{ from: campaign.shortNumber, text: "Hello" }]);
    expect(await sendText(gateway, campaign, answer)).toBe("IR-101");
    expect(await sendText(gateway, campaign, { ...answer, message: "Other" })).toBe("IR-101");
    await gateway.advance(1);
    expect(await seen(number)).toHaveLength(1);
  });

  it("is refused at another network, to another person, and by another merchant", async () => {
    const number = newDigits();
    const { id, network } = await asked(number);
    const answer = { number, reply: "1", id, network, value: "0" };
    expect(await sendText(gateway, campaign, { ...answer, network: "VENTELO-NO" })).toBe("IR-104");
    expect(await sendText(gateway, campaign, { ...answer, number: newDigits() })).toBe("IR-104");
    expect(await sendText(gateway, await openCampaign(gateway), answer)).toBe("IR-104");
  });

  it("that is paid bills the person, and then arrives", async () => {
    const number = newDigits();
    const { id, network } = await asked(number);
    const answer = { number, reply: "1", id, network, value: "49.00", currency: "nok" };
    expect(await sendText(gateway, campaign, answer)).toBe("SUCCESS");
    expect(await seen(number)).toMatchObject([{ from: campaign.shortNumber, text: "Hello" }]);
    expect(await billed(gateway, number)).toMatchObject([{ amount: 4900, shortNumber: campaign.shortNumber }]);
    expect(await sendText(gateway, campaign, answer)).toBe("IR-101");
    await gateway.advance(60);
    expect(await billed(gateway, number)).toHaveLength(1);
  });

  it("is billed for the service whose keyword was written, where several cost the same", async () => {
    await sell(gateway, campaign, `${campaign.serviceId}-music`, { keyword: "MUSIC", invoiceText: "Pure Music" });
    const number = newDigits();
    const { id, network } = await asked(number, "music please");
    expect(await sendText(gateway, campaign, { number, reply: "1", id, network, value: "49" })).toBe("SUCCESS");
    await seen(number);
    expect(await billed(gateway, number)).toMatchObject([{ invoiceText: "Pure Music" }]);
  });
});

describe("a paid text that nobody asked for just now", () => {
  it("bills the person, and then arrives; who cannot pay gets nothing", async () => {
    const [number, poor] = [newDigits(), newDigits()];
    await gateway.operator("PUT", `/sandbox/v1/subscribers/${poor}`, { prepaidBalance: 0 });
    const text = { network: "TELENOR-NO", value: "49", title: "Games" };
    for (const to of [number, poor]) expect(await sendText(gateway, campaign, { ...text, number: to })).toBe("SUCCESS");
    expect(await seen(number)).toMatchObject([{ from: campaign.shortNumber }]);
    expect(await billed(gateway, number)).toHaveLength(1);
    await gateway.advance(60);
    expect(await gateway.handset(`+${poor}`)).toEqual([]);
    expect(await billed(gateway, poor)).toEqual([]);
  });
});

describe("a paid text without an id", () => {
  const PAID = { network: "TELENOR-NO", value: "49" };

  it("is charged once, however often it is asked for, and each repeat is told so", async () => {
    const number = newDigits();
    for (const word of ["SUCCESS", "IR-101", "IR-101"]) {
      expect(await sendText(gateway, campaign, { ...PAID, number })).toBe(word);
    }
    await gateway.advance(60);
    expect(await sendText(gateway, campaign, { ...PAID, number })).toBe("IR-101");
    expect(await seen(number)).toHaveLength(1);
    expect(await billed(gateway, number)).toHaveLength(1);
  });

  it("is charged once, however many ask at once", async () => {
    const number = newDigits();
    const words = await Promise.all([1, 2, 3, 4, 5].map(() => sendText(gateway, campaign, { ...PAID, number })));
    expect(words.sort()).toEqual(["IR-101", "IR-101", "IR-101", "IR-101", "SUCCESS"]);
    await gateway.advance(60);
    expect(await billed(gateway, number)).toHaveLength(1);
  });

  it("may be charged again with an id, at another price, for another person, or by another merchant", async () => {
    await sell(gateway, campaign, `${campaign.serviceId}-29`, { price: 2900 });
    const number = newDigits();
    const other = await openCampaign(gateway);
    const texts = [{}, { id: `own-${number}` }, { value: "29" }, { number: newDigits() }];
    for (const text of texts) expect(await sendText(gateway, campaign, { ...PAID, number, ...text })).toBe("SUCCESS");
    expect(await sendText(gateway, other, { ...PAID, number })).toBe("SUCCESS");
    await gateway.advance(60);
    expect((await billed(gateway, number)).map(({ amount }) => amount)).toEqual([4900, 4900, 2900, 4900]);
  });

  it("may be charged again when the guard's time is over, and where nobody was billed", async () => {
    const weekly = await openCampaign(gateway, { repeatGuardSeconds: 600 });
    const [number, poor] = [newDigits(), newDigits()];
    await gateway.operator("PUT", `/sandbox/v1/subscribers/${poor}`, { prepaidBalance: 0 });
    for (const to of [number, poor]) expect(await sendText(gateway, weekly, { ...PAID, number: to })).toBe("SUCCESS");
    await gateway.advance(60);
    expect(await sendText(gateway, weekly, { ...PAID, number: poor })).toBe("SUCCESS");
    expect(await sendText(gateway, weekly, { ...PAID, number })).toBe("IR-101");
    await gateway.advance(600);
    expect(await sendText(gateway, weekly, { ...PAID, number })).toBe("SUCCESS");
    await gateway.advance(60);
    expect(await billed(gateway, number)).toHaveLength(2);
  });

  it("may be charged each time where the service has no guard", async () => {
    const open = await openCampaign(gateway, { repeatGuardSeconds: 0 });
    const number = newDigits();
    for (const _ of [1, 2]) expect(await sendText(gateway, open, { ...PAID, number })).toBe("SUCCESS");
    await gateway.advance(60);
    expect(await billed(gateway, number)).toHaveLength(2);
  });
});

describe("who wrote STOP", () => {
  it("is sent nothing more, but for the answer that it was heard", async () => {
    const number = newDigits();
    const { id, network } = await asked(number, "STOP GAMES");
    const paid = { network: "TELENOR-NO", value: "49" };
    expect(await sendText(gateway, campaign, { number })).toBe("BARRED");
    expect(await sendText(gateway, campaign, { number, ...paid })).toBe("BARRED");
    expect(await sendText(gateway, campaign, { number, reply: "1", id, network, value: "49" })).toBe("BARRED");
    const confirmation = { number, reply: "1", id, network, value: "0", smscat: "991", message: "You are out" };
    expect(await sendText(gateway, campaign, confirmation)).toBe("SUCCESS");
    expect(await gateway.handset(`+${number}`, { wait: 20, match: "You are out" })).toHaveLength(1);
    expect(await billed(gateway, number)).toEqual([]);
  });
});
