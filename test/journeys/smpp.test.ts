/** Customers who speak SMPP: from a bind to the handset, and back. */

import { describe, expect, it } from "vitest";
import { STATUS } from "../../src/smpp/fields.ts";
import { piecesOf } from "../../src/smpp/parts.ts";
import { type PduOf, textOf, toTlvs } from "../../src/smpp/pdu.ts";
import { newNumber } from "../support/gateway.ts";
import { type Customer, useSmppGateway } from "../support/smpp.ts";

const smpp = useSmppGateway();
const { gateway } = smpp;
const ascii = (text: string) => new TextEncoder().encode(text);
const textIn = (told: PduOf<"deliver_sm">) => new TextDecoder("latin1").decode(told.body.shortMessage);

/** As the gateway's helpers take an account. */
const account = ({ id }: Customer) => ({ id, number: 0, apiKey: "" });
const to = (number: string) => ({ source: "Shop", destination: number.slice(1), shortMessage: ascii("Hello") });
const idIn = (answer: unknown) => (answer as PduOf<"submit_sm_resp">).body.messageId;

describe("a text over SMPP", () => {
  it("is committed before it is answered, reaches the handset, and comes back as a receipt", async () => {
    const customer = await smpp.customer();
    const esme = await smpp.esme(customer);
    const number = newNumber();
    const answer = await esme.ask("submit_sm", { ...to(number), registeredDelivery: 1 });
    expect(answer.status).toBe(STATUS.ok);
    const id = idIn(answer);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(await gateway.message(account(customer), id)).toMatchObject({ recipient: number });

    const [handset] = await gateway.handset(number, { wait: 10 });
    expect(handset).toMatchObject({ from: "Shop", text: "Hello" });
    const [receipt] = await esme.toldSome(1);
    expect(receipt?.body).toMatchObject({ esmClass: 4, source: number.slice(1), destination: "Shop", dataCoding: 0 });
    expect(textIn(receipt as never)).toMatch(
      new RegExp(`^id:${id} submit date:\\d{14} done date:\\d{14} stat:DELIVRD err:000$`),
    );
    expect(textOf(receipt?.tlvs ?? [], "receiptedMessageId")).toBe(id);
  });

  it.each(["udh", "sar", "payload"] as const)("of several parts arrives as one text: by %s", async (by) => {
    const esme = await smpp.esme(await smpp.customer());
    const number = newNumber();
    const text = `${"€".repeat(100)} and so on `.repeat(3);
    const pieces = piecesOf(text, { by, reference: 9 });
    // In whatever order they come.
    const answers = await Promise.all(
      pieces
        .map((piece) =>
          esme.ask(
            "submit_sm",
            { ...to(number), esmClass: piece.esmClass, shortMessage: piece.shortMessage, registeredDelivery: 1 },
            toTlvs(piece.tlvs),
          ),
        )
        .reverse(),
    );
    expect(answers.map(({ status }) => status)).toEqual(pieces.map(() => 0));
    const [handset, ...others] = await gateway.handset(number, { wait: 10 });
    expect(handset?.text).toBe(text);
    expect(others).toEqual([]);
    // A receipt for each part that asked.
    const receipts = await esme.toldSome(pieces.length);
    expect(new Set(receipts.map((one) => textOf(one.tlvs, "receiptedMessageId")))).toEqual(new Set(answers.map(idIn)));
  });

  it("takes a part once that is sent twice, and joins parts that come by two binds", async () => {
    const customer = await smpp.customer();
    const [one, other] = [await smpp.esme(customer), await smpp.esme(customer, "bind_transmitter")];
    const number = newNumber();
    const [first, second] = piecesOf("x".repeat(200), { by: "udh", reference: 0 });
    const part = (piece = first) => ({
      ...to(number),
      esmClass: 0x40,
      shortMessage: piece?.shortMessage as Uint8Array,
    });
    const ids = [await one.ask("submit_sm", part()), await one.ask("submit_sm", part())].map(idIn);
    expect(ids[0]).toBe(ids[1]);
    expect((await other.ask("submit_sm", part(second))).status).toBe(0);
    expect((await gateway.handset(number, { wait: 10 })).map(({ text }) => text)).toEqual(["x".repeat(200)]);
  });

  it("is passed on as far as it came, when a part is missing for a minute", async () => {
    const customer = await smpp.customer();
    const esme = await smpp.esme(customer);
    const number = newNumber();
    const [, second] = piecesOf("y".repeat(200), { by: "udh", reference: 3 });
    const body = {
      ...to(number),
      esmClass: 0x40,
      shortMessage: second?.shortMessage as Uint8Array,
      registeredDelivery: 1,
    };
    expect((await esme.ask("submit_sm", body)).status).toBe(0);
    await gateway.advance(120);
    await esme.ask("enquire_link");
    const [handset] = await gateway.handset(number, { wait: 10 });
    expect(handset?.text).toBe("y".repeat(47));
  });

  it("may be queried, changed and cancelled while it waits for its time, by its own customer only", async () => {
    const customer = await smpp.customer();
    const [esme, stranger] = [await smpp.esme(customer), await smpp.esme(await smpp.customer())];
    const number = newNumber();
    const later = { ...to(number), scheduleDeliveryTime: "000000010000000R" };
    const messageId = idIn(await esme.ask("submit_sm", later));
    const known = { messageId, source: "Shop" };

    expect(await esme.ask("query_sm", known)).toMatchObject({
      status: 0,
      body: { messageId, messageState: 1, finalDate: "" },
    });
    expect((await stranger.ask("query_sm", known)).status).toBe(STATUS.messageId);
    expect((await esme.ask("query_sm", { messageId, source: "Other" })).status).toBe(STATUS.messageId);
    expect((await stranger.ask("cancel_sm", known)).status).toBe(STATUS.messageId);

    const expiry = async () => Date.parse(String((await gateway.message(account(customer), messageId)).expiresAt));
    const before = await expiry();
    // Relative times count from when they come: two hours from now is one after it is sent.
    const change = { ...known, shortMessage: ascii("Changed") };
    expect((await esme.ask("replace_sm", { ...change, validityPeriod: "000000003000000R" })).status).toBe(
      STATUS.validity,
    );
    expect(await expiry()).toBe(before);
    expect((await esme.ask("replace_sm", { ...change, validityPeriod: "000000020000000R" })).status).toBe(0);
    const after = await expiry();
    expect(before - after).toBeGreaterThan(2.9 * 3_600_000);
    // What is left out stays as it was.
    expect((await esme.ask("replace_sm", change)).status).toBe(0);
    expect(Math.abs((await expiry()) - after)).toBeLessThan(2_000);
    await gateway.advance(3_700);
    expect((await gateway.handset(number, { wait: 10 })).map(({ text }) => text)).toEqual(["Changed"]);
    expect((await esme.ask("replace_sm", { ...known, shortMessage: ascii("Late") })).status).toBe(STATUS.replaceFailed);
    expect((await esme.ask("cancel_sm", known)).status).toBe(STATUS.cancelFailed);

    const other = idIn(await esme.ask("submit_sm", later));
    expect((await esme.ask("cancel_sm", { messageId: other, source: "Shop" })).status).toBe(0);
    expect(await esme.ask("query_sm", { messageId: other, source: "Shop" })).toMatchObject({
      body: { messageState: 4 },
    });
  });
});

