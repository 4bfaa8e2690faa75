/** Moving the sandbox's clock: what falls due on the way happens, down to its webhook, before the move is over. */

import { afterEach, expect, it, vi } from "vitest";
import type { Agenda } from "../../src/core/agenda.ts";
import { advance, type TimePorts } from "../../src/sandbox/time-travel.ts";

const DUE = 1_000;
const NOTHING: Agenda = {
  ...{ subscriptions: {}, parts: {}, preauths: {}, campaigns: {} },
  ...{ transactions: {}, messages: {}, webhooks: {} },
  isInHand: false,
};

afterEach(() => void vi.restoreAllMocks());

/**
 * A text that is due at a time, with a receipt that comes at once, and a webhook about it.
 * @param told whether its carrier has it already, and sends the receipt just after it was asked what is due
 * @param taken whether another process takes it first, and its carrier refuses it at once
 */
function aTextDueAt(at: number, { told = false, taken = false } = {}) {
  const text = { now: 0, state: told ? "sent" : "scheduled", webhook: "none", rounds: 0, answeredAt: -1 };
  let receiptDue: number | undefined;
  const ports: Pick<TimePorts, "gateway" | "network"> = {
    gateway: {
      isBusy: () => told,
      agenda: async () => {
        const due = {
          ...(text.state === "scheduled" ? { messages: { next: at } } : {}),
          ...(text.webhook === "owed" ? { webhooks: { next: text.now } } : {}),
        };
        const agenda = { ...NOTHING, ...due };
        if (told && text.state === "sent") {
          text.state = "delivered";
          text.webhook = "owed";
        }
        return agenda;
      },
      lookAfter: async () => {},
      renewAhead: async () => undefined,
      tidy: async () => {},
      runDue: async () => {
        text.rounds++;
        if (text.state === "scheduled" && taken) {
          text.state = "failed";
          text.webhook = "owed";
          return false;
        }
        if (text.state === "scheduled" && text.now >= at) {
          text.state = "sent";
          receiptDue = text.now;
          return true;
        }
        if (text.webhook !== "owed") return false;
        text.webhook = "answered";
        text.answeredAt = text.now;
        return true;
      },
    },
    network: {
      tick: async () => {
        if (receiptDue === undefined) return;
        receiptDue = undefined;
        text.state = "delivered";
        text.webhook = "owed";
      },
      nextDue: async () => receiptDue,
    },
  };
  const move = (to: number) =>
    advance(
      {
        ...ports,
        foresee: async () => [],
        now: () => text.now,
        moveClock: async (time) => {
          text.now = time;
        },
        tidied: { at: 0 },
      },
      to,
    );
  return { text, move };
}

it("ends when the text is delivered and its customer was told", async () => {
  const { text, move } = aTextDueAt(DUE);
  await move(DUE);
  expect(text).toMatchObject({ now: DUE, state: "delivered", webhook: "answered" });
});

it("does so also where it took longer than others are waited for", async () => {
  let real = 0;
  vi.spyOn(Date, "now").mockImplementation(() => (real += 40_000));
  const { text, move } = aTextDueAt(DUE);
  await move(DUE);
  expect(text).toMatchObject({ now: DUE, state: "delivered", webhook: "answered" });
});

it("delivers the webhook before it moves on, also where the receipt came at that very moment", async () => {
  const { text, move } = aTextDueAt(0, { told: true });
  await move(DUE);
  expect(text).toMatchObject({ now: DUE, state: "delivered", webhook: "answered", answeredAt: 0 });
});

it("delivers the webhook also of a text that another process took at that very moment, and whose carrier refused it", async () => {
  const { text, move } = aTextDueAt(0, { taken: true });
  await move(DUE);
  expect(text).toMatchObject({ now: DUE, state: "failed", webhook: "answered", answeredAt: 0 });
});

it("sends no receipt before another process has written down that the carrier took the text", async () => {
  const seen: string[] = [];
  let isInHand = true;
  let receiptDue: number | undefined = 0;
  await advance(
    {
      gateway: {
        isBusy: () => false,
        agenda: async () => {
          seen.push(isInHand ? "in hand" : "written down");
          const agenda = { ...NOTHING, isInHand };
          isInHand = false;
          return agenda;
        },
        ...{ lookAfter: async () => {}, renewAhead: async () => undefined, tidy: async () => {} },
        runDue: async () => false,
      },
      network: {
        tick: async () => {
          receiptDue = undefined;
          seen.push("receipt");
        },
        nextDue: async () => receiptDue,
      },
      ...{ foresee: async () => [], now: () => 0, moveClock: async () => {}, tidied: { at: 0 } },
    },
    0,
  );
  expect(seen.slice(0, 3)).toEqual(["in hand", "written down", "receipt"]);
});
