/** Who comes to a purchase that is not theirs: what they see of it, what they can do to it, and what it costs to look for more. */

import { describe, expect, it } from "vitest";
import { useCharging } from "../support/charging.ts";
import { newNumber, useGateway } from "../support/gateway.ts";
import { chargesOf, pinOn, visitor } from "../support/shop.ts";

const gateway = useGateway();
const charging = useCharging(gateway);
let orders = 5_000;

/** A purchase that a shop prepared under an id like those that shops give, and the address of its page. */
async function prepared(transactionId = `order-${++orders}`) {
  const seller = await charging.seller();
  const properties = { RedirectUrl: "https://shop.example/basket?order={TransactionId}" };
  await charging.charge(seller, { transactionId, invoiceText: "A private matter", properties });
  const state = async () => (await charging.transaction(seller, transactionId)).state;
  return { seller, transactionId, page: `/${seller.number}/${transactionId}`, state };
}

describe("a stranger who guesses the address of a purchase", () => {
  it("sees the merchant and the price, and not what is bought, until a number is given", async () => {
    const { page } = await prepared();
    const stranger = visitor(gateway);
    const seen = await stranger.open(page);
    expect(seen.html).toContain("The Shop");
    expect(seen.html).toContain("49 kr");
    expect(seen.html).toContain("Hva kjøpet gjelder, ser du når du har oppgitt mobilnummeret ditt.");
    expect(seen.html).not.toContain("A private matter");
    const asked = await stranger.press(seen, "number", { number: newNumber() });
    expect(asked.html).toContain("<h1>A private matter</h1>");
  });

  it("can only leave: the person whom it is for buys all the same", async () => {
    const { page, transactionId, state } = await prepared();
    const stranger = visitor(gateway);
    const left = await stranger.press(await stranger.open(page), "cancel");
    expect(left).toMatchObject({ status: 303, location: `https://shop.example/basket?order=${transactionId}` });
    expect(await state()).toBe("waiting");

    const number = newNumber();
    const person = visitor(gateway);
    const asked = await person.press(await person.open(page), "number", { number });
    const done = await person.press(asked, "pin", { pin: await pinOn(gateway, number) });
    expect(done.location).toBe(`https://shop.example/basket?order=${transactionId}`);
    expect(await chargesOf(gateway, number, 5)).toHaveLength(1);
  });

  it("can only leave with a phone in hand, too, however many PINs are asked for and guessed wrong", async () => {
    const { page, state } = await prepared();
    const stranger = visitor(gateway);
    const theirs = newNumber();
    let asked = await stranger.press(await stranger.open(page), "number", { number: theirs });
    const pin = await pinOn(gateway, theirs);
    const wrong = pin === "1111" ? "2222" : "1111";
    for (let n = 0; n < 3; n++) asked = await stranger.press(asked, "pin", { pin: wrong });
    expect(asked.location).toContain("https://shop.example/basket");
    await stranger.press(await stranger.open(page), "cancel");
    expect(await state()).toBe("waiting");

    const number = newNumber();
    const person = visitor(gateway);
    const own = await person.press(await person.open(page), "number", { number });
    expect(own.html).toContain("Du har 3 forsøk igjen");
    await person.press(own, "pin", { pin: await pinOn(gateway, number) });
    expect(await chargesOf(gateway, number, 5)).toHaveLength(1);
    expect(await chargesOf(gateway, theirs)).toEqual([]);
  });

  it("has three guesses at a phone in all, whatever else is tried in between", async () => {
    const { page } = await prepared();
    const [theirs, another] = [newNumber(), newNumber()];
    const stranger = visitor(gateway);
    const give = async (number: string) => stranger.press(await stranger.open(`${page}?by=pin`), "number", { number });
    let asked = await give(theirs);
    const pin = await pinOn(gateway, theirs);
    const wrong = pin === "1111" ? "2222" : "1111";
    for (let n = 0; n < 2; n++) asked = await stranger.press(asked, "pin", { pin: wrong });
    await give(another);
    await gateway.advance(15);
    expect((await give(theirs)).html).toContain("Du har ett forsøk igjen");
  });
});

describe("a purchase whose address nobody can guess", () => {
  it("is ended by the browser that was sent a PIN, and by no other", async () => {
    const { page, state } = await prepared(crypto.randomUUID());
    const [person, other] = [visitor(gateway), visitor(gateway)];
    const asked = await person.press(await person.open(page), "number", { number: newNumber() });
    await other.press(await other.open(page), "cancel");
    expect(await state()).toBe("waiting");
    await person.press(asked, "cancel");
    expect(await state()).toBe("cancelled");
  });

  it("is not ended by a browser of which nothing is known", async () => {
    const { page, state } = await prepared(crypto.randomUUID());
    const person = visitor(gateway);
    const left = await person.press(await person.open(page), "cancel");
    expect(left.location).toContain("https://shop.example/basket");
    expect(await state()).toBe("waiting");
  });
});

describe("a browser that brings a cookie that is not ours", () => {
  it.each([
    "stafett_session=00000000-0000-4000-8000-000000000000",
    `stafett_session=00000000-0000-4000-8000-000000000000.${"0".repeat(64)}`,
    "stafett_session=.",
    "stafett_session=a.b.c",
  ])("is given another: %s", async (cookie) => {
    const { page } = await prepared();
    const answer = await visitor(gateway).see(page, { headers: { cookie } });
    const given = answer.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
    expect(given).toMatch(/^stafett_session=[0-9a-f-]{36}\.[\w-]+\.[0-9a-f]{64}$/);
    expect(given).not.toContain("00000000-0000-4000");
    const again = await visitor(gateway).see(page, { headers: { cookie: given } });
    expect(again.headers.get("set-cookie")).toContain(`${given};`);
  });
});
