/** A message's story: what makes the sandbox's carrier do the same again, and how two of them are held together. */

import { describe, expect, it } from "vitest";
import type { Ask } from "../../cli/ask.ts";
import { checkSimulated } from "../../cli/commands/replay.ts";
import { compared, type Entry, storyOf } from "../../cli/story.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 30) + seconds * 1_000).toISOString();
const NUMBER = "+4798079008";
const accepted: Entry = { at: at(0), event: "accepted" };
const took = (seconds: number): Entry => ({ at: at(seconds), event: "carrier.took" });
const receipt = (seconds: number, outcome: string, reason?: string): Entry => ({
  at: at(seconds),
  event: "carrier.receipt",
  outcome,
  ...(reason ? { reason } : {}),
});

describe("a message's story", () => {
  it.each<[string, Entry[], object[], string]>([
    ["a receipt at once", [took(1), receipt(1.2, "delivered")], [{}], NUMBER],
    ["a late receipt", [took(1), receipt(61, "delivered")], [{ receiptDelaySeconds: 60 }], NUMBER],
    ["no receipt", [took(1)], [{ loseReceipt: true }], NUMBER],
    ["a number that cannot be reached", [took(1), receipt(1, "failed", "undelivered")], [{}], "+4700000010"],
    ["a barred subscriber", [took(1), receipt(1, "failed", "subscriber-barred")], [{}], "+4700000020"],
    ["another failure", [took(1), receipt(1, "failed", "validity-over")], [{}], "+4700000010"],
    ["a refusal", [{ at: at(1), event: "carrier.refused", reason: "bad-sender" }], [{ refuse: "bad-sender" }], NUMBER],
    [
      "a carrier that was busy first",
      [{ at: at(1), event: "carrier.busy", again: at(31) }, took(31), receipt(31, "delivered")],
      [{ busySeconds: 30 }, {}],
      NUMBER,
    ],
    [
      "a lost answer",
      [{ at: at(1), event: "carrier.answer_lost" }, receipt(9, "delivered")],
      [{ loseAnswer: true, receiptDelaySeconds: 8 }],
      NUMBER,
    ],
    ["a carrier that was left alone", [{ at: at(1), event: "carrier.busy", again: at(2), isDown: true }], [], NUMBER],
  ])("has the faults that make %s", (_, timeline, faults, recipient) => {
    const story = storyOf([accepted, ...timeline], NUMBER);
    const limits = { only: "messages", times: 1 };
    expect(story.attempts.map((one) => one.faults)).toEqual(
      faults.map((one) => (Object.keys(one).length > 0 ? { ...one, ...limits } : {})),
    );
    expect(story.recipient).toBe(recipient);
  });

  it("goes on as long as the other did, from the first time that a carrier was asked", () => {
    const busy: Entry = { at: at(2), event: "carrier.busy", again: at(32) };
    const webhook: Entry = { at: at(900), event: "webhook.answered", webhook: "whk_1" };
    const story = storyOf([accepted, busy, took(32), receipt(40, "delivered"), webhook], NUMBER);
    expect(story.attempts.map((one) => one.at)).toEqual([0, 30_000]);
    expect(story.end).toBe(38_000);
  });
});

describe("two stories", () => {
  it("are the same where the same happened, at other times and with other webhooks", () => {
    const webhook: Entry = { at: at(3), event: "webhook.dead", webhook: "whk_1" };
    const then = [accepted, took(1), receipt(2, "delivered"), webhook];
    expect(compared(then, [accepted, took(5), receipt(9, "delivered")])).toEqual({
      isSame: true,
      lines: [
        "  then                                   now",
        "      +0.0 s  accepted                       +0.0 s  accepted",
        "      +1.0 s  carrier.took                   +5.0 s  carrier.took",
        "      +2.0 s  carrier.receipt delivered      +9.0 s  carrier.receipt delivered",
      ],
    });
  });

  it("are marked where they differ, also where one goes on", () => {
    const { isSame, lines } = compared([accepted, took(1), receipt(2, "failed", "undelivered")], [accepted, took(1)]);
    expect(isSame).toBe(false);
    expect(lines.filter((line) => line.startsWith("≠"))).toEqual(["≠     +2.0 s  carrier.receipt failed undelivered"]);
  });
});

describe("a replay", () => {
  const routed = (...names: string[]) => {
    const carriers = [...names.map((name) => ({ name, usable: true })), { name: "far", usable: false }];
    return checkSimulated((async () => ({ carriers })) as Ask, { recipient: "+4798079008" });
  };

  it("goes by the simulator alone, and is refused where a carrier could reach the person", async () => {
    await routed("simulator");
    await expect(routed("norway")).rejects.toThrow("would go by norway");
    await expect(routed("simulator", "norway")).rejects.toThrow("would go by simulator, norway");
    await expect(routed()).rejects.toThrow("would go by none");
  });
});
