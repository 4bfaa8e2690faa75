/** Parts of long texts, where customers use one reference for all of them and do not wait for answers. */

import { describe, expect, it } from "vitest";
import type { Caller } from "../../src/core/accounts/account.ts";
import { OverLimit } from "../../src/core/accounts/limits.ts";
import type { NewItem } from "../../src/core/messages/accept-many.ts";
import type { PartStore } from "../../src/core/messages/joining.ts";
import type { NewMessage } from "../../src/core/messages/new-message.ts";
import { smpp } from "../../src/dialects/cm/smpp/speech.ts";
import type { SmppPorts } from "../../src/dialects/smpp.ts";
import { CODING, toOctets } from "../../src/smpp/alphabets.ts";
import { ESM, STATUS } from "../../src/smpp/fields.ts";
import { pdu } from "../../src/smpp/pdu.ts";
import { partStore } from "../../src/store/messaging/parts.ts";
import { objectSql } from "../support/object-sql.ts";
import { memoryParts } from "../support/parts.ts";

type Piece = { number: number; total: number; reference?: number };

const callerBy = (credential: string) =>
  ({
    account: { id: "acme", number: 7, settings: {} },
    credential: { id: credential, name: "acme" },
  }) as unknown as Caller;

function desk(parts: PartStore = memoryParts()) {
  let now = Date.UTC(2026, 10, 29);
  let ids = 0;
  let free: Promise<void> = Promise.resolve();
  const looks: Promise<void>[] = [];
  let caller = callerBy("first");
  let isOver = false;
  const stored = new Map<string, string>();
  const owners: string[] = [];
  const ports = {
    // Of the gateway, submits use these alone.
    gateway: {
      async accept({ credential }: Caller, { theirId = "", text }: NewMessage) {
        await free;
        if (isOver) throw new OverLimit("too fast", 1);
        if (stored.has(theirId)) return;
        stored.set(theirId, text);
        owners.push(credential.id);
      },
      checkOwner: async () => await looks.shift(),
      message: async () => undefined,
      async acceptMany(_: Caller, [{ theirId, refusal }]: [NewItem]) {
        stored.set(theirId, `failed: ${refusal?.message}`);
      },
    },
    parts,
    now: () => now,
    wall: () => now,
    newId: () => String(++ids).padStart(27, "0").padEnd(32, "f"),
    fault(error: unknown) {
      throw error;
    },
  } as unknown as SmppPorts;
  const answer = (text: string, { number, total, reference = 0 }: Piece, link = "one", at = now) => {
    const header = [6, 8, 4, reference >> 8, reference & 255, total, number];
    const shortMessage = Uint8Array.of(...header, ...toOctets(text, "gsm7"));
    const body = { source: "Shop", destination: "4791000001", esmClass: ESM.udh, shortMessage };
    return smpp.answer(pdu("submit_sm", { body }), caller, ports, { link, at, isGivenUp: () => false });
  };
  return {
    parts,
    texts: () => [...stored.values()],
    owners: () => owners,
    /** The system_id has another credential from now on. */
    become(credential: string) {
      caller = callerBy(credential);
    },
    /** Whether the customer has sent as much as it may. */
    limit(to: boolean) {
      isOver = to;
    },
    /** A part of a text whose reference is 0. */
    async send(text: string, number: number, total: number, link = "one"): Promise<string> {
      const { status, body } = await answer(text, { number, total }, link);
      expect(status).toBe(0);
      return "messageId" in body ? body.messageId : "";
    },
    answer,
    now: () => now,
    /** The status that octets of UCS-2 are answered with; with `part`, as that part of a text. */
    async sendUcs2(octets: readonly number[], part?: { number: number; total: number }): Promise<number> {
      const header = part ? [5, 0, 3, 9, part.total, part.number] : [];
      const shortMessage = Uint8Array.of(...header, ...octets);
      const esmClass = part ? ESM.udh : 0;
      const body = { source: "Shop", destination: "4791000001", dataCoding: CODING.ucs2, esmClass, shortMessage };
      const heard = { link: "one", at: now, isGivenUp: () => false };
      return (await smpp.answer(pdu("submit_sm", { body }), caller, ports, heard)).status;
    },
    late: () => smpp.passOnLate(async (credential = "first") => callerBy(credential), ports),
    pass(milliseconds: number) {
      now += milliseconds;
    },
    /** The look-up of what is sent next takes until the function returned is called. */
    holdLook(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      looks.push(promise);
      return resolve;
    },
    /** The database takes its time; what it answers is let go by the function returned. */
    hold(): () => void {
      let letGo = () => {};
      free = new Promise((resolve) => {
        letGo = resolve;
      });
      return letGo;
    },
  };
}

