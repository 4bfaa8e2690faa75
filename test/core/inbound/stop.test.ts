/** STOP in eight languages: understood however it is written, and not found where nobody said it. */

import { describe, expect, it } from "vitest";
import { afterStop, stopIn } from "../../../src/core/inbound/stop-words.ts";

const LANGUAGES: Record<string, string[]> = {
  Norwegian: ["STOP", "STOPP", "Avslutt", "AVMELD", "slutt", "STOPP ALT", "stopp alle"],
  Swedish: ["STOPP", "STOPPA", "Avsluta", "avregistrera", "AVANMÄL", "sluta", "STOPPA ALLT", "stopp alla"],
  Danish: ["STOP", "AFMELD", "afslut", "AFMELDING", "slut", "STOP ALT", "afmeld alle"],
  Finnish: ["STOP", "LOPETA", "peruuta", "PERU", "seis", "lopeta kaikki", "STOP KAIKKI"],
  German: ["STOP", "STOPP", "Abmelden", "ABBESTELLEN", "kündigen", "Kuendigen", "beenden", "STOPP ALLES"],
  Dutch: ["STOP", "AFMELDEN", "stopzetten", "Opzeggen", "stoppen", "uit", "STOP ALLES", "afmelden alle"],
  French: ["STOP", "ARRET", "Arrêt", "ARRÊTER", "désabonner", "RÉSILIER", "STOP TOUT", "arret tous"],
  English: ["STOP", "UNSUBSCRIBE", "OPT-OUT", "optout", "END", "Cancel", "QUIT", "STOP ALL", "STOPALL", "end all"],
};

describe.each(Object.entries(LANGUAGES))("in %s", (_, words) => {
  const written = words.flatMap((word) => [word, `${word}!`, `  "${word.toLowerCase()}". `, `${word}\n`, `*${word}*`]);
  it.each(written)("%j asks to end all", (text) => {
    expect(stopIn(text)).toEqual({});
    expect(afterStop(text)).toBe("");
  });
});

describe("a stop word", () => {
  const followed: [string, string, string][] = [
    ["STOP GAMES", "games", "GAMES"],
    ["Stopp: Games, please!", "games", "Games, please!"],
    ["ARRÊT météo", "météo", "météo"],
    ["avsluta  nyheter nu", "nyheter", "nyheter nu"],
    ["AFMELD fjell-post", "fjell-post", "fjell-post"],
    ["-stop- it", "it", "it"],
  ];
  it.each(followed)("is one with words after it: %j", (text, keyword, rest) => {
    expect(stopIn(text)).toEqual({ keyword });
    expect(afterStop(text)).toBe(rest);
  });

  it.each(["STOPALL", "stop-all", "STOP_ALL", "StoppAlle", "stop alt takk", "STOPALL GAMES"])(
    "with a word for all ends all: %j",
    (text) => {
      expect(stopIn(text)).toEqual({});
    },
  );

  it.each(["ＳＴＯＰ", "STOP\u0000", "\u{1F6D1} stop", "kündigen".normalize("NFD"), "\ufeffSTOP"])(
    "is one however it is encoded: %j",
    (text) => {
      expect(stopIn(text)).toEqual({});
    },
  );

  const others = [
    ...["stoppested", "stoppeklokke", "stopwatch", "nonstop", "stop-motion", "stopover", "unstoppable", "stopped"],
    ...["please don't stop", "don't stop", "GAMES STOP", "ikke stopp", "I want to unsubscribe", "full stop"],
    ...["end of the world", "cancel my table", "quit smoking", "remove the snow", "uit Amsterdam", "Peru er fint"],
    ...["slutt opp", "fin de semaine", "ende gut", "stoppen met roken", "s t o p", "", "!!!", "ok", "all", "alt"],
  ];
  it.each(others)("is not found in %j", (text) => {
    expect(stopIn(text)).toBeUndefined();
    expect(afterStop(text)).toBeUndefined();
  });
});
