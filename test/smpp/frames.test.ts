import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Framer, LONGEST_PDU } from "../../src/smpp/frames.ts";
import { encode, pdu } from "../../src/smpp/pdu.ts";

const links = (count: number) =>
  Array.from({ length: count }, (_, index) => encode(pdu("enquire_link", { sequence: index + 1 })));
const joined = (pieces: readonly Uint8Array[]) => Uint8Array.from(pieces.flatMap((piece) => [...piece]));

describe("a stream of octets", () => {
  it("is cut into the same PDUs however the network cut it", () => {
    const pdus = [
      ...links(3),
      encode(pdu("submit_sm", { body: { shortMessage: new Uint8Array(200).fill(7) } })),
      ...links(2),
    ];
    const stream = joined(pdus);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
        const framer = new Framer();
        const frames: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] as number;
          frames.push(...framer.push(stream.slice(at, at + size)));
          at += size;
        }
        expect(frames).toEqual(pdus);
        expect(framer.waiting).toBe(0);
      }),
    );
  });

  it("gives a PDU out when its last octet has come, one at a time", () => {
    const framer = new Framer();
    const [link] = links(1);
    const counts = [...(link as Uint8Array)].map((octet) => framer.push(Uint8Array.of(octet)).length);
    expect(counts).toEqual([...Array(15).fill(0), 1]);
  });

  it("gives out a thousand PDUs of one piece", () => {
    expect(new Framer().push(joined(links(1_000)))).toHaveLength(1_000);
  });

  const faults = [
    { name: "0", octets: [0, 0, 0, 0], why: "too-short" },
    { name: "4", octets: [0, 0, 0, 4], why: "too-short" },
    { name: "15", octets: [0, 0, 0, 15], why: "too-short" },
    { name: "one more than may be", octets: [0, 1, 0, 1], why: "too-long" },
    { name: "4 GiB", octets: [255, 255, 255, 255], why: "too-long" },
    { name: "HTTP", octets: [...Buffer.from("GET / HTTP/1.1")], why: "too-long", foreign: "HTTP" },
    { name: "TLS", octets: [0x16, 3, 1, 2, 0, 1, 0], why: "too-long", foreign: "TLS" },
    { name: "AMQP", octets: [...Buffer.from("AMQP")], why: "too-long", foreign: "AMQP" },
  ];

  it.each(faults)("is given up at a length of $name", ({ octets, why, foreign }) => {
    const framer = new Framer();
    expect(framer.push(Uint8Array.from(octets))).toEqual([]);
    expect(framer.fault).toMatchObject({ why, ...(foreign ? { foreign } : {}) });
    expect(framer.push(joined(links(1)))).toEqual([]);
    expect(framer.waiting).toBe(0);
  });

  it("still gives out the PDUs before the fault", () => {
    const framer = new Framer();
    expect(framer.push(joined([...links(2), Uint8Array.of(0, 0, 0, 1)]))).toHaveLength(2);
    expect(framer.fault?.why).toBe("too-short");
  });

  it("allows little before a bind, and more after it", () => {
    const long = encode(pdu("submit_sm", { tlvs: [{ tag: 0x0424, value: new Uint8Array(2_000) }] }));
    expect(new Framer(1_024).push(long)).toEqual([]);
    const framer = new Framer(1_024);
    framer.allow(LONGEST_PDU);
    expect(framer.push(long)).toHaveLength(1);
  });
});
