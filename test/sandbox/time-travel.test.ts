/** Moving the sandbox's clock: what falls due on the way happens, down to its webhook, before the move is over. */

import { afterEach, expect, it, vi } from "vitest";
import type { Agenda } from "../../src/core/agenda.ts";
import { advance, type TimePorts } from "../../src/sandbox/time-travel.ts";

const DUE = 1_000;
const NOTHING: Agenda = {
  ...{ subscriptions: {}, parts: {}, preauths: {}, campaigns: {} },
  ...{ transactions: {}, messages: {}, webhooks: {} },
};

afterEach(() => void vi.restoreAllMocks());

/** A text that is due at a time, with a receipt that comes at once, and a webhook about it. */
function aTextDueAt(at: number, { isElsewhere = false } = {}) {
  const text = { now: 0, state: isElsewhere ? "submitting" : "scheduled", webhook: "none", rounds: 0, deliveredAt: -1 };
  let receiptDue: number | undefined;
  const ports: Pick<TimePorts, "gateway" | "network"> = {
    gateway: {
      canBeInHand: () => text.state === "submitting",
      // Another process hands it over just then.
      isInHand: async () => {
        text.state = "sent";
        receiptDue = text.now;
        return false;
      },
      agenda: async () => {
        const due = {
          ...(text.state === "scheduled" ? { messages: { next: at } } : {}),
          ...(text.webhook === "owed" ? { webhooks: { next: text.now } } : {}),
        };
        return { ...NOTHING, ...due };
      },
      lookAfter: async () => {},
      renewAhead: async () => undefined,
      tidy: async () => {},
      runDue: async () => {
        text.rounds++;
        if (text.state === "scheduled" && text.now >= at) {
          text.state = "sent";
          receiptDue = text.now;
          return true;
        }
        if (text.webhook !== "owed") return false;
        text.webhook = "answered";
        return true;
      },
    },
    network: {
      tick: async () => {
        if (receiptDue === undefined) return;
        receiptDue = undefined;
        text.state = "delivered";
        text.deliveredAt = text.now;
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

it("goes no further than to the receipt of a text that another process handed over meanwhile", async () => {
  const { text, move } = aTextDueAt(0, { isElsewhere: true });
  await move(DUE);
  expect(text).toMatchObject({ now: DUE, state: "delivered", webhook: "answered" });
  expect(text.deliveredAt).toBeLessThanOrEqual(1);
});
