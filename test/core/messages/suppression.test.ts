/** Opting out: which words do it, at which numbers, and what is not sent any more. */

import { beforeEach, describe, expect, it } from "vitest";
import type { Caller } from "../../../src/core/accounts/account.ts";
import type { Reported } from "../../../src/core/inbound/inbound.ts";
import { wishIn } from "../../../src/core/inbound/wish-words.ts";
import type { NewMessage } from "../../../src/core/messages/new-message.ts";
import { EVERY_SENDER } from "../../../src/core/messages/opt-outs.ts";
import { openWorld, type World } from "../../support/ports.ts";

const OURS = "+12065550100";
const TOLL_FREE = "+18445550100";
const PERSON = "+14255550123";
const OTHER_PERSON = "+14255550124";

describe("a text to a long number of North America", () => {
  const words: { text: string; is: "out" | "in" | undefined }[] = [
    ...["STOP", "stop", "Stop", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"].map((text) => ({
      text,
      is: "out" as const,
    })),
    ...["START", "start", "UNSTOP", "Unstop", "YES"].map((text) => ({ text, is: "in" as const })),
    { text: "  STOP\r\n", is: "out" },
    { text: "\tstart ", is: "in" },
    ...["STOP.", "Stop!", '"STOP"', "(stop)", "Unsubscribe.", "STOP ALL", "opt out", "OPT-OUT", "Opt_out", "STO P"].map(
      (text) => ({ text, is: "out" as const }),
    ),
    // A space that nobody sees, the wide letters of Asian keyboards, and a picture after the word.
    ...["STOP\u200b", "\uff33\uff34\uff2f\uff30", "Stop 🙏"].map((text) => ({ text, is: "out" as const })),
    ...["Start.", "yes!", "un-stop", "Un stop"].map((text) => ({ text, is: "in" as const })),
    ...["STOP PLEASE", "please stop", "Don't stop", "NON-STOP", "STOP 1", "?!", "", " "].map((text) => ({
      text,
      is: undefined,
    })),
    ...["restart", "START NOW", "Y", "yes please"].map((text) => ({ text, is: undefined })),
  ];
  it.each(words)("that says $text asks for $is", ({ text, is }) => {
    expect(wishIn(text, OURS)?.is).toBe(is);
    expect(wishIn(text, TOLL_FREE)?.is).toBe(is);
  });

  it("is known by its word, in small letters and without marks", () => {
    expect(wishIn(" Unsubscribe ", OURS)).toEqual({ is: "out", word: "unsubscribe", language: "en" });
    expect(wishIn("Opt-out!", OURS)).toEqual({ is: "out", word: "optout", language: "en" });
  });

  it.each(["2002", "+4759447000", "+442071838750"])("means the same at %s, but for YES", (number) => {
    expect(wishIn("STOP", number)?.is).toBe("out");
    expect(wishIn("START", number)?.is).toBe("in");
    expect(wishIn("HELP", number)?.is).toBe("help");
    expect(wishIn("YES", number)).toBeUndefined();
  });
});

