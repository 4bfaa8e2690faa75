/** Services that stand on one consent: who ends it by STOP has ended them all. */

import { beforeEach, describe, expect, it } from "vitest";
import { openWorld, PERSON, type World } from "../../support/ports.ts";

describe("STOP for one of two services that were agreed to together", () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
    await world.aService({ id: "songs", keyword: "SONGS", consent: "music" });
  });

  it.each(["2002", "2003"])(
    "ends the other too, sold at %s: nothing stands on a consent that has ended",
    async (at) => {
      if (at !== "2002") {
        await world.quiet.accounts.putSender("acme", { sender: at, kind: "short-number", country: "NO" });
      }
      await world.aService({ id: "films", keyword: "FILMS", consent: "music", shortNumber: at });
      const songs = await world.aSubscription({ service: "songs" });
      const films = await world.aSubscription({ service: "films" });
      await world.work();
      await world.writes("STOP SONGS");
      expect((await world.subscription(songs.id)).state).toBe("cancelled");
      expect((await world.subscription(films.id)).state).toBe("cancelled");

      await world.pass(40 * 86_400_000, 3_600_000);
      const billed = world.bank.bills.filter(({ amount, recipient }) => amount > 0 && recipient === PERSON);
      expect(billed).toHaveLength(2);
    },
  );

  it("leaves alone what was agreed to by itself", async () => {
    await world.aService({ id: "games", keyword: "GAMES" });
    const games = await world.aSubscription({ service: "games" });
    await world.writes("STOP SONGS");
    expect((await world.subscription(games.id)).state).toBe("active");
  });
});
