/** GET messages: which records, in which order, and how one page leads to the next. */

import { beforeAll, describe, expect, it } from "vitest";
import { toTime } from "../../../src/dialects/flowroute/dates.ts";
import { useGateway } from "../../support/gateway.ts";
import { call, type KeyAccount, newPerson, openAccessKey, sendText } from "./support.ts";

const VERSIONS = ["v2", "v2.1", "v2.2"];

const gateway = useGateway();

type Listed = {
  data: { id: string; attributes: Record<string, string> }[];
  included?: { id: string }[];
  links: { next?: string };
};

async function list(who: KeyAccount, query: string, path = "/v2.1/messages"): Promise<Listed> {
  const answer = await call(gateway, who, "GET", `${path}?${query}`);
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Listed;
}

const bodies = ({ data }: Listed) => data.map(({ attributes }) => attributes.body);
const write = (to: KeyAccount, text: string) =>
  gateway.operator("POST", `/sandbox/v1/handsets/${encodeURIComponent(newPerson())}/messages`, { to: to.number, text });

describe("a list", () => {
  let who: KeyAccount;
  let other: KeyAccount;
  beforeAll(async () => {
    who = await openAccessKey(gateway);
    other = await openAccessKey(gateway);
    for (const [index, text] of ["one", "two", "three", "four", "five"].entries()) {
      if (index % 2 === 1) await write(who, text);
      else await sendText(gateway, who, { body: text }, VERSIONS[index % 3]);
      await sendText(gateway, other, { body: `other ${text}` });
      await gateway.advance(60);
    }
  });

  it.each(VERSIONS)("has all that was sent and received, newest first, in the shape of %s", async (version) => {
    const listed = await list(who, "start_date=2020-01-01", `/${version}/messages`);
    expect(bodies(listed)).toEqual(["five", "four", "three", "two", "one"]);
    expect(Object.keys(listed)).toEqual(["data", "links"]);
    expect(listed.links).toEqual({});
    expect(listed.data.map(({ attributes }) => attributes.direction)).toEqual([
      ...["outbound", "inbound", "outbound", "inbound", "outbound"],
    ]);
    for (const record of listed.data) {
      const answer = await call(gateway, who, "GET", `/${version}/messages/${record.id}`);
      expect(((await answer.json()) as { data: unknown }).data).toMatchObject({ id: record.id });
    }
    const named = version === "v2" ? "has_mms" : "is_mms";
    expect(listed.data.every(({ attributes }) => named in attributes)).toBe(true);
  });

  it("has ids as they were given out", async () => {
    const { data } = await list(who, "start_date=2020-01-01", "/v2/messages");
    expect(data.map(({ id }) => id.slice(0, 4))).toEqual(["mdr2", "mdr2", "mdr2", "mdr2", "mdr1"]);
  });

  it.each(VERSIONS)("leads from page to page by its own links, in %s", async (version) => {
    const seen: unknown[] = [];
    let page = await list(who, "start_date=2020-01-01&limit=2", `/${version}/messages`);
    for (let pages = 0; pages < 5; pages++) {
      seen.push(bodies(page));
      if (!page.links.next) break;
      expect(
        page.links.next.startsWith(
          `${gateway.url}/${version}/messages?limit=2&start_date=2020-01-01T00%3A00%3A00%2B00%3A00&end_date=`,
        ),
      ).toBe(true);
      page = await list(who, new URL(page.links.next).search.slice(1), `/${version}/messages`);
    }
    expect(seen).toEqual([["five", "four"], ["three", "two"], ["one"]]);
    expect(page.links).toEqual({});
  });

  it("repeats what was asked in its links, with a raised offset", async () => {
    const page = await list(who, "limit=1&start_date=2017-12-01T00:00:00.5Z&end_date=2037-01-08&offset=1");
    expect(bodies(page)).toEqual(["four"]);
    expect(page.links.next).toBe(
      `${gateway.url}/v2.1/messages?limit=1&start_date=2017-12-01T00%3A00%3A00.500%2B00%3A00&end_date=2037-01-08T00%3A00%3A00%2B00%3A00&offset=2`,
    );
  });

  it("goes on where it was though more has come meanwhile", async () => {
    const own = await openAccessKey(gateway);
    for (const body of ["one", "two", "three"]) {
      await sendText(gateway, own, { body });
      await gateway.advance(1);
    }
    const page = await list(own, "start_date=2020-01-01&limit=2");
    await sendText(gateway, own, { body: "four" });
    const next = await list(own, new URL(page.links.next ?? "").search.slice(1));
    expect([...bodies(page), ...bodies(next)]).toEqual(["three", "two", "one"]);
  });

  it("may be asked with a slash before the question", async () => {
    expect(bodies(await list(who, "start_date=2020-01-01&limit=1", "/v2.1/messages/"))).toEqual(["five"]);
  });

  it("passes over options that are left empty", async () => {
    expect(bodies(await list(who, "start_date=2020-01-01&end_date=&limit=&offset="))).toHaveLength(5);
  });

  it("may be asked for more than is served at once", async () => {
    expect(bodies(await list(who, "start_date=2020-01-01&limit=1000000"))).toHaveLength(5);
    expect(bodies(await list(who, "start_date=2020-01-01&offset=5"))).toEqual([]);
    expect(bodies(await list(who, "start_date=2020-01-01&offset=900000000000"))).toEqual([]);
  });

  it("begins with its start, and ends before its end", async () => {
    const { data } = await list(who, "start_date=2020-01-01", "/v2/messages");
    const [, , three] = data.map(({ attributes }) => encodeURIComponent(attributes.timestamp ?? ""));
    expect(bodies(await list(who, `start_date=${three}`))).toEqual(["five", "four", "three"]);
    expect(bodies(await list(who, `start_date=2020-01-01&end_date=${three}`))).toEqual(["two", "one"]);
    expect(bodies(await list(who, `start_date=${three}&end_date=${three}`))).toEqual([]);
  });

  it("has what came to long numbers, and nothing that came to a short one", async () => {
    const own = await openAccessKey(gateway);
    const short = "23457";
    await gateway.operator("PUT", `/admin/v1/accounts/${own.account}/senders/${short}`, {
      kind: "short-number",
      country: "US",
    });
    await write({ ...own, number: short }, "To the short number");
    await write(own, "To the long number");
    for (const version of VERSIONS) {
      expect(bodies(await list(own, "start_date=2020-01-01", `/${version}/messages`))).toEqual(["To the long number"]);
    }
    expect(bodies(await list(own, "start_date=2020-01-01&limit=1&offset=1"))).toEqual([]);
  });

  it("is empty where nothing was", async () => {
    const answer = await call(gateway, who, "GET", "/v2.1/messages?start_date=2016-01-01&end_date=2016-02-01");
    expect([answer.status, await answer.json()]).toEqual([200, { data: [], links: {} }]);
  });

  it("has pictures beside it", async () => {
    const own = await openAccessKey(gateway);
    const id = await sendText(gateway, own, { media_urls: ["https://pictures.example/a.jpg"] });
    await sendText(gateway, own);
    const { included } = await list(own, "start_date=2020-01-01");
    expect(included).toMatchObject([{ type: "media", id: `${id.slice(5)}-1` }]);
    expect(await list(own, "start_date=2020-01-01", "/v2/messages")).not.toHaveProperty("included");
  });

  const forms: [string, string][] = [
    ["npm's", "2016-06-03"],
    ["v3 Node's", "2017-12-01T00:00:00Z"],
    ["v3 Python's", "2017-12-01T00:00:00"],
    ["v3 PHP's", "2017-12-01T00:00:00%2B00:00"],
    ["v3 PHP's, whose plus nobody escaped", "2017-12-01T00:00:00+00:00"],
    ["Go's", "2017-12-01T00:00:00.123456789Z"],
    [".NET's", "2017-12-01T00:00:00.1234567%2B00:00"],
    ["the guide's", "2017-12-01T00:00:00.12Z"],
  ];
  it.each(forms)("may begin with a date of %s", async (_, date) => {
    expect(bodies(await list(who, `start_date=${date}&limit=1`))).toEqual(["five"]);
  });
});