describe("what a customer is told", () => {
  it("waits while he is away, and comes when he binds again, in its order", async () => {
    const customer = await smpp.customer();
    const transmitter = await smpp.esme(customer, "bind_transmitter");
    const ids: string[] = [];
    for (let count = 0; count < 4; count++) {
      ids.push(idIn(await transmitter.ask("submit_sm", { ...to(newNumber()), registeredDelivery: 1 })));
      await gateway.advance(5);
    }
    await transmitter.ask("unbind");
    await gateway.advance(1_800);

    const receiver = await smpp.esme(customer, "bind_receiver");
    const told = await receiver.toldSome(4);
    expect(told.map((one) => textOf(one.tlvs, "receiptedMessageId"))).toEqual(ids);
    const webhooks = await gateway.webhooks(account(customer), { state: "answered" });
    expect(webhooks.length).toBeGreaterThanOrEqual(4);
  });

  it("comes again until it is acknowledged", async () => {
    const customer = await smpp.customer();
    const esme = await smpp.esme(customer);
    let count = 0;
    esme.answers = () => (++count === 1 ? STATUS.temporaryAppError : 0);
    const id = idIn(await esme.ask("submit_sm", { ...to(newNumber()), registeredDelivery: 1 }));
    await esme.toldSome(1);
    await expect.poll(async () => (await gateway.webhooks(account(customer), { state: "owed" })).length).toBe(1);
    await gateway.advance(90);
    const told = await esme.toldSome(2);
    expect(told.map((one) => textOf(one.tlvs, "receiptedMessageId"))).toEqual([id, id]);
  });

  it("is only what he asked for: nothing, failures alone, or also that it is on its way", async () => {
    const esme = await smpp.esme(await smpp.customer());
    const quiet = [0, 2].map((registeredDelivery) => esme.ask("submit_sm", { ...to(newNumber()), registeredDelivery }));
    await Promise.all(quiet);
    const id = idIn(await esme.ask("submit_sm", { ...to(newNumber()), registeredDelivery: 0x11 }));
    const told = await esme.toldSome(2);
    expect(told.map((one) => [one.body.esmClass, textOf(one.tlvs, "receiptedMessageId")])).toEqual([
      [0x20, id],
      [0x04, id],
    ]);
    expect(textIn(told[0] as never)).toContain("stat:ENROUTE");
  });

  it("tells of a failure with CM's error", async () => {
    const esme = await smpp.esme(await smpp.customer());
    // The network has barred this subscriber.
    await esme.ask("submit_sm", { ...to("+4700000020"), registeredDelivery: 2 });
    const [told] = await esme.toldSome(1);
    expect(textIn(told as never)).toMatch(/stat:UNDELIV err:023$/);
  });

  it("holds inbound texts, too, where the account's address is his session", async () => {
    const customer = await smpp.customer();
    const number = newNumber().replace("+4791", "+4759");
    await gateway.operator("PUT", `/admin/v1/accounts/${customer.id}/senders/${encodeURIComponent(number)}`, {
      kind: "long-number",
      country: "NO",
    });
    await gateway.operator("PUT", `/admin/v1/accounts/${customer.id}/callbacks/cm`, {
      messageUrl: `smpp://${customer.systemId}`,
    });
    const person = newNumber();
    const text = `Hei på deg ${"å".repeat(200)}`;
    await gateway.operator("POST", `/sandbox/v1/handsets/${encodeURIComponent(person)}/messages`, { to: number, text });
    const esme = await smpp.esme(customer, "bind_receiver");
    const told = await esme.toldSome(2);
    expect(told.map(({ body }) => [body.esmClass, body.source, body.destination])).toEqual([
      [0x40, person.slice(1), number.slice(1)],
      [0x40, person.slice(1), number.slice(1)],
    ]);
  });

  it("is in the form that the account has chosen", async () => {
    const esme = await smpp.esme(await smpp.customer({ receipts: "classic", pdu: "data_sm" }));
    await esme.ask("submit_sm", { ...to(newNumber()), registeredDelivery: 1 });
    const [told] = await esme.toldSome(1);
    expect(told?.command).toBe("data_sm");
    expect(textOf(told?.tlvs ?? [], "payload" as never)).toMatch(
      / sub:001 dlvrd:001 submit date:\d{10} .* text:Hello$/,
    );
  });

  it("is not another account's", async () => {
    const [one, other] = [await smpp.customer(), await smpp.customer()];
    const answer = await gateway.operator("PUT", `/admin/v1/accounts/${one.id}/callbacks/cm`, {
      messageUrl: `smpp://${other.systemId}`,
    });
    expect(answer).toMatchObject({ messageUrl: `smpp://${other.systemId}` });
    const number = newNumber().replace("+4791", "+4758");
    await gateway.operator("PUT", `/admin/v1/accounts/${one.id}/senders/${encodeURIComponent(number)}`, {
      kind: "long-number",
      country: "NO",
    });
    await smpp.esme(other);
    await gateway.operator("POST", `/sandbox/v1/handsets/${encodeURIComponent(newNumber())}/messages`, {
      to: number,
      text: "Hi",
    });
    await expect
      .poll(async () => (await gateway.webhooks(account(one)))[0]?.history.at(-1))
      .toMatchObject({ event: "webhook.attempted", status: 403 });
  });
});
