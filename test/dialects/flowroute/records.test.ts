/** GET messages/{id}: the record, to the letter, as each version has it. */

import { beforeAll, describe, expect, it, vi } from "vitest";
import type { InboundId } from "../../../src/core/kernel/ids.ts";
import { recordIdOf } from "../../../src/dialects/flowroute/ids.ts";
import { useGateway } from "../../support/gateway.ts";
import { call, type KeyAccount, newOwnNumber, newPerson, openAccessKey, sendText } from "./support.ts";

const VERSIONS = ["v2", "v2.1", "v2.2"];
const TOLL_FREE = "+18445550123";

const gateway = useGateway();
let who: KeyAccount;
beforeAll(async () => {
  who = await openAccessKey(gateway);
});

type Record_ = {
  data: { id: string; type: string; attributes: Record<string, unknown> } & Record<string, unknown>;
  included?: unknown[];
};

async function lookUp(id: string, version: string, from = who): Promise<Record_> {
  const answer = await call(gateway, from, "GET", `/${version}/messages/${id}`);
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Record_;
}

const attributes = async (id: string, version: string, from?: KeyAccount) =>
  (await lookUp(id, version, from)).data.attributes;

/** A person writes; answers the record's id in a version. */
async function write(to: KeyAccount, text: string, { from = newPerson(), version = "v2.1", channel = "" } = {}) {
  await gateway.operator("POST", `/sandbox/v1/handsets/${encodeURIComponent(from)}/messages`, {
    to: to.number,
    text,
    ...(channel ? { channel } : {}),
  });
  const answer = await call(gateway, to, "GET", `/${version}/messages?start_date=2020-01-01&limit=1`);
  const [newest] = ((await answer.json()) as { data: { id: string }[] }).data;
  return { id: newest?.id ?? "", from };
}

async function settled(id: string): Promise<void> {
  await vi.waitFor(async () => expect(await attributes(id, "v2.1")).toMatchObject({ status: "delivered" }), {
    timeout: 20_000,
  });
}

const TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d";
const OF_V2 = expect.stringMatching(new RegExp(`^${TIME}\\.\\d{3}000\\+00:00$`));
const LATER = expect.stringMatching(new RegExp(`^${TIME}\\.\\d\\dZ$`));

