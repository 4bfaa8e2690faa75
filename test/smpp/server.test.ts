/** What a customer's program may do, and what it is answered: a case for each, over TCP, through the bridge and the gateway. */

import { describe, expect, it } from "vitest";
import { type Command, STATUS } from "../../src/smpp/fields.ts";
import { piecesOf } from "../../src/smpp/parts.ts";
import { type BodyOf, encode, type Pdu, type PduOf, pdu, type TlvValues, toTlvs } from "../../src/smpp/pdu.ts";
import { toAbsolute } from "../../src/smpp/times.ts";
import type { Bind } from "../support/esme.ts";
import { BEGINS_AT, newNumber } from "../support/gateway.ts";
import { type Customer, useSmppGateway } from "../support/smpp.ts";

const smpp = useSmppGateway();
const ascii = (text: string) => new TextEncoder().encode(text);
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s/g, ""), "hex"));
const hello = (change: Partial<BodyOf<"submit_sm">> = {}): Partial<BodyOf<"submit_sm">> => ({
  source: "Shop",
  destination: newNumber().slice(1),
  shortMessage: ascii("Hello"),
  ...change,
});
const joined = (...pdus: readonly Pdu[]) => Buffer.concat(pdus.map(encode));
const link = (sequence: number) => pdu("enquire_link", { sequence });

describe("the wire", () => {
  it("takes PDUs octet by octet", async () => {
    const esme = await smpp.esme(await smpp.customer());
    for (const octet of encode(pdu("submit_sm", { sequence: 77, body: hello() }))) esme.write(Uint8Array.of(octet));
    expect(await esme.answerTo(77)).toMatchObject({ command: "submit_sm_resp", status: 0 });
  });

  it("answers a thousand PDUs of one piece", async () => {
    const esme = await smpp.esme(await smpp.customer());
    esme.write(joined(...Array.from({ length: 1_000 }, (_, index) => link(index + 1_000))));
    await Promise.all([1_000, 1_500, 1_999].map((sequence) => esme.answerTo(sequence)));
  });

  it.each([0, 4, 8, 15])("answers a length of %i with generic_nack, and closes", async (length) => {
    const esme = await smpp.esme(await smpp.customer());
    esme.write(Uint8Array.of(0, 0, 0, length, 0, 0, 0, 0));
    expect(await esme.waitFor(() => true)).toMatchObject({
      command: "generic_nack",
      status: STATUS.commandLength,
      sequence: 0,
    });
    await esme.closed;
  });

  it.each([
    { name: "HTTP", octets: ascii("GET / HTTP/1.1\r\nHost: x\r\n\r\n") },
    { name: "TLS", octets: hex("16030100c8010000c40303") },
  ])("closes without a word where $name is spoken", async ({ octets }) => {
    const stranger = await smpp.stranger();
    let said = 0;
    stranger.socket.on("data", (data) => {
      said += data.length;
    });
    stranger.write(octets);
    await stranger.closed;
    expect(said).toBe(0);
  });

  it("closes at a length of 4 GiB", async () => {
    const esme = await smpp.esme(await smpp.customer());
    esme.write(hex("ffffffff00000004"));
    await esme.closed;
  });

  it("answers an unknown command with generic_nack and its sequence, and goes on", async () => {
    const esme = await smpp.esme(await smpp.customer());
    esme.write(hex("00000010 00000099 00000000 00000055"));
    expect(await esme.answerTo(0x55)).toMatchObject({ command: "generic_nack", status: STATUS.commandId });
    expect((await esme.ask("enquire_link")).status).toBe(0);
  });

  it("never answers a generic_nack, nor a response that nobody waits for", async () => {
    const esme = await smpp.esme(await smpp.customer());
    esme.send(
      pdu("generic_nack", { status: 3, sequence: 5 }),
      pdu("submit_sm_resp", { sequence: 6 }),
      pdu("deliver_sm_resp", { sequence: 7 }),
    );
    esme.write(hex("00000010 80000099 00000000 00000008"));
    expect(await esme.ask("enquire_link")).toMatchObject({ command: "enquire_link_resp" });
    await expect(
      Promise.race([esme.waitFor(() => true), new Promise((done) => setTimeout(done, 200))]),
    ).resolves.toBeUndefined();
  });

  it.each([
    {
      name: "a text longer than the PDU",
      octets: encode(pdu("submit_sm", { sequence: 9, body: hello() })).slice(0, -2),
      status: STATUS.messageLength,
    },
    {
      name: "a field without its NUL",
      octets: encode(pdu("submit_sm", { sequence: 9, body: hello() })).slice(0, 20),
      status: STATUS.commandLength,
    },
    {
      name: "a parameter that is cut off",
      octets: Uint8Array.of(...encode(pdu("submit_sm", { sequence: 9, body: hello() })), 4, 36, 0, 200, 1),
      status: STATUS.parameterLength,
    },
  ])("answers $name with its status, and goes on", async ({ octets, status }) => {
    const esme = await smpp.esme(await smpp.customer());
    const frame = Buffer.from(octets);
    frame.writeUInt32BE(frame.length, 0);
    esme.write(frame);
    expect(await esme.answerTo(9)).toMatchObject({ command: "submit_sm_resp", status });
    expect((await esme.ask("enquire_link")).status).toBe(0);
  });

  it.each(["serviceType", "source", "destination", "scheduleDeliveryTime", "validityPeriod"] as const)(
    "answers a %s of 255 characters with an error, and goes on",
    async (field) => {
      const esme = await smpp.esme(await smpp.customer());
      const short = Buffer.from(encode(pdu("submit_sm", { sequence: 9, body: hello({ [field]: "~" }) })));
      const place = short.indexOf("~");
      const frame = Buffer.concat([short.subarray(0, place), Buffer.alloc(255, "~"), short.subarray(place + 1)]);
      frame.writeUInt32BE(frame.length, 0);
      esme.write(frame);
      const { status } = await esme.answerTo(9);
      expect(status).not.toBe(STATUS.ok);
      expect((await esme.ask("enquire_link")).status).toBe(0);
    },
  );

  it("leaves out a stray NUL at the end of a PDU", async () => {
    const esme = await smpp.esme(await smpp.customer());
    esme.write(hex("00000011 00000015 00000000 00000031 00"));
    expect(await esme.answerTo(0x31)).toMatchObject({ command: "enquire_link_resp", status: 0 });
  });

  it.each([0, 1, 0x7fffffff, 0xffffffff])("echoes the sequence number %i", async (sequence) => {
    const esme = await smpp.esme(await smpp.customer());
    esme.send(link(sequence));
    expect((await esme.answerTo(sequence)).sequence).toBe(sequence);
  });
});

