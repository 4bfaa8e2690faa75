import { describe, expect, it } from "vitest";
import { keyOf } from "../../../src/carriers/smpp/ids.ts";
import { fateOf, meaningOf } from "../../../src/carriers/smpp/status.ts";

describe("the ids of answers and receipts", () => {
  it.each([
    { ids: "same", answer: "0e999f21-5ed5", receipt: "0e999f21-5ed5 ", fits: true },
    { ids: "same", answer: "0e999f21", receipt: "E999F21", fits: false },
    { ids: "folded", answer: "0e999f21-5ed5", receipt: "E999F21-5ED5", fits: true },
    { ids: "folded", answer: "00B8BE19", receipt: "b8be19", fits: true },
    { ids: "hex-answers", answer: "39f99dd5", receipt: "0972660181", fits: true },
    { ids: "hex-answers", answer: "812FC7470000001B", receipt: "9308878062554710043", fits: true },
    { ids: "hex-answers", answer: "10", receipt: "10", fits: false },
    { ids: "hex-receipts", answer: "972660181", receipt: "39F99DD5", fits: true },
    { ids: "hex-receipts", answer: "16", receipt: "10", fits: true },
    { ids: "hex-answers", answer: "not-hex", receipt: "NOT-HEX", fits: true },
  ] as const)("$ids: $answer and $receipt", ({ ids, answer, receipt, fits }) => {
    expect(keyOf(answer, ids, "answer") === keyOf(receipt, ids, "receipt")).toBe(fits);
  });
});

it.each([
  [0x01, { outcome: "refused", reason: "bad-text" }],
  [0x04, { outcome: "busy", effect: "rebind" }],
  [0x08, { outcome: "busy", retryAfterSeconds: 30 }],
  [0x0a, { outcome: "refused", reason: "bad-sender" }],
  [0x0b, { outcome: "refused", reason: "bad-number" }],
  [0x14, { outcome: "busy", effect: "shrink" }],
  [0x45, { outcome: "refused", reason: "rejected", own: true }],
  [0x48, { outcome: "refused", reason: "bad-sender" }],
  [0x51, { outcome: "refused", reason: "bad-number" }],
  [0x58, { outcome: "busy", retryAfterSeconds: 1, effect: "pause" }],
  [0x61, { outcome: "refused", reason: "carrier-error", own: true }],
  [0xc3, { outcome: "refused", reason: "carrier-error", own: true, detail: "command_status 0x000000c3" }],
  [0xfe, { outcome: "refused", reason: "undelivered" }],
  [0xff, { outcome: "busy" }],
  [0x400, { outcome: "refused", reason: "rejected", own: true, detail: "command_status 0x00000400" }],
])("an answer of %i is ours", (status, meaning) => {
  expect(meaningOf(status)).toMatchObject(meaning);
});

it.each([
  [{ state: "delivered" }, { outcome: "delivered" }],
  [{ state: "delivered", error: "002" }, { outcome: "delivered" }],
  [{ state: "expired" }, { outcome: "expired", reason: "validity-over" }],
  [{ state: "undeliverable" }, { outcome: "failed", reason: "undelivered" }],
  [
    { state: "undeliverable", error: "3:6" },
    { outcome: "failed", reason: "subscriber-unavailable" },
  ],
  [
    { state: "undeliverable", error: "006" },
    { outcome: "failed", reason: "undelivered" },
  ],
  [{ state: "rejected" }, { outcome: "failed", reason: "rejected" }],
  [{ state: "deleted" }, { outcome: "failed", reason: "rejected" }],
  [{ state: "enroute" }, undefined],
  [{ state: "accepted" }, undefined],
  [{ state: "unknown" }, undefined],
  [{}, undefined],
] as const)("a receipt of %j is ours", (receipt, fate) => {
  expect(fateOf(receipt)).toEqual(fate);
});
