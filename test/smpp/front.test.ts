import { describe, expect, it } from "vitest";
import { Addresses } from "../../scripts/smpp/addresses.ts";
import { Front } from "../../src/doors/smpp/front.ts";
import { makeGuesses } from "../../src/doors/smpp/guesses.ts";
import { Pace } from "../../src/doors/smpp/pace.ts";
import { STATUS } from "../../src/smpp/fields.ts";
import { joined } from "../../src/smpp/frames.ts";
import { decode, encode, type Pdu, pdu } from "../../src/smpp/pdu.ts";

function front() {
  const [said, handed, opened, ended] = [[] as Pdu[], [] as number[], [] as string[], [] as [string, boolean][]];
  const one = new Front({
    send(octets) {
      const decoded = decode(octets);
      if (decoded.outcome === "pdu") said.push(decoded.pdu);
    },
    close: (why, isGuess = false) => void ended.push([why, isGuess]),
    open(systemId) {
      opened.push(systemId);
      return { send: (octets) => void handed.push(octets.length) };
    },
  });
  return { one, said, handed, opened, ended };
}
const bind = (systemId: string) => encode(pdu("bind_receiver", { sequence: 1, body: { systemId, password: "x" } }));

describe("a connection before its bind", () => {
  it("is opened by the bind, which is handed on with all that follows", () => {
    const { one, handed, opened } = front();
    const link = encode(pdu("enquire_link"));
    one.push(Uint8Array.from([...bind("acme"), ...link]), 0);
    one.push(Uint8Array.from([...link, ...link.slice(0, 5)]), 0);
    expect(opened).toEqual(["acme"]);
    expect(handed).toEqual([bind("acme").length + 16, 16]);
  });

  it("takes no more until the bind is answered", () => {
    const { one } = front();
    expect(one.takesMore).toBe(true);
    one.push(bind("acme"), 0);
    expect(one.takesMore).toBe(false);
    one.answered();
    expect(one.takesMore).toBe(true);
  });

  it("is deaf when it has ended: a bind that was on its way opens nothing", () => {
    const { one, opened, ended, said } = front();
    one.push(encode(pdu("outbind")), 0);
    one.push(bind("acme"), 1);
    one.push(bind("no such/name"), 2);
    expect([opened, ended.length, said]).toEqual([[], 1, []]);
  });

  it("ends at a hundred requests without a bind", () => {
    const { one, said, ended } = front();
    const links = joined(Array.from({ length: 1_000 }, () => encode(pdu("enquire_link"))));
    one.push(links, 0);
    expect([said.length, ended.length]).toEqual([100, 1]);
  });

  it.each(["", "no such/name", "a".repeat(16), "ac\u00e9"])(
    "ends at a system_id that nobody can have: %j",
    (systemId) => {
      const { one, said, opened, ended } = front();
      // The field would not be written so long by us.
      const octets = bind("X");
      const at = octets.indexOf(0x58);
      const long = Uint8Array.from([
        ...octets.slice(0, at),
        ...Buffer.from(systemId, "latin1"),
        ...octets.slice(at + 1),
      ]);
      new DataView(long.buffer).setUint32(0, long.length);
      one.push(long, 0);
      expect(said).toMatchObject([{ command: "bind_receiver_resp", status: STATUS.password }]);
      expect([opened, ended.map(([, isGuess]) => isGuess)]).toEqual([[], [true]]);
    },
  );

  it("takes little before the bind, and much after it", () => {
    const long = encode(pdu("submit_sm", { tlvs: [{ tag: 0x0424, value: new Uint8Array(5_000) }] }));
    const strange = front();
    strange.one.push(long, 0);
    expect(strange.ended).toHaveLength(1);
    const known = front();
    known.one.push(bind("acme"), 0);
    known.one.push(long, 0);
    expect(known.handed.at(-1)).toBe(long.length);
  });
});

describe("a PDU that has begun", () => {
  it("is known by when its first octet came, however many came whole before it", () => {
    const { one } = front();
    one.push(bind("acme"), 0);
    expect(one.insideSince).toBeUndefined();
    const link = encode(pdu("enquire_link"));
    one.push(link.subarray(0, 5), 10);
    one.push(link.subarray(5, 9), 20);
    expect(one.insideSince).toBe(10);
    // A busy program's segments end anywhere.
    one.push(joined([link.subarray(9), link, link.subarray(0, 3)]), 30);
    expect(one.insideSince).toBe(30);
    one.push(link.subarray(3), 40);
    expect(one.insideSince).toBeUndefined();
  });
});

describe("addresses", () => {
  it("have at most 20 connections that are not bound", () => {
    const addresses = new Addresses();
    for (let count = 0; count < 20; count++) expect(addresses.enter("a", 0)).toBeUndefined();
    expect(addresses.enter("a", 0)).toBeDefined();
    expect(addresses.enter("b", 0)).toBeUndefined();
    addresses.settle("a");
    expect(addresses.enter("a", 0)).toBeUndefined();
  });

  it("are kept out for ten minutes after five wrong passwords in one", () => {
    const addresses = new Addresses();
    for (let count = 0; count < 4; count++) addresses.guess("a", count * 30_000);
    expect(addresses.enter("a", 100_000)).toBeUndefined();
    for (let count = 0; count < 5; count++) addresses.guess("a", 200_000 + count);
    expect(addresses.enter("a", 200_010)).toBeDefined();
    expect(addresses.enter("a", 200_004 + 600_001)).toBeUndefined();
  });
});

it("wrong passwords for one system_id are counted by network, and in all", () => {
  const guesses = makeGuesses();
  for (let count = 0; count < 5; count++) guesses.wrong("192.0.2.1", count);
  expect([guesses.isTooMany("192.0.2.1", 10), guesses.isTooMany("192.0.2.2", 10)]).toEqual([true, false]);
  expect(guesses.isTooMany("192.0.2.1", 60_100)).toBe(false);
  for (let count = 0; count < 60; count++) guesses.wrong(`192.0.2.${count}`, 70_000);
  expect(guesses.isTooMany("203.0.113.9", 70_001)).toBe(true);
});

it("a pace lets so many pass in a second, and no more after a pause", () => {
  const pace = new Pace();
  const passed = (at: number, tries: number) =>
    Array.from({ length: tries }, () => pace.take(10, at)).filter(Boolean).length;
  expect([passed(0, 50), passed(500, 50), passed(60_000, 50)]).toEqual([10, 5, 10]);
});
