/** Whose text it is: by mode and precedence, whatever case and spaces, and in no more time than it has letters. */

import { describe, expect, it } from "vitest";
import type { Service } from "../../../src/core/billing/service.ts";
import { type KeywordAt, type KeywordMode, keywordFor, sameness } from "../../../src/core/inbound/keyword.ts";
import { readText } from "../../../src/core/inbound/meaning.ts";
import { flawIn, MOST_STEPS_TOGETHER, stepsIn } from "../../../src/core/inbound/pattern.ts";

/** A keyword by its mode and text; its account and aliases may follow. Those named first are older. */
function keyword(mode: KeywordMode, text: string, { account = "acme", aliases = [] as string[] } = {}): KeywordAt {
  return { id: `${1}`, mode, text, aliases, account } as unknown as KeywordAt;
}

const named = (found: KeywordAt | undefined) => found && `${found.mode} ${found.text}`;

describe("a keyword", () => {
  const fits: [KeywordMode, string, string[], string[]][] = [
    [
      "exact",
      "HELLO",
      ["HELLO", "hello", "  Hello  ", "hello there", "HELLO!", "«hello», I said", "hello\nthere"],
      ["HELLOTHERE", "oh hello", "", "hell o", "hello-there"],
    ],
    ["exact", "hello world", ["Hello  World", "hello world again", "hello\tworld!"], ["hello", "hello worlds"]],
    ["exact", "ærlig", ["ÆRLIG", "Ærlig talt"], ["aerlig"]],
    ["exact", "C++", ["c++", "C++ please"], ["c"]],
    [
      "startswith",
      "HELLO",
      ["HELLO", "helloworld", "  Hello world", "hello, you"],
      ["oh hello", "hell", "", "«hello»"],
    ],
    ["wildcard", "*", ["", "anything", "two\nlines"], []],
    ["wildcard", "*hello*", ["hello", "oh hello there", "HELLO!"], ["hell o", ""]],
    ["wildcard", "V?TE #", ["vote 1", "Vite 9", "  VOTE 3 "], ["vote", "vote 12", "voote 1", "vote x"]],
    ["wildcard", "a*b*c", ["abc", "a b c", "aXbXbXc", "abcabc"], ["ab", "acb", "abcd"]],
    ["wildcard", "a.c", ["a.c"], ["abc"]],
    ["regex", "^vote\\s+[1-9]$", ["vote 1", "VOTE   9", " vote 3 "], ["vote", "vote 0", "vote 12", "a vote 1"]],
    ["regex", "hello", ["oh HELLO there"], ["hell"]],
    ["regex", "^\\D+$", ["abc"], ["abc1"]],
  ];
  const cases = fits.flatMap(([mode, text, those, others]) => [
    ...those.map((given) => ({ mode, text, given, is: true })),
    ...others.map((given) => ({ mode, text, given, is: false })),
  ]);
  it.each(cases)("$mode $text is for $given: $is", ({ mode, text, given, is }) => {
    expect(keywordFor(given, [keyword(mode, text)]) !== undefined).toBe(is);
  });

  it("may be written by any of its aliases", () => {
    const votes = keyword("exact", "VOTE", { aliases: ["STEM", "rösta"] });
    for (const text of ["vote", "stem 1", "RÖSTA"]) expect(keywordFor(text, [votes])).toBe(votes);
    expect(keywordFor("other", [votes])).toBeUndefined();
  });

  it("is the same as another that differs in case and spaces; not so an expression, where case may matter", () => {
    expect(sameness(keyword("exact", " Hello  World"))).toBe(sameness(keyword("exact", "hello world")));
    expect(sameness(keyword("regex", "\\D"))).not.toBe(sameness(keyword("regex", "\\d")));
  });
});

describe("of several keywords", () => {
  const all = [
    keyword("regex", "hello"),
    keyword("regex", "."),
    keyword("wildcard", "*world"),
    keyword("wildcard", "*"),
    keyword("startswith", "HE"),
    keyword("startswith", "HELLO"),
    keyword("startswith", "hello w", { aliases: ["good morning"] }),
    keyword("exact", "HELLO"),
    keyword("exact", "HELLO", { account: "younger" }),
  ];
  const best: [string, string][] = [
    ["hello", "exact HELLO"],
    ["Hello world", "exact HELLO"],
    ["helloworld", "startswith HELLO"],
    ["hey", "startswith HE"],
    ["good morning", "startswith hello w"],
    ["the world", "wildcard *world"],
    ["oh hello", "wildcard *"],
    ["STOP hello", "exact HELLO"],
    ["STOP HEY", "startswith HE"],
    ["STOP", "wildcard *"],
    ["stop all", "wildcard *"],
    ["stop whatever", "wildcard *"],
  ];
  it.each(best)("%j is for %s", (text, which) => {
    expect(named(keywordFor(text, all))).toBe(which);
  });

  it("the oldest has it where two fit as well", () => {
    expect(keywordFor("hello", all)?.account).toBe("acme");
    expect(named(keywordFor("oh hello", all.slice(0, 2)))).toBe("regex hello");
  });

  it("one that is a stop word hears of it before those that are stopped", () => {
    expect(named(keywordFor("STOP hello", [...all, keyword("exact", "STOP")]))).toBe("exact STOP");
    expect(named(keywordFor("STOP hello", [...all, keyword("startswith", "stop hello")]))).toBe(
      "startswith stop hello",
    );
  });
});

