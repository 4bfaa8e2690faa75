/** Texts that go out by SMPP, and what comes back: the whole gateway before a small SMSC. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { octetsOf, toHex } from "../../../src/core/messages/binary.ts";
import { STATUS } from "../../../src/smpp/fields.ts";
import { piecesOf } from "../../../src/smpp/parts.ts";
import { integerOf } from "../../../src/smpp/pdu.ts";
import { newNumber, type TestAccount, useGateway } from "../../support/gateway.ts";
import { Smsc } from "../../support/smsc.ts";

const gateway = useGateway();
let account: TestAccount;
let smsc: Smsc;
let carriers = 0;

beforeAll(async () => {
  account = await gateway.account();
});
afterAll(async () => {
  await smsc?.stop();
});

/** A carrier bound to a new SMSC, to which all of the account's texts go. */
async function carrier(
  settings: Record<string, unknown> = {},
  prepare: (smsc: Smsc) => void = () => {},
): Promise<string> {
  const name = `smsc-${++carriers}`;
  await smsc?.stop();
  smsc = await Smsc.start();
  prepare(smsc);
  await gateway.operator("PUT", `/admin/v1/carriers/${name}`, {
    kind: "smpp",
    settings: { host: "127.0.0.1", port: smsc.port, systemId: "stafett", ...settings },
    secrets: { password: "secret" },
  });
  await gateway.operator("PUT", "/admin/v1/routes/smpp", {
    account: account.id,
    kind: "message",
    prefix: "",
    carriers: [name],
  });
  return name;
}
const state = async (transactionId: string) => (await gateway.message(account, transactionId)).state;
const becomes = (transactionId: string, wanted: string) =>
  expect.poll(() => state(transactionId), { timeout: 15_000 }).toBe(wanted);

describe("octets by SMPP", () => {
  const PORTS = "0605040B8423F0";
  const send = async (content: string) => {
    const path = `/admin/v1/accounts/${account.id}/credentials`;
    const { secret } = await gateway.operator<{ secret: string }>("POST", path, {
      ...{ dialect: "cm", kind: "product-token", name: `token-${carriers}` },
    });
    const body = `<MESSAGES><AUTHENTICATION><PRODUCTTOKEN>${secret}</PRODUCTTOKEN></AUTHENTICATION><MSG><FROM>Shop</FROM>
      <TO>${newNumber().replace("+", "00")}</TO><DCS>245</DCS><MAXIMUMNUMBEROFMESSAGEPARTS>8</MAXIMUMNUMBEROFMESSAGEPARTS>
      <BODY TYPE="BINARY" HEADER="${PORTS}">${content}</BODY></MSG></MESSAGES>`;
    const answer = await gateway.fetch("/gateway.ashx", { method: "POST", body });
    return { status: answer.status, text: await answer.text() };
  };

  it("go out as they are, with their header and class", async () => {
    await carrier();
    expect(await send("01060403AE81EA")).toMatchObject({ text: "" });
    const [submit] = await smsc.until(() => smsc.submits.length > 0 && smsc.submits);
    expect(submit?.body).toMatchObject({ esmClass: 0x40, dataCoding: 0xf5 });
    expect(toHex(submit?.body.shortMessage ?? new Uint8Array())).toBe(`${PORTS}01060403AE81EA`);
  });

  it("go out in parts of 140 octets, each with the header", async () => {
    await carrier();
    expect(await send("A5".repeat(200))).toMatchObject({ text: "" });
    const submits = await smsc.until(() => smsc.submits.length === 2 && smsc.submits);
    const datas = submits.map(({ body }) => toHex(body.shortMessage)).sort();
    expect(datas.map((data) => data.length / 2)).toEqual([140, 84]);
    for (const data of datas) expect(data).toMatch(/^0B0003..020[12]05040B8423F0(?:A5)+$/);
  });

  it("are refused where the only carrier takes texts alone", async () => {
    const name = "no-octets";
    await gateway.operator("PUT", `/admin/v1/carriers/${name}`, {
      ...{ kind: "twilio", settings: { accountSid: `AC${"0".repeat(32)}` }, secrets: { authToken: "token" } },
    });
    const route = { account: account.id, kind: "message", prefix: "", carriers: [name] };
    await gateway.operator("PUT", "/admin/v1/routes/smpp", route);
    expect((await send("00")).text).toMatch(/^Error: ERROR /);
  });
});

