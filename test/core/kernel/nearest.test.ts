import { expect, it } from "vitest";
import { nearest } from "../../../src/core/kernel/nearest.ts";

const KNOWN = ["hang", "loseAnswer", "loseReceipt", "duplicateReceipts"];

it.each([
  ["looseAnswer", "loseAnswer"],
  ["LOSEANSWER", "loseAnswer"],
  ["duplicateReceipt", "duplicateReceipts"],
  ["hand", "hang"],
  ["colour", undefined],
  ["", undefined],
])("finds what %j was meant to be: %j", (given, meant) => {
  expect(nearest(given, KNOWN)).toBe(meant);
});

it("finds nothing among nothing", () => {
  expect(nearest("hang", [])).toBeUndefined();
});
