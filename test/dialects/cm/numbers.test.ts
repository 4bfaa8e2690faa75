/** Number validation and lookup: what a number is, and how little is known of it. */

import { beforeAll, describe, expect, it } from "vitest";
import { useGateway } from "../../support/gateway.ts";
import { openTokenAccount, type TokenAccount } from "./support.ts";

const gateway = useGateway();
let account: TokenAccount;
beforeAll(async () => {
  account = await openTokenAccount(gateway);
});

const headersOf = (token: string) => ({ "X-CM-PRODUCTTOKEN": token });
const ask = (path: string, json?: unknown, token = account.token) =>
  gateway.fetch(path, { headers: headersOf(token), ...(json === undefined ? {} : { json }) });
const validated = async (phonenumber: unknown): Promise<Record<string, unknown>> => {
  const answer = await ask("/v1.1/numbervalidation", { phonenumber });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
  return (await answer.json()) as Record<string, unknown>;
};

const TYPES = {
  ...{ mobile: false, fixed_line: false, fixed_line_or_mobile: false, voip: false, toll_free: false },
  ...{ premium_rate: false, shared_cost: false, personal: false, pager: false, voicemail: false, uan: false },
  unknown: false,
};
const NORWEGIAN = {
  valid_number: true,
  carrier: "no.telia",
  country_code: 47,
  country_iso: "NO",
  format_e164: "+4798079008",
  format_international: "+47 98 07 90 08",
  format_national: "98 07 90 08",
  ported: null,
  region: "Norway",
  region_code: "NO",
  timezone: ["Europe/Oslo"],
  type: { ...TYPES, mobile: true },
};

describe("a number is validated", () => {
  it.each(["+4798079008", "004798079008", "4798079008", "+47 980-79 008", 4798079008])(
    "written as %s",
    async (given) => {
      expect(await validated(given)).toEqual(NORWEGIAN);
    },
  );

  it("by GET as well", async () => {
    for (const path of ["004798079008?mnp_lookup=true", "%2B4798079008", "+4798079008"]) {
      expect(await (await ask(`/v1.1/NumberValidation/${path}`)).json()).toEqual(NORWEGIAN);
    }
  });

  const kinds = [
    { number: "+4722000000", type: "fixed_line", timezone: ["Europe/Oslo"], country: "NO" },
    { number: "+31612345678", type: "mobile", timezone: ["Europe/Amsterdam"], country: "NL" },
    { number: "+12133734253", type: "fixed_line_or_mobile", timezone: null, country: "US" },
    { number: "+4780012345", type: "toll_free", timezone: ["Europe/Oslo"], country: "NO" },
    { number: "+80012345678", type: "toll_free", timezone: null, country: null },
  ];
  it.each(kinds)("$number as $type", async ({ number, type, timezone, country }) => {
    expect(await validated(number)).toMatchObject({
      ...{ valid_number: true, format_e164: number, timezone, country_iso: country, region_code: country },
      type: { ...TYPES, [type]: true },
    });
  });

  const none = ["98079008", "+47", "hello", "+47980790089", "+4700000001", "1".repeat(400)];
  it.each(none)("as none where it is %s", async (given) => {
    const nothing = Object.fromEntries(Object.keys(NORWEGIAN).map((member) => [member, null]));
    expect(await validated(given)).toEqual({ ...nothing, valid_number: false, type: { ...TYPES, unknown: true } });
  });

  it("with its operator, where a carrier of ours knows it, and only there", async () => {
    const number = "+4741234567";
    await gateway.operator("PUT", `/sandbox/v1/subscribers/${encodeURIComponent(number)}`, { operator: "no.telenor" });
    expect(await validated(number)).toMatchObject({ carrier: "no.telenor" });
    expect(await validated("+31612345678")).toMatchObject({ carrier: null });
  });
});

describe("a number is looked up", () => {
  const unknown = { active_number: null, carrier_mcc: null, carrier_mnc: null, roaming: null };

  it("without what only a network could tell", async () => {
    const expected = { ...NORWEGIAN, ...unknown };
    expect(await (await ask("/v1.1/numberlookup", { phonenumber: "004798079008" })).json()).toEqual(expected);
    expect(await (await ask("/v1.1/numberlookup/004798079008")).json()).toEqual(expected);
  });
});

describe("a question about a number is refused", () => {
  it.each(["/v1.1/numbervalidation", "/v1.1/numberlookup"])("at %s to who has no token", async (path) => {
    for (const token of ["", "00000000-0000-4000-8000-000000000000"]) {
      for (const answer of [
        await ask(path, { phonenumber: "+4798079008" }, token),
        await ask(`${path}/1`, undefined, token),
      ]) {
        expect(answer.status).toBe(400);
        expect(await answer.json()).toMatchObject({ status: 400, message: expect.any(String) });
      }
    }
  });

  it.each([{}, { phonenumber: null }, { phonenumber: " " }, { phonenumber: {} }, []])("for %j", async (json) => {
    const answer = await ask("/v1.1/numbervalidation", json);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ status: 400, message: expect.any(String) });
  });
});

it.each([
  ["PUT", "/v1.1/numbervalidation", 405],
  ["GET", "/v1.1/numberlookup/1/2", 404],
] as const)("an address that does not exist is told of in these words: %s %s", async (method, path, status) => {
  const answer = await gateway.fetch(path, { method });
  expect([answer.status, await answer.json()]).toMatchObject([status, { status, message: expect.any(String) }]);
});