describe("binding", () => {
  const binds: Bind[] = ["bind_transmitter", "bind_receiver", "bind_transceiver"];

  it.each(binds)("takes the right password, and says our version: %s", async (as) => {
    const { systemId, password } = await smpp.customer();
    const stranger = await smpp.stranger();
    const answer = (await stranger.bind(systemId, password, as)) as PduOf<"bind_transceiver_resp">;
    expect(answer).toMatchObject({ command: `${as}_resp`, status: 0, body: { systemId: "Stafett" } });
    expect(answer.tlvs).toEqual([{ tag: 0x0210, value: Uint8Array.of(0x34) }]);
  });

  it.each([
    { version: 0x33, tlvs: 0 },
    { version: 0x00, tlvs: 0 },
    { version: 0x50, tlvs: 1 },
  ])("says no parameters to a program of a version before 3.4: $version", async ({ version, tlvs }) => {
    const { systemId, password } = await smpp.customer();
    const answer = await (await smpp.stranger()).bind(systemId, password, "bind_transceiver", version);
    expect(answer).toMatchObject({ status: 0 });
    expect(answer.tlvs).toHaveLength(tlvs);
  });

  const wrong: { name: string; with: (customer: Customer) => [string, string] }[] = [
    { name: "a wrong password", with: ({ systemId }) => [systemId, "wrongpw1"] },
    { name: "the beginning of the password", with: ({ systemId, password }) => [systemId, password.slice(0, 7)] },
    { name: "no password", with: ({ systemId }) => [systemId, ""] },
    { name: "a system_id that nobody has", with: ({ password }) => ["nobody-has-it", password] },
  ];

  it("answers whatever is wrong in the same way, and closes", async () => {
    // Few enough: who guesses more is not heard any more, which is another test.
    const customer = await smpp.customer();
    for (const { with: credentials } of wrong) {
      const stranger = await smpp.stranger();
      expect(await stranger.bind(...credentials(customer))).toMatchObject({ status: STATUS.password });
      await stranger.closed;
    }
  });

  it("refuses a second bind of a connection with 5, and no other one", async () => {
    const customer = await smpp.customer({ binds: 1 });
    const esme = await smpp.esme(customer);
    expect((await esme.bind(customer.systemId, customer.password)).status).toBe(STATUS.alreadyBound);
    const second = await smpp.stranger();
    expect((await second.bind(customer.systemId, customer.password)).status).toBe(STATUS.bindFailed);
    await second.closed;
    // A connection that is gone, however it went, is not counted.
    await esme.end();
    await expect
      .poll(async () => (await (await smpp.stranger()).bind(customer.systemId, customer.password)).status)
      .toBe(STATUS.ok);
  });

  it("takes only the addresses that the account allows", async () => {
    const [near, far] = [
      await smpp.customer({ networks: "10.0.0.1, 127.0.0.0/8" }),
      await smpp.customer({ networks: "192.0.2.0/24" }),
    ];
    expect((await (await smpp.stranger()).bind(near.systemId, near.password)).status).toBe(STATUS.ok);
    expect((await (await smpp.stranger()).bind(far.systemId, far.password)).status).toBe(STATUS.bindFailed);
  });

  it.each<Command>(["submit_sm", "data_sm", "query_sm", "cancel_sm", "replace_sm", "unbind"])(
    "answers %s before the bind with 4",
    async (command) => {
      const stranger = await smpp.stranger();
      expect((await stranger.ask(command)).status).toBe(STATUS.bindState);
    },
  );

  it("answers whether it is alive before the bind, and closes at an outbind", async () => {
    const stranger = await smpp.stranger();
    expect((await stranger.ask("enquire_link")).status).toBe(0);
    stranger.send(pdu("outbind", { sequence: 3, body: { systemId: "x" } }));
    await stranger.closed;
  });

  it("lets a receiver submit nothing", async () => {
    const esme = await smpp.esme(await smpp.customer(), "bind_receiver");
    expect((await esme.ask("submit_sm", hello())).status).toBe(STATUS.bindState);
  });

  it("tells a transmitter nothing", async () => {
    const customer = await smpp.customer();
    const [transmitter, receiver] = [
      await smpp.esme(customer, "bind_transmitter"),
      await smpp.esme(customer, "bind_receiver"),
    ];
    await transmitter.ask("submit_sm", hello({ registeredDelivery: 1 }));
    await receiver.toldSome(1);
    expect(transmitter.told).toEqual([]);
  });

  it("answers an unbind, and closes", async () => {
    const esme = await smpp.esme(await smpp.customer());
    expect(await esme.ask("unbind")).toMatchObject({ command: "unbind_resp", status: 0 });
    await esme.closed;
  });

  it("refuses submit_multi and alert_notification, which it does not take", async () => {
    const esme = await smpp.esme(await smpp.customer());
    esme.write(hex("00000010 00000021 00000000 00000012"));
    expect(await esme.answerTo(0x12)).toMatchObject({ command: "generic_nack", status: STATUS.commandId });
    esme.send(pdu("alert_notification", { sequence: 0x13 }));
    expect(await esme.answerTo(0x13)).toMatchObject({ command: "generic_nack", status: STATUS.commandId });
  });

  it("ends a session whose credential is withdrawn", async () => {
    const customer = await smpp.customer();
    const esme = await smpp.esme(customer);
    const path = `/admin/v1/accounts/${customer.id}/credentials`;
    const { items } = await smpp.gateway.operator<{ items: { id: string; kind: string }[] }>("GET", path);
    await smpp.gateway.operator("DELETE", `${path}/${items.find(({ kind }) => kind === "smpp")?.id}`);
    const answer = await Promise.race([esme.ask("submit_sm", hello()), esme.closed]).catch(() => undefined);
    expect((answer as Pdu | undefined)?.status ?? "closed").not.toBe(0);
  });
});

