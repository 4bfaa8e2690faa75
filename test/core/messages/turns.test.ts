/** A long list does not hold up others: what is urgent has its turn in between. */

import { expect, it } from "vitest";
import { openWorld } from "../../support/ports.ts";

it("lets others have their turn while thousands are taken and noted", async () => {
  const world = await openWorld();
  const noted: number[] = [];
  let goesOn = true;
  const others = (async () => {
    for (let before = 0; goesOn; ) {
      await new Promise((next) => setTimeout(next, 0));
      const lines = world.events.filter(({ name }) => name === "message.accepted").length;
      noted.push(lines - before);
      before = lines;
    }
  })();
  const texts = Array.from({ length: 1_000 }, (_, n) => ({
    theirId: `batch-${n}`,
    sender: "2002",
    recipient: `+479807${String(n).padStart(4, "0")}`,
    text: "Hello",
    echo: {},
    deliveryMode: "at-least-once" as const,
    validitySeconds: 3_600,
    priority: "normal" as const,
  }));
  await world.gateway.acceptMany(world.caller, texts);
  goesOn = false;
  await others;
  expect(noted.reduce((sum, lines) => sum + lines, 0)).toBe(1_000);
  expect(Math.max(...noted)).toBeLessThanOrEqual(200);
});
