/** What a customer's new key may reverse, where much takes two operators. */

import { describe, expect, it } from "vitest";
import { checkAge, REVERSES_AFTER_MS } from "../../../../src/core/billing/charges/reverse.ts";
import type { FourEyes } from "../../../../src/core/operator/approvals.ts";

const MADE_AT = Date.parse("2027-01-12T09:00:00Z");
const reverse = (amount: number, clock: { now: number; wall: number }, fourEyes?: FourEyes) =>
  checkAge(
    { fourEyes, clock: { now: () => clock.now, wall: () => clock.wall, sleep: async () => {} } },
    { name: "shop", changedAt: MADE_AT },
    { amount, currency: "NOK" },
  );

describe("a key that was made or changed", () => {
  const twoReverse = { reversals: 1_000 };
  const at = (wall: number, now = wall) => ({ now, wall });

  it("less than a day ago reverses as much as one operator may, and no more", () => {
    const early = at(MADE_AT + REVERSES_AFTER_MS - 1);
    expect(() => reverse(1_000, early, twoReverse)).not.toThrow();
    expect(() => reverse(1_001, early, twoReverse)).toThrow(
      "the credential shop is new or changed: until 2027-01-13T09:00:00.000Z it reverses no more than 1000 minor units of NOK; two operators may reverse this",
    );
  });

  it("a day ago reverses anything", () => {
    expect(() => reverse(1_001, at(MADE_AT + REVERSES_AFTER_MS), twoReverse)).not.toThrow();
  });

  it("is as old as it is by the real clock, wherever the sandbox's was moved to", () => {
    expect(() => reverse(1_001, at(MADE_AT, MADE_AT + 2 * REVERSES_AFTER_MS), twoReverse)).toThrow();
    expect(() => reverse(1_001, at(MADE_AT + REVERSES_AFTER_MS, MADE_AT), twoReverse)).not.toThrow();
  });

  it("just now reverses anything where one operator may", () => {
    expect(() => reverse(1_001, at(MADE_AT))).not.toThrow();
  });
});
