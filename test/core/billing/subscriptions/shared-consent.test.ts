/** Services that stand on one consent: who ends it by STOP has ended them all. */

import { beforeEach, describe, expect, it } from "vitest";
import { openWorld, PERSON, type World } from "../../../support/ports.ts";

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

describe("STOP at a number that two accounts have", () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
    await world.quiet.accounts.add({ id: "beta", name: "Beta", settings: {}, at: world.time.now });
    await world.quiet.accounts.putSender("beta", { sender: "2002", kind: "short-number", country: "NO" });
  });

  /** Both sell something here, by a name that both gave it. */
  async function sold(names: { id?: string; consent?: string }, keywords = { acme: "SONGS", beta: "FILMS" }) {
    const { id = "", consent } = names;
    const own = (account: "acme" | "beta") => ({
      account,
      id: id || account,
      keyword: keywords[account],
      ...(consent ? { consent } : {}),
    });
    await world.aService(own("acme"));
    // A name is its first account's; but services of before that rule may share one.
    await world.aService({ ...own("beta"), id: "beta" });
    const rename = world.database.sqlite.prepare("UPDATE service SET id = ? WHERE account_id = 'beta'");
    rename.run(own("beta").id);
    const acme = await world.aSubscription({ service: own("acme").id });
    const beta = await world.aSubscription({ account: "beta", service: own("beta").id });
    return async () => [(await world.subscription(acme.id)).state, (await world.subscription(beta.id)).state];
  }

  const shared = [
    { name: "consent", names: { consent: "music" } },
    { name: "service id", names: { id: "club" } },
  ];
  it.each(shared)("and one account's keyword leaves the other's of the same $name running", async ({ names }) => {
    const states = await sold(names);
    await world.writes("STOP FILMS");
    expect(await states()).toEqual(["active", "cancelled"]);
    const ended = world.database.sqlite.prepare("SELECT account_id AS account FROM consent").all();
    expect(ended).toEqual([{ account: "beta" }]);
    await world.work();
    expect(world.bank.bills.filter(({ amount }) => amount > 0)).toHaveLength(1);
  });

  it("and a keyword that both have ends what both sell under it", async () => {
    const states = await sold({ consent: "music" }, { acme: "CLUB", beta: "CLUB" });
    await world.writes("STOP CLUB");
    expect(await states()).toEqual(["cancelled", "cancelled"]);
  });

  it("alone ends what both sell there", async () => {
    const states = await sold({ consent: "music" });
    await world.writes("STOP");
    expect(await states()).toEqual(["cancelled", "cancelled"]);
  });
});
