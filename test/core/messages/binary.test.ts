import { describe, expect, it } from "vitest";
import { GatewayError } from "../../../src/core/kernel/errors.ts";
import { type Binary, measureBinary, piecesOf } from "../../../src/core/messages/binary.ts";
import { openWorld } from "../../support/ports.ts";

const PORTS = "0605040B8423F0";
const of = (count: number) => "a5".repeat(count);

describe("a binary message", () => {
  it.each<{ name: string; text: string; binary?: Binary; parts: number }>([
    { name: "of one octet", text: "00", parts: 1 },
    { name: "of 140 octets", text: of(140), parts: 1 },
    { name: "of 141, whose parts have a header of six", text: of(141), parts: 2 },
    { name: "of two full parts", text: of(268), parts: 2 },
    { name: "of one octet more", text: of(269), parts: 3 },
    { name: "of a header alone", text: PORTS, binary: { header: 7 }, parts: 1 },
    { name: "of 140 with its header", text: PORTS + of(133), binary: { header: 7 }, parts: 1 },
    { name: "of two parts that repeat its header", text: PORTS + of(256), binary: { header: 7 }, parts: 2 },
    {
      name: "of a text in UCS-2, no character of which is cut",
      text: `${PORTS}${"0041".repeat(65)}D83DDE00${"0041".repeat(40)}`,
      binary: { header: 7, alphabet: "ucs2" },
      parts: 2,
    },
    { name: "of 152 septets", text: PORTS + of(152), binary: { header: 7, alphabet: "gsm7" }, parts: 1 },
    { name: "of 153", text: PORTS + of(153), binary: { header: 7, alphabet: "gsm7" }, parts: 2 },
    { name: "of one octet more than these", text: PORTS + of(257), binary: { header: 7 }, parts: 3 },
  ])("is counted at 140 octets: $name", ({ text, binary = {}, parts }) => {
    expect(measureBinary(text, binary)).toEqual({ text: text.toUpperCase(), encoding: "binary", parts });
  });

  it("that is a text is parted between its characters", () => {
    const smile = `${"0041".repeat(66)}D83DDE00${"0042".repeat(10)}`;
    expect(piecesOf(smile, { alphabet: "ucs2" })).toEqual([smile.slice(0, 66 * 4), smile.slice(66 * 4)]);
    const euro = `${"41".repeat(152)}1B65${"42".repeat(10)}`;
    expect(piecesOf(euro, { header: 0, alphabet: "gsm7" })).toEqual([euro.slice(0, 304), euro.slice(304)]);
  });

  it.each<{ name: string; text: string; binary?: Binary }>([
    { name: "nothing", text: "" },
    { name: "half an octet", text: "0a0" },
    { name: "letters", text: "hello!" },
    { name: "a header that is longer than it", text: "0605", binary: { header: 7 } },
    { name: "a header that leaves no room", text: of(200), binary: { header: 135 } },
    {
      name: "a header that leaves no room for a pair of surrogates",
      text: of(133) + "D83DDE00".repeat(5),
      binary: { header: 133, alphabet: "ucs2" },
    },
    {
      name: "a header that leaves no room for an escaped character",
      text: of(134) + "1B65".repeat(5),
      binary: { header: 134, alphabet: "gsm7" },
    },
  ])("is refused where it is none: $name", ({ text, binary = {} }) => {
    expect(() => measureBinary(text, binary)).toThrow(expect.objectContaining({ refusal: "bad-text" }));
  });

  it("that was acknowledged in parts, and is refused as a whole, is not kept as if it were words", async () => {
    const { gateway, caller, quiet } = await openWorld();
    const common = { priority: "normal", deliveryMode: "at-most-once", validitySeconds: 3_600, echo: {} } as const;
    const to = { sender: "2002", recipient: "+4798079008", theirId: "parts-1" };
    const refusal = new GatewayError("opted-out", "it wants no texts", "recipient");
    const binary: Binary = { header: 7 };
    await gateway.acceptMany(caller, [{ ...to, ...common, text: PORTS + of(3), binary, refusal }]);
    const [kept] = await quiet.messages.byTheirIds("acme", "telling", ["parts-1"]);
    expect(kept).toMatchObject({ state: "failed", encoding: "binary", binary });
  });
});