describe("the record of a text", () => {
  it("has in v2 what the README prints, and nothing else, in its order", async () => {
    const to = newPerson();
    const id = await sendText(gateway, who, { to: to.slice(1), content: "Gee, nice marmot!" }, "v2");
    const record = await lookUp(id, "v2");
    expect(record).toEqual({
      data: {
        attributes: {
          body: "Gee, nice marmot!",
          direction: "outbound",
          amount_nanodollars: 4_000_000,
          message_encoding: 0,
          timestamp: OF_V2,
          has_mms: false,
          to: to.slice(1),
          amount_display: "$0.0040",
          from: who.digits,
          callback_url: null,
          message_type: "long-code",
        },
        type: "message",
        id,
      },
    });
    expect(Object.keys(record.data)).toEqual(["attributes", "type", "id"]);
    expect(Object.keys(record.data.attributes)).toEqual([
      ...["body", "direction", "amount_nanodollars", "message_encoding", "timestamp", "has_mms", "to"],
      ...["amount_display", "from", "callback_url", "message_type"],
    ]);
  });

  const later = (id: string, to: string, version: string) => {
    const plus = version === "v2.2" ? "+" : "";
    return {
      data: {
        attributes: {
          body: "Gee, nice marmot!",
          status: "delivered",
          direction: "outbound",
          amount_nanodollars: 4_000_000,
          to: plus + to.slice(1),
          message_encoding: 0,
          timestamp: LATER,
          delivery_receipts: [
            {
              level: 2,
              status: "delivered",
              status_code: 1004,
              status_code_description: expect.any(String),
              timestamp: LATER,
            },
            {
              level: 1,
              status: "smsc submit",
              status_code: null,
              status_code_description: expect.any(String),
              timestamp: LATER,
            },
          ],
          amount_display: "$0.0040",
          from: plus + who.digits,
          is_mms: false,
          message_type: "longcode",
          ...(version === "v2.2"
            ? {
                price_details: {
                  base_rate: "0.0040",
                  surcharge_rate: "0.0000",
                  segment_count: 1,
                  charged_cost: "0.0040",
                },
              }
            : {}),
        },
        type: "message",
        relationships: { media: { data: [] } },
        id,
        links: { self: `${gateway.url}/${version}/messages/${id}` },
      },
    };
  };

  it.each(["v2.1", "v2.2"])("has in %s how it is priced, and what became of it", async (version) => {
    const to = newPerson();
    const id = await sendText(gateway, who, { to: to.slice(1) }, version);
    await settled(id);
    const record = await lookUp(id, version);
    expect(record).toEqual(later(id, to, version));
    expect(Object.keys(record.data)).toEqual(["attributes", "type", "relationships", "id", "links"]);
  });

  it("is known to each version, in its own shape, whichever made it and however its id is written", async () => {
    for (const made of VERSIONS) {
      const to = newPerson();
      const id = await sendText(gateway, who, { to: to.slice(1) }, made);
      await settled(id);
      for (const version of ["v2.1", "v2.2"]) {
        expect(await lookUp(id.toUpperCase(), version)).toEqual(later(id, to, version));
      }
      const { data } = await lookUp(id, "v2");
      expect(data).toMatchObject({ id, attributes: { has_mms: false, message_type: "long-code" } });
      for (const name of ["is_mms", "status", "delivery_receipts", "price_details"]) {
        expect(data.attributes).not.toHaveProperty(name);
      }
    }
  });

  it("says that it is sent before anybody took it, and that it failed where it did", async () => {
    await gateway.faults({ busySeconds: 3_600 });
    const waiting = await sendText(gateway, who);
    expect(await attributes(waiting, "v2.1")).toMatchObject({ status: "message sent", delivery_receipts: [] });
    await gateway.faults({ refuse: "rejected" });
    const failed = await sendText(gateway, who);
    await vi.waitFor(
      async () =>
        expect(await attributes(failed, "v2.1")).toMatchObject({
          status: "failed",
          delivery_receipts: [{ level: 2, status: "failed", status_code: 1005 }],
        }),
      { timeout: 20_000 },
    );
    await gateway.faults({});
  });

  it("is never split, and costs what its segments cost together", async () => {
    const body = `ø${"a".repeat(140)}`;
    const id = await sendText(gateway, who, { body });
    expect(await attributes(id, "v2.2")).toMatchObject({
      body,
      message_encoding: 8,
      amount_nanodollars: 12_000_000,
      amount_display: "$0.0120",
      price_details: { segment_count: 3, charged_cost: "0.0120" },
    });
  });

  it("costs what the account's rates were when it was sent", async () => {
    const rates = { longCode: 5_000_000, surcharge: 2_500_000 };
    const own = await openAccessKey(gateway, { settings: { rates } });
    const id = await sendText(gateway, own, { body: "a".repeat(161) });
    await gateway.operator("PATCH", `/admin/v1/accounts/${own.account}`, {
      settings: { rates: { longCode: 1, surcharge: 1 } },
    });
    expect(await attributes(id, "v2.2", own)).toMatchObject({
      amount_nanodollars: 15_000_000,
      amount_display: "$0.0150",
      price_details: { base_rate: "0.0050", surcharge_rate: "0.0025", segment_count: 2, charged_cost: "0.0150" },
    });
  });

  it("is of the type of the person's number in v2, and of one's own in what came after", async () => {
    const id = await sendText(gateway, who, { to: TOLL_FREE.slice(1) });
    expect((await attributes(id, "v2")).message_type).toBe("toll-free");
    expect((await attributes(id, "v2.1")).message_type).toBe("longcode");
    const tollFree = await openAccessKey(gateway, { number: "+18885550199", settings: { rates: { tollFree: 3 } } });
    const from = await sendText(gateway, tollFree);
    expect((await attributes(from, "v2", tollFree)).message_type).toBe("long-code");
    expect(await attributes(from, "v2.2", tollFree)).toMatchObject({
      message_type: "toll-free",
      amount_nanodollars: 3,
    });
  });

  it("has in v2 where texts to its number are posted", async () => {
    const own = await openAccessKey(gateway);
    const id = await sendText(gateway, own);
    const address = { messageUrl: "https://shop.example/all" };
    await gateway.operator("PUT", `/admin/v1/accounts/${own.account}/callbacks/flowroute`, address);
    expect((await attributes(id, "v2", own)).callback_url).toBe("https://shop.example/all");
    expect(await attributes(id, "v2.1", own)).not.toHaveProperty("message_callback_url");
    const relationship = `/v2/numbers/${own.digits}/relationships/sms_callback`;
    const set = await call(gateway, own, "POST", relationship, { callback_url: "https://shop.example/number" });
    expect(set.status).toBe(204);
    expect((await attributes(id, "v2", own)).callback_url).toBe("https://shop.example/number");
  });
});