describe("a person who opted out", () => {
  let world: World;
  let caller: Caller;
  let reports = 0;
  beforeEach(async () => {
    world = await openWorld();
    for (const sender of [OURS, TOLL_FREE]) {
      await world.quiet.accounts.putSender("acme", { sender, kind: "long-number", country: "US" });
    }
    caller = (await world.quiet.accounts.bySecret("telling", "api-key", "a".repeat(64))) as Caller;
  });

  const wanted = (given: Partial<NewMessage> = {}): NewMessage => ({
    sender: OURS,
    recipient: PERSON,
    text: "Hello",
    priority: "normal",
    deliveryMode: "at-most-once",
    validitySeconds: 3_600,
    echo: {},
    ...given,
  });
  const sends = (given: Partial<NewMessage> = {}) => world.gateway.accept(caller, wanted(given));
  const says = (text: string, given: Partial<Reported> = {}): Reported => ({
    carrier: "bank",
    theirId: `opt-${++reports}`,
    sender: PERSON,
    recipient: OURS,
    text,
    ...given,
  });
  const isSuppressed = async (recipient = PERSON, number = OURS) =>
    (await world.quiet.suppressions.among([{ account: "acme", numbers: [number, EVERY_SENDER], recipient }])).length ===
    1;
  const isAnswer = (text: string) => text.startsWith("Acme: ");
  const received = () => world.bank.texts.map(({ text }) => text).filter((text) => !isAnswer(text));
  const answers = () => world.bank.texts.map(({ text }) => text).filter(isAnswer);

  it("is sent nothing more from that number, and whoever tries is told so", async () => {
    await world.gateway.receive([says("STOP")]);
    await expect(sends()).rejects.toMatchObject({ refusal: "opted-out", field: "recipient" });
    await expect(sends({ sender: "1 206-555-0100" })).rejects.toMatchObject({ refusal: "opted-out" });
    await world.work();
    expect(received()).toEqual([]);
  });

  it("may be sent to from any other number, and others from that one", async () => {
    await world.gateway.receive([says("STOP")]);
    await sends({ sender: TOLL_FREE, text: "From elsewhere" });
    await sends({ sender: "2002", text: "From a short number" });
    await sends({ recipient: OTHER_PERSON, text: "To somebody else" });
    await world.work();
    expect(received().sort()).toEqual(["From a short number", "From elsewhere", "To somebody else"]);
  });

  it.each(["START", "unstop", "Yes"])("is sent to again after %s", async (word) => {
    await world.gateway.receive([says("STOP")]);
    await world.gateway.receive([says(word)]);
    await sends();
    await world.work();
    expect(received()).toEqual(["Hello"]);
  });

  it("is told of to the number's account, like whoever else writes", async () => {
    await world.gateway.receive([says("STOP")]);
    const { items } = await world.quiet.webhooks.list({ account: "acme", kind: "inbound" }, { limit: 10 });
    expect(items).toMatchObject([{ event: { inbound: { text: "STOP", sender: PERSON, recipient: OURS } } }]);
  });

  it("is not sent what was accepted before and had not left yet", async () => {
    const { id } = await sends({ reportUrl: "https://shop.example/reports" });
    const { id: other } = await sends({ recipient: OTHER_PERSON, text: "To somebody else" });
    await world.gateway.receive([says("STOP")]);
    await world.gateway.submit([id, other]);
    expect(received()).toEqual(["To somebody else"]);
    expect(await world.quiet.messages.byId(id)).toMatchObject({ state: "failed", reason: "opted-out" });
    expect(await world.quiet.webhooks.ofSubject(id)).toMatchObject([
      { event: { state: "failed", reason: "opted-out" } },
    ]);
  });

  it("is sent what was accepted before, and is sent after they changed their mind", async () => {
    const { id } = await sends();
    await world.gateway.receive([says("STOP")]);
    await world.gateway.receive([says("START")]);
    await world.gateway.submit([id]);
    expect(received()).toEqual(["Hello"]);
  });

  it("is answered once, in the sender's name, also when they write it again, or twice at once", async () => {
    await world.gateway.receive([says("STOP"), says("stop")]);
    await world.gateway.receive([says("QUIT")]);
    await world.work();
    expect(answers()).toEqual(["Acme: You will get no more texts from +12065550100. Reply START to get them again."]);
    await world.gateway.receive([says("START")]);
    await world.gateway.receive([says("START")]);
    await world.work();
    expect(answers().slice(1)).toEqual(["Acme: You will get texts from +12065550100 again. Reply STOP to end them."]);
  });

  it("is told who it is when they ask for help, though they opted out", async () => {
    await world.gateway.receive([says("STOP")]);
    await world.gateway.receive([says("Help!")]);
    await world.work();
    expect(answers().at(-1)).toBe("Acme: You get texts from +12065550100. Reply STOP to end them.");
  });

  it("stays so for ever", async () => {
    await world.gateway.receive([says("STOP")]);
    world.time.now += 10 * 365 * 86_400_000;
    await world.gateway.tidy();
    await expect(sends()).rejects.toMatchObject({ refusal: "opted-out" });
  });

  it("is not opted out anew when an old STOP is reported again", async () => {
    const stop = says("STOP");
    await world.gateway.receive([stop]);
    await world.gateway.receive([says("START")]);
    await world.gateway.receive([stop]);
    expect(await isSuppressed()).toBe(false);
  });

  it("is not opted in by an old START that is reported again", async () => {
    const start = says("START");
    await world.gateway.receive([start]);
    await world.gateway.receive([says("STOP")]);
    await world.gateway.receive([start]);
    expect(await isSuppressed()).toBe(true);
  });

  it.each([
    { words: ["STOP", "START"], is: false },
    { words: ["START", "STOP"], is: true },
    { words: ["STOP", "START", "QUIT"], is: true },
    { words: ["STOP", "STOP"], is: true },
  ])("is taken at their last word where several come in one list: $words", async ({ words, is }) => {
    await world.gateway.receive(words.map((word) => says(word)));
    expect(await isSuppressed()).toBe(is);
    await world.gateway.receive([says("STOP"), says("Hello?"), says("STOP", { sender: OTHER_PERSON })]);
    await world.gateway.receive(words.map((word) => says(word)));
    expect(await isSuppressed()).toBe(is);
    expect(await isSuppressed(OTHER_PERSON)).toBe(true);
  });

  it("is not opted in by an old START in the same list as a new STOP", async () => {
    const start = says("START");
    await world.gateway.receive([start]);
    await world.gateway.receive([says("STOP"), start]);
    expect(await isSuppressed()).toBe(true);
  });

  it("may say so to a number that nobody has", async () => {
    await world.gateway.receive([says("STOP", { recipient: "+12065550199" })]);
    expect((await world.quiet.suppressions.list("acme", {}, { limit: 10 })).items).toEqual([]);
  });

  it("may say so in a message with pictures, and take it back in one", async () => {
    await world.gateway.receive([says("STOP", { channel: "MMS" })]);
    expect(await isSuppressed()).toBe(true);
    await world.gateway.receive([says("START", { channel: "MMS" })]);
    expect(await isSuppressed()).toBe(false);
  });

  it("opts in also where the number is nobody's at that moment, or another's", async () => {
    await world.gateway.receive([says("STOP"), says("STOP", { recipient: TOLL_FREE })]);
    await world.quiet.accounts.removeSender("acme", OURS);
    await world.gateway.receive([says("START")]);
    await world.quiet.accounts.putSender("acme", { sender: OURS, kind: "long-number", country: "US" });
    expect(await isSuppressed()).toBe(false);
    expect(await isSuppressed(PERSON, TOLL_FREE)).toBe(true);
  });

  it("says nothing of the kind on another channel", async () => {
    await world.gateway.receive([says("STOP", { channel: "WhatsApp" })]);
    expect(await isSuppressed()).toBe(false);
  });

  it("is passed over in a list, and the others are sent to", async () => {
    await world.gateway.receive([says("STOP")]);
    const taken = await world.gateway.acceptEach(caller, [wanted(), wanted({ recipient: OTHER_PERSON })]);
    expect(taken).toMatchObject([{ outcome: "refused", error: { refusal: "opted-out" } }, { outcome: "accepted" }]);
    await world.gateway.acceptMany(caller, [{ ...wanted({ text: "In a batch" }), theirId: "batch-1" }]);
    await world.work();
    expect(received()).toEqual(["Hello"]);
  });

  it("gets the first answer repeated to who asks again for what was taken before", async () => {
    const first = await sends({ theirId: "order-1" });
    await world.gateway.receive([says("STOP")]);
    expect((await sends({ theirId: "order-1" })).id).toBe(first.id);
    await expect(sends({ theirId: "order-1", text: "Another text" })).rejects.toMatchObject({ refusal: "opted-out" });
  });

  it("of every sender gets nothing from names and short numbers either, and START does not change that", async () => {
    const everything = { account: "acme", number: EVERY_SENDER, recipient: PERSON };
    const row = { ...everything, word: "asked by phone", source: "operator", createdAt: 0 } as const;
    const before = await sends({ sender: "2002", text: "Accepted before" });
    expect(await world.ports.suppressions.add([row, row])).toBe(1);
    await world.gateway.receive([says("START")]);
    await world.work();
    expect(await world.ports.messages.byId(before.id)).toMatchObject({ state: "failed", reason: "opted-out" });
    await expect(sends({ sender: "2002" })).rejects.toMatchObject({ refusal: "opted-out" });
    const taken = await world.gateway.acceptEach(caller, [
      wanted({ sender: "2002" }),
      wanted({ recipient: OTHER_PERSON }),
    ]);
    expect(taken).toMatchObject([{ outcome: "refused", error: { refusal: "opted-out" } }, { outcome: "accepted" }]);
    expect(await world.ports.suppressions.lift(everything, world.ports.clock.now())).toBe(true);
    await sends({ sender: "2002" });
    await world.work();
    expect(received().toSorted()).toEqual(["Hello", "Hello"]);
  });
});
