/** What an account does not send, though it was asked to: texts to countries that it does not allow, duplicates and loops. */

import { beforeEach, describe, expect, it } from "vitest";
import type { Caller } from "../../../src/core/accounts/account.ts";
import type { MessageId } from "../../../src/core/kernel/ids.ts";
import { isAllowedRecipient } from "../../../src/core/messages/allowed-countries.ts";
import type { NewMessage } from "../../../src/core/messages/new-message.ts";
import { MERCHANT, NUMBER, openWorld, type World } from "../../support/ports.ts";

const NORWEGIAN = "+4798079008";
const SWEDISH = "+46701234567";

let world: World;
let caller: Caller;
beforeEach(async () => {
  world = await openWorld();
  caller = world.caller;
});

async function chooses(settings: Record<string, unknown>): Promise<void> {
  await world.quiet.accounts.change("acme", { settings }, world.time.now);
  const account = await world.quiet.accounts.byId("acme");
  if (account) caller = { ...world.caller, account };
}

const wanted = (given: Partial<NewMessage> = {}): NewMessage => ({
  sender: NUMBER,
  recipient: NORWEGIAN,
  text: "Hello",
  priority: "normal",
  deliveryMode: "at-most-once",
  validitySeconds: 3_600,
  echo: {},
  ...given,
});
const sends = (given: Partial<NewMessage> = {}) => world.gateway.accept(caller, wanted(given));

describe("the countries of an account", () => {
  it.each([
    { countries: ["NO"], to: NORWEGIAN, is: true },
    { countries: ["NO"], to: SWEDISH, is: false },
    { countries: ["SE", "NO"], to: SWEDISH, is: true },
    // Canada and the Bahamas have the calling code of the United States, and prices of their own.
    { countries: ["US"], to: "+12065550100", is: true },
    { countries: ["US"], to: "+14165550123", is: false },
    { countries: ["US"], to: "+12425551234", is: false },
    // A satellite's numbers are of no country.
    { countries: ["NO"], to: "+88216123456", is: false },
    { countries: ["NO"], to: "somebody", is: true },
    { countries: undefined, to: "+88216123456", is: true },
  ])("$countries: $to is allowed: $is", ({ countries, to, is }) => {
    expect(isAllowedRecipient(countries ? { countries } : {}, to)).toBe(is);
  });

  it("are the only ones that it sends to, and a refusal says which they are", async () => {
    await chooses({ countries: ["NO", "DK"] });
    await expect(sends({ recipient: SWEDISH })).rejects.toMatchObject({
      refusal: "country-closed",
      field: "recipient",
      message: "the number is of SE, and this account sends only to NO, DK",
    });
    await world.gateway.submit([(await sends()).id]);
    expect(world.bank.texts).toHaveLength(1);
  });

  it("keep a code from being sent, too", async () => {
    await chooses({ countries: ["NO"] });
    const otp = { merchant: MERCHANT, minutes: 5, recurring: false, echo: {} };
    const sendOtp = (recipient: string) => world.gateway.sendOtp(caller, { theirId: recipient, recipient, ...otp });
    await expect(sendOtp(SWEDISH)).rejects.toMatchObject({ refusal: "country-closed" });
    await sendOtp(NORWEGIAN);
    const pincode = { digits: 4, tries: 3, seconds: 300, once: true };
    const sendPincode = (recipient: string) =>
      world.gateway.sendPincode(caller, {
        theirId: recipient,
        ...pincode,
        message: (code) => wanted({ recipient, text: code }),
      });
    await expect(sendPincode(SWEDISH)).rejects.toMatchObject({ refusal: "country-closed" });
    await sendPincode(NORWEGIAN);
    const register = { merchant: MERCHANT, msisdn: SWEDISH, shortNumber: NUMBER };
    await expect(world.gateway.sendRegistration(caller, register)).rejects.toMatchObject({ refusal: "country-closed" });
  });

  it("that are closed later do not change the answer to a request that was accepted before", async () => {
    const first = await sends({ theirId: "offer-1", recipient: SWEDISH });
    await chooses({ countries: ["NO"] });
    expect((await sends({ theirId: "offer-1", recipient: SWEDISH })).id).toBe(first.id);
    await expect(sends({ theirId: "offer-1", recipient: SWEDISH, text: "Other" })).rejects.toMatchObject({
      refusal: "country-closed",
    });
  });
});

