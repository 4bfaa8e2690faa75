/** STOP, as people in North America expect it, and what the account sees of it. */

import { beforeAll, describe, expect, it } from "vitest";
import { useGateway } from "../../support/gateway.ts";
import { useReceiver } from "../../support/receiver.ts";
import { call, type KeyAccount, newOwnNumber, newPerson, openAccessKey, type Refused } from "./support.ts";

type Created = { data: { id: string } };
type MdrOf = { data: { attributes: { status: string; delivery_receipts: { status_code: number }[] } } };

describe("a person who writes STOP", () => {
  const gateway = useGateway();
  const receiver = useReceiver();
  let who: KeyAccount;
  beforeAll(async () => {
    who = await openAccessKey(gateway);
    await call(gateway, who, "PUT", "/v2.1/messages/sms_callback", { callback_url: `${receiver.url}/inbound` });
  });

  const create = (to: string, from = who.digits, version = "v2.1") =>
    call(gateway, who, "POST", `/${version}/messages`, { to: to.slice(1), from, body: "Our offer of the week" });
  const writes = (person: string, text: string, to = who.number) =>
    gateway.operator("POST", `/sandbox/v1/handsets/${person}/messages`, { to, text });
  const suppressions = async () =>
    (
      await gateway.operator<{ items: { number: string; recipient: string; word: string }[] }>(
        "GET",
        `/admin/v1/accounts/${who.account}/suppressions?limit=500`,
      )
    ).items;
  const has = async (person: string) =>
    (await suppressions()).some(({ recipient, number }) => recipient === person && number === who.number);
  const messages = async (person: string) =>
    (await gateway.operator<{ items: unknown[] }>("GET", `/admin/v1/messages?account=${who.account}&limit=500`)).items
      .map((one) => one as { recipient: string; state: string; dialect: string })
      .filter(({ recipient, dialect }) => recipient === person && dialect === "flowroute");
  // What they wrote is answered, too.
  const handset = async (person: string, query: { wait?: number } = {}) =>
    await gateway.handset(person, { ...query, match: "offer" });

  it.each(["v2", "v2.1", "v2.2"])(
    "is not sent to, which %s is told with 1110, and nothing is charged",
    async (version) => {
      const person = newPerson();
      await writes(person, "STOP");
      const answer = await create(person, who.digits, version);
      expect(answer.status).toBe(400);
      const [error] = ((await answer.json()) as Refused).errors;
      expect(error).toMatchObject({ status: 400, title: "Bad Request", detail: expect.stringContaining("1110") });
      expect(await messages(person)).toEqual([]);
      expect(await handset(person)).toEqual([]);
    },
  );

  it.each(["stop", "Stop", "  STOP \n", "UNSUBSCRIBE", "StopAll", "STOP!", "Opt-out", "END", "quit"])(
    "or %j, has opted out",
    async (word) => {
      const person = newPerson();
      await writes(person, word);
      expect((await create(person)).status).toBe(400);
      expect(await has(person)).toBe(true);
    },
  );

  it.each(["STOP PLEASE", "please stop", "Don't stop", "stopping"])("but %j, has not", async (text) => {
    const person = newPerson();
    await writes(person, text);
    expect((await create(person)).status).toBe(202);
    expect(await has(person)).toBe(false);
  });

  it.each(["UNSTOP", "unstop", "START", " Start "])("and then %j, is sent to again", async (word) => {
    const person = newPerson();
    await writes(person, "STOP");
    expect((await create(person)).status).toBe(400);
    await writes(person, word);
    expect((await create(person)).status).toBe(202);
    expect(await handset(person, { wait: 10 })).toHaveLength(1);
  });

  it("with a picture is heeded like any other, and so is who changes their mind", async () => {
    const person = newPerson();
    const sends = (text: string) =>
      gateway.operator("POST", `/sandbox/v1/handsets/${person}/messages`, { to: who.number, text, channel: "MMS" });
    await sends("STOP");
    expect((await create(person)).status).toBe(400);
    await sends("Start.");
    expect((await create(person)).status).toBe(202);
  });

  it("is told of to the account, like whoever else writes", async () => {
    const person = newPerson();
    const isTheirs = ({ body }: { body: string }) => body.includes(person.slice(1));
    await writes(person, "STOP");
    const [told] = await receiver.next(1, isTheirs);
    expect(told?.json).toMatchObject({ data: { attributes: { body: "STOP", from: person.slice(1), to: who.digits } } });
  });

  it("may be sent to from the account's other numbers", async () => {
    const person = newPerson();
    const other = newOwnNumber();
    await gateway.operator("PUT", `/admin/v1/accounts/${who.account}/senders/${other}`, {
      kind: "long-number",
      country: "US",
    });
    await writes(person, "STOP");
    expect((await create(person)).status).toBe(400);
    expect((await create(person, other.slice(1))).status).toBe(202);
  });

  it("is not sent what was taken before and had not left", async () => {
    const person = newPerson();
    await gateway.faults({ busySeconds: 60, only: "messages" });
    const { id } = ((await (await create(person)).json()) as Created).data;
    // Tried once, so that it waits for the carrier.
    await gateway.advance(1);
    await writes(person, "STOP");
    await gateway.faults({});
    await gateway.advance(600);
    expect(await handset(person)).toEqual([]);
    const record = (await (await call(gateway, who, "GET", `/v2.1/messages/${id}`)).json()) as MdrOf;
    expect(record.data.attributes).toMatchObject({
      status: "failed",
      delivery_receipts: [{ level: 2, status_code: 1110 }],
    });
  });

  it("is refused to every other dialect that sends from that number", async () => {
    const person = newPerson();
    const { secret } = await gateway.operator<{ secret: string }>(
      "POST",
      `/admin/v1/accounts/${who.account}/credentials`,
      { dialect: "target365", kind: "api-key", name: "another" },
    );
    const send = () =>
      gateway.fetch("/api/out-messages", {
        headers: { "x-apikey": secret },
        json: { sender: who.number, recipient: person, content: "Our offer of the week" },
      });
    expect((await send()).status).toBe(201);
    await writes(person, "STOP");
    expect((await send()).status).toBe(403);
  });

  it("is let in again by the operator, who sees them in a list", async () => {
    const person = newPerson();
    await writes(person, "UNSUBSCRIBE");
    expect((await suppressions()).find(({ recipient }) => recipient === person)).toEqual({
      number: who.number,
      recipient: person,
      word: "unsubscribe",
      source: "person",
      proof: expect.stringMatching(/^inb_/),
      createdAt: expect.stringMatching(/Z$/),
    });
    const at = `/admin/v1/accounts/${who.account}/suppressions`;
    await gateway.operator("DELETE", `${at}/${who.number}/${person}`);
    expect((await create(person)).status).toBe(202);
  });
});
