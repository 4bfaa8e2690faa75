/** What is typed in the console's fields, and what it means. */

import { describe, expect, it } from "vitest";
import { ageOf } from "../../../src/web/console/pages/subscriber-form.tsx";
import { serviceFields } from "../../../src/web/console/setup/service-fields.ts";
import { type Field, form, plainly, toBody, toTyped } from "../../../src/web/console/ui/form.tsx";
import { KINDS, toTime } from "../../../src/web/console/ui/form-kinds.ts";

describe("a time", () => {
  it.each([
    ["2026-11-22T12:00", "2026-11-22T12:00:00Z"],
    ["2026-11-22T12:00:05", "2026-11-22T12:00:05Z"],
    ["2026-11-22T12:00:05.25", "2026-11-22T12:00:05.25Z"],
    ["2026-11-22T12:00Z", "2026-11-22T12:00:00Z"],
    ["2026-11-22T12:00:05+01:00", "2026-11-22T12:00:05+01:00"],
    ["tomorrow", "tomorrow"],
  ])("%s is %s", (typed, meant) => {
    expect(toTime(typed)).toBe(meant);
  });
});

describe("an amount", () => {
  it.each([
    ["49", 4_900],
    ["0", 0],
    ["49,5", 4_950],
    ["49.50", 4_950],
    ["1 000", 100_000],
    ["1\u00a0000,50", 100_050],
    ["1000000", 100_000_000],
  ])("of %s is %i øre", (typed, meant) => {
    expect(KINDS.money.read(typed, "price", "NOK")).toBe(meant);
  });

  it.each(["1.000", "49,500", "1,000.50", "10 00", "000", "-5", "49.", "forty-nine", "1e3"])(
    "of %s is refused",
    (typed) => {
      expect(() => KINDS.money.read(typed, "price", "NOK")).toThrow(
        "price: must be an amount with at most two decimals",
      );
    },
  );

  it("with a space in it is refused where spaces part amounts", () => {
    expect(KINDS.amounts.read("10 20,50", "tariffs", "NOK")).toEqual([1_000, 2_050]);
    expect(() => KINDS.amounts.read("1 000", "tariffs", "NOK")).toThrow("tariffs: must be an amount");
  });

  it("has the decimals of the form's currency, as it is typed and as it is shown", () => {
    const fields: Field[] = [
      { name: "price", label: "Price", kind: "money" },
      { name: "tariffs", label: "Tariffs", kind: "amounts" },
      { name: "currency", label: "Currency" },
    ];
    const cases = [
      { typed: { price: "500", tariffs: "500 1000", currency: "JPY" }, has: { price: 500, tariffs: [500, 1_000] } },
      { typed: { price: "1.250", tariffs: "1.250", currency: "KWD" }, has: { price: 1_250, tariffs: [1_250] } },
      { typed: { price: "49.00", tariffs: "49.00", currency: "NOK" }, has: { price: 4_900, tariffs: [4_900] } },
    ];
    for (const { typed, has } of cases) {
      const whole = { ...has, currency: typed.currency };
      expect(toBody([{ fields }], typed)).toEqual(whole);
      expect(toTyped([{ fields }], whole)).toEqual(typed);
    }
    expect(() => toBody([{ fields }], { price: "9.50", currency: "JPY" })).toThrow("price: must be an amount without");
  });

  it("that is needed and empty is asked for in no words of the API", () => {
    const fields: Field[] = [{ name: "price", label: "Price", kind: "money", required: true }];
    expect(() => toBody([{ fields }], { price: "" })).toThrow("price: must be given");
  });
});

describe("a service that is saved untouched", () => {
  const groups = serviceFields({ merchants: ["mag"], shortNumbers: ["2002"] }, false);

  it("keeps texts of several lines in fields that have several", () => {
    for (const name of ["startSms", "renewalSms", "onlineText", "offlineText", "consentDescription"]) {
      const field = groups.flatMap(({ fields }) => fields).find((one) => one.name === name);
      expect(field?.kind).toBe("area");
    }
  });

  it("keeps a merchant that the list does not have", () => {
    const typed = toTyped(groups, { merchantId: "gone", shortNumber: "2002" });
    const drawn = String(form({ groups, typed, submit: "Save" }));
    expect(drawn).toContain('<option value="gone" selected="">gone</option>');
    expect(drawn).toContain('<option value="2002" selected="">2002</option>');
  });

  it("keeps an empty line at the beginning of a text", () => {
    const area: Field = { name: "text", label: "Text", kind: "area" };
    expect(String(form({ groups: [{ fields: [area] }], typed: { text: "\nHei" }, submit: "Save" }))).toContain(
      ">\n\nHei<",
    );
  });
});

describe("an age", () => {
  it.each([
    [null, "age unknown"],
    ["2030-01-01", "not born yet"],
    ["2026-11-22", "0 years old"],
    ["2000-11-23", "25 years old"],
  ])("of somebody born on %s is: %s", (birthDate, words) => {
    expect(ageOf(birthDate, "2026-11-22")).toBe(words);
  });
});

it.each([
  ["Too small: expected string to have >=1 characters", "must be given"],
  ["text: Too big: expected string to have <=2000 characters", "text: must have at most 2000 characters"],
  ["limit: Invalid input: expected number, received NaN", "limit: must be a number"],
  ["there is no account nobody", "there is no account nobody"],
])("says %s as: %s", (said, words) => {
  expect(plainly(said)).toBe(words);
});

describe("JSON", () => {
  it.each([
    [{ status: 201, at: "/id", is: ["a", true, null] }, '{"status": 201, "at": "/id", "is": ["a", true, null]}'],
    [[], "[]"],
    ["a\nb", '"a\\nb"'],
    [
      [{ text: "x".repeat(50) }, { deeper: { text: "y".repeat(50) } }],
      `[\n  {"text": "${"x".repeat(50)}"},\n  {\n    "deeper": {"text": "${"y".repeat(50)}"}\n  }\n]`,
    ],
  ])("%j stands in as few lines as can be read", (value, text) => {
    expect(KINDS.json.write(value)).toBe(text);
    expect(KINDS.json.read(text, "settings.send")).toEqual(value);
  });

  it("that cannot be read is refused, with the place", () => {
    expect(() => KINDS.json.read('{\n"a": 1\n"b": 2}', "settings.send")).toThrow(
      /^settings.send: must be JSON: .*line 3/,
    );
  });
});
