/** Making moves: however many, no write grows with them. */

import { describe, expect, it } from "vitest";
import type { Move } from "../../../src/core/messages/message.ts";
import type { MessageStore } from "../../../src/core/messages/store.ts";
import { putNamedEndpoint } from "../../../src/core/operator/named-endpoints.ts";
import { announce } from "../../../src/core/webhooks/announce.ts";
import { MOST_ENDPOINTS } from "../../../src/core/webhooks/named.ts";
import { openWorld } from "../../support/ports.ts";
import { aMessage, NOON } from "../../support/rows.ts";

const delivered = ({ id }: { id: Move["id"] }): Move => ({
  id,
  to: "delivered",
  at: NOON,
  entry: { at: NOON, event: "carrier.receipt", carrier: "bank", outcome: "delivered" },
});

describe("many moves", () => {
  it("are made some at a time, in order, and counted once", async () => {
    const moves = Array.from({ length: 10_000 }, () => delivered(aMessage()));
    const writes: { moves: number; answers: number }[] = [];
    const order: Move[] = [];
    const move: MessageStore["move"] = async (some, answers = []) => {
      writes.push({ moves: some.length, answers: answers.length });
      order.push(...some);
      return { made: new Set(some), owed: [], released: [] };
    };
    const nothing = async () => {};
    const made = await announce(
      {
        messages: { move } as MessageStore,
        jobs: { submit: nothing, charge: nothing, deliver: nothing, release: nothing },
        log: { event: () => {} },
      },
      moves,
      [{} as never],
    );
    expect(made.size).toBe(10_000);
    expect(order).toEqual(moves);
    expect(Math.max(...writes.map((write) => write.moves))).toBeLessThanOrEqual(200);
    expect(writes.reduce((sum, write) => sum + write.answers, 0)).toBe(1);
  });

  it("cannot be told to more endpoints than an account may have", async () => {
    const world = await openWorld();
    world.ports.namedEndpoints.count = async () => MOST_ENDPOINTS;
    const wanted = { url: "https://shop.example/one-more" };
    await expect(putNamedEndpoint(world.ports, "acme", "one-more", wanted)).rejects.toMatchObject({
      refusal: "not-allowed",
    });
    world.close();
  });
});
