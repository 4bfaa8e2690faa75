/** Texts that people write, as they come by the binds of a carrier. */

import { describe, expect, it } from "vitest";
import { type HeardText, HeardTexts } from "../../../src/carriers/smpp/texts.ts";
import type { Reported } from "../../../src/core/inbound/inbound.ts";
import { toBase64 } from "../../../src/core/kernel/base64.ts";
import type { PartStore } from "../../../src/core/messages/joining.ts";
import { alphabetOf } from "../../../src/smpp/alphabets.ts";
import { contentOf, piecesOf } from "../../../src/smpp/parts.ts";
import { toTlvs } from "../../../src/smpp/pdu.ts";
import { partStore } from "../../../src/store/messaging/parts.ts";
import { objectSql } from "../../support/object-sql.ts";
import { memoryParts } from "../../support/parts.ts";

const MINUTE = 60_000;

function world(parts: PartStore = memoryParts()) {
  let [now, ids] = [Date.UTC(2026, 10, 29), 0];
  const received: Pick<Reported, "theirId" | "text" | "binary">[] = [];
  const database = { isDown: false };
  const texts = new HeardTexts({
    parts,
    port: {
      async receive(reported) {
        if (database.isDown) throw new Error("the database is down");
        // As the database: an id that it knows changes nothing.
        for (const { theirId, text, binary } of reported) {
          if (received.some((one) => one.theirId === theirId)) continue;
          received.push({ theirId, text, ...(binary ? { binary } : {}) });
        }
      },
    },
    now: () => now,
    newId: () => `id-${++ids}`,
  });
  return {
    ...{ texts, parts },
    received,
    database,
    read: () => received.map(({ text }) => text),
    /** Time goes on, and nobody looks. */
    wait(milliseconds: number) {
      now += milliseconds;
    },
    async pass(milliseconds: number) {
      now += milliseconds;
      await texts.tick();
    },
  };
}

/** The parts of a text, each as it is heard on a connection. */
function partsOf(text: string, reference = 7): ((connection: string) => HeardText)[] {
  return piecesOf(text, { by: "udh", reference }).map(({ esmClass, shortMessage, tlvs, coding }) => {
    const content = contentOf({ esmClass, shortMessage }, toTlvs(tlvs));
    if ("fault" in content) throw new Error(content.fault);
    const { octets, part } = content;
    return (connection) => ({
      between: { source: "4791000000", sourceTon: 1, destination: "2001", destinationTon: 3 },
      ...{ coding, alphabet: alphabetOf(coding) ?? "binary", octets: toBase64(octets), connection },
      ...(part ? { part } : {}),
    });
  });
}
const LONG = `Hello ${"there, ".repeat(30)}bye`;

describe("a long text", () => {
  it("is whole, though its parts come by two connections, and the last one first", async () => {
    const { texts, read } = world();
    const [first, second] = partsOf(LONG);
    await texts.hear(second?.("two") as HeardText);
    expect(read()).toEqual([]);
    await texts.hear(first?.("one") as HeardText);
    expect(read()).toEqual([LONG]);
  });

  it.each(["one", "two"])("is no other text when a part of it comes again on connection %s", async (connection) => {
    const { texts, read, pass } = world();
    const [first, second] = partsOf(LONG);
    await texts.hear(first?.("one") as HeardText);
    await texts.hear(second?.("two") as HeardText);
    await texts.hear(first?.(connection) as HeardText);
    await pass(11 * MINUTE);
    expect(read()).toEqual([LONG]);
  });

  it("that comes again as a whole is the text before", async () => {
    const { texts, read, pass } = world();
    const parts = partsOf(LONG);
    for (const part of parts) await texts.hear(part("one"));
    for (const part of parts) await texts.hear(part("two"));
    await pass(11 * MINUTE);
    expect(read()).toEqual([LONG]);
  });

  it("is another one where it has the reference and the first words of one before, and ends differently", async () => {
    const { texts, read } = world();
    for (const part of partsOf(`${LONG}!`)) await texts.hear(part("one"));
    for (const part of partsOf(`${LONG}?`)) await texts.hear(part("one"));
    expect(read()).toEqual([`${LONG}!`, `${LONG}?`]);
  });

  it("is passed on without the parts that have not come within ten minutes, once", async () => {
    const { texts, read, pass } = world();
    const [first] = partsOf(LONG);
    await texts.hear(first?.("one") as HeardText);
    expect(texts.areWaiting).toBe(true);
    await pass(9 * MINUTE);
    expect(read()).toEqual([]);
    await pass(MINUTE);
    await pass(MINUTE);
    expect(read()).toEqual([LONG.slice(0, 153)]);
    expect(texts.areWaiting).toBe(false);
  });

  it("is passed on as it is where 10,000 parts wait, and it has waited longest", async () => {
    const { texts, parts, read, wait } = world(partStore(objectSql()));
    const firsts = Array.from({ length: 10_010 }, (_, reference) => partsOf(`${reference} ${LONG}`, reference)[0]);
    for (const first of firsts) {
      await texts.hear(first?.("one") as HeardText);
      wait(1);
    }
    expect(parts.count()).toBe(10_000);
    expect(read()).toEqual(Array.from({ length: 10 }, (_, n) => `${n} ${LONG}`.slice(0, 153)));
  });

  it("is not answered for while it cannot be committed, and is there once when its last part comes again", async () => {
    const { texts, database, read, pass } = world();
    const [first, second] = partsOf(LONG);
    await texts.hear(first?.("one") as HeardText);
    database.isDown = true;
    await expect(texts.hear(second?.("two") as HeardText)).rejects.toThrow("down");
    database.isDown = false;
    await texts.hear(second?.("three") as HeardText);
    await pass(11 * MINUTE);
    expect(read()).toEqual([LONG]);
  });
});

