/** The long run of the codec's fuzzer: `npm run smpp-fuzz -- --inputs 10000000 --seed 1`. Prints an input that breaks a promise. */

import { parseArgs } from "node:util";
import { check, mutated, numbers } from "../test/smpp/fuzz.ts";
import { corpus } from "../test/smpp/fuzz-corpus.ts";

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Date.now() % 1e9) },
  },
});
const total = Number(values.inputs);
const next = numbers(Number(values.seed));
const inputs = corpus();
const begun = Date.now();

for (let count = 1; count <= total; count++) {
  const input = mutated(inputs, next);
  try {
    check(input, next);
  } catch (error) {
    console.error(`${error}\nadd this line to test/smpp/corpus/pdus.hex:\n${Buffer.from(input).toString("hex")}`);
    process.exit(1);
  }
  if (count % 1_000_000 === 0) console.log(`${count} inputs, ${Math.round((Date.now() - begun) / 1000)} s`);
}
console.log(`${total} inputs from seed ${values.seed}: no promise was broken`);