describe("the record of pictures", () => {
  it("has them beside it, and what they cost together", async () => {
    const urls = ["https://pictures.example/a/marmot%20one.jpg?key=1", "https://pictures.example/two"];
    const id = await sendText(gateway, who, { body: "Look", media_urls: urls });
    const { data, included } = await lookUp(id, "v2.1");
    const hex = id.slice(5);
    expect(data).toMatchObject({
      attributes: { body: "Look", is_mms: true, amount_nanodollars: 9_500_000, amount_display: "$0.0095" },
      relationships: {
        media: {
          data: [
            { type: "media", id: `${hex}-1` },
            { type: "media", id: `${hex}-2` },
          ],
        },
      },
    });
    expect(included).toEqual([
      {
        type: "media",
        id: `${hex}-1`,
        attributes: { file_name: "marmot one.jpg", file_size: null, mime_type: "image/jpeg", url: urls[0] },
        links: { self: urls[0] },
      },
      {
        type: "media",
        id: `${hex}-2`,
        attributes: { file_name: "two", file_size: null, mime_type: "application/octet-stream", url: urls[1] },
        links: { self: urls[1] },
      },
    ]);
    await settled(id);
    expect((await attributes(id, "v2.1")).delivery_receipts).toMatchObject([{ level: 2 }, { status: "mmsc submit" }]);
    const old = await lookUp(id, "v2");
    expect(Object.keys(old)).toEqual(["data"]);
    expect(old.data.attributes).toMatchObject({ body: "Look", has_mms: false });
  });
});