it("parts that an older version kept, without an alphabet, are read by their coding", async () => {
  const { texts, parts, received, pass } = world();
  const between = { source: "4791000000", sourceTon: 1, destination: "2001", destinationTon: 3 };
  const common = { between, coding: 8, id: "id-of-before" };
  const [first, second] = [new Uint8Array([0x04, 0x16, 0x04]), new Uint8Array([0x17])];
  const key = JSON.stringify([Object.values(between), 8, 7, 2]);
  const value = JSON.stringify({ ...common, octets: toBase64(first) });
  parts.add(key, { number: 1, total: 2, value, at: Date.UTC(2026, 10, 29) });
  const part = { width: 8, reference: 7, total: 2, number: 2 } as const;
  await texts.hear({ between, coding: 8, alphabet: "ucs2", octets: toBase64(second), part, connection: "one" });
  expect(received).toEqual([{ theirId: "id-of-before", text: "\u0416\u0417" }]);
  const rest = JSON.stringify({ ...common, coding: 0, octets: toBase64(new Uint8Array([0x48, 0x69])) });
  parts.add("alone", { number: 1, total: 2, value: rest, at: Date.UTC(2026, 10, 29) });
  received.splice(0);
  await pass(10 * MINUTE);
  expect(received).toEqual([{ theirId: "id-of-before", text: "Hi" }]);
});

describe("a text of one part", () => {
  it("is another one each time on its own connection, and the one before on the next", async () => {
    const { texts, read } = world();
    const [only] = partsOf("OK");
    for (const connection of ["one", "one", "two"]) await texts.hear(only?.(connection) as HeardText);
    expect(read()).toEqual(["OK", "OK"]);
  });
});

describe("octets that a phone sends", () => {
  const between = { source: "4791000000", sourceTon: 1, destination: "2001", destinationTon: 3 };
  const octetsOf = (...octets: number[]) => toBase64(Uint8Array.from(octets));
  const PORTS = octetsOf(6, 5, 4, 0x15, 0x8a, 0, 0);

  it("are kept as hexadecimal digits, the header of their parts once before them, with their class", async () => {
    const { texts, received } = world();
    const part = (number: number) => ({ reference: 1, width: 8 as const, total: 2, number });
    const common = { between, coding: 0xf5, alphabet: "binary" as const, header: PORTS, connection: "one" };
    await texts.hear({ ...common, octets: octetsOf(0xff), part: part(2) });
    await texts.hear({ ...common, octets: octetsOf(0, 1), part: part(1) });
    expect(received).toMatchObject([{ text: "060504158A00000001FF", binary: { header: 7, messageClass: 1 } }]);
  });

  it("are told of, not lost, where their coding is one that nobody reads", async () => {
    const { texts, received } = world();
    await texts.hear({ between, coding: 5, octets: octetsOf(0x1b, 0x24), connection: "one" });
    expect(received).toMatchObject([{ text: "1B24", binary: {} }]);
  });
});
