/** `stafett seed`: something to look at, in a sandbox where nothing has happened yet. */

import { type Command, wholeNumber } from "../command.ts";
import { operatorOf, TARGET_OPTIONS } from "../target.ts";

const PEOPLE = ["+4798079008", "+4791234567", "+4790111213", "+4799887766", "+4745678901", "+4700000010"];
const TEXTS = [
  "Your code is 4821. It is valid for ten minutes.",
  "Your parcel is ready at Coop Extra Storo. Bring code 7733.",
  "Appointment tomorrow at 09:40. Answer NO to cancel.",
  "Takk for kjøpet! Kvitteringen er sendt på e-post.",
  "Din bil er klar på verkstedet. Åpent til kl. 17.",
];
const ANSWERS = ["NO", "Thank you!", "Hva er åpningstidene?"];
const ANSWERED_TO = "2002";

export const seed: Command = {
  name: "seed",
  summary: "Fill the sandbox with some texts, answers and people",
  takes: "",
  words: [0, 0],
  options: {
    texts: { value: "N", says: "how many texts (20)" },
    ...TARGET_OPTIONS,
  },
  examples: ["seed", "seed --texts 500"],

  async run(given) {
    const count = wholeNumber("--texts", given.text("texts") ?? "20", 1, 10_000);
    const ask = operatorOf(given);
    const path = (number: string) => encodeURIComponent(number);
    await ask("PUT", `/sandbox/v1/subscribers/${path("+4791234567")}`, { age: 17, prepaidBalance: 10_000 });
    await ask("PUT", `/sandbox/v1/subscribers/${path("+4790111213")}`, {
      firstName: "Berit",
      lastName: "Berg",
      city: "Bergen",
    });
    await inTurns(count, (n) =>
      ask("POST", "/admin/v1/messages", {
        account: "demo",
        sender: "Stafett",
        recipient: PEOPLE[n % PEOPLE.length],
        text: TEXTS[n % TEXTS.length],
      }),
    );
    for (const [index, text] of ANSWERS.entries()) {
      await ask("POST", `/sandbox/v1/handsets/${path(PEOPLE[index] ?? "")}/messages`, { to: ANSWERED_TO, text });
    }
    console.log(
      `${count} texts to ${PEOPLE.length} phones, ${ANSWERS.length} answers to ${ANSWERED_TO}, 2 subscribers.`,
    );
  },
};

/** Does it for each number, a few at a time, and says how far it is. */
async function inTurns(count: number, one: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const n = next++;
      await one(n);
      if (process.stderr.isTTY && n % 10 === 9) process.stderr.write(`\r${n + 1} of ${count}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
}
