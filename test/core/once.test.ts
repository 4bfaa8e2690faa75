/** A request that may be made once: who was failed by us may send the very same bytes again. */

import { beforeEach, describe, expect, it } from "vitest";
import { openWorld, type World } from "../support/ports.ts";

describe("a request with a nonce", () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
  });
  const once = { credential: "crd_1", nonce: "n-1", until: Number.MAX_SAFE_INTEGER };
  const send = () =>
    world.gateway.once(
      once,
      async () => "done",
      (result) => result !== "done",
    );

  it("runs, and the same one again is refused", async () => {
    expect(await send()).toBe("done");
    await expect(send()).rejects.toThrow("this request was made before");
  });

  it("runs when it is sent again after the database had spent the nonce, and not told us", async () => {
    let calls = 0;
    world.database.around = {
      after: () => {
        if (++calls === 1) throw new Error("D1_ERROR: Network connection lost.");
      },
    };
    await expect(send()).rejects.toThrow("Network connection lost");
    expect(await send()).toBe("done");
    await expect(send()).rejects.toThrow("this request was made before");
  });

  it("runs again after it failed through a fault of ours", async () => {
    await world.gateway.once(
      once,
      async () => "broken",
      (result) => result !== "done",
    );
    expect(await send()).toBe("done");
  });
});
