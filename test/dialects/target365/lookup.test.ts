/** Lookup: whose number it is, and who has a name. */

import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, type TestAccount, useGateway } from "../../support/gateway.ts";
import { messageOf } from "../../support/target365-client.ts";

const DATE = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/);

describe("a lookup", () => {
  const gateway = useGateway();
  let account: TestAccount;
  beforeAll(async () => {
    account = await gateway.account();
    await gateway.operator("PUT", "/sandbox/v1/clock", { now: "2026-11-22T12:00:00Z" });
  });

  const ask = (path: string, by = account) =>
    gateway.fetch(`/api/lookup${path}`, { headers: { "x-apikey": by.apiKey } });
  const lookUp = (msisdn: string, by = account) => ask(`?msisdn=${encodeURIComponent(msisdn)}`, by);
  const search = async (input: string) => (await ask(`/freetext?input=${encodeURIComponent(input)}`)).json();
  const setUp = async (profile: Record<string, unknown>, msisdn = newNumber()) => {
    await gateway.operator("PUT", `/sandbox/v1/subscribers/${encodeURIComponent(msisdn)}`, profile);
    return msisdn;
  };

  const HANS = {
    ...{ msisdn: "+4798079008", firstName: "Hans", middleName: "Olav", lastName: "Stjernholm" },
    ...{ gender: "M", city: "Oslo", dateOfBirth: "1985-01-01", age: 41, created: DATE },
  };

  it("finds whom the SDKs' suites look up", async () => {
    const answer = await lookUp("+4798079008");
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(await answer.json()).toEqual(HANS);
    expect(await search("stjernholm oslo")).toEqual([HANS]);
  });

  it("takes a space for the plus that nobody escaped", async () => {
    expect(await (await ask("?msisdn=+4798079008")).json()).toEqual(HANS);
  });

  it("tells all that is known, as texts, and leaves out what is not", async () => {
    const told = {
      ...{ companyName: "Sild & Sønn", companyOrgNo: "987654321", streetName: "Storgata", streetNumber: "12" },
      ...{ streetLetter: "B", zipCode: "0155", city: "Oslo", landline: "+4722000000" },
    };
    const msisdn = await setUp({ ...told, birthDate: null, firstName: null, middleName: "" });
    expect(await (await lookUp(msisdn)).json()).toEqual({ ...told, msisdn, gender: "U", created: DATE });
  });

  it.each([
    { said: "F", is: "F" },
    { said: "male", is: "M" },
    { said: "kvinne", is: "F" },
    { said: "?", is: "U" },
    { said: null, is: "U" },
  ])("always tells a gender: $is for $said", async ({ said, is }) => {
    const msisdn = await setUp({ lastName: "Nordmann", gender: said });
    expect(await (await lookUp(msisdn)).json()).toMatchObject({ gender: is });
  });

  it.each([
    { birthDate: "2000-11-22", age: 26 },
    { birthDate: "2000-11-23", age: 25 },
    { birthDate: "1940-05-01", deceasedDate: "2020-04-30", age: 79 },
  ])("counts whole years: $age", async ({ age, ...told }) => {
    const msisdn = await setUp({ lastName: "Nordmann", ...told });
    const { birthDate, ...more } = told;
    expect(await (await lookUp(msisdn)).json()).toMatchObject({ dateOfBirth: birthDate, age, ...more });
  });

  it("knows nothing of a number that nobody set up, or of whom only a wallet is known", async () => {
    for (const msisdn of [newNumber(), await setUp({ birthDate: "1990-01-01", prepaidBalance: 100 })]) {
      expect(await messageOf(await lookUp(msisdn), 404)).toMatch(/is not in the directory/);
    }
  });

  it.each(["98079008", "+47", "hello", "+47980790089"])("is refused for %s", async (msisdn) => {
    expect(await messageOf(await lookUp(msisdn), 400)).toMatch(/is not a phone number/);
  });

  it("is refused for nothing", async () => {
    expect(await messageOf(await ask(""), 400)).toMatch(/msisdn: is missing from the query/);
  });

  describe("by free text", () => {
    let kari: string;
    beforeAll(async () => {
      kari = await setUp({ firstName: "Kari", lastName: "Åsheim", streetName: "Tollbugata", city: "Bergen" });
      await setUp({ companyName: "Kari Foto AS", city: "Bergen" });
    });

    it.each(["åsheim", "KARI åsheim", "tollbugata bergen kari", "Kari Åsh"])("finds her by %s", async (input) => {
      expect(await search(input)).toMatchObject([{ msisdn: kari, lastName: "Åsheim" }]);
    });

    it("finds her by her number, with and without its country code", async () => {
      for (const number of [kari, kari.slice(1), kari.slice(3)]) {
        expect(await search(number)).toMatchObject([{ msisdn: kari }]);
      }
    });

    it("finds all of whom each word is true", async () => {
      expect(await search("kari bergen")).toHaveLength(2);
    });

    it.each(["nobody at all", "kari trondheim", "sheim", "   ", "x".repeat(300), "%", "'", "08"])(
      "finds nobody by %j, and says so with an empty list",
      async (input) => {
        const answer = await ask(`/freetext?input=${encodeURIComponent(input)}`);
        expect([answer.status, await answer.text()]).toEqual([200, "[]"]);
      },
    );

    it("finds nobody by nothing", async () => {
      expect(await (await ask("/freetext")).text()).toBe("[]");
    });
  });

  it("writes numbers without country code for an account that wants it so", async () => {
    const national = await gateway.account();
    await gateway.operator("PATCH", `/admin/v1/accounts/${national.id}`, { settings: { lookupNumbers: "national" } });
    expect(await (await lookUp("+4798079008", national)).json()).toMatchObject({ msisdn: "98079008" });
    await gateway.operator("PATCH", `/admin/v1/accounts/${national.id}`, { settings: { lookupNumbers: null } });
    expect(await (await lookUp("+4798079008", national)).json()).toMatchObject({ msisdn: "+4798079008" });
  });

  it("tells what an operator says of the number instead, until they take it back", async () => {
    await setUp({ firstName: "Ola" }, "+4798079008");
    expect(await (await lookUp("+4798079008")).json()).not.toHaveProperty("lastName");
    expect(await search("stjernholm")).toEqual([]);
    await gateway.operator("DELETE", "/sandbox/v1/subscribers/+4798079008");
    expect(await (await lookUp("+4798079008")).json()).toEqual(HANS);
  });
});
