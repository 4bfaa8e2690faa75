/** Writes the corpus of the fuzzer: one PDU of each kind, and each shape of a message, as our codec writes it. */

import { writeFileSync } from "node:fs";
import { COMMANDS, type Command } from "../../src/smpp/fields.ts";
import { piecesOf } from "../../src/smpp/parts.ts";
import { encode, type Pdu, pdu, toTlvs } from "../../src/smpp/pdu.ts";
import { toReceiptText } from "../../src/smpp/receipts.ts";
import { toRelative } from "../../src/smpp/times.ts";

const AT = Date.UTC(2026, 10, 28, 12);
const address = { sourceTon: 5, source: "Stafett", destinationTon: 1, destinationNpi: 1, destination: "4798079008" };
const bind = { systemId: "acme", password: "s3cretPw", systemType: "VMA", interfaceVersion: 0x34 };
const texts = ["Hello", "€".repeat(90), "жж😀".repeat(40)];

const messages = (["udh", "sar", "payload"] as const).flatMap((by) =>
  texts.flatMap((text) =>
    piecesOf(text, { by, reference: 7 }).map((piece) =>
      pdu("submit_sm", {
        sequence: 5,
        body: {
          ...address,
          esmClass: piece.esmClass,
          shortMessage: piece.shortMessage,
          dataCoding: piece.coding,
          registeredDelivery: 1,
          validityPeriod: toRelative(7_200),
        },
        tlvs: toTlvs({ ...piece.tlvs, userMessageReference: 9 }),
      }),
    ),
  ),
);
const receipts = (["cm", "classic"] as const).map((form) => {
  const told = {
    id: "0e999f215ed5",
    state: "delivered",
    error: 0,
    submittedAt: AT,
    doneAt: AT,
    text: "Hello",
  } as const;
  return pdu("deliver_sm", {
    sequence: 6,
    body: { ...address, esmClass: 4, shortMessage: new TextEncoder().encode(toReceiptText(told, form)) },
    tlvs: toTlvs({
      receiptedMessageId: "0e999f215ed5",
      messageState: 2,
      networkError: Uint8Array.of(3, 0, 6),
      operator: "24201",
    }),
  });
});
const bare = (Object.keys(COMMANDS) as Command[]).map((command) =>
  pdu(command, { sequence: 1, ...(command.startsWith("bind") && !command.endsWith("resp") ? { body: bind } : {}) } as {
    sequence: number;
  }),
);
const hostile = [
  "00000004",
  "0000000f000000040000000000000001",
  "ffffffff",
  Buffer.from("GET / HTTP/1.1\r\n\r\n").toString("hex"),
  "16030100",
  "00000010000000990000000000000005",
  "00000010800000000000000200000000",
];

const all = [...bare, ...messages, ...receipts].map((one) => Buffer.from(encode(one as Pdu)).toString("hex"));
writeFileSync(new URL("corpus/pdus.hex", import.meta.url), `${[...all, ...hostile].join("\n")}\n`);