describe("the record of what a person wrote", () => {
  let own: KeyAccount;
  beforeAll(async () => {
    own = await openAccessKey(gateway, { number: newOwnNumber() });
  });

  it("is theirs in v2: from them, and to the account's number", async () => {
    const { id, from } = await write(own, "Hello, are you there?", { version: "v2" });
    expect(id).toMatch(/^mdr2-[0-9a-f]{32}$/);
    expect(await lookUp(id, "v2", own)).toEqual({
      data: {
        attributes: {
          body: "Hello, are you there?",
          direction: "inbound",
          amount_nanodollars: 4_000_000,
          message_encoding: 0,
          timestamp: OF_V2,
          has_mms: false,
          to: own.digits,
          amount_display: "$0.0040",
          from: from.slice(1),
          callback_url: null,
          message_type: "long-code",
        },
        type: "message",
        id,
      },
    });
  });

  it.each(["v2.1", "v2.2"])("is delivered in %s, without receipts", async (version) => {
    const { id, from } = await write(own, "Hello, are you there?", { version });
    const plus = version === "v2.2" ? "+" : "";
    expect(await lookUp(id, version, own)).toEqual({
      data: {
        attributes: {
          body: "Hello, are you there?",
          status: "delivered",
          direction: "inbound",
          amount_nanodollars: 4_000_000,
          to: plus + own.digits,
          message_encoding: 0,
          timestamp: LATER,
          delivery_receipts: [],
          amount_display: "$0.0040",
          from: plus + from.slice(1),
          is_mms: false,
          message_type: "longcode",
          ...(version === "v2.2"
            ? {
                price_details: {
                  base_rate: "0.0040",
                  surcharge_rate: "0.0000",
                  segment_count: 1,
                  charged_cost: "0.0040",
                },
              }
            : {}),
        },
        type: "message",
        relationships: { media: { data: [] } },
        id,
        links: { self: `${gateway.url}/${version}/messages/${id}` },
      },
    });
  });

  it("is found under either kind of id, in any case", async () => {
    const { id } = await write(own, "Hello");
    for (const version of VERSIONS) {
      for (const asked of [id, id.replace("mdr2", "mdr1"), id.toUpperCase()]) {
        const { data } = await lookUp(asked, version, own);
        expect(data.attributes.body).toBe("Hello");
        expect(data.id).toBe(id);
      }
    }
  });

  it.each([
    { form: "v2", prefix: "mdr1" },
    { form: undefined, prefix: "mdr1" },
    { form: "v2.1", prefix: "mdr2" },
    { form: "v2.2", prefix: "mdr2" },
  ])("has one id, that with which it was told of in $form, in every version", async ({ form, prefix }) => {
    const posted = await openAccessKey(gateway);
    const at = `/admin/v1/accounts/${posted.account}/callbacks/flowroute`;
    await gateway.operator("PUT", at, { messageUrl: "http://127.0.0.1:1/texts", ...(form ? { form } : {}) });
    const { id } = await write(posted, "Hello");
    expect(id).toMatch(new RegExp(`^${prefix}-`));
    await gateway.operator("PUT", at, {
      messageUrl: "http://127.0.0.1:1/texts",
      form: form === "v2.1" ? "v2" : "v2.1",
    });
    for (const version of VERSIONS) {
      expect((await lookUp(id, version, posted)).data.id).toBe(id);
      const listed = await call(gateway, posted, "GET", `/${version}/messages?start_date=2020-01-01`);
      expect(await listed.json()).toMatchObject({ data: [{ id }] });
    }
  });

  it("costs what the account's rates were when it came", async () => {
    const rated = await openAccessKey(gateway, { settings: { rates: { inbound: 5_000_000, surcharge: 1_000_000 } } });
    const at = `/admin/v1/accounts/${rated.account}`;
    const { id } = await write(rated, "Hello");
    await gateway.operator("PATCH", at, { settings: { rates: { inbound: 1, surcharge: 1 } } });
    for (const version of VERSIONS) {
      expect(await attributes(id, version, rated)).toMatchObject({ amount_nanodollars: 6_000_000 });
    }
    await gateway.operator("PATCH", at, { settings: { rates: { inbound: null, surcharge: null } } });
    expect((await attributes(id, "v2.2", rated)).price_details).toMatchObject({
      base_rate: "0.0050",
      surcharge_rate: "0.0010",
    });
  });

  it("costs what is usual where the account had no rates when it came", async () => {
    const rated = await openAccessKey(gateway);
    const { id } = await write(rated, "Hello");
    await gateway.operator("PATCH", `/admin/v1/accounts/${rated.account}`, { settings: { rates: { inbound: 1 } } });
    expect(await attributes(id, "v2.1", rated)).toMatchObject({ amount_nanodollars: 4_000_000 });
  });

  it("is not there for who looks up what came to a short number", async () => {
    const short = "23458";
    const both = await openAccessKey(gateway);
    await gateway.operator("PUT", `/admin/v1/accounts/${both.account}/senders/${short}`, {
      kind: "short-number",
      country: "US",
    });
    await gateway.operator("POST", `/sandbox/v1/handsets/${newPerson()}/messages`, { to: short, text: "Hello" });
    const { items } = await gateway.operator<{ items: { id: InboundId }[] }>(
      "GET",
      `/admin/v1/inbound?account=${both.account}`,
    );
    const id = recordIdOf(items[0]?.id ?? "inb_0", "v2.1");
    expect((await call(gateway, both, "GET", `/v2.1/messages/${id}`)).status).toBe(404);
  });

  it("is nobody else's", async () => {
    const { id } = await write(own, "Hello");
    expect((await call(gateway, who, "GET", `/v2.1/messages/${id}`)).status).toBe(404);
  });

  it("may be from a short code, which has no plus in any version", async () => {
    const { id } = await write(own, "Your code is 1234", { from: "73245" });
    for (const version of VERSIONS) expect((await attributes(id, version, own)).from).toBe("73245");
  });

  it("says where it was posted", async () => {
    const posted = await openAccessKey(gateway);
    await gateway.operator("PUT", `/admin/v1/accounts/${posted.account}/callbacks/flowroute`, {
      messageUrl: "http://127.0.0.1:1/texts",
    });
    const { id } = await write(posted, "Hello");
    expect((await attributes(id, "v2.1", posted)).message_callback_url).toBe("http://127.0.0.1:1/texts");
    expect((await attributes(id, "v2", posted)).callback_url).toBe("http://127.0.0.1:1/texts");
  });

  it("goes on saying where it was posted when the address is another by now, or none", async () => {
    const posted = await openAccessKey(gateway);
    const at = `/admin/v1/accounts/${posted.account}/callbacks/flowroute`;
    const { id: unposted } = await write(posted, "Hello");
    await gateway.operator("PUT", at, { messageUrl: "http://127.0.0.1:1/first" });
    const { id } = await write(posted, "Hello again");
    await gateway.operator("PUT", at, { messageUrl: "http://127.0.0.1:1/second" });
    expect((await attributes(id, "v2.1", posted)).message_callback_url).toBe("http://127.0.0.1:1/first");
    await gateway.operator("DELETE", at);
    expect((await attributes(id, "v2.2", posted)).message_callback_url).toBe("http://127.0.0.1:1/first");
    expect(await attributes(unposted, "v2.1", posted)).not.toHaveProperty("message_callback_url");
  });

  it("with pictures says where those are posted, if it is elsewhere", async () => {
    const posted = await openAccessKey(gateway);
    const at = `/admin/v1/accounts/${posted.account}/callbacks/flowroute`;
    const messageUrl = "http://127.0.0.1:1/texts";
    await gateway.operator("PUT", at, { messageUrl });
    const { id } = await write(posted, "Look", { channel: "MMS" });
    expect((await attributes(id, "v2.1", posted)).message_callback_url).toBe(messageUrl);
    await gateway.operator("PUT", at, { messageUrl, mmsMessageUrl: "http://127.0.0.1:1/pictures" });
    const { id: next } = await write(posted, "Look again", { channel: "MMS" });
    expect((await attributes(next, "v2.1", posted)).message_callback_url).toBe("http://127.0.0.1:1/pictures");
    expect((await attributes(next, "v2", posted)).callback_url).toBe(messageUrl);
    expect((await attributes(id, "v2.1", posted)).message_callback_url).toBe(messageUrl);
  });

  it("with pictures has no status", async () => {
    const { id } = await write(own, "Look", { channel: "MMS" });
    expect(await attributes(id, "v2.1", own)).toMatchObject({
      status: "",
      is_mms: true,
      amount_nanodollars: 9_500_000,
    });
  });
});