describe("where two accounts share a number", () => {
  const keywords = [
    keyword("exact", "NEWS", { account: "paper" }),
    keyword("wildcard", "*", { account: "paper" }),
    keyword("startswith", "GAME", { account: "arcade" }),
  ];
  const service = (id: string, account: string, word?: string) =>
    ({ id, account, ...(word ? { keyword: word } : {}) }) as Service;
  const services = [service("games", "arcade", "GAMES"), service("club", "arcade"), service("plain", "paper")];

  const meanings: [string, { of?: string; service?: string; ended?: string[]; stops?: unknown }][] = [
    ["NEWS please", { of: "exact NEWS" }],
    ["GAMES", { of: "startswith GAME", service: "games" }],
    ["gamer", { of: "startswith GAME" }],
    ["anything", { of: "wildcard *" }],
    ["STOP", { of: "wildcard *", ended: ["games", "club", "plain"], stops: "all" }],
    ["STOP GAMES", { of: "startswith GAME", service: "games", ended: ["games"] }],
    ["STOP NEWS", { of: "exact NEWS", service: "plain", ended: ["plain"], stops: ["1"] }],
    ["STOP gamer", { of: "startswith GAME", ended: ["games", "club", "plain"], stops: "all" }],
    ["STOP what", { of: "wildcard *", ended: ["games", "club", "plain"], stops: "all" }],
  ];
  it.each(meanings)("%j has one owner, and ends what it names", (text, { of, service: its, ended = [], stops }) => {
    const read = readText(text, services, keywords);
    expect({
      of: named(read.keyword),
      service: read.service?.id,
      ended: read.ended.map(({ id }) => id),
      stops: read.stops,
    }).toEqual({ of, service: its, ended, stops });
  });

  it("a STOP is not swallowed by a keyword that only begins like what it names", () => {
    const read = readText("STOP ABO", services, [keyword("startswith", "a", { account: "arcade" })]);
    expect(read.ended.map(({ id }) => id)).toEqual(["games", "club", "plain"]);
    expect(read.stops).toBe("all");
  });

  it("STOP and a word that is a service's and a keyword of the same account ends both", () => {
    const read = readText("STOP NEWS", [service("daily", "paper", "NEWS")], keywords);
    expect(read).toMatchObject({ ended: [{ id: "daily" }], stops: ["1"] });
  });

  it("a long run of marks is looked at once, however many keywords there are", () => {
    const many = Array.from({ length: 500 }, (_, index) => keyword("exact", `WORD${index}`, { account: "paper" }));
    const text = `a${"!".repeat(100_000)}a`;
    expect(keywordFor(text, many)).toBeUndefined();
  });

  it("the account whose service a text names is its owner, though another's keyword would fit", () => {
    const read = readText(
      "CLUB",
      [service("club", "arcade", "CLUB")],
      [keyword("exact", "CLUB", { account: "paper" })],
    );
    expect(read.service?.id).toBe("club");
    expect(read.keyword).toBeUndefined();
  });
});

describe("an expression of a customer", () => {
  const hanging = ["(a+)+$", "(a|aa)+$", "(a|a?)+b", "(.*a){20}b", "^(([a-z])+.)+[A-Z]([a-z])+$", "([ab]*a[ab]{300})c"];
  it.each(hanging)("%s comes to an answer, though it would hang an engine that backtracks", (expression) => {
    expect(flawIn(expression)).toBeUndefined();
    const text = `${"ab".repeat(100)}${"a".repeat(5_000)}!`;
    const found = keywordFor(text, [keyword("regex", expression)]);
    expect([undefined, expression]).toContain(found?.text);
  });

  it("is not tried once an account's are too many steps together; others' are", () => {
    const large = (index: number) => keyword("regex", `(\\p{L}|\\p{N}){150}${index}$`);
    const hundred = Array.from({ length: 100 }, (_, index) => large(index));
    const steps = hundred.slice(0, 50).reduce((sum, { text }) => sum + stepsIn(text), 0);
    expect(steps).toBeGreaterThan(MOST_STEPS_TOGETHER);
    expect(keywordFor("hello", [keyword("regex", "^hello$"), ...hundred])).toBeDefined();
    expect(keywordFor("hello", [...hundred, keyword("regex", "^hello$")])).toBeUndefined();
    expect(keywordFor("hello", [...hundred, keyword("regex", "^hello$", { account: "other" })])).toBeDefined();
  });

  it("of wildcards answers at once, however many there are", () => {
    const begun = performance.now();
    expect(keywordFor("a".repeat(5_000), [keyword("wildcard", `${"*a".repeat(100)}b`)])).toBeUndefined();
    expect(performance.now() - begun).toBeLessThan(500);
  });

  const refused: [string, RegExp][] = [
    ["(?=a)b", /Look-around, back-references/],
    ["(?<!a)b", /Look-around/],
    ["(a)\\1", /invalid escape sequence: `\\1`/],
    ["(?>a)b", /not a regular expression/],
    ["[", /missing closing \]/],
    ["a{5000}", /invalid repeat count/],
    ["(x{1000}){1}(y{1000})", /too large/],
    ["x".repeat(501), /longer than 500 characters/],
  ];
  it.each(refused)("%s is refused, and it is said why", (expression, why) => {
    expect(flawIn(expression)).toMatch(why);
  });

  it.each(["^\\d{4}$", "(?<year>\\d+)", "(?i)x", "\\p{L}+", "a|b", "^(?:yes|no)\\b"])("%s is taken", (expression) => {
    expect(flawIn(expression)).toBeUndefined();
  });
});