describe("the same text to the same person", () => {
  const sendsEach = async (texts: readonly Partial<NewMessage>[], atomic = false) => {
    const taken = await world.gateway.acceptEach(caller, texts.map(wanted), { atomic });
    return taken.map((one) => (one.outcome === "refused" ? one.error.refusal : one.outcome));
  };

  it("is sent as often as it is asked for, unless the account minds", async () => {
    await Promise.all([sends(), sends(), sends()]);
    expect(await sendsEach([{}, {}])).toEqual(["accepted", "accepted"]);
    expect(await sendsEach([{}, {}], true)).toEqual(["accepted", "accepted"]);
  });

  it("is refused within the account's seconds, and sent again after them", async () => {
    await chooses({ duplicateSeconds: 300 });
    await sends();
    world.time.now += 299_000;
    const again = { refusal: "repeated", message: "the same text was sent to this person less than 300 s ago" };
    await expect(sends()).rejects.toMatchObject(again);
    world.time.now += 2_000;
    await sends();
    await expect(sends()).rejects.toMatchObject(again);
  });

  it("is another text if a word, its sender or its person is another, or if the first one failed", async () => {
    await chooses({ duplicateSeconds: 300 });
    const first = await sends();
    await sends({ text: "Hello!" });
    await sends({ recipient: SWEDISH });
    await sends({ sender: "Shop", anySender: true });
    await world.database.d1.prepare("UPDATE message SET state = 'failed' WHERE id = ?1").bind(first.id).run();
    await sends();
  });

  it("is not told by its text alone where it has rich content", async () => {
    await chooses({ duplicateSeconds: 300 });
    const card = (header: string) => ({ text: "", rich: { bubbles: [{ header }], buttons: [], given: {} } });
    await sends(card("Shoes"));
    await sends(card("Hats"));
  });

  it("has its first answer where it is the same request, by its id", async () => {
    await chooses({ duplicateSeconds: 300 });
    const first = await sends({ theirId: "a-1" });
    expect((await sends({ theirId: "a-1" })).id).toBe(first.id);
    await expect(sends({ theirId: "a-2" })).rejects.toMatchObject({ refusal: "repeated" });
  });

  it("is sent once of many requests at once, and of the same request", async () => {
    await chooses({ duplicateSeconds: 300 });
    const all = await Promise.allSettled([sends(), sends(), sends(), sends()]);
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const other = { text: "Other" };
    expect(await sendsEach([{}, other, other])).toEqual(["repeated", "accepted", "repeated"]);
  });

  it("keeps a request back that is taken all or none", async () => {
    await chooses({ duplicateSeconds: 300 });
    expect(await sendsEach([{ text: "A" }, { text: "B" }, { text: "B" }], true)).toEqual([
      "accepted",
      "accepted",
      "repeated",
    ]);
    expect(await sendsEach([{ text: "A" }, { text: "B" }], true)).toEqual(["accepted", "accepted"]);
    expect(await sendsEach([{ text: "A" }, { text: "C" }], true)).toEqual(["repeated", "accepted"]);
    expect(await sendsEach([{ text: "C" }], true)).toEqual(["accepted"]);
  });

  it("keeps one of two such requests back that come at once, and says for which text", async () => {
    await chooses({ duplicateSeconds: 300 });
    const outcomes = await Promise.all([
      sendsEach([{ text: "A" }, { text: "B" }], true),
      sendsEach([{ text: "B" }, { text: "C" }], true),
    ]);
    expect(outcomes).toContainEqual(["accepted", "accepted"]);
    expect(outcomes.flat().filter((one) => one === "repeated")).toHaveLength(1);
    const { results } = await world.database.d1.prepare("SELECT id FROM message").all();
    expect(results).toHaveLength(2);
  });

  it("is left out of a batch, and the others go", async () => {
    await chooses({ duplicateSeconds: 300 });
    const items = ["A", "A", "B"].map((text, at) => ({ ...wanted({ text }), theirId: `b-${at}` }));
    await world.gateway.acceptMany(caller, items);
    await world.gateway.acceptMany(caller, items);
    const { results } = await world.database.d1.prepare("SELECT their_id FROM message ORDER BY their_id").all();
    expect(results).toEqual([{ their_id: "b-0" }, { their_id: "b-2" }]);
  });
});

describe("a loop", () => {
  it("is stopped after as many identical texts as the account allows, told of and counted", async () => {
    await chooses({ loopGuard: { most: 2, seconds: 60 } });
    const ids: MessageId[] = [];
    for (let n = 0; n < 4; n++) ids.push((await sends()).id);
    ids.push((await sends({ text: "Another" })).id);
    await world.gateway.submit(ids);
    const messages = await world.quiet.messages.byIds(ids);
    const isStopped = ids.map((id) => messages.find((one) => one.id === id)?.reason === "stopped");
    expect(isStopped).toEqual([false, false, true, true, false]);
    expect(messages.find(({ id }) => id === ids[2])?.history.at(-1)).toMatchObject({ event: "loop.stopped" });
    expect(world.counted.filter(({ name }) => name === "loop_stopped")).toEqual([
      { name: "loop_stopped", labels: { account: "acme" }, count: 1 },
      { name: "loop_stopped", labels: { account: "acme" }, count: 1 },
    ]);
  });
});
