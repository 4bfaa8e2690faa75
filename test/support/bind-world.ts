/** A bind at a clock that stands still, before an SMSC that does what the test says. */

import { Bind } from "../../src/carriers/smpp/bind.ts";
import { SETTINGS, type SmscConfig } from "../../src/carriers/smpp/config.ts";
import type { HeardText } from "../../src/carriers/smpp/texts.ts";
import type { MessageId } from "../../src/core/kernel/ids.ts";
import type { Receipt } from "../../src/core/messages/carrier.ts";
import { STATUS } from "../../src/smpp/fields.ts";
import { joined } from "../../src/smpp/frames.ts";
import { decode, encode, type Pdu, type PduOf, pdu, respond } from "../../src/smpp/pdu.ts";
import { memoryHandOvers } from "./hand-overs.ts";

const START = Date.UTC(2026, 10, 29);
export const config: SmscConfig = {
  ...SETTINGS.parse({ host: "smsc.example", systemId: "us", window: 2 }),
  password: "pw",
  carrier: "smsc",
};
export const text = (id: string) => ({
  id: `msg_${id}` as MessageId,
  sender: "Shop",
  recipient: "+4791000000",
  text: "Hello",
  encoding: "gsm7" as const,
  validitySeconds: 3_600,
});

export function world() {
  let now = START;
  const timers = new Set<{ at: number; run: () => void }>();
  const settled: Omit<Receipt, "carrier">[] = [];
  const received: HeardText[] = [];
  const book = memoryHandOvers();
  /** The SMSC's side of each connection. */
  const links: { said: Pdu[]; hear(...pdus: Pdu[]): void; drop(): void; isClosed: boolean }[] = [];
  const smsc = { isUp: true, bind: 0 as number | undefined, isDown: false };
  /** The carrier's other binds: which receipts they were asked about, and of which they know the text. */
  const others = { asked: [] as string[], know: new Set<string>() };
  const after = (milliseconds: number, run: () => void) => {
    const timer = { at: now + milliseconds, run };
    timers.add(timer);
    return () => timers.delete(timer);
  };
  const settle = async () => {
    for (let turn = 0; turn < 30; turn++) await Promise.resolve();
  };
  const bind = new Bind({
    book,
    port: {
      settle: async (receipts) => {
        if (smsc.isDown) throw new Error("the database is down");
        settled.push(...receipts);
      },
    },
    hearText: async (text) => void received.push(text),
    wall: () => now,
    now: () => now,
    newId: () => `id-${received.length}`,
    random: () => 0.5,
    after,
    async elsewhere(_, { id = "" }) {
      others.asked.push(id);
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      return others.know.has(id);
    },
    log: () => {},
    async open(_, hear, ended) {
      if (!smsc.isUp) throw new Error("refused");
      const link = {
        said: [] as Pdu[],
        isClosed: false,
        /** In one piece. */
        hear: (...pdus: Pdu[]) => hear(joined(pdus.map(encode))),
        drop: () => ended("the wire was cut"),
      };
      links.push(link);
      return {
        send(octets) {
          const decoded = decode(octets);
          if (decoded.outcome !== "pdu") throw new Error("it sent what is no PDU");
          link.said.push(decoded.pdu);
          if (decoded.pdu.command.startsWith("bind_") && smsc.bind !== undefined)
            hear(encode(respond(decoded.pdu, smsc.bind)));
        },
        close() {
          link.isClosed = true;
        },
      };
    },
  });
  return {
    bind,
    book,
    links,
    smsc,
    others,
    settled,
    received,
    settle,
    submits: () =>
      links.flatMap(({ said }) => said).filter((one) => one.command === "submit_sm") as PduOf<"submit_sm">[],
    async pass(milliseconds: number) {
      await settle();
      const until = now + milliseconds;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        if (!next) break;
        now = Math.max(now, next.at);
        timers.delete(next);
        next.run();
        await settle();
      }
      now = until;
      await settle();
    },
    now: () => now,
  };
}
export const ok = (submit: Pdu, messageId: string) => respond(submit, STATUS.ok, { body: { messageId } });
export const receipt = (id: string, sequence = 900) =>
  pdu("deliver_sm", {
    sequence,
    body: { esmClass: 4, source: "4791000000", shortMessage: new TextEncoder().encode(`id:${id} stat:DELIVRD`) },
  });
