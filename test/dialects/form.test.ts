/** Forms and queries as PHP reads them, and the few other mechanics that dialects with forms share. */

import { describe, expect, it } from "vitest";
import { GatewayError } from "../../src/core/kernel/errors.ts";
import { isSameSecret, readForm, toText, withQuery } from "../../src/dialects/read.ts";

describe("a form", () => {
  const cases = [
    { name: "has spaces as + and as %20", form: "a=b+c&d=e%20f", is: { a: "b c", d: "e f" } },
    {
      name: "keeps what was escaped twice as it was before the second time",
      form: "a=My%252Btest",
      is: { a: "My%2Btest" },
    },
    { name: "keeps an escaped +", form: "a=My%2Btest", is: { a: "My+test" } },
    { name: "is UTF-8", form: "a=%C3%A6%F0%9F%99%82", is: { a: "æ🙂" } },
    { name: "may have letters that nobody escaped", form: "a=æ", is: { a: "æ" } },
    { name: "takes the last of a field that is there twice", form: "a=1&a=2", is: { a: "2" } },
    { name: "leaves what is no escape as it is", form: "a=100% off%&b=%zz", is: { a: "100% off%", b: "%zz" } },
    { name: "may have a field without a value, or with many =", form: "a&b=&c=d=e", is: { a: "", b: "", c: "d=e" } },
    { name: "may have pairs without anything", form: "&&a=1&", is: { a: "1" } },
    { name: "may have lines in it", form: "a=b%0Ac\r\nd", is: { a: "b\nc\r\nd" } },
    { name: "may be empty", form: "", is: {} },
  ];
  it.each(cases)("$name", ({ form, is }) => {
    expect(readForm(form)).toEqual(is);
  });

  it("may name a field like something that every object has", () => {
    expect(Object.entries(readForm("__proto__=1&constructor=2"))).toEqual([
      ["__proto__", "1"],
      ["constructor", "2"],
    ]);
  });

  it.each(["a=%E6", "%FF=1", "a=%ED%A0%80"])("is refused where %s is not UTF-8", (form) => {
    expect(() => readForm(form)).toThrow(GatewayError);
  });

  it("is refused where its bytes are not UTF-8", () => {
    expect(() => toText(new Uint8Array([0x61, 0xff]))).toThrow(/UTF-8/);
  });
});

describe("an address with more in its query", () => {
  const cases = [
    { from: "https://a.example", to: "https://a.example?x=1+2" },
    { from: "https://a.example/?", to: "https://a.example/?x=1+2" },
    { from: "https://a.example/?b=%20", to: "https://a.example/?b=%20&x=1+2" },
    { from: "https://a.example/?b&", to: "https://a.example/?b&x=1+2" },
    { from: "https://a.example/#?c", to: "https://a.example/?x=1+2#?c" },
  ];
  it.each(cases)("is $to where it was $from", ({ from, to }) => {
    expect(withQuery(from, { x: "1 2" })).toBe(to);
  });
});

describe("a secret", () => {
  const cases = [
    { one: "abc", other: "abc", same: true },
    { one: "abc", other: "abd", same: false },
    { one: "abc", other: "ABC", same: false },
    { one: "abc", other: "ab", same: false },
    { one: "abab", other: "ab", same: false },
    { one: "", other: "a", same: false },
    { one: "a", other: "", same: false },
    { one: "", other: "", same: true },
  ];
  it.each(cases)("$one and $other: the same is $same", ({ one, other, same }) => {
    expect(isSameSecret(one, other)).toBe(same);
  });
});
