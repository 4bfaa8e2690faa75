/** Who heeds STOP at a number, where an account sells services there. */

import { expect, it } from "vitest";
import { type Holder, heeding } from "../../../src/core/inbound/wish.ts";

const holder = (id: string, sender: string, purpose?: "marketing") =>
  ({
    account: { id, number: 1, name: id, isOpen: true },
    sender: { sender, ...(purpose ? { purpose } : {}) },
  }) as unknown as Holder;

it.each([
  { name: "who sells nothing there", of: holder("shop", "2001"), heeds: true },
  { name: "who sells there: STOP ends what it sold", of: holder("seller", "2001"), heeds: false },
  { name: "who sells at a long number", of: holder("seller", "+4759000001"), heeds: false },
  { name: "who sells, for what it sends as marketing", of: holder("seller", "2001", "marketing"), heeds: true },
  { name: "who sells at a North American number", of: holder("seller", "+12065550100"), heeds: true },
  { name: "who sells nothing at a North American number", of: holder("shop", "+12065550100"), heeds: true },
])("STOP is heeded, or not, by $name", ({ of, heeds }) => {
  expect(heeding([of], new Set(["seller"]))).toEqual(heeds ? [of] : []);
});