describe("a date", () => {
  const NOON = Date.UTC(2017, 11, 1, 12);
  const dates: [string, number | undefined][] = [
    ["2017-12-01", Date.UTC(2017, 11, 1)],
    ["2017-12-01T12:00:00Z", NOON],
    ["2017-12-01t12:00:00z", NOON],
    ["2017-12-01T12:00:00", NOON],
    ["2017-12-01T12:00", NOON],
    ["2017-12-01 12:00:00", NOON],
    ["2017-12-01T12:00:00+00:00", NOON],
    ["2017-12-01T12:00:00 00:00", NOON],
    ["2017-12-01T13:00:00+01:00", NOON],
    ["2017-12-01T13:00:00 0100", NOON],
    ["2017-12-01T04:00:00-08:00", NOON],
    ["2017-12-01T12:00:00.5Z", NOON + 500],
    ["2017-12-01T12:00:00.05Z", NOON + 50],
    ["2017-12-01T12:00:00.1230000Z", NOON + 123],
    ["2017-12-01T12:00:00.1230001Z", NOON + 124],
    ["2017-12-01T12:00:00.999999999-00:00", NOON + 1_000],
    ["0001-01-01T00:00:00Z", Date.parse("0001-01-01T00:00:00Z")],
    ["2017-02-29", undefined],
    ["2017-12-01T24:30:00Z", undefined],
    ["2017-12-01T12:00:00.Z", undefined],
    ["2017-12-01Z", undefined],
    ["01.12.2017", undefined],
    ["1512129600", undefined],
    ["", undefined],
  ];
  it.each(dates)("%j is read", (given, at) => {
    expect(toTime(given)).toBe(at);
  });
});
