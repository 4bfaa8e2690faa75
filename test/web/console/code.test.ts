/** Codes in texts: what a person would type on a page, and not what else is a number. */

import { describe, expect, it } from "vitest";
import { codeIn } from "../../../src/web/console/ui/code.ts";

describe("the code in a text", () => {
  it.each([
    ["1234 er koden for å betale 49 kr for Fjellposten. Ikke gi den til noen.", "1234"],
    ["Engangskode: 123456", "123456"],
    ["Your code is 4711", "4711"],
    ["Your code is 4711.", "4711"],
    ["Order 90210, from 2026: the code 4711 opens it", "4711"],
    ["One-time password: 00012345", "00012345"],
  ])("is found: %s", (text, code) => {
    const found = codeIn(text);
    expect(found?.code).toBe(code);
    expect(text.slice(found?.at, (found?.at ?? 0) + code.length)).toBe(code);
  });

  it.each([
    "Order 90210 has left us",
    "Your code is on its way",
    "Your code: call +4798079008",
    "Your code costs 1234.50",
    "123 is no code, nor is 123456789",
    "",
  ])("is not seen where there is none: %s", (text) => {
    expect(codeIn(text)).toBeUndefined();
  });
});