it("a text is whole, though the next one with its reference begins while it is being stored", async () => {
  const { send, hold, texts, parts } = desk();
  const letGo = hold();
  const all = [send("one ", 1, 2), send("two", 2, 2), send("three ", 1, 2)];
  letGo();
  await Promise.all(all);
  await send("four", 2, 2);
  expect(texts()).toEqual(["one two", "three four"]);
  expect(parts.count()).toBe(0);
});

it("a part that makes its text whole is throttled where the text would be over a limit, and may come again", async () => {
  const { answer, send, limit, texts, parts, late, pass } = desk();
  await send("one ", 1, 2);
  limit(true);
  const throttled = await Promise.all([1, 2].map(() => answer("two", { number: 2, total: 2 })));
  expect(throttled.map(({ status }) => status)).toEqual([STATUS.throttled, STATUS.throttled]);
  expect([texts(), parts.count()]).toEqual([[], 1]);
  limit(false);
  await send("two", 2, 2);
  expect([texts(), parts.count()]).toEqual([["one two"], 0]);
  await send("three", 1, 2);
  limit(true);
  pass(60_000);
  await late();
  expect(texts()).toEqual(["one two", "failed: too fast"]);
});

it("first parts of many texts with one reference, at one moment, are all passed on", async () => {
  const { send, late, pass, texts } = desk();
  const ids = await Promise.all(["one", "two", "three"].map((text) => send(text, 1, 2)));
  expect(new Set(ids).size).toBe(3);
  pass(60_000);
  await late();
  expect(texts().sort()).toEqual(["one", "three", "two"]);
});

it("a part that comes while the others are passed on as incomplete is passed on later", async () => {
  const { send, late, hold, pass, texts, parts } = desk();
  await send("one", 1, 2);
  pass(60_000);
  const letGo = hold();
  const passedOn = late();
  await new Promise(setImmediate); // it has looked up whose the first part is
  const second = send("two", 2, 2);
  letGo();
  await Promise.all([passedOn, second]);
  expect(texts()).toEqual(["one"]);
  pass(60_000);
  await late();
  expect([texts(), parts.count()]).toEqual([["one", "two"], 0]);
});

it("a part that comes again on another connection, after its text was passed on, is answered as it was", async () => {
  const { send, late, pass, texts, parts } = desk();
  const [, second] = [await send("one", 1, 2), await send("two", 2, 2)];
  expect(await send("two", 2, 2, "another")).toBe(second);
  expect(parts.count()).toBe(0);
  await send("three", 1, 2);
  pass(60_000);
  await late();
  const incomplete = await send("three", 1, 2, "another");
  pass(60_000);
  await late();
  expect([texts(), parts.count(), incomplete.length]).toEqual([["onetwo", "three"], 0, 31]);
});

describe("a part that was heard more than two minutes ago is to come again: it may have, and be forgotten", () => {
  it("where it was not looked at before", async () => {
    const { answer, send, late, pass, now, texts, parts } = desk();
    const heardAt = now();
    for (const number of [1, 2]) await send(`${number}`, number, 2, "another");
    pass(120_001);
    await late();
    const { status } = await answer("2", { number: 2, total: 2 }, "one", heardAt);
    expect([status, texts(), parts.count()]).toEqual([STATUS.systemError, ["12"], 0]);
  });

  it("where its look-up took so long", async () => {
    const { answer, send, late, pass, holdLook, texts, parts } = desk();
    const letGo = holdLook();
    const slow = answer("2", { number: 2, total: 2 });
    for (const number of [1, 2]) await send(`${number}`, number, 2, "another");
    pass(120_001);
    await late();
    letGo();
    expect([(await slow).status, texts(), parts.count()]).toEqual([STATUS.systemError, ["12"], 0]);
  });

  it("and one that came again within two minutes, and waited here for as long, is known", async () => {
    const { answer, send, late, pass, now, texts, parts } = desk();
    for (const number of [1, 2]) await send(`${number}`, number, 2, "another");
    pass(120_000);
    const heardAt = now();
    pass(120_000);
    await late();
    const { status } = await answer("2", { number: 2, total: 2 }, "one", heardAt);
    expect([status, texts(), parts.count()]).toEqual([STATUS.ok, ["12"], 0]);
  });

  it("and one that was heard two minutes ago is known", async () => {
    const { answer, send, late, pass, now, texts, parts } = desk();
    const heardAt = now();
    for (const number of [1, 2]) await send(`${number}`, number, 2, "another");
    pass(120_000);
    await late();
    const { status } = await answer("2", { number: 2, total: 2 }, "one", heardAt);
    expect([status, texts(), parts.count()]).toEqual([STATUS.ok, ["12"], 0]);
  });
});

