/** After a webhook was not received: the schedule of its dialect, and what the receiver may ask for. */

import { describe, expect, it } from "vitest";
import { retryAfterOf } from "../../src/adapters/http-out.ts";
import type { HistoryEntry } from "../../src/core/history.ts";
import type { HttpAnswer } from "../../src/core/kernel/ports.ts";
import { nextTry } from "../../src/core/webhooks/next-try.ts";
import { NOON } from "../support/rows.ts";

/** Three more attempts, over 60 + 120 + 240 seconds. */
const WAITS = [60, 120, 240];
const format = { retryAfter: (failures: number) => WAITS[failures - 1] };

const answered = (status: number, retryAfter?: number): HttpAnswer => ({
  outcome: "answered",
  status,
  body: "",
  milliseconds: 5,
  ...(retryAfter === undefined ? {} : { retryAfter }),
});
const lost: HttpAnswer = { outcome: "failed", error: "could not connect: reset", milliseconds: 5 };

/** What follows the attempts that these are, each so many seconds after the first. */
function follows(answer: HttpAnswer, ...tried: { seconds: number; asked?: number }[]) {
  const attempts = tried.map(({ seconds, ...more }, index): HistoryEntry => {
    return { at: NOON + seconds * 1000, event: "webhook.attempted", attempt: index + 1, milliseconds: 5, ...more };
  });
  const last = attempts.pop() as HistoryEntry;
  const webhook = { kind: "report" as const, attempts: attempts.length, history: attempts };
  return nextTry(format, { webhook, settings: {} }, answer, last.at);
}

describe("a webhook that was not received", () => {
  const first = { seconds: 0 };
  const cases = [
    { name: "is tried again as its dialect says", what: follows(answered(500), first), waits: 60 },
    { name: "is tried again where no answer came", what: follows(lost, first), waits: 60 },
    { name: "waits longer where 503 asks for it", what: follows(answered(503, 300), first), waits: 300, asked: 300 },
    { name: "waits longer where 429 asks for it", what: follows(answered(429, 61), first), waits: 61, asked: 61 },
    { name: "is never tried sooner than its dialect says", what: follows(answered(503, 1), first), waits: 60 },
    { name: "hears a Retry-After of no other status", what: follows(answered(500, 300), first), waits: 60 },
    {
      name: "waits until the end of its schedule at most",
      what: follows(answered(503, 1e9), first),
      waits: 420,
      asked: 1e9,
    },
    {
      name: "counts the end from its first attempt",
      what: follows(answered(503, 1e9), first, { seconds: 100 }),
      waits: 320,
      asked: 1e9,
    },
    {
      name: "has the attempts that are left though it was late, where nobody asked it to wait",
      what: follows(answered(503), first, { seconds: 9_999 }),
      waits: 120,
    },
  ];
  it.each(cases)("$name", ({ what, name: _, ...expected }) => {
    expect(what).toEqual({ waits: expected.waits, ...(expected.asked ? { asked: expected.asked } : {}) });
  });

  it("is given up when enough attempts were made", () => {
    const what = follows(answered(500), ...[0, 60, 180, 420].map((seconds) => ({ seconds })));
    expect(what).toEqual({ givenUp: "gave up after 4 attempts; the last: status 500" });
  });

  it("is given up at the end of its schedule where its receiver used up the time", () => {
    const what = follows(answered(503, 50), { seconds: 0, asked: 420 }, { seconds: 420 });
    expect(what).toEqual({ givenUp: "gave up after 2 attempts; the last: status 503" });
  });

  it("has a whole schedule again when it is replayed", () => {
    const attempt = { event: "webhook.attempted", attempt: 1, milliseconds: 5 } as const;
    const history: HistoryEntry[] = [
      { at: NOON - 9e8, ...attempt, asked: 420 },
      { at: NOON - 8e8, event: "webhook.replayed" },
      { at: NOON, ...attempt },
    ];
    const webhook = { kind: "report" as const, attempts: 1, history };
    expect(nextTry(format, { webhook, settings: {} }, answered(503, 1e9), NOON + 60_000)).toMatchObject({ waits: 360 });
  });

  it("is not tried again where the receiver is gone", () => {
    expect(follows(answered(410), first)).toEqual({
      givenUp: "the receiver is gone: it answered 410, so it is not called again",
    });
  });
});

describe("a Retry-After", () => {
  const now = Date.parse("2026-11-22T12:00:00.500Z");
  const cases = [
    { header: "120", seconds: 120 },
    { header: " 0 ", seconds: 0 },
    { header: "Sun, 22 Nov 2026 12:02:00 GMT", seconds: 120 },
    { header: "Sunday, 22-Nov-26 12:02:00 GMT", seconds: 120 },
    { header: "Sun Nov 22 12:02:00 2026", seconds: 120 },
    { header: "Sun, 22 Nov 2026 11:00:00 GMT", seconds: 0 },
    { header: null, seconds: undefined },
    { header: "", seconds: undefined },
    { header: "-5", seconds: undefined },
    { header: "1.5", seconds: undefined },
    { header: "soon", seconds: undefined },
    { header: "2026-11-22T12:02:00Z", seconds: undefined },
    { header: "Sunday, perhaps", seconds: undefined },
  ];
  it.each(cases)("of $header asks for $seconds seconds", ({ header, seconds }) => {
    expect(retryAfterOf(header, now)).toBe(seconds);
  });
});
