/** Tokens: whose they are, until when, and when they were used last. */

import { beforeEach, describe, expect, it } from "vitest";
import { makeOperator } from "../../../src/core/operator/operator.ts";
import { openWorld, type World } from "../../support/ports.ts";

let world: World;
let operator: ReturnType<typeof makeOperator>;
beforeEach(async () => {
  world = await openWorld();
  operator = makeOperator(world.ports);
});

describe("a token", () => {
  it("tells whose it is, its role, and its account", async () => {
    const { id } = await operator.tokens.issue({ name: "Shop", role: "merchant", account: "acme" }, "hash");
    expect(await operator.tokens.actor("hash")).toEqual({
      ...{ id, name: "Shop", role: "merchant", account: { id: "acme", number: expect.any(Number) } },
    });
    expect(await operator.tokens.actor("another")).toBeUndefined();
  });

  it("opens nothing from the moment that it runs out", async () => {
    const now = world.ports.clock.wall();
    await operator.tokens.issue({ name: "x", role: "viewer", expiresAt: now + 1_000 }, "hash");
    expect(await operator.tokens.actor("hash")).toBeDefined();
    world.time.now += 1_000;
    expect(await operator.tokens.actor("hash")).toBeUndefined();
  });

  it("notes its last use, no more than once a minute", async () => {
    await operator.tokens.issue({ name: "x", role: "viewer" }, "hash");
    const usedAt = async () => (await operator.tokens.list({ limit: 1 })).items[0]?.usedAt;
    const first = world.ports.clock.wall();
    await operator.tokens.actor("hash");
    world.time.now += 59_999;
    await operator.tokens.actor("hash");
    expect(await usedAt()).toBe(first);
    world.time.now += 1;
    await operator.tokens.actor("hash");
    expect(await usedAt()).toBe(first + 60_000);
  });

  it("is listed by the time it was made, page by page", async () => {
    for (const name of ["a", "b", "c"]) {
      world.time.now += 1;
      await operator.tokens.issue({ name, role: "viewer" }, `hash ${name}`);
    }
    const first = await operator.tokens.list({ limit: 2 });
    const rest = await operator.tokens.list({ limit: 2, cursor: first.next ?? "" });
    expect([...first.items, ...rest.items].map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(rest.next).toBeUndefined();
  });
});
