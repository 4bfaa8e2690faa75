/** STOP: a person's word is understood however it is written, and ends what it names, or all. */

import { describe, expect, it } from "vitest";
import type { Service } from "../../../src/core/billing/service.ts";
import { meaningOf } from "../../../src/core/inbound/stop.ts";
import { isStopWord, stopIn } from "../../../src/core/inbound/stop-words.ts";

describe("a text", () => {
  const all = ["STOP", "stop", " Stop! ", "STOPP", "stoppa", "AVSLUTT", "unsubscribe", "STOPALL", "stopall games"];
  it.each([...all, "STOP ALL", "stop alt", "Stopp alle", "stop.", "«STOP»", "STOP\n", "stop everything"])(
    "%j asks to end all",
    (text) => {
      expect(stopIn(text)).toEqual({});
    },
  );

  it.each([
    ["STOP GAMES", "games"],
    ["stop  games now", "games"],
    ["Stopp: Games!", "games"],
    ["STOP\nGAMES", "games"],
    ["avslutt fjell-post", "fjell-post"],
    ["STOP ÆRLIG", "ærlig"],
  ])("%j asks to end one", (text, keyword) => {
    expect(stopIn(text)).toEqual({ keyword });
  });

  it.each(["", "!!!", "GAMES", "GAMES STOP", "please stop", "stopwatch", "nonstop", "OK", "s t o p"])(
    "%j asks for no end",
    (text) => {
      expect(stopIn(text)).toBeUndefined();
    },
  );

  it.each(["stop", "STOPP", "StopAll", "unsubscribe"])("%s is a stop word", (word) => {
    expect(isStopWord(word)).toBe(true);
  });
});

describe("at a number where games and news are sold, and one thing without a keyword", () => {
  const service = (id: string, keyword?: string) => ({ id, ...(keyword ? { keyword } : {}) }) as Service;
  const services = [
    service("games", "GAMES"),
    service("more-games", "games"),
    service("news", "News"),
    service("plain"),
  ];
  const everything = ["games", "more-games", "news", "plain"];

  const meanings: [string, { isStop: boolean; ended: string[]; keyword?: string; service?: string }][] = [
    ["STOP", { isStop: true, ended: everything }],
    ["STOP ALL", { isStop: true, ended: everything }],
    ["STOP GAMES", { isStop: true, ended: ["games", "more-games"], keyword: "GAMES", service: "games" }],
    ["stop news", { isStop: true, ended: ["news"], keyword: "News", service: "news" }],
    ["STOP whatever this is", { isStop: true, ended: everything }],
    ["STOP STOP", { isStop: true, ended: everything }],
    ["GAMES", { isStop: false, ended: [], keyword: "GAMES", service: "games" }],
    ["news please", { isStop: false, ended: [], keyword: "News", service: "news" }],
    ["OK", { isStop: false, ended: [] }],
    ["", { isStop: false, ended: [] }],
  ];
  it.each(meanings)("%j means %j", (text, meaning) => {
    const { isStop, ended, keyword, service } = meaningOf(text, services);
    expect({
      isStop,
      ended: ended.map(({ id }) => id),
      ...(keyword ? { keyword } : {}),
      ...(service ? { service: service.id } : {}),
    }).toEqual(meaning);
  });

  it("STOP is about the only thing that is sold there", () => {
    expect(meaningOf("STOP", [service("plain")]).service?.id).toBe("plain");
  });

  it("STOP is STOP where nothing is sold", () => {
    expect(meaningOf("STOP", [])).toEqual({ isStop: true, ended: [] });
  });

  it("a service whose keyword is a stop word is not what STOP names", () => {
    expect(meaningOf("STOP STOPP", [service("odd", "stopp"), service("games", "games")]).ended).toHaveLength(2);
  });
});