describe("a text by SMPP", () => {
  it("is submitted on a bind of ours, and its receipt settles it", async () => {
    await carrier();
    const recipient = newNumber();
    const id = await gateway.send(account, { recipient, content: "Hello € there" });
    const [submit] = await smsc.until(() => smsc.submits.length > 0 && smsc.submits);
    expect(smsc.binds[0]).toMatchObject({
      command: "bind_transceiver",
      body: { systemId: "stafett", password: "secret", interfaceVersion: 0x34 },
    });
    expect(submit?.body).toMatchObject({
      sourceTon: 5,
      source: "Shop",
      destinationTon: 1,
      destinationNpi: 1,
      destination: recipient.slice(1),
      registeredDelivery: 1,
      dataCoding: 0,
    });
    await becomes(id, "sent");
    expect(await gateway.message(account, id)).toMatchObject({ reference: "id-1" });
    const sequence = smsc.receipt(submit as never, "id-1");
    expect((await smsc.answered(sequence)).status).toBe(0);
    await becomes(id, "delivered");
    // The same again changes nothing, and is acknowledged.
    expect((await smsc.answered(smsc.receipt(submit as never, "id-1", "UNDELIV"))).status).toBe(0);
    expect(await state(id)).toBe("delivered");
  });

  it("is settled by a receipt that came before the answer", async () => {
    await carrier({}, (one) => {
      one.answering = () => undefined;
    });
    const id = await gateway.send(account);
    const [submit] = await smsc.until(() => smsc.submits.length > 0 && smsc.submits);
    expect((await smsc.answered(smsc.receipt(submit as never, "early"))).status).toBe(0);
    smsc.answer(submit as never, 0, "early");
    await becomes(id, "delivered");
  });

  it("is settled by its reference, where the answer was lost and the receipt has an id that nobody knows", async () => {
    await carrier({}, (one) => {
      one.answering = () => undefined;
    });
    const id = await gateway.send(account);
    const [submit] = await smsc.until(() => smsc.submits.length > 0 && smsc.submits);
    const userMessageReference = integerOf(submit?.tlvs ?? [], "userMessageReference");
    smsc.cut();
    await becomes(id, "unknown");
    await smsc.until(() => smsc.bound > 0);
    smsc.receipt(submit as never, "nobody-knows", "DELIVRD", { userMessageReference });
    await becomes(id, "delivered");
    expect(smsc.submits).toHaveLength(1);
  });

  it("of several parts is delivered when each of them is, and failed by any", async () => {
    await carrier();
    const [good, bad] = [
      await gateway.send(account, { content: "x".repeat(400) }),
      await gateway.send(account, { content: "Жук ".repeat(30) }),
    ];
    await smsc.until(() => smsc.submits.length === 5);
    await becomes(good, "sent");
    await becomes(bad, "sent");
    const refs = (text: string) =>
      smsc.submits.flatMap((one, index) =>
        (one.body.dataCoding === 8) === (text === bad) ? [{ one, id: `id-${index + 1}` }] : [],
      );
    expect(
      refs(good).map(({ one }) => [...one.body.shortMessage.slice(0, 3), ...one.body.shortMessage.slice(4, 6)]),
    ).toEqual([
      [5, 0, 3, 3, 1],
      [5, 0, 3, 3, 2],
      [5, 0, 3, 3, 3],
    ]);
    for (const { one, id } of refs(good).slice(1)) await smsc.answered(smsc.receipt(one, id));
    expect(await state(good)).toBe("sent");
    const [first] = refs(good);
    await smsc.answered(smsc.receipt(first?.one as never, first?.id ?? ""));
    await becomes(good, "delivered");
    const [failing] = refs(bad);
    await smsc.answered(smsc.receipt(failing?.one as never, failing?.id ?? "", "UNDELIV"));
    await becomes(bad, "failed");
  });

  it("waits while the SMSC says that it is too fast, and is not lost by it", async () => {
    await carrier({ window: 2 }, (one) => {
      one.answering = (_, count) => (count <= 2 ? { status: STATUS.throttled } : { messageId: `ok-${count}` });
    });
    const ids = [await gateway.send(account), await gateway.send(account)];
    for (const id of ids) await becomes(id, "sent");
  });

  it.each([
    { status: STATUS.destinationAddress, reason: "bad-number" },
    { status: STATUS.sourceAddress, reason: "bad-sender" },
    { status: STATUS.submitFailed, reason: "rejected" },
    { status: 0x45b, reason: "rejected" },
  ])("fails with our reason where it is answered with $status", async ({ status, reason }) => {
    await carrier({}, (one) => {
      one.answering = () => ({ status });
    });
    const id = await gateway.send(account);
    await becomes(id, "failed");
    expect(await gateway.message(account, id)).toMatchObject({ reason });
  });

  it("that was answered with success outlives the connection, and each goes out again after it was cut", async () => {
    await carrier();
    const first = await gateway.send(account);
    await becomes(first, "sent");
    smsc.cut();
    await smsc.until(() => smsc.bound > 0);
    const second = await gateway.send(account);
    await becomes(second, "sent");
    const [one, other] = smsc.submits;
    // The receipt of a text that went by the connection before.
    await smsc.answered(smsc.receipt(one as never, "id-1"));
    await smsc.answered(smsc.receipt(other as never, "id-2"));
    await becomes(first, "delivered");
    await becomes(second, "delivered");
  });

  it("goes by several binds, and a receipt comes by any of them", async () => {
    await carrier({ binds: 3, bindType: "pair" });
    const ids = await Promise.all(Array.from({ length: 12 }, () => gateway.send(account)));
    await smsc.until(() => smsc.submits.length === 12);
    for (const id of ids) await becomes(id, "sent");
    const kinds = smsc.binds.map(({ command }) => command);
    expect(new Set(kinds)).toEqual(new Set(["bind_transmitter", "bind_receiver"]));
    for (const [index, submit] of smsc.submits.entries()) {
      await smsc.answered(smsc.receipt(submit, `id-${index + 1}`, "DELIVRD", {}, index));
    }
    for (const id of ids) await becomes(id, "delivered");
  });
});

