/** What became of a message, in the words of its record and of its receipts. */

import { describe, expect, it } from "vitest";
import type { HistoryEntry } from "../../../src/core/history.ts";
import { REASONS, type Reason } from "../../../src/core/kernel/reasons.ts";
import { MESSAGE_STATES, type MessageState } from "../../../src/core/messages/message.ts";
import {
  receiptsOf,
  statusOf,
  toReceipt,
  toReportedReceipt,
  toTimestamp,
} from "../../../src/dialects/flowroute/status.ts";
import { aMessage, NOON } from "../../support/rows.ts";

const ACCEPTED: HistoryEntry = { at: NOON, event: "accepted" };
const TAKEN: HistoryEntry = {
  at: NOON + 1_230,
  event: "carrier.took",
  carrier: "simulator",
  attempt: 1,
  reference: "r-1",
};
const RECEIPT: HistoryEntry = {
  at: NOON + 5_000,
  event: "carrier.receipt",
  carrier: "simulator",
  outcome: "delivered",
  happenedAt: NOON + 4_567,
};
const ASKED: HistoryEntry = { at: NOON + 1_230, event: "carrier.asked", carrier: "simulator", answer: "taken" };

const SUBMITTED = {
  level: 1,
  status: "smsc submit",
  status_code: null,
  status_code_description: "Message has been sent",
  timestamp: "2026-11-22T12:00:01.23Z",
};

describe("the status of a record", () => {
  const states: Record<MessageState, string> = {
    scheduled: "message sent",
    accepted: "message sent",
    held: "message sent",
    submitting: "message sent",
    unknown: "message sent",
    sent: "smsc submit",
    delivered: "delivered",
    failed: "failed",
    expired: "failed",
    cancelled: "failed",
  };
  it.each(MESSAGE_STATES)("has a word for a message that is %s, which is its newest receipt's", (state) => {
    const message = aMessage({ state });
    expect(statusOf(message)).toBe(states[state]);
    expect(receiptsOf(message)[0]?.status ?? "message sent").toBe(states[state]);
  });

  it("of a picture message names the other centre", () => {
    expect(statusOf(aMessage({ state: "sent", channel: "MMS" }))).toBe("mmsc submit");
    expect(statusOf(aMessage({ state: "delivered", channel: "MMS" }))).toBe("delivered");
  });

  it("stays with the carrier when that never told what became of it", () => {
    expect(statusOf(aMessage({ state: "expired", reason: "no-receipt" }))).toBe("message buffered");
  });
});

describe("the code of a message that did not arrive", () => {
  const codes: Record<string, number[]> = {
    "opted-out": [1110],
    "validity-over": [1006],
    "bad-number": [1116, 1206],
    "unknown-subscriber": [1116, 1206],
    "bad-sender": [1205],
    rejected: [1005, 1150, 1152],
    stopped: [1150, 1152],
    "no-carrier": [1106],
    "no-receipt": [1003],
    "too-many-parts": [1201],
    undelivered: [1007, 1008, 1009],
    other: [1100],
  };
  it.each(Object.entries(codes))("for %s is one of %j", (reason, among) => {
    expect(among).toContain(toReceipt({ state: "failed", reason: reason as Reason, at: NOON }, {})?.status_code);
  });

  it.each(REASONS)("is there for %s, with words, on level 2", (reason) => {
    const receipt = toReceipt({ state: "failed", reason, at: NOON }, {});
    expect(receipt).toMatchObject({ level: 2, status_code: expect.any(Number) });
    expect(receipt?.status_code_description).toMatch(/^[A-Z][\w ()]+$/);
    expect(receipt?.status).toBe(reason === "no-receipt" ? "message buffered" : "failed");
  });

  it.each(REASONS)("is never taken from a reason that is over: %s", (reason) => {
    expect(toReceipt({ state: "delivered", reason, at: NOON }, {})?.status_code).toBe(1004);
    expect(toReceipt({ state: "sent", reason, at: NOON }, {})?.status).toBe("smsc submit");
    expect(toReceipt({ state: "accepted", reason, at: NOON }, {})).toBeUndefined();
  });
});

describe("the receipts of a record", () => {
  it("are none as long as no carrier has it", () => {
    for (const state of ["scheduled", "accepted", "submitting", "unknown"] as const) {
      expect(receiptsOf(aMessage({ state }))).toEqual([]);
    }
  });

  it("tell that a carrier took it, and when", () => {
    expect(receiptsOf(aMessage({ state: "sent", reference: "r-1", history: [ACCEPTED, TAKEN] }))).toEqual([SUBMITTED]);
  });

  it("come newest first, the last with the time at which it happened", () => {
    const history = [ACCEPTED, TAKEN, RECEIPT];
    expect(receiptsOf(aMessage({ state: "delivered", reference: "r-1", history }))).toEqual([
      {
        level: 2,
        status: "delivered",
        status_code: 1004,
        status_code_description: "Message delivered to handset",
        timestamp: "2026-11-22T12:00:04.56Z",
      },
      SUBMITTED,
    ]);
  });

  it("are of level 2 alone when no carrier took it", () => {
    const message = aMessage({ state: "failed", reason: "opted-out", changedAt: NOON + 10 });
    expect(receiptsOf(message)).toEqual([
      {
        level: 2,
        status: "failed",
        status_code: 1110,
        status_code_description: "Destination has opted out (STOP)",
        timestamp: "2026-11-22T12:00:00.01Z",
      },
    ]);
  });

  it("are of both levels also when the receipt overtook the carrier's answer", () => {
    const message = aMessage({ state: "delivered", reference: "r-1", history: [ACCEPTED, RECEIPT] });
    expect(receiptsOf(message).map(({ level }) => level)).toEqual([2, 1]);
  });

  it("keep the time at which it was taken when the carrier is asked again", () => {
    const again = { ...ASKED, at: NOON + 2 * 86_400_000 };
    expect(receiptsOf(aMessage({ state: "sent", reference: "r-1", history: [ACCEPTED, TAKEN, again] }))).toEqual([
      SUBMITTED,
    ]);
  });

  it("know a carrier that only said so when it was asked", () => {
    expect(receiptsOf(aMessage({ state: "sent", reference: "r-1", history: [ACCEPTED, ASKED] }))).toEqual([SUBMITTED]);
  });
});

describe("a receipt that is posted", () => {
  it("has its code as a text, on both levels", () => {
    const [sent, delivered] = [{ state: "sent", at: NOON } as const, { state: "delivered", at: NOON } as const];
    expect(toReportedReceipt(sent, aMessage())).toMatchObject({ level: 1, status_code: "1002" });
    expect(toReportedReceipt(delivered, aMessage())).toMatchObject({ level: 2, status_code: "1004" });
  });

  it("never tells that it arrived before it was taken, nor does the record, however slow the carrier's clock", () => {
    const early = { ...RECEIPT, happenedAt: NOON };
    const message = aMessage({ state: "delivered", reference: "r-1", history: [ACCEPTED, TAKEN, early] });
    const { timestamp } = SUBMITTED;
    expect(toReportedReceipt({ state: "delivered", at: NOON }, message)).toMatchObject({ level: 2, timestamp });
    expect(receiptsOf(message)).toMatchObject([
      { level: 2, timestamp },
      { level: 1, timestamp },
    ]);
  });
});

it("a time has hundredths of a second, also where they are none", () => {
  expect(toTimestamp(NOON)).toBe("2026-11-22T12:00:00.00Z");
  expect(toTimestamp(NOON + 999)).toBe("2026-11-22T12:00:00.99Z");
});
