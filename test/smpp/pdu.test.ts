import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COMMANDS, type Command, type Layout, STATUS, TLVS, type TlvName } from "../../src/smpp/fields.ts";
import { type BodyOf, decode, encode, integerOf, type Pdu, pdu, respond, textOf, toTlvs } from "../../src/smpp/pdu.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s/g, ""), "hex"));
const commands = Object.keys(COMMANDS) as Command[];
const requests = commands.filter((name) => COMMANDS[name].id < 0x80000000);

const ascii = (most: number) =>
  fc.string({ unit: fc.integer({ min: 1, max: 127 }).map((code) => String.fromCharCode(code)), maxLength: most });

/** Any PDU of this command that may be written. */
function any(command: Command): fc.Arbitrary<Pdu> {
  const fields = Object.entries(COMMANDS[command].fields as Layout).map(([name, field]) => [
    name,
    field.is === "text"
      ? ascii(field.most - 1)
      : field.is === "octet"
        ? fc.nat(255)
        : fc.uint8Array({ maxLength: 255 }),
  ]);
  return fc.record({
    command: fc.constant(command),
    status: fc.constant(STATUS.ok),
    sequence: fc.integer({ min: 0, max: 0xffffffff }),
    body: fc.record(Object.fromEntries(fields)),
    tlvs: fc.array(fc.record({ tag: fc.nat(0xffff), value: fc.uint8Array({ maxLength: 300 }) }), { maxLength: 4 }),
  }) as unknown as fc.Arbitrary<Pdu>;
}

describe("a PDU", () => {
  it.each(commands)("comes back as it was written: %s", (command) => {
    fc.assert(
      fc.property(any(command), (one) => {
        expect(decode(encode(one))).toEqual({ outcome: "pdu", pdu: one });
      }),
      { numRuns: 60 },
    );
  });

  it.each(requests)("is refused, not misread, where it is cut short: %s", (command) => {
    fc.assert(
      fc.property(any(command), fc.double({ min: 0, max: 0.999, noNaN: true }), (one, share) => {
        const bare = encode({ ...one, tlvs: [] } as Pdu);
        const cut = bare.slice(0, 16 + Math.floor((bare.length - 16) * share));
        const read = decode(cut);
        expect(read.outcome).toBe(cut.length === bare.length ? "pdu" : "unreadable");
      }),
      { numRuns: 60 },
    );
  });

  it("is read as the standard's own example has it", () => {
    // Clause 3.2.2 of the standard: a bind_transmitter.
    const read = decode(
      hex(`0000002F 00000002 00000000 00000001
           534D50503354455354 00 7365637265743038 00 5355424D495431 00 00 01 01 00`),
    );
    expect(read).toMatchObject({
      outcome: "pdu",
      pdu: {
        command: "bind_transmitter",
        sequence: 1,
        body: { systemId: "SMPP3TEST", password: "secret08", systemType: "SUBMIT1", addressTon: 1, addressNpi: 1 },
      },
    });
  });

  it("has no body where its status is an error", () => {
    const answer = respond({ command: "submit_sm", sequence: 7 }, STATUS.throttled, { body: { messageId: "x" } });
    expect(encode(answer)).toHaveLength(16);
  });

  it("is answered by generic_nack where it has no response of its own", () => {
    expect(respond({ command: "alert_notification", sequence: 9 }, STATUS.commandId)).toMatchObject({
      command: "generic_nack",
      sequence: 9,
    });
  });
});

