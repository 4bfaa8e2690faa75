/** Their words for what became of a message, held against the guide's tables. */

import { describe, expect, it } from "vitest";
import { REASONS, type Reason } from "../../../src/core/kernel/reasons.ts";
import { MESSAGE_STATES, type MessageState } from "../../../src/core/messages/message.ts";
import { ERRORS, type ErrorCode, type Status, toStatus } from "../../../src/dialects/cm/status.ts";

const TAKEN = { reference: "ref-1" };
const NEVER_TAKEN = {};

describe("a message", () => {
  const states: Record<MessageState, { status: Status; error?: ErrorCode }> = {
    scheduled: { status: 0 },
    accepted: { status: 0 },
    held: { status: 0 },
    submitting: { status: 0 },
    unknown: { status: 0 },
    sent: { status: 0 },
    delivered: { status: 2 },
    failed: { status: 3, error: 5 },
    expired: { status: 3, error: 8 },
    cancelled: { status: 1, error: 20 },
  };
  it.each(MESSAGE_STATES)("that is %s has a status", (state) => {
    expect(toStatus({ state }, TAKEN)).toEqual(states[state]);
  });

  it("that no carrier took was rejected, with the same error", () => {
    const failed = { state: "failed", reason: "unknown-subscriber" } as const;
    expect(toStatus(failed, NEVER_TAKEN)).toEqual({ status: 1, error: 23 });
    expect(toStatus(failed, TAKEN)).toEqual({ status: 3, error: 23 });
  });

  it("that no carrier took while it held has failed: nobody refused it", () => {
    expect(toStatus({ state: "expired", reason: "validity-over" }, NEVER_TAKEN)).toEqual({ status: 3, error: 8 });
  });

  const onTheWay = MESSAGE_STATES.filter((state) => toStatus({ state }, TAKEN).error === undefined);
  it.each(onTheWay)("that is %s has no error, whatever was said of it before", (state) => {
    for (const reason of REASONS) expect(toStatus({ state, reason }, NEVER_TAKEN)).not.toHaveProperty("error");
  });
});

describe("a reason", () => {
  const codes: Record<Reason, ErrorCode> = {
    undelivered: 5,
    rejected: 20,
    "bad-number": 23,
    "bad-sender": 20,
    "bad-text": 20,
    duplicate: 20,
    "unknown-subscriber": 23,
    "subscriber-unavailable": 24,
    "subscriber-barred": 23,
    "too-many-parts": 20,
    "validity-over": 8,
    "no-receipt": 8,
    "no-carrier": 20,
    stopped: 28,
    "opted-out": 37,
    "carrier-offline": 25,
    "carrier-error": 25,
    other: 5,
    "insufficient-funds": 22,
    "limit-exceeded": 30,
    "too-young": 34,
    "age-unknown": 35,
    "not-registered": 31,
    "no-consent": 31,
    "wrong-code": 31,
    "code-expired": 31,
    "too-many-codes": 31,
    "timed-out": 31,
    "in-transaction": 31,
    "bad-amount": 31,
    "bad-merchant": 31,
    "card-failed": 31,
    "cancelled-by-person": 31,
    ended: 31,
  };
  it.each(REASONS)("%s has the code of its error", (reason) => {
    expect(toStatus({ state: "failed", reason }, TAKEN)).toEqual({ status: 3, error: codes[reason] });
    expect(toStatus({ state: "expired", reason }, TAKEN)).toEqual({ status: 3, error: codes[reason] });
  });
});

describe("an error", () => {
  const rows: [code: number, mark: string | undefined][] = [
    ...[5, 20, 28, 31, 33].map((code): [number, undefined] => [code, undefined]),
    ...[7, 8, 21, 22, 24, 25, 26, 30, 35, 36].map((code): [number, string] => [code, "temporary"]),
    ...[23, 27, 29, 34, 37].map((code): [number, string] => [code, "permanent"]),
  ];
  const known = new Map<number, { text: string; mark?: string }>(
    Object.entries(ERRORS).map(([code, error]) => [Number(code), error]),
  );

  it.each(rows)("%i is marked %s, as the guide has it", (code, mark) => {
    expect(known.get(code)?.mark).toBe(mark);
    expect(known.get(code)?.text).toMatch(/^[A-Z].*[^.]$/);
  });

  it("is one of the guide's, and no other", () => {
    expect([...known.keys()].sort()).toEqual(rows.map(([code]) => code).sort());
  });
});
