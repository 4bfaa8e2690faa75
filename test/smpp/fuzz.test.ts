import { expect, it } from "vitest";
import { check, mutated, numbers } from "./fuzz.ts";
import { corpus } from "./fuzz-corpus.ts";

it("takes each input of the corpus", () => {
  expect(corpus().length).toBeGreaterThan(40);
  for (const input of corpus()) check(input, numbers(1));
});

it("neither throws nor hangs nor reads past the end of a hostile input", () => {
  const inputs = corpus();
  const next = numbers(26);
  for (let count = 0; count < 20_000; count++) {
    const input = mutated(inputs, next);
    try {
      check(input, next);
    } catch (error) {
      throw new Error(`${error}: ${Buffer.from(input).toString("hex")}`);
    }
  }
});
