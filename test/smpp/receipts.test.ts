import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MessageStateName } from "../../src/smpp/fields.ts";
import { toTlvs } from "../../src/smpp/pdu.ts";
import { receiptIn, receiptInText, STAT, type Told, toReceiptText } from "../../src/smpp/receipts.ts";

/** The forms that SMSCs write. */
const forms: { name: string; text: string; id?: string; state?: MessageStateName; error?: string; doneAt?: number }[] =
  [
    {
      name: "the standard's",
      text: "id:0123456789 sub:001 dlvrd:001 submit date:2611281200 done date:2611281201 stat:DELIVRD err:000 text:Hello there",
      id: "0123456789",
      state: "delivered",
      error: "000",
      doneAt: Date.UTC(2026, 10, 28, 12, 1),
    },
    {
      name: "CM.com's, with 14 digits",
      text: "id:4f8a submit date:20261128120000 done date:20261128120130 stat:UNDELIV err:023",
      id: "4f8a",
      state: "undeliverable",
      error: "023",
      doneAt: Date.UTC(2026, 10, 28, 12, 1, 30),
    },
    {
      name: "with seconds",
      text: "id:1 submit date:261128120000 done date:261128120130 stat:EXPIRED err:69",
      id: "1",
      state: "expired",
      error: "69",
      doneAt: Date.UTC(2026, 10, 28, 12, 1, 30),
    },
    {
      name: "upper-case keys",
      text: "ID:AB12 SUB:1 DLVRD:1 STAT:DELIVRD ERR:0 TEXT:",
      id: "AB12",
      state: "delivered",
      error: "0",
    },
    { name: "lower-case states", text: "id:x stat:delivrd", id: "x", state: "delivered" },
    { name: "a blank after the colon", text: "id: 77 stat: REJECTD err: 0", id: "77", state: "rejected", error: "0" },
    {
      name: "submitdate in one word",
      text: "id:9 submitdate:2611281200 donedate:2611281201 stat:ACCEPTD",
      id: "9",
      state: "accepted",
      doneAt: Date.UTC(2026, 10, 28, 12, 1),
    },
    { name: "no id", text: "sub:001 dlvrd:000 stat:UNDELIV err:069", state: "undeliverable", error: "069" },
    {
      name: "dates of zeros",
      text: "id:5 submit date:0000000000 done date:0000000000 stat:ENROUTE",
      id: "5",
      state: "enroute",
    },
    { name: "another order", text: "stat:DELIVRD err:000 id:last", id: "last", state: "delivered", error: "000" },
    {
      name: "a GUID",
      text: "id:0e999f21-5ed5-4d41-9a4e-6d2ae0f8e2b1 stat:DELIVRD",
      id: "0e999f21-5ed5-4d41-9a4e-6d2ae0f8e2b1",
      state: "delivered",
    },
    {
      name: "a text that looks like a receipt",
      text: "id:1 stat:DELIVRD err:000 text:stat:UNDELIV id:2",
      id: "1",
      state: "delivered",
      error: "000",
    },
    { name: "long states", text: "id:1 stat:UNDELIVERABLE err:E12", id: "1", state: "undeliverable", error: "E12" },
    { name: "FAILED", text: "id:1 stat:FAILED err:0000", id: "1", state: "undeliverable", error: "0000" },
    { name: "BUFFRED", text: "id:1 stat:BUFFRED", id: "1", state: "enroute" },
    { name: "SKIPPED", text: "id:1 stat:SKIPPED", id: "1", state: "skipped" },
    { name: "UNKNOWN", text: "id:1 stat:UNKNOWN", id: "1", state: "unknown" },
    {
      name: "new lines between fields",
      text: "id:1\nstat:DELIVRD\r\nerr:001",
      id: "1",
      state: "delivered",
      error: "001",
    },
    { name: "NUL in the text", text: "id:1 stat:DELIVRD text:a\0b", id: "1", state: "delivered" },
    { name: "a state that nobody knows", text: "id:1 stat:WHATEVER", id: "1" },
    { name: "no receipt at all", text: "Hello, is this the right id?" },
  ];

describe("a receipt's text", () => {
  it.each(forms)("is read: $name", ({ name: _, text, ...receipt }) => {
    expect(receiptInText(text)).toEqual(receipt);
  });

  it("never throws, whatever it is", () => {
    const pieces = fc.constantFrom(
      "id:",
      "stat:",
      " ",
      "text:",
      "err:",
      "done date:",
      "DELIVRD",
      "\0",
      "9".repeat(14),
      "ж",
    );
    fc.assert(fc.property(fc.array(pieces), (parts) => void receiptInText(parts.join(""))));
  });

  it.each(["cm", "classic"] as const)("comes back as it was written: %s", (form) => {
    const states = Object.keys(STAT).filter((state) => state !== "scheduled") as MessageStateName[];
    fc.assert(
      fc.property(
        fc.constantFrom(...states),
        fc.nat(999),
        fc.stringMatching(/^[0-9a-f]{1,32}$/),
        (state, error, id) => {
          const doneAt = Date.UTC(2026, 10, 28, 12, 1);
          const told: Told = { id, state, error, submittedAt: doneAt, doneAt, text: "stat:DELIVRD" };
          const text = toReceiptText(told, form);
          expect(receiptInText(text)).toEqual({ id, state, error: String(error).padStart(3, "0"), doneAt });
          expect(text.length).toBeLessThanOrEqual(255);
        },
      ),
    );
  });
});

it("believes parameters before the text", () => {
  const tlvs = toTlvs({ receiptedMessageId: "tlv", messageState: 2, networkError: Uint8Array.of(3, 0, 6) });
  expect(receiptIn("id:text stat:UNDELIV err:001", tlvs)).toEqual({ id: "tlv", state: "delivered", error: "3:6" });
});

it("reads a network's error that is written as three digits", () => {
  expect(receiptIn("", toTlvs({ networkError: Uint8Array.from(Buffer.from("069")) }))).toEqual({ error: "069" });
});