describe("reading", () => {
  const submit = (change: Partial<BodyOf<"submit_sm">> = {}) =>
    pdu("submit_sm", { sequence: 1, body: { source: "Shop", destination: "4798079008", ...change } });

  const faults: { name: string; octets: Uint8Array; status: number }[] = [
    {
      name: "a sm_length past the end",
      octets: encode(submit({ shortMessage: Uint8Array.of(1, 2, 3) })).slice(0, -1),
      status: STATUS.messageLength,
    },
    { name: "a text without its NUL", octets: encode(submit()).slice(0, 22), status: STATUS.commandLength },
    {
      name: "a destination of 40 characters",
      octets: long("destination", "4".repeat(40)),
      status: STATUS.destinationAddress,
    },
    { name: "a source of 40 characters", octets: long("source", "4".repeat(40)), status: STATUS.sourceAddress },
    {
      name: "a parameter that is cut off",
      octets: Uint8Array.of(...encode(submit()), 0x04, 0x24, 0, 9, 1, 2),
      status: STATUS.parameterLength,
    },
  ];

  it.each(faults)("names the fault: $name", ({ octets, status }) => {
    expect(decode(octets)).toEqual({ outcome: "unreadable", command: "submit_sm", sequence: 1, status });
  });

  /** The field cannot be written so long: it is put in by hand, in the place of `X`. */
  function long(field: "source" | "destination", value: string): Uint8Array {
    const octets = encode(submit({ [field]: "X" }));
    const at = octets.indexOf(0x58);
    return Uint8Array.of(...octets.slice(0, at), ...Buffer.from(value), ...octets.slice(at + 1));
  }

  it("leaves out a stray NUL behind a PDU", () => {
    const read = decode(Uint8Array.of(...encode(pdu("enquire_link", { sequence: 3 })), 0));
    expect(read).toMatchObject({ outcome: "pdu", pdu: { command: "enquire_link", tlvs: [] } });
  });

  it("takes a response that is cut short: of 16 octets, of one NUL, of a whole body", () => {
    const whole = encode(pdu("bind_transceiver_resp", { sequence: 1, body: { systemId: "smsc" } }));
    for (const octets of [whole.slice(0, 16), Uint8Array.of(...whole.slice(0, 16), 0), whole, whole.slice(0, 18)]) {
      expect(decode(octets)).toMatchObject({ outcome: "pdu", pdu: { command: "bind_transceiver_resp" } });
    }
  });

  it("says of an unknown command whether it is a response, which must never be answered", () => {
    const header = (id: string) => hex(`00000010 ${id} 00000000 00000005`);
    expect(decode(header("00000099"))).toEqual({ outcome: "unknown", id: 0x99, sequence: 5, isResponse: false });
    expect(decode(header("80000099"))).toMatchObject({ outcome: "unknown", isResponse: true });
  });
});

describe("optional parameters", () => {
  it("come back by name, whatever stands between them", () => {
    const values = {
      userMessageReference: 0xabcd,
      messageState: 2,
      receiptedMessageId: "0e999f21",
      payload: Uint8Array.of(0, 1, 2),
      operator: "24201",
      tariff: "150",
    };
    const tlvs = [{ tag: 0x3fff, value: Uint8Array.of(9) }, ...toTlvs(values)];
    const read = decode(encode(pdu("deliver_sm", { tlvs })));
    const got = read.outcome === "pdu" ? read.pdu.tlvs : [];
    expect(integerOf(got, "userMessageReference")).toBe(0xabcd);
    expect(integerOf(got, "messageState")).toBe(2);
    expect(textOf(got, "receiptedMessageId")).toBe("0e999f21");
    expect(textOf(got, "operator")).toBe("24201");
    expect(textOf(got, "tariff")).toBe("150");
    expect(integerOf(got, "sarTotal")).toBeUndefined();
  });

  it("end a text with its NUL, without which Kannel loses the one behind it", () => {
    for (const name of Object.keys(TLVS) as TlvName[]) {
      if (TLVS[name].is !== "text") continue;
      const [tlv] = toTlvs({ [name]: "abc" });
      expect([...(tlv?.value ?? [])]).toEqual([97, 98, 99, 0]);
    }
  });

  it("are read without their NUL, too", () => {
    expect(textOf([{ tag: 0x001e, value: Uint8Array.of(97, 98) }], "receiptedMessageId")).toBe("ab");
  });
});
