/** Routes: an account's own before everybody's, and the longer prefix before the shorter. */

import { expect, it } from "vitest";
import { carriersFor, type Route } from "../../../src/core/messages/route.ts";

const ROUTES: Route[] = [
  { account: "*", prefix: "", carriers: ["any"] },
  { account: "*", prefix: "47", carriers: ["norway", "any"] },
  { account: "*", prefix: "4798", carriers: ["mobile"] },
  { account: "acme", prefix: "", carriers: ["acme's"] },
  { account: "acme", prefix: "46", carriers: ["acme's sweden"] },
  { account: "bolt", prefix: "47", carriers: [] },
];

const cases = [
  { name: "everybody's, where there is no better", account: "core", recipient: "+12025550123", to: ["any"] },
  { name: "the longer prefix", account: "core", recipient: "+4741000000", to: ["norway", "any"] },
  { name: "the longest prefix", account: "core", recipient: "+4798079008", to: ["mobile"] },
  { name: "an account's own, however short its prefix", account: "acme", recipient: "+4798079008", to: ["acme's"] },
  { name: "the longer of an account's own", account: "acme", recipient: "+46701234567", to: ["acme's sweden"] },
  { name: "nobody, where an account is to have nobody", account: "bolt", recipient: "+4798079008", to: [] },
  { name: "nobody else's", account: "bolt", recipient: "+46701234567", to: ["any"] },
];
it.each(cases)("a message takes $name", ({ account, recipient, to }) => {
  for (const routes of [ROUTES, [...ROUTES].reverse()]) {
    expect(carriersFor({ account, recipient }, routes, ["first", "second"])).toEqual(to);
  }
});

it("a message without any route may take every carrier, in their order", () => {
  expect(carriersFor({ account: "acme", recipient: "+4798079008" }, [], ["first", "second"])).toEqual([
    "first",
    "second",
  ]);
});
