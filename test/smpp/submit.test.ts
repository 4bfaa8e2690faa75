/** Parts of long texts, where customers use one reference for all of them and do not wait for answers. */

import { expect, it } from "vitest";
import type { Caller } from "../../src/core/accounts/account.ts";
import type { NewMessage } from "../../src/core/messages/new-message.ts";
import { smpp } from "../../src/dialects/cm/smpp/speech.ts";
import type { SmppPorts } from "../../src/dialects/smpp.ts";
import { CODING, toOctets } from "../../src/smpp/alphabets.ts";
import { ESM, STATUS } from "../../src/smpp/fields.ts";
import { pdu } from "../../src/smpp/pdu.ts";
import { memoryParts } from "../support/parts.ts";

const caller = {
  account: { id: "acme", number: 7, settings: {} },
  credential: { id: "first", name: "acme" },
} as unknown as Caller;

function desk() {
  let now = Date.UTC(2026, 10, 29);
  let ids = 0;
  let free: Promise<void> = Promise.resolve();
  const stored = new Map<string, string>();
  const parts = memoryParts();
  const ports = {
    // Of the gateway, submits use these alone.
    gateway: {
      async accept(_: Caller, { theirId = "", text }: NewMessage) {
        await free;
        if (!stored.has(theirId)) stored.set(theirId, text);
      },
      message: async () => undefined,
    },
    parts,
    now: () => now,
    newId: () => String(++ids).padStart(27, "0").padEnd(32, "f"),
    fault(error: unknown) {
      throw error;
    },
  } as unknown as SmppPorts;
  return {
    parts,
    texts: () => [...stored.values()],
    /** A part of a text whose reference is 0. */
    async send(text: string, number: number, total: number): Promise<string> {
      const shortMessage = Uint8Array.of(5, 0, 3, 0, total, number, ...toOctets(text, "gsm7"));
      const body = { source: "Shop", destination: "4791000001", esmClass: ESM.udh, shortMessage };
      const answer = await smpp.answer(pdu("submit_sm", { body }), caller, ports);
      expect(answer.status).toBe(0);
      return "messageId" in answer.body ? answer.body.messageId : "";
    },
    /** The status that octets of UCS-2 are answered with; with `part`, as that part of a text. */
    async sendUcs2(octets: readonly number[], part?: { number: number; total: number }): Promise<number> {
      const header = part ? [5, 0, 3, 9, part.total, part.number] : [];
      const shortMessage = Uint8Array.of(...header, ...octets);
      const esmClass = part ? ESM.udh : 0;
      const body = { source: "Shop", destination: "4791000001", dataCoding: CODING.ucs2, esmClass, shortMessage };
      return (await smpp.answer(pdu("submit_sm", { body }), caller, ports)).status;
    },
    late: () => smpp.passOnLate(caller, ports),
    pass(milliseconds: number) {
      now += milliseconds;
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
  const second = send("two", 2, 2);
  letGo();
  await Promise.all([passedOn, second]);
  expect(texts()).toEqual(["one"]);
  pass(60_000);
  await late();
  expect([texts(), parts.count()]).toEqual([["one", "two"], 0]);
});

it("half a character of UCS-2 is refused, unless the other half is in the next part", async () => {
  const { sendUcs2, texts } = desk();
  expect(await sendUcs2([0x04, 0x16, 0x04])).toBe(STATUS.submitFailed);
  expect(texts()).toEqual([]);
  expect(await sendUcs2([0x04, 0x16, 0x04], { number: 1, total: 2 })).toBe(STATUS.ok);
  expect(await sendUcs2([0x17], { number: 2, total: 2 })).toBe(STATUS.ok);
  expect(texts()).toEqual(["\u0416\u0417"]);
});