it("a text that was passed on is looked after until its parts are forgotten, though nobody is connected", async () => {
  const { send, late, pass, parts } = desk();
  const begun = await late();
  expect(begun).toBeUndefined();
  await send("one", 1, 2);
  await send("two", 2, 2);
  expect(parts.oldestFinished()).toEqual(expect.any(Number));
  expect(await late()).toEqual(expect.any(Number));
  pass(240_001);
  expect(await late()).toBeUndefined();
  expect(parts.oldestFinished()).toBeUndefined();
});

it("the same text with the same reference is another one, on the same connection", async () => {
  const { send, texts } = desk();
  for (const number of [1, 2, 1, 2]) await send(String(number), number, 2);
  expect(texts()).toEqual(["12", "12"]);
});

it("parts of a credential that was withdrawn are passed on in its account's name, and join no other's", async () => {
  const { send, late, pass, texts, owners, become } = desk();
  await send("one", 1, 2);
  become("another");
  await send("two", 2, 2);
  expect(texts()).toEqual([]);
  pass(60_000);
  await late();
  expect([texts(), owners()]).toEqual([
    ["one", "two"],
    ["first", "another"],
  ]);
});

it("parts that wait for others are no more than 10,000: then only those are taken that make a text whole", async () => {
  const { answer, parts, texts } = desk(partStore(objectSql()));
  const statuses = new Map<number, number>();
  for (let reference = 1; reference <= 10_050; reference++) {
    const { status } = await answer("first", { number: 1, total: 2, reference });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  expect([...statuses]).toEqual([
    [STATUS.ok, 10_000],
    [STATUS.queueFull, 50],
  ]);
  expect((await answer("second", { number: 2, total: 2, reference: 7 })).status).toBe(STATUS.ok);
  expect([parts.count(), texts()]).toEqual([9_999, ["firstsecond"]]);
});

/** `PARTS=1000000` tries a million of them, which takes minutes, and looks at what they take of memory. Of fewer that says nothing. */
const MANY = Number(process.env.PARTS ?? 10_200);

it("of many parts of one text, each with other words, no more are kept than may wait", async () => {
  const { answer, parts, texts, late, pass } = desk(partStore(objectSql()));
  const [{ heapUsed: before }, statuses] = [process.memoryUsage(), new Map<number, number>()];
  for (let n = 0; n < MANY; n++) {
    const { status } = await answer(`part ${n}`, { number: 1 + (n % 254), total: 255 });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  expect([...statuses]).toEqual([
    [STATUS.ok, 10_000],
    [STATUS.queueFull, MANY - 10_000],
  ]);
  expect(parts.count()).toBe(10_000);
  if (process.env.PARTS) expect(process.memoryUsage().heapUsed - before).toBeLessThan(200e6);
  pass(60_000);
  await late();
  expect([parts.count(), texts().length]).toEqual([0, Math.ceil(10_000 / 254)]);
});

it("one part that comes a thousand times is kept once", async () => {
  const { answer, parts } = desk(partStore(objectSql()));
  const first = await answer("again", { number: 1, total: 255 });
  for (let times = 0; times < 1_000; times++) {
    expect(await answer("again", { number: 1, total: 255 })).toEqual(first);
  }
  expect(parts.count()).toBe(1);
});

it("half a character of UCS-2 is refused, unless the other half is in the next part", async () => {
  const { sendUcs2, texts } = desk();
  expect(await sendUcs2([0x04, 0x16, 0x04])).toBe(STATUS.submitFailed);
  expect(texts()).toEqual([]);
  expect(await sendUcs2([0x04, 0x16, 0x04], { number: 1, total: 2 })).toBe(STATUS.ok);
  expect(await sendUcs2([0x17], { number: 2, total: 2 })).toBe(STATUS.ok);
  expect(texts()).toEqual(["\u0416\u0417"]);
});
