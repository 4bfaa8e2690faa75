/** A bind to an SMSC, kept up: windows, answers that come late or never, receipts, and what is done when it ends. */

import { describe, expect, it } from "vitest";
import { Turns } from "../../../src/carriers/smpp/turns.ts";
import type { HandedPart } from "../../../src/core/messages/hand-overs.ts";
import { STATUS } from "../../../src/smpp/fields.ts";
import { isResponse, type Pdu, pdu, respond } from "../../../src/smpp/pdu.ts";
import { config, ok, receipt, text, world } from "../../support/bind-world.ts";

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
    one.links[0]?.hear(receipt("x"), ok(one.submits()[0] as Pdu, "x"));
    await results;
    await one.settle();
    expect(one.settled).toMatchObject([{ message: "msg_a", reference: "x", outcome: "delivered" }]);
    expect(one.book.early(0, 1)).toEqual([]);
  });

  it("keeps a receipt that came before its answer until it is settled", async () => {
    const one = world();
    await one.bind.configure(config);
    await one.bind.tick();
    const results = one.bind.submit([text("a")], one.now() + 8_000);
    await one.settle();
    one.links[0]?.hear(receipt("x"));
    await one.settle();
    one.smsc.isDown = true;
    one.links[0]?.hear(ok(one.submits()[0] as Pdu, "x"));
    await results;
    await one.settle();
    expect(one.settled).toEqual([]);
    one.smsc.isDown = false;
    await one.bind.tick();
    expect(one.settled).toMatchObject([{ message: "msg_a", reference: "x", outcome: "delivered" }]);
    expect(one.book.early(0, 1)).toEqual([]);
  });

  it("writes down what it sends before it does, and answers before they are told, a chunk of the socket at once", async () => {
    const one = world();
    const told: string[] = [];
    const { write, take } = one.book;
    Object.assign(one.book, {
      write(parts: readonly HandedPart[]) {
        told.push(`write ${parts.length}, sent ${one.submits().length}`);
        write(parts);
      },
      take(parts: readonly HandedPart[]) {
        told.push(`take ${parts.length}`);
        take(parts);
      },
    });
    await one.bind.configure({ ...config, window: 3 });
    await one.bind.tick();
    const results = one.bind.submit(["a", "b", "c", "d", "e"].map(text), one.now() + 8_000);
    void results.then(() => told.push("told"));
    await one.settle();
    one.links[0]?.hear(...one.submits().map((submit, n) => ok(submit, `x${n}`)));
    await one.settle();
    one.links[0]?.hear(
      ...one
        .submits()
        .slice(3)
        .map((submit, n) => ok(submit, `y${n}`)),
    );
    await results;
    expect(told).toEqual(["write 3, sent 0", "take 3", "write 2, sent 3", "take 2", "told"]);
  });

  it.each(["write", "take"] as const)("gives the turns back where it cannot %s them down", async (fails) => {
    const one = world();
    await one.bind.configure(config);
    await one.bind.tick();
    const before = one.book[fails];
    one.book[fails] = () => {
      throw new Error("the disk is full");
    };
    const failed = one.bind.submit(["a", "b", "c"].map(text), one.now() + 8_000);
    const rejected = expect(failed).rejects.toThrow("the disk is full");
    await one.settle();
    one.links[0]?.hear(...one.submits().map((submit) => ok(submit, "x")));
    await rejected;
    expect(one.submits()).toHaveLength(fails === "write" ? 0 : 3);
    one.links[0]?.hear(
      ...one
        .submits()
        .slice(2)
        .map((submit) => ok(submit, "y")),
    );
    one.book[fails] = before;
    expect(one.bind.sight()[0]?.window.used).toBe(0);
    const sent = one.submits().length;
    const results = one.bind.submit([text("d")], one.now() + 8_000);
    await one.settle();
    one.links[0]?.hear(
      ...one
        .submits()
        .slice(sent)
        .map((submit) => ok(submit, "z")),
    );
    expect(await results).toEqual([{ outcome: "taken", reference: "z" }]);
  });

  it("takes answers that come behind the SMSC's unbind, and sends nothing more there", async () => {
    const one = world();
    await one.bind.configure({ ...config, window: 2 });
    await one.bind.tick();
    const results = one.bind.submit([text("a"), text("b"), text("c")], one.now() + 8_000);
    await one.settle();
    const [a, b] = one.submits();
    one.links[0]?.hear(ok(a as Pdu, "a"), pdu("unbind", { sequence: 9 }) as Pdu);
    await one.settle();
    expect(one.bind.health().state).toBe("down");
    expect(one.links[0]?.isClosed).toBe(false);
    one.links[0]?.hear(ok(b as Pdu, "b"));
    await one.settle();
    expect(one.links[0]?.isClosed).toBe(true);
    await one.pass(1_500);
    one.links[1]?.hear(ok(one.submits()[2] as Pdu, "c"));
    expect(await results).toEqual(["a", "b", "c"].map((reference) => ({ outcome: "taken", reference })));
  });

  it("waits two seconds for answers behind the SMSC's unbind", async () => {
    const one = world();
    await one.bind.configure(config);
    await one.bind.tick();
    const results = one.bind.submit([text("a")], one.now() + 8_000);
    await one.settle();
    one.links[0]?.hear(pdu("unbind", { sequence: 9 }) as Pdu);
    await one.pass(1_999);
    expect(one.links[0]?.isClosed).toBe(false);
    await one.pass(1);
    expect(one.links[0]?.isClosed).toBe(true);
    expect(await results).toMatchObject([{ outcome: "unknown" }]);
  });

  it("has what waits for its turn wait on when the connection ends, and sends it on the next one", async () => {
    const one = world();
    await one.bind.configure({ ...config, window: 1 });
    await one.bind.tick();
    const results = one.bind.submit([text("a"), text("b")], one.now() + 8_000);
    await one.settle();
    one.links[0]?.drop();
    await one.pass(2_000);
    expect(one.submits()).toHaveLength(2);
    one.links[1]?.hear(ok(one.submits()[1] as Pdu, "b"));
    expect(await results).toEqual([
      { outcome: "unknown", detail: "part 1: the connection ended before the answer" },
      { outcome: "taken", reference: "b" },
    ]);
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
  const turns = new Turns({ wall: () => 0, after: () => () => {}, go: () => {}, missed: () => {} });
  turns.open(8);
  turns.shrink();
  turns.shrink();
  expect(turns.window).toBe(2);
  for (let count = 0; count < 100; count++) turns.good();
  expect(turns.window).toBe(4);
  for (let count = 0; count < 1_000; count++) turns.good();
  expect(turns.window).toBe(8);
});
