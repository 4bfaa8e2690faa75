/** Routes: an account's own before everybody's, and the longer prefix before the shorter. */

import { describe, expect, it } from "vitest";
import type { Carrier } from "../../../src/core/messages/carrier.ts";
import { carriersFor, type Route, wayOf } from "../../../src/core/messages/route.ts";
import { sharedOrder } from "../../../src/core/messages/weighted.ts";

const route = (account: string, prefix: string, carriers: string[], more: Partial<Route> = {}): Route => ({
  ...{ id: `${account}-${prefix}`, account, prefix, carriers, strategy: "in-order", ...more },
});

const ROUTES: Route[] = [
  route("*", "", ["any"]),
  route("*", "47", ["norway", "any"]),
  route("*", "4798", ["mobile"]),
  route("acme", "", ["acme's"]),
  route("acme", "46", ["acme's sweden"]),
  route("bolt", "47", []),
  route("codes", "", ["cheap"]),
  route("codes", "47", ["norway"]),
  route("codes", "", ["quick"], { sender: "Codes" }),
  route("codes", "", ["rich"], { channel: "RCS" }),
  route("codes", "46", ["plain"], { channel: "sms" }),
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
const looks = [
  { name: "its sender's before a longer prefix", message: { sender: "Codes" }, to: ["quick"] },
  { name: "its sender's before its channel's", message: { sender: "Codes", channel: "RCS" }, to: ["quick"] },
  { name: "its channel's before a longer prefix", message: { sender: "Shop", channel: "RCS" }, to: ["rich"] },
  { name: "none that is for another channel", message: { sender: "Shop", channel: "Viber" }, to: ["norway"] },
  { name: "none that is for another sender", message: { sender: "codes" }, to: ["norway"] },
  { name: "that for texts, as one", message: { recipient: "+46701234567" }, to: ["plain"] },
];
it.each(looks)("a message takes $name", ({ message, to }) => {
  for (const routes of [ROUTES, [...ROUTES].reverse()]) {
    expect(carriersFor({ account: "codes", recipient: "+4798079008", ...message }, routes, [])).toEqual(to);
  }
});

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

describe("sharing by weight", () => {
  const ids = Array.from({ length: 10_000 }, (_, n) => `msg_000001${n}`);
  const firsts = (weights?: number[]) => {
    const counts = Map.groupBy(ids, (id) => sharedOrder(["a", "b", "c"], weights, id)[0] ?? "");
    return ["a", "b", "c"].map((name) => (counts.get(name)?.length ?? 0) / ids.length);
  };

  it.each([
    [undefined, [1 / 3, 1 / 3, 1 / 3]],
    [
      [6, 3, 1],
      [0.6, 0.3, 0.1],
    ],
    [
      [0.5, 0.5, 0],
      [0.5, 0.5, 0],
    ],
  ])("with weights %j, each comes first as often as its weight says", (weights, shares) => {
    firsts(weights).forEach((share, index) => {
      expect(share).toBeCloseTo(shares[index] as number, 1);
    });
  });

  it("gives a message the same order each time it is asked for", () => {
    const orders = ids.slice(0, 100).map((id) => sharedOrder(["a", "b", "c"], [3, 2, 1], id));
    expect(ids.slice(0, 100).map((id) => sharedOrder(["a", "b", "c"], [3, 2, 1], id))).toEqual(orders);
    expect(new Set(orders.map((order) => order.join())).size).toBe(6);
  });

  it("tells of no message in particular that the carrier with the greatest share is first", () => {
    const carriers = new Map<string, Carrier>(
      ["cheap", "good", "spare"].map((name) => [
        name,
        { name, kind: "test", submit: async () => [], query: async () => [] },
      ]),
    );
    const shared = route("*", "", [...carriers.keys()], { strategy: "weighted", weights: [1, 9, 0] });
    const way = wayOf({ account: "core", recipient: "+4798079008" }, [shared], carriers);
    expect(way.carriers).toEqual(["good", "cheap", "spare"]);
  });

  it("asks a carrier of weight 0 last, and asks it", () => {
    for (const id of ids.slice(0, 100)) expect(sharedOrder(["spare", "a"], [0, 1], id)).toEqual(["a", "spare"]);
  });
});