describe("what people write", () => {
  it("comes in by SMPP, whole, and once, whichever binds its parts come by", async () => {
    const name = await carrier({ binds: 2 });
    await gateway.runtime.tick();
    await smsc.until(() => smsc.bound > 1);
    const [person, number] = [newNumber(), newNumber().replace("+4791", "+4757")];
    await gateway.operator("PUT", `/admin/v1/accounts/${account.id}/senders/${encodeURIComponent(number)}`, {
      kind: "long-number",
      country: "NO",
    });
    const text = `Hei ${"ø".repeat(170)}`;
    const address = { sourceTon: 1, source: person.slice(1), destinationTon: 1, destination: number.slice(1) };
    const [first, second] = piecesOf(text, { by: "udh", reference: 7 });
    const part = (which: number, piece = first) =>
      smsc.tell({ ...address, esmClass: 0x40, shortMessage: piece?.shortMessage as Uint8Array }, {}, which);
    // In the wrong order, one of them twice, and one again when all are there.
    for (const sequence of [part(0, second), part(1, second), part(1, first), part(0, first)])
      expect((await smsc.answered(sequence)).status).toBe(0);
    const inbounds = async () =>
      (await gateway.operator<{ items: Record<string, unknown>[] }>("GET", `/admin/v1/inbound?account=${account.id}`))
        .items;
    await expect.poll(async () => (await inbounds()).map((one) => one.text)).toEqual([text]);
    expect((await inbounds())[0]).toMatchObject({ sender: person, recipient: number, carrier: name });
    const octets = smsc.tell({
      ...address,
      esmClass: 0x40,
      dataCoding: 4,
      shortMessage: octetsOf("060504158A0000FADE"),
    });
    expect((await smsc.answered(octets)).status).toBe(0);
    expect((await inbounds())[0]).toMatchObject({ text: "060504158A0000FADE", binary: { header: 7 }, isStop: false });
    // Twice on one connection is twice; again on the next one is a repeat.
    const ok = () => smsc.tell({ ...address, shortMessage: new TextEncoder().encode("OK then") });
    for (const sequence of [ok(), ok()]) await smsc.answered(sequence);
    smsc.cut();
    await smsc.until(() => smsc.bound > 1);
    await smsc.answered(ok());
    expect((await inbounds()).filter((one) => one.text === "OK then")).toHaveLength(2);
  });
});

describe("an SMSC that cannot be reached", () => {
  it("makes texts wait, and its health says why", async () => {
    const name = await carrier({}, (one) => {
      one.binding = () => STATUS.password;
    });
    const id = await gateway.send(account);
    await smsc.until(() => smsc.binds.length > 0);
    const { health } = await gateway.operator<{ health: { state: string; reason: string } }>(
      "GET",
      `/admin/v1/carriers/${name}`,
    );
    expect(health).toMatchObject({ state: "down", reason: expect.stringContaining("0x0000000e") });
    expect(await state(id)).toBe("accepted");
    // Wrong credentials are not tried again each second.
    expect(smsc.binds).toHaveLength(1);
  });
});