describe("a submit", () => {
  const day = 86_400_000;
  const cases: { name: string; body?: Partial<BodyOf<"submit_sm">>; tlvs?: TlvValues; status: number }[] = [
    { name: "to a number with its country", status: STATUS.ok },
    { name: "to no number", body: { destination: "hello" }, status: STATUS.destinationAddress },
    { name: "to a number of three digits", body: { destination: "123" }, status: STATUS.destinationAddress },
    { name: "to nobody", body: { destination: "" }, status: STATUS.destinationAddress },
    {
      name: "to a number with control characters",
      body: { destination: "47\u000191" },
      status: STATUS.destinationAddress,
    },
    { name: "from nobody", body: { source: "" }, status: STATUS.sourceAddress },
    { name: "from a name of 12 letters", body: { source: "ABCDEFGHIJKL" }, status: STATUS.sourceAddress },
    { name: "from a name with control characters", body: { source: "Sh\u0007op" }, status: STATUS.sourceAddress },
    { name: "of nothing", body: { shortMessage: new Uint8Array() }, status: STATUS.messageLength },
    { name: "of a text in both places", tlvs: { payload: ascii("Hello") }, status: STATUS.messageLength },
    {
      name: "with SAR beside a header",
      body: { esmClass: 0x40, shortMessage: hex("05000301020161") },
      tlvs: { sarReference: 1, sarTotal: 2, sarPart: 1 },
      status: STATUS.parameterValue,
    },
    {
      name: "with a header that lies",
      body: { esmClass: 0x40, shortMessage: hex("ff00030102") },
      status: STATUS.esmClass,
    },
    {
      name: "of text with a port in its header",
      body: { esmClass: 0x40, shortMessage: hex("0605041583000061") },
      status: STATUS.ok,
    },
    { name: "of octets", body: { dataCoding: 4 }, status: STATUS.ok },
    {
      name: "of octets whose header leaves no room",
      body: { dataCoding: 4, esmClass: 0x40, shortMessage: hex(`8805 86${"00".repeat(0x86)}00`) },
      status: STATUS.submitFailed,
    },
    { name: "of Japanese that is not read", body: { dataCoding: 5 }, status: STATUS.submitFailed },
    { name: "with a tariff that is no number", tlvs: { tariff: "1.50" }, status: STATUS.parameterValue },
    { name: "with a tariff and an operator", tlvs: { tariff: "150", operator: "24201" }, status: STATUS.ok },
    {
      name: "with a validity that is past",
      body: { validityPeriod: toAbsolute(BEGINS_AT - day) },
      status: STATUS.validity,
    },
    { name: "with a validity that is no time", body: { validityPeriod: "soon" }, status: STATUS.validity },
    { name: "with a validity of 49 hours", body: { validityPeriod: "000002010000000R" }, status: STATUS.ok },
    {
      name: "with a schedule that is past",
      body: { scheduleDeliveryTime: toAbsolute(BEGINS_AT - day) },
      status: STATUS.ok,
    },
    { name: "with a schedule of 8 days", body: { scheduleDeliveryTime: "000008000000000R" }, status: STATUS.schedule },
    { name: "with a schedule that is no time", body: { scheduleDeliveryTime: "tomorrow" }, status: STATUS.schedule },
    {
      name: "with flags that we have no use for",
      body: { protocolId: 0x7f, priorityFlag: 3, replaceIfPresent: 1, defaultMessageId: 9, serviceType: "CMT" },
      status: STATUS.ok,
    },
  ];

  it.each(cases)("$name", async ({ body, tlvs, status }) => {
    const esme = await smpp.esme(await smpp.customer());
    expect((await esme.ask("submit_sm", hello(body), toTlvs(tlvs ?? {}))).status).toBe(status);
  });

  it("from a number of another account is refused, and its neighbours are not", async () => {
    const [esme, owner] = [await smpp.esme(await smpp.customer()), await smpp.customer()];
    const number = String(20_000 + Math.floor(Math.random() * 10_000));
    const sender = { kind: "short-number", country: "NO" };
    await smpp.gateway.operator("PUT", `/admin/v1/accounts/${owner.id}/senders/${number}`, sender);
    const bodies = ["Shop", number, "Shop"].map((source) => hello({ source }));
    const answers = await Promise.all(bodies.map((body) => esme.ask("submit_sm", body)));
    expect(answers.map(({ status }) => status)).toEqual([0, STATUS.sourceAddress, 0]);
    // Nor does a long text go from it, which is accepted when its last part has come.
    const parts = piecesOf("x".repeat(200), { by: "udh", reference: 1 });
    const said = await Promise.all(
      parts.map(({ esmClass, shortMessage }) =>
        esme.ask("submit_sm", hello({ source: number, esmClass, shortMessage })),
      ),
    );
    expect(said.map(({ status }) => status)).not.toContain(0);
  });

  const texts: { name: string; coding: number; octets: Uint8Array; text: string }[] = [
    { name: "the GSM alphabet", coding: 0, octets: hex("00 02 11 1b65 1b14"), text: "@$_€^" },
    { name: "the GSM alphabet, as npm's package labels it", coding: 1, octets: hex("00 1b65"), text: "@€" },
    { name: "Latin-1", coding: 3, octets: hex("e7 40 e5"), text: "ç@å" },
    { name: "UCS-2", coding: 8, octets: hex("d83d de00 0041"), text: "😀A" },
    { name: "UCS-2 with a byte order mark", coding: 8, octets: hex("fffe 4100"), text: "A" },
    { name: "Cyrillic", coding: 6, octets: hex("bf e0"), text: "Пр" },
    { name: "UCS-2 shown at once", coding: 0x18, octets: hex("0416"), text: "Ж" },
    { name: "the GSM alphabet with a class", coding: 0xf0, octets: hex("48 69 00"), text: "Hi@" },
  ];

  it.each(texts)("arrives as it was meant: $name", async ({ coding, octets, text }) => {
    const esme = await smpp.esme(await smpp.customer());
    const number = newNumber();
    const answer = await esme.ask(
      "submit_sm",
      hello({ destination: number.slice(1), dataCoding: coding, shortMessage: octets }),
    );
    expect(answer.status).toBe(0);
    expect((await smpp.gateway.handset(number, { wait: 10 })).map((one) => one.text)).toEqual([text]);
  });

  const octets: { name: string; esmClass: number; coding: number; parts: string[]; text: string }[] = [
    { name: "8-bit", esmClass: 0, coding: 4, parts: ["00ff1b"], text: "00FF1B" },
    { name: "8-bit with a class", esmClass: 0, coding: 0xf5, parts: ["00ff1b"], text: "00FF1B" },
    {
      name: "a WAP push, to a port",
      esmClass: 0x43,
      coding: 4,
      parts: ["0605040b8423f0 01060403ae81ea"],
      text: "0605040B8423F001060403AE81EA",
    },
    {
      name: "one of two parts",
      esmClass: 0x40,
      coding: 0xf5,
      parts: ["0b05040b8423f0 0003090201 0106", "0b05040b8423f0 0003090202 0403"],
      text: "0605040B8423F001060403",
    },
    {
      name: "a text to a port",
      esmClass: 0x40,
      coding: 0,
      parts: ["06050415830000 48656a"],
      text: "0605041583000048656A",
    },
    { name: "a header alone", esmClass: 0x40, coding: 4, parts: ["04 0102 8001"], text: "0401028001" },
  ];

  it.each(octets)("of octets is shown in hexadecimal digits: $name", async ({ esmClass, coding, parts, text }) => {
    const esme = await smpp.esme(await smpp.customer());
    const number = newNumber();
    for (const part of parts) {
      const body = { destination: number.slice(1), esmClass, dataCoding: coding, shortMessage: hex(part) };
      expect((await esme.ask("submit_sm", hello(body))).status).toBe(0);
    }
    expect(await smpp.gateway.handset(number, { wait: 10 })).toMatchObject([{ text, encoding: "binary", parts: 1 }]);
  });

  it("comes as data_sm, too", async () => {
    const esme = await smpp.esme(await smpp.customer());
    const number = newNumber();
    const body = { source: "Shop", destination: number.slice(1) };
    expect((await esme.ask("data_sm", body, toTlvs({ payload: ascii("By data") }))).status).toBe(0);
    expect((await smpp.gateway.handset(number, { wait: 10 })).map((one) => one.text)).toEqual(["By data"]);
  });

  it("is answered with 0x58 beyond the account's rate, and the connection stays", async () => {
    const esme = await smpp.esme(await smpp.customer({ perSecond: 3 }));
    const answers = await Promise.all(Array.from({ length: 10 }, () => esme.ask("submit_sm", hello())));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === STATUS.throttled).length).toBeGreaterThanOrEqual(5);
    expect(statuses.filter((status) => status === 0).length).toBeGreaterThanOrEqual(3);
    expect((await esme.ask("enquire_link")).status).toBe(0);
  });

  it("is answered with 0x58 beyond the window", async () => {
    const esme = await smpp.esme(await smpp.customer({ window: 2 }));
    const submits = Array.from({ length: 20 }, (_, index) =>
      pdu("submit_sm", { sequence: 500 + index, body: hello() }),
    );
    esme.send(...submits);
    const answers = await Promise.all(submits.map(({ sequence }) => esme.answerTo(sequence)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([0, STATUS.throttled]));
  });
});

describe("guessing passwords", () => {
  it("is soon not heard any more, from that address", async () => {
    const { systemId } = await smpp.customer();
    const statuses: (number | "closed")[] = [];
    for (let count = 0; count < 8; count++) {
      const stranger = await smpp.stranger();
      statuses.push(
        await stranger.bind(systemId, "wrong").then(
          ({ status }) => status,
          () => "closed" as const,
        ),
      );
    }
    expect(statuses[0]).toBe(STATUS.password);
    expect(statuses.at(-1)).toBe("closed");
  });
});
