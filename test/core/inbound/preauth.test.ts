/** Pre-authorisation by keyword: who writes it is asked whether they may be charged, and the text goes on with the answer. */

import { beforeEach, describe, expect, it } from "vitest";
import type { Keyword } from "../../../src/core/inbound/keyword.ts";
import type { PreAuth } from "../../../src/core/inbound/preauth.ts";
import type { MessageId } from "../../../src/core/kernel/ids.ts";
import type { InboundEvent } from "../../../src/core/webhooks/webhook.ts";
import { DAY, HOUR, MERCHANT, NUMBER, openWorld, PERSON, type World } from "../../support/ports.ts";

const MINUTE = 60_000;
const URL = "https://shop.example/forwards";

describe("a text to a keyword with pre-authorisation", () => {
  let world: World;
  let keyword: string;
  beforeEach(async () => {
    world = await openWorld();
    keyword = await register("GAMES");
  });

  /** A keyword that says so before it asks, half a minute later. */
  const register = async (text: string, preAuth: Partial<PreAuth> = {}, to = NUMBER) => {
    const { id } = await world.gateway.register(world.caller, {
      shortNumber: to,
      mode: "exact",
      text,
      aliases: [],
      forwardUrl: URL,
      isEnabled: true,
      preAuth: { isActive: true, merchant: MERCHANT, infoText: "Welcome", delay: MINUTE / 2, ...preAuth },
      tags: [],
      properties: { basket: 7 },
      echo: {},
    });
    return id;
  };
  /** What is, or was, to be forwarded to the keyword's address: the text, and whether its person agreed. */
  const forwards = () => {
    const rows = world.database.sqlite
      .prepare("SELECT event FROM webhook WHERE url = ? ORDER BY created_at, id")
      .all(URL) as { event: string }[];
    return rows.map(({ event }) => {
      const { inbound } = JSON.parse(event) as InboundEvent;
      return `${inbound.text}: ${inbound.consent?.isActive}`;
    });
  };
  const texts = (state?: string) =>
    (
      world.database.sqlite
        .prepare("SELECT text FROM message WHERE ?1 IS NULL OR state = ?1 ORDER BY send_at, id")
        .all(state ?? null) as { text: string }[]
    ).map(({ text }) => text);
  const states = () =>
    (world.database.sqlite.prepare("SELECT state FROM preauth ORDER BY inbound_id").all() as { state: string }[]).map(
      ({ state }) => state,
    );
  const consent = () => world.quiet.consents.byId("acme", MERCHANT, keyword, PERSON);
  /** The carrier tells what became of the texts that it has. */
  const told = (outcome: "delivered" | "failed" = "delivered") =>
    world.gateway.settle(
      world.bank.texts.map(({ id }) => ({
        message: id,
        outcome,
        carrier: "bank",
        reference: `text-${id}`,
        at: world.time.now,
        ...(outcome === "failed" ? { reason: "subscriber-unavailable" as const } : {}),
      })),
    );
  const handed = () => world.bank.texts.map(({ text }) => text);
  const QUESTION =
    "Svar OK for å godta trekk på mobilregningen fra The shop for GAMES. Send STOP GAMES til 2002 for å avslutte.";
  const pass = async (milliseconds: number) => {
    await world.work();
    await told();
    await world.pass(milliseconds, Math.max(MINUTE / 2, milliseconds / 20));
  };

  it("says something at once, asks when its time has come, and goes on with an OK", async () => {
    await world.writes("GAMES please");
    expect(texts("accepted")).toEqual(["Welcome"]);
    expect(texts("held")).toEqual([QUESTION]);
    expect(forwards()).toEqual([]);
    await pass(MINUTE);
    expect(handed()).toEqual(["Welcome", QUESTION]);
    await world.writes("Ok!");
    expect(forwards()).toEqual(["GAMES please: true"]);
    expect(await consent()).toMatchObject({
      state: "active",
      service: keyword,
      token: expect.stringMatching(/^[A-Z0-9]{24}$/),
    });
    await pass(2 * DAY);
    expect(forwards()).toHaveLength(1);
    expect(states()).toEqual(["agreed"]);
  });

  it("is asked in the merchant's words around ours, by whom the keyword says", async () => {
    await register("CLUB", { prefix: "Hi!", suffix: "Bye.", description: "the Club", infoSender: NUMBER, delay: 0 });
    await world.writes("club", { from: "+358401234567" });
    expect(texts().sort()).toEqual([
      "Hi! Reply OK to agree to charges on your phone bill by The shop for the Club. Send STOP CLUB to 2002 to end it. Bye.",
      "Welcome",
    ]);
  });

  it("is asked for the price each month, where a service is charged on what it agrees to", async () => {
    await world.aService({ price: 1_900, subscriptionPrice: 4_900, consent: keyword });
    await world.writes("GAMES");
    expect(texts("held")).toEqual([
      "Svar OK for å godta 49 kr hver måned på mobilregningen fra The shop for GAMES. Send STOP GAMES til 2002 for å avslutte.",
    ]);
  });

  describe("with a question that may follow at once", () => {
    beforeEach(async () => {
      keyword = await register("NOW", { delay: 0 });
    });
    const question = QUESTION.replaceAll("GAMES", "NOW");

    it("is told something first, whoever hurries: the question leaves once that has arrived", async () => {
      await world.writes("NOW");
      const ids = (
        world.database.sqlite.prepare("SELECT id FROM message ORDER BY id DESC").all() as { id: MessageId }[]
      ).map(({ id }) => id);
      await Promise.all([world.gateway.submit(ids), world.gateway.submit(ids.toReversed()), world.gateway.runDue()]);
      await world.pass(10 * MINUTE, MINUTE);
      expect(handed()).toEqual(["Welcome"]);
      await told();
      await world.work();
      expect(handed()).toEqual(["Welcome", question]);
      await Promise.all([told(), told("failed")]);
      await world.pass(DAY);
      expect(handed()).toHaveLength(2);
    });

    it("is not agreed to by an OK before the question, and is by one after it", async () => {
      await world.writes("NOW");
      await world.work();
      await world.writes("OK");
      expect(states()).toEqual(["waiting"]);
      await told();
      await world.work();
      await world.writes("OK");
      expect(forwards()).toEqual(["NOW: true"]);
    });

    it("is asked nothing on what it was not told, and goes on without consent", async () => {
      await world.writes("NOW");
      await world.work();
      await told("failed");
      await world.work();
      expect(handed()).toEqual(["Welcome"]);
      expect(texts("failed").sort()).toEqual([question, "Welcome"]);
      expect(forwards()).toEqual(["NOW: false"]);
    });

    it("is asked in the end where a carrier never tells what became of a text", async () => {
      await world.writes("NOW");
      await world.pass(4 * HOUR, 10 * MINUTE);
      expect(handed()).toEqual(["Welcome", question]);
      await world.writes("OK");
      expect(forwards()).toEqual(["NOW: true"]);
    });

    it("is asked nothing once its answer is not waited for any more, and no question is left behind", async () => {
      await world.writes("NOW");
      await world.work();
      world.time.now += 2 * DAY;
      await world.work();
      await told();
      await world.work();
      expect(handed()).toEqual(["Welcome"]);
      expect(texts("held")).toEqual([]);
      expect(texts("expired")).toContain(question);
      expect(forwards()).toEqual(["NOW: false"]);
    });

    it("is asked nothing after STOP, though what was said first arrives later", async () => {
      await world.writes("NOW");
      await world.work();
      await world.writes("STOP NOW");
      await told();
      await world.pass(HOUR);
      expect(handed()).toEqual(["Welcome"]);
      expect(texts("cancelled")).toEqual([question]);
    });
  });

  it("goes on at once where its person agreed before, and nobody is asked", async () => {
    await world.writes("GAMES");
    await pass(MINUTE);
    await world.writes("OK");
    const before = texts().length;
    await world.writes("GAMES again");
    expect(forwards()).toEqual(["GAMES: true", "GAMES again: true"]);
    expect(texts()).toHaveLength(before);
  });

  it("goes on without consent when a day is over, and OK comes too late then", async () => {
    await world.writes("GAMES");
    await pass(DAY);
    expect(forwards()).toEqual([]);
    await pass(MINUTE);
    expect(forwards()).toEqual(["GAMES: false"]);
    await world.writes("OK");
    expect(forwards()).toEqual(["GAMES: false"]);
    expect(await consent()).toBeUndefined();
    expect(states()).toEqual(["expired"]);
  });

  it.each(["STOP", "STOP GAMES", "Stopp alle"])(
    "goes on without consent on %s, and is asked nothing then",
    async (stop) => {
      await world.writes("GAMES");
      await world.writes(stop);
      expect(forwards().sort()).toEqual(["GAMES: false", ...(stop === "STOP GAMES" ? ["STOP GAMES: false"] : [])]);
      expect(texts("cancelled")).toHaveLength(1);
      await pass(MINUTE);
      await world.writes("OK");
      expect(await consent()).toBeUndefined();
      expect(states()).toEqual(["refused"]);
    },
  );

  it("is not ended by STOP to something else, nor by another person's, nor at another number", async () => {
    await register("NEWS");
    await world.quiet.accounts.putSender("acme", { sender: "2003", kind: "short-number", country: "NO" });
    await world.writes("GAMES");
    await world.writes("STOP NEWS");
    await world.writes("STOP", { from: "+4798079009" });
    await world.writes("STOP", { to: "2003" });
    expect(states()).toEqual(["waiting"]);
  });

  it("is not agreed to by an OK while the question waits for its carrier, though its time has come", async () => {
    await world.writes("GAMES please");
    await world.work();
    await told();
    world.time.now += MINUTE;
    // The job that hands it over is late.
    await world.writes("OK");
    expect([await consent(), states()]).toEqual([undefined, ["waiting"]]);
    await pass(MINUTE);
    await world.writes("OK");
    expect(states()).toEqual(["agreed"]);
  });

  it("is not agreed to before the question, nor by OK from elsewhere", async () => {
    await world.writes("GAMES");
    await world.writes("OK");
    await pass(MINUTE);
    await world.writes("OK", { from: "+4798079009" });
    await world.writes("OK", { to: "2003" });
    expect(forwards()).toEqual([]);
  });

  it("is asked once, however often it is written meanwhile; all of them go on with the answer", async () => {
    await world.writes("GAMES");
    await world.writes("GAMES hello?");
    expect(texts()).toHaveLength(2);
    await pass(MINUTE);
    await world.writes("OK");
    expect(forwards().sort()).toEqual(["GAMES hello?: true", "GAMES: true"]);
  });

  it("is one text, however often its carrier reports it", async () => {
    await world.writes("GAMES", { theirId: "one" });
    await world.writes("GAMES", { theirId: "one" });
    await pass(MINUTE);
    await world.writes("OK", { theirId: "two" });
    await world.writes("OK", { theirId: "two" });
    expect(states()).toEqual(["agreed"]);
    expect(texts()).toHaveLength(2);
    expect(forwards()).toEqual(["GAMES: true"]);
  });

  it("a charge that waits for OK has it first; then what was asked last", async () => {
    const charge = await world.aCharge({
      state: "waiting",
      waitsFor: "ok",
      dueAt: world.time.now + HOUR,
      expiresAt: world.time.now + HOUR,
    });
    await register("NEWS");
    await world.writes("GAMES");
    await pass(MINUTE);
    await world.writes("NEWS");
    await pass(MINUTE);
    await world.writes("OK");
    expect((await world.transaction(charge.id)).state).not.toBe("waiting");
    expect(states()).toEqual(["waiting", "waiting"]);
    await world.work();
    await world.writes("OK");
    expect(forwards()).toEqual(["NEWS: true"]);
    await world.writes("OK");
    expect(forwards().sort()).toEqual(["GAMES: true", "NEWS: true"]);
  });

  it("a catch-all asks neither who says OK nor who says STOP", async () => {
    await world.gateway.register(world.caller, {
      ...((await world.gateway.keyword(world.caller, keyword)) as Keyword),
      mode: "wildcard",
      text: "*",
    });
    await world.writes("OK");
    await world.writes("STOP");
    expect(texts()).toEqual([]);
    expect(forwards()).toEqual(["OK: undefined", "STOP: false"]);
  });

  it("STOP ends what was agreed to, and takes along a charge on it that no carrier has heard of", async () => {
    await world.writes("GAMES");
    await pass(MINUTE);
    await world.writes("OK");
    const charge = await world.aCharge({ consent: keyword });
    await world.writes("STOP GAMES");
    expect(await consent()).toMatchObject({ state: "ended", endedBy: "person" });
    await world.work();
    expect(["cancelled", "failed"]).toContain((await world.transaction(charge.id)).state);
    expect(await world.quiet.consents.hasStopped("acme", [PERSON], keyword)).toBe(true);
    // Who writes the keyword again wants it again, and is asked.
    await world.writes("GAMES");
    expect(states()).toEqual(["agreed", "waiting"]);
  });

  it("STOP for all ends what was agreed to by a keyword that is not there any more", async () => {
    await world.writes("GAMES");
    await pass(MINUTE);
    await world.writes("OK");
    await world.gateway.unregister(world.caller, keyword);
    await world.writes("STOP");
    expect(await consent()).toMatchObject({ state: "ended" });
  });

  it("goes on though its keyword was deleted meanwhile", async () => {
    await world.writes("GAMES");
    await world.gateway.unregister(world.caller, keyword);
    await pass(DAY + MINUTE);
    expect(forwards()).toEqual(["GAMES: false"]);
  });

  it("is forwarded without asking where its settings are not active", async () => {
    await register("PLAIN", { isActive: false });
    await world.writes("PLAIN");
    expect(forwards()).toEqual(["PLAIN: undefined"]);
    expect(texts()).toEqual([]);
  });

  it("is not forgotten while its person is asked", async () => {
    await world.writes("GAMES");
    expect(await world.quiet.inbounds.forget({ otherwise: world.time.now + 2 * DAY, own: [] }, 100)).toBe(0);
    await pass(DAY + MINUTE);
    expect(forwards()).toEqual(["GAMES: false"]);
    expect(await world.quiet.inbounds.forget({ otherwise: world.time.now + 2 * DAY, own: [] }, 100)).toBe(1);
    expect(states()).toEqual([]);
  });

  it("is settled once, when its time is over as it is answered", async () => {
    await world.writes("GAMES");
    await pass(MINUTE);
    let isFirst = true;
    world.database.around = {
      before: async ({ sql }) => {
        if (!isFirst || !sql.some((one) => one.includes("INSERT INTO inbound"))) return;
        isFirst = false;
        await world.quiet.preauths.expire(world.time.now + 2 * DAY, 10);
      },
    };
    await world.writes("OK");
    expect(states()).toEqual(["expired"]);
    expect(forwards()).toEqual(["GAMES: false"]);
    expect(await consent()).toBeUndefined();
  });
});
