/** What we tell customers in Target365's words, we understand when Target365 tells it: two tables, one meaning. */

import { describe, expect, it } from "vitest";
import { outcomeOf } from "../../../src/carriers/target365/status.ts";
import { REASONS } from "../../../src/core/kernel/reasons.ts";
import { toStatus } from "../../../src/dialects/target365/status.ts";

describe("Target365's codes", () => {
  it.each(REASONS)("say the same there and back, of a text that failed by %s", (reason) => {
    const told = toStatus({
      state: reason === "no-receipt" || reason === "validity-over" ? "expired" : "failed",
      reason,
    });
    const understood = outcomeOf({ transactionId: "msg", ...told });
    expect(understood?.outcome).toBe(reason === "no-receipt" || reason === "validity-over" ? "expired" : "failed");
    const again = toStatus({
      state: understood?.outcome ?? "sent",
      ...(understood?.reason ? { reason: understood.reason } : {}),
    });
    expect(again.detailedStatusCode).toBe(told.detailedStatusCode);
  });

  it.each(["accepted", "submitting", "sent", "unknown", "scheduled"] as const)(
    "do not end a text that is %s",
    (state) => {
      expect(outcomeOf({ transactionId: "msg", ...toStatus({ state }) })).toBeUndefined();
    },
  );

  it("say that it was delivered", () => {
    expect(outcomeOf({ transactionId: "msg", ...toStatus({ state: "delivered" }) })).toEqual({ outcome: "delivered" });
  });
});
