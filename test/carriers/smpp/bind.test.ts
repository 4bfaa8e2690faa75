/** A bind at a clock that stands still, before an SMSC that does what the test says. */

import { describe, expect, it } from "vitest";
import { Bind } from "../../../src/carriers/smpp/bind.ts";
import { SETTINGS, type SmscConfig } from "../../../src/carriers/smpp/config.ts";
import { Turns } from "../../../src/carriers/smpp/turns.ts";
import type { MessageId } from "../../../src/core/kernel/ids.ts";
import { STATUS } from "../../../src/smpp/fields.ts";
import { decode, encode, isResponse, type Pdu, type PduOf, pdu, respond } from "../../../src/smpp/pdu.ts";
import { memoryHandOvers } from "../../support/hand-overs.ts";

const START = Date.UTC(2026, 10, 29);
const config: SmscConfig = {
  ...SETTINGS.parse({ host: "smsc.example", systemId: "us", window: 2 }),
  password: "pw",
  carrier: "smsc",
};
const text = (id: string) => ({
  id: `msg_${id}` as MessageId,
  sender: "Shop",
  recipient: "+4791000000",
  text: "Hello",
  encoding: "gsm7" as const,
  validitySeconds: 3_600,
});

function world() {
  let now = START;
  const timers = new Set<{ at: number; run: () => void }>();
  const settled: unknown[] = [];
  const received: unknown[] = [];
  const book = memoryHandOvers();
  /** The SMSC's side of each connection. */
  const links: { said: Pdu[]; hear(one: Pdu): void; drop(): void; isClosed: boolean }[] = [];
  const smsc = { isUp: true, bind: 0 as number | undefined, isDown: false };
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
    async elsewhere() {
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      return false;
    },
    log: () => {},
    async open(_, hear, ended) {
      if (!smsc.isUp) throw new Error("refused");
      const link = {
        said: [] as Pdu[],
        isClosed: false,
        hear: (one: Pdu) => hear(encode(one)),
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
const ok = (submit: Pdu, messageId: string) => respond(submit, STATUS.ok, { body: { messageId } });
const receipt = (id: string, sequence = 900) =>
  pdu("deliver_sm", {
    sequence,
    body: { esmClass: 4, source: "4791000000", shortMessage: new TextEncoder().encode(`id:${id} stat:DELIVRD`) },
  });

describe("a bind", () => {
  it("sends no more at once than its window, in order", async () => {
    const one = world();
    await one.bind.configure(config);
    await one.bind.tick();
    const results = one.bind.submit([text("a"), text("b"), text("c")], one.now() + 8_000);
    await one.settle();
    expect(one.submits()).toHaveLength(2);
    const [first, second] = one.submits();
    // Answers may come in another order.
    one.links[0]?.hear(ok(second as Pdu, "two"));
    await one.settle();
    expect(one.submits()).toHaveLength(3);
    one.links[0]?.hear(ok(first as Pdu, "one"));
    one.links[0]?.hear(ok(one.submits()[2] as Pdu, "three"));
    expect(await results).toEqual(["one", "two", "three"].map((reference) => ({ outcome: "taken", reference })));
  });

  it("calls a text unknown whose answer does not come, and knows it again when the answer is late", async () => {
    const one = world();
    await one.bind.configure(config);
    await one.bind.tick();
    const results = one.bind.submit([text("a")], one.now() + 8_000);
    await one.pass(9_000);
    expect(await results).toMatchObject([{ outcome: "unknown" }]);
    expect(one.bind.query(["msg_a"], "smsc")).toEqual([{ outcome: "cannot-tell" }]);
    one.links[0]?.hear(ok(one.submits()[0] as Pdu, "late"));
    await one.settle();
    expect(one.bind.query(["msg_a"], "smsc")).toEqual([{ outcome: "taken", reference: "late" }]);
  });

  it("knows by a late refusal that a text failed, and that one may go again that was only throttled", async () => {
    const one = world();
    await one.bind.configure(config);
    await one.bind.tick();
    const results = one.bind.submit([text("a"), text("b")], one.now() + 8_000);
    await one.pass(9_000);
    await results;
    const [a, b] = one.submits();
    one.links[0]?.hear(respond(a as Pdu, STATUS.destinationAddress));
    one.links[0]?.hear(respond(b as Pdu, STATUS.throttled));
    await one.settle();
    expect(one.bind.query(["msg_a", "msg_b"], "smsc")).toMatchObject([
      { outcome: "settled", receipt: { outcome: "failed", reason: "bad-number" } },
      { outcome: "never-seen" },
    ]);
  });

  it("says that it never saw a text that was not sent, and of one that was, that it cannot tell", async () => {
    const one = world();
    await one.bind.configure(config);
    await one.bind.tick();
    const results = one.bind.submit([text("a"), text("b"), text("c")], one.now() + 8_000);
    await one.settle();
    one.smsc.isUp = false;
    one.links[0]?.drop();
    await one.pass(8_500);
    expect((await results).map(({ outcome }) => outcome)).toEqual(["unknown", "unknown", "busy"]);
    expect(one.bind.query(["msg_a", "msg_b", "msg_c", "msg_d"], "smsc").map(({ outcome }) => outcome)).toEqual([
      "cannot-tell",
      "cannot-tell",
      "never-seen",
      "never-seen",
    ]);
  });

  it("never takes an answer on a new connection for one to a submit of the old one", async () => {
    const one = world();
    await one.bind.configure(config);
    await one.bind.tick();
    const results = one.bind.submit([text("a")], one.now() + 8_000);
    await one.settle();
    const [submit] = one.submits();
    one.links[0]?.drop();
    await results;
    await one.pass(2_000);
    expect(one.links).toHaveLength(2);
    one.links[1]?.hear(ok(submit as Pdu, "strange"));
    await one.settle();
    expect(one.bind.query(["msg_a"], "smsc")).toEqual([{ outcome: "cannot-tell" }]);
  });

  it("hands a text over once that was taken, however often it is asked to", async () => {
    const one = world();
    await one.bind.configure(config);
    await one.bind.tick();
    const first = one.bind.submit([text("a")], one.now() + 8_000);
    await one.settle();
    one.links[0]?.hear(ok(one.submits()[0] as Pdu, "x"));
    await first;
    expect(await one.bind.submit([text("a")], one.now() + 8_000)).toEqual([{ outcome: "taken", reference: "x" }]);
    expect(one.submits()).toHaveLength(1);
  });

  it("sends of a long text only the parts that were not taken, and no other carrier may have them", async () => {
    const one = world();
    await one.bind.configure(config);
    await one.bind.tick();
    const long = { ...text("a"), text: "x".repeat(200) };
    const first = one.bind.submit([long], one.now() + 8_000);
    await one.settle();
    const [part, other] = one.submits();
    one.links[0]?.hear(ok(part as Pdu, "p1"));
    one.links[0]?.hear(respond(other as Pdu, STATUS.queueFull));
    expect(await first).toEqual([{ outcome: "busy", retryAfterSeconds: 60, isUntried: true }]);
    const again = one.bind.submit([long], one.now() + 8_000);
    await one.settle();
    expect(one.submits()).toHaveLength(3);
    expect(one.submits()[2]?.body.shortMessage).toEqual(other?.body.shortMessage);
    one.links[0]?.hear(ok(one.submits()[2] as Pdu, "p2"));
    expect(await again).toEqual([{ outcome: "taken", reference: "p1" }]);
  });

  it("acknowledges a receipt only when it is committed", async () => {
    const one = world();
    await one.bind.configure(config);
    await one.bind.tick();
    const results = one.bind.submit([text("a")], one.now() + 8_000);
    await one.settle();
    one.links[0]?.hear(ok(one.submits()[0] as Pdu, "x"));
    await results;
    one.smsc.isDown = true;
    one.links[0]?.hear(receipt("x", 901));
    await one.settle();
    one.smsc.isDown = false;
    one.links[0]?.hear(receipt("x", 902));
    await one.settle();
    const answers = one.links[0]?.said
      .filter((said) => isResponse(said))
      .map(({ sequence, status }) => [sequence, status]);
    expect(answers).toEqual([
      [901, STATUS.temporaryAppError],
      [902, STATUS.ok],
    ]);
    expect(one.settled).toMatchObject([{ message: "msg_a", reference: "x", outcome: "delivered" }]);
  });

  it("settles a text whose answer and receipt come in one piece, though the other binds are asked meanwhile", async () => {
    const one = world();
    await one.bind.configure(config);
    await one.bind.tick();
    const results = one.bind.submit([text("a")], one.now() + 8_000);
    await one.settle();
    // The receipt is looked at before what waits for the answer has gone on.
    one.links[0]?.hear(ok(one.submits()[0] as Pdu, "x"));
    one.links[0]?.hear(receipt("x"));
    await results;
    await one.settle();
    expect(one.settled).toMatchObject([{ message: "msg_a", reference: "x", outcome: "delivered" }]);
    expect(one.book.early(0, 1)).toEqual([]);
  });

  it("binds again after 1, 2, 4 seconds and so on, up to a minute", async () => {
    const one = world();
    one.smsc.bind = STATUS.bindFailed;
    await one.bind.configure(config);
    await one.bind.tick();
    const at: number[] = [];
    for (let second = 1; second <= 200; second++) {
      const before = one.links.length;
      await one.pass(1_000);
      if (one.links.length > before) at.push(second);
    }
    expect(at).toEqual([1, 3, 7, 15, 31, 63, 123, 183]);
  });

  it.each([
    { name: "wrong credentials", status: STATUS.password, waits: 300 },
    { name: "a bind that stands there still", status: STATUS.alreadyBound, waits: 30 },
  ])("leaves the SMSC alone for longer after $name", async ({ status, waits }) => {
    const one = world();
    one.smsc.bind = status;
    await one.bind.configure(config);
    await one.bind.tick();
    await one.pass(waits * 1_000 - 1);
    expect(one.links).toHaveLength(1);
    await one.pass(1_000);
    expect(one.links).toHaveLength(2);
  });

  it("asks after a silence whether the SMSC is there, and binds anew where it is not", async () => {
    const one = world();
    await one.bind.configure(config);
    await one.bind.tick();
    await one.pass(31_000);
    const ticking = one.bind.tick();
    await one.settle();
    expect(one.links[0]?.said.at(-1)?.command).toBe("enquire_link");
    await one.pass(11_000);
    await ticking;
    expect(one.links[0]?.isClosed).toBe(true);
    await one.pass(2_000);
    expect(one.bind.health()).toEqual({ state: "up" });
    expect(one.links).toHaveLength(2);
  });

  it("takes leave when its settings change", async () => {
    const one = world();
    await one.bind.configure(config);
    await one.bind.tick();
    const changed = one.bind.configure(undefined);
    await one.settle();
    expect(one.links[0]?.said.at(-1)?.command).toBe("unbind");
    await one.pass(6_000);
    await changed;
    expect(one.links[0]?.isClosed).toBe(true);
    expect(await one.bind.submit([], one.now())).toEqual([]);
  });
});

it("a window that was made smaller grows again by one with every fifty good answers", async () => {
  const turns = new Turns({ wall: () => 0, after: () => () => {} });
  turns.open(8);
  turns.shrink();
  turns.shrink();
  expect(turns.window).toBe(2);
  for (let count = 0; count < 100; count++) turns.good();
  expect(turns.window).toBe(4);
  for (let count = 0; count < 1_000; count++) turns.good();
  expect(turns.window).toBe(8);
});
