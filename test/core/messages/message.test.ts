/** The states of messages and webhooks, and the moves between them, read as promises. */

import { describe, expect, it } from "vitest";
import { isFinal, MESSAGE_STATES, type MessageState, MOVES, statesBefore } from "../../../src/core/messages/message.ts";
import { WEBHOOK_MOVES, webhookId, webhookPrefix } from "../../../src/core/webhooks/webhook.ts";

const movesFrom = (state: MessageState) => MOVES[state] as readonly MessageState[];

describe("the moves of a message", () => {
  it("lead to states that there are", () => {
    for (const state of MESSAGE_STATES) expect(MESSAGE_STATES).toEqual(expect.arrayContaining([...movesFrom(state)]));
  });

  it("end in the four ways a message can end", () => {
    expect(MESSAGE_STATES.filter(isFinal)).toEqual(["delivered", "failed", "expired", "cancelled"]);
  });

  it("never leave a message without a way to its end", () => {
    for (const state of MESSAGE_STATES.filter((state) => !isFinal(state))) {
      expect(movesFrom(state)).toContain("expired");
    }
  });

  it("reach every state from the two that a message may begin in", () => {
    const reached = new Set<MessageState>(["scheduled", "accepted"]);
    for (const state of reached) for (const next of movesFrom(state)) reached.add(next);
    expect([...reached].sort()).toEqual([...MESSAGE_STATES].sort());
  });

  it("lead back to where it may be sent again only if no carrier has it for sure", () => {
    expect(statesBefore("accepted")).toEqual(["scheduled", "held", "submitting", "unknown"]);
    expect(statesBefore("scheduled")).toEqual(["held"]);
  });

  it("let it be cancelled only while it waits, or with its campaign before a carrier has it", () => {
    expect(statesBefore("cancelled")).toEqual(["scheduled", "accepted", "held"]);
  });

  it("read the same backwards", () => {
    for (const from of MESSAGE_STATES) {
      for (const to of MESSAGE_STATES) expect(statesBefore(to).includes(from)).toBe(movesFrom(from).includes(to));
    }
  });
});

describe("the moves of a webhook", () => {
  // An answered one too: a developer whose program lost what it took asks for that very one again. Nothing else ever does.
  it("lead back from either end to being owed, and nowhere else", () => {
    expect(WEBHOOK_MOVES.answered).toEqual(["owed"]);
    expect(WEBHOOK_MOVES.dead).toEqual(["owed"]);
  });
});

describe("a webhook's id", () => {
  it("is the same for the same news, and another for other news", () => {
    expect(webhookId("msg_0000011abc", "delivered")).toBe("whk_0000011abc_delivered");
    expect(webhookId("msg_0000011abc", "failed")).not.toBe(webhookId("msg_0000011abc", "delivered"));
  });

  it("begins as all ids of its message's webhooks do", () => {
    for (const state of MESSAGE_STATES) {
      expect(webhookId("msg_0000011abc", state).startsWith(webhookPrefix("msg_0000011abc"))).toBe(true);
    }
  });
});
