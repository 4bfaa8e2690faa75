/** The conversation with a customer, at a clock that stands still. */

import { describe, expect, it } from "vitest";
import type { Caller } from "../../src/core/accounts/account.ts";
import { OverLimit } from "../../src/core/accounts/limits.ts";
import type { Link, SessionPorts } from "../../src/doors/smpp/contract.ts";
import { makeGuesses } from "../../src/doors/smpp/guesses.ts";
import { Pace } from "../../src/doors/smpp/pace.ts";
import { Session } from "../../src/doors/smpp/session.ts";
import { STATUS } from "../../src/smpp/fields.ts";
import { decode, encode, type Pdu, pdu, respond } from "../../src/smpp/pdu.ts";
import { memoryParts } from "../support/parts.ts";

const START = Date.UTC(2026, 10, 29);

function conversation({ isDown = false, isAsleep = false, sequence = 0, shared = { bound: 0 } } = {}) {
  let now = START;
  /** Resolves what is under way with the dialect. */
  const underWay: (() => void)[] = [];
  let isSlow = false;
  let isOver = false;
  const tried: string[] = [];
  const said: Pdu[] = [];
  const ended: string[] = [];
  /** When the requests that the dialect answered were heard. */
  const heardAt: number[] = [];
  /** Whether the last of them is given up. */
  let isGivenUp = () => false;
  const timers = new Set<{ at: number; run: () => void }>();
  const woken: string[] = [];
  let missedAt = Number.NEGATIVE_INFINITY;
  const callerOf = (account: string, credential: string) =>
    ({
      account: { id: account, number: 7, settings: {} },
      credential: { id: credential, name: "acme" },
    }) as unknown as Caller;
  let caller = callerOf("acme", "first");
  let isCounted = false;
  let looked = 0;
  const link: Link = {
    id: "link",
    address: "192.0.2.1",
    isSecure: false,
    systemId: "acme",
    openedAt: now,
    heardAt: now,
    sequence,
    unanswered: 0,
  };
  const ports: SessionPorts = {
    dialect: "cm",
    // Of the gateway, a conversation uses these three alone.
    gateway: {
      callerByKeyName: async () => {
        looked += 1;
        if (isDown) throw new Error("the database is down");
        return caller;
      },
      takeRequest: async () => {
        if (isOver) throw new OverLimit("too fast", 1);
      },
      wake: async (_: Caller, url: string) => void woken.push(url),
    } as unknown as SessionPorts["gateway"],
    parts: memoryParts(),
    accept: async () => {},
    now: () => now,
    newId: () => "id",
    fault: () => {},
    speech: {
      credential: "smpp",
      isPassword: async (_, password) => {
        tried.push(password);
        return password === "right";
      },
      limits: () => ({ binds: 4, window: 10, perSecond: 100 }),
      answer: async (request, _caller, _ports, heard) => {
        heardAt.push(heard.at);
        isGivenUp = heard.isGivenUp;
        if (isSlow) await new Promise<void>((resolve) => underWay.push(resolve));
        return respond(request, STATUS.ok, { body: { messageId: "m1" } });
      },
      passOnLate: async () => undefined,
      toPdus: () => undefined,
    },
    async awake() {
      if (isAsleep) throw new Error("the carriers could not be read");
    },
    keep({ bound }) {
      if (bound && !isCounted) shared.bound += 1;
      isCounted = bound !== undefined;
    },
    send(octets) {
      const decoded = decode(octets);
      if (decoded.outcome === "pdu") said.push(decoded.pdu);
    },
    close: (why) => void ended.push(why),
    after(milliseconds, run) {
      const timer = { at: now + milliseconds, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    boundOthers: () => shared.bound,
    missedAt: () => missedAt,
    wall: () => now,
    pace: new Pace(),
    guesses: makeGuesses(),
    log: () => {},
  };
  const session = new Session(link, ports);
  return {
    session,
    said,
    ended,
    woken,
    heardAt,
    link,
    tried,
    /** The system_id belongs to this credential now. */
    belongsTo(account: string, credential: string) {
      caller = callerOf(account, credential);
    },
    /** The credential may be used from these alone, from now on. */
    mayComeFrom(addresses: readonly string[]) {
      caller = { ...caller, credential: { ...caller.credential, addresses } };
    },
    isGivenUp: () => isGivenUp(),
    /** How often it was looked up whose the system_id is. */
    looked: () => looked,
    /** It has made as many requests as it may. */
    over() {
      isOver = true;
    },
    slow() {
      isSlow = true;
    },
    async finish() {
      while (underWay.length === 0) await Promise.resolve();
      for (const resolve of underWay.splice(0)) resolve();
    },
    /** Something cannot be told, since no connection is bound. */
    miss() {
      missedAt = now;
    },
    hear: (one: Pdu) => session.hear(encode(one)),
    bind: () =>
      session.hear(
        encode(
          pdu("bind_transceiver", {
            sequence: 1,
            body: { systemId: "acme", password: "right", interfaceVersion: 0x34 },
          }),
        ),
      ),
    pass(milliseconds: number) {
      now += milliseconds;
      for (const timer of [...timers]) {
        if (timer.at > now) continue;
        timers.delete(timer);
        timer.run();
      }
    },
  };
}
const submit = (sequence: number) => pdu("submit_sm", { sequence, body: { source: "Shop", destination: "4791" } });
const news = pdu("deliver_sm", { body: { source: "4791", destination: "Shop" } });

describe("a bound connection", () => {
  it("is told what waited, once it may be", async () => {
    const one = conversation();
    await one.bind();
    expect(one.said).toMatchObject([{ command: "bind_transceiver_resp", status: 0 }]);
    expect(one.woken).toEqual(["smpp://acme"]);
    one.pass(60_000);
    expect(one.woken).toHaveLength(1);
  });

  it("is told soon what found no connection just before, though that is not written down yet", async () => {
    const one = conversation();
    one.miss();
    one.pass(4_999);
    await one.bind();
    expect(one.woken).toHaveLength(1);
    one.pass(5_000);
    expect(one.woken).toEqual(["smpp://acme", "smpp://acme"]);
  });

  it("need not be told twice what found no connection before that", async () => {
    const one = conversation();
    one.miss();
    one.pass(5_000);
    await one.bind();
    one.pass(60_000);
    expect(one.woken).toHaveLength(1);
  });

  it("is asked after 30 s of silence, and ended after 60 s without a word", async () => {
    const one = conversation();
    await one.bind();
    one.pass(29_000);
    await one.session.tick();
    expect(one.said).toHaveLength(1);
    one.pass(2_000);
    await one.session.tick();
    expect(one.said.at(-1)).toMatchObject({ command: "enquire_link", sequence: 1 });
    one.pass(30_000);
    await one.session.tick();
    expect(one.ended).toEqual(["it fell silent"]);
  });

  it("stays where it answers", async () => {
    const one = conversation();
    await one.bind();
    for (let minute = 0; minute < 60; minute++) {
      one.pass(31_000);
      await one.session.tick();
      const asked = one.said.at(-1) as Pdu;
      expect(asked.command).toBe("enquire_link");
      await one.hear(respond(asked, STATUS.ok));
    }
    expect(one.ended).toEqual([]);
    expect(one.session.outstanding).toBe(0);
  });

  it("gets its deliveries under numbers that begin at 1 again after the last, skipping those in use", async () => {
    const one = conversation({ sequence: 0x7fffffff - 1 });
    await one.bind();
    const told = [one.session.tell(news), one.session.tell(news), one.session.tell(news)];
    const sequences = one.said.slice(1).map(({ sequence }) => sequence);
    expect(sequences).toEqual([0x7fffffff, 1, 2]);
    // Answers may come in any order.
    for (const sequence of [2, 0x7fffffff, 1])
      await one.hear(pdu("deliver_sm_resp", { sequence, status: sequence === 1 ? 0x64 : 0 }));
    expect(await Promise.all(told)).toEqual([
      { outcome: "answered", status: 0 },
      { outcome: "answered", status: 0x64 },
      { outcome: "answered", status: 0 },
    ]);
    one.link.sequence = 0x7fffffff;
    void one.session.tell(news);
    one.link.sequence = 0x7fffffff;
    void one.session.tell(news);
    expect(one.said.slice(-2).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it("is ended after two deliveries without an answer, and what was told is told again", async () => {
    const one = conversation();
    await one.bind();
    const first = one.session.tell(news);
    one.pass(10_000);
    expect(await first).toEqual({ outcome: "silent" });
    // A late answer is nobody's: the delivery comes again, under another number.
    await one.hear(pdu("deliver_sm_resp", { sequence: 1 }));
    const second = one.session.tell(news);
    const third = one.session.tell(news);
    one.pass(10_000);
    expect(await Promise.all([second, third])).toEqual([{ outcome: "silent" }, { outcome: "gone" }]);
    expect(one.ended).toEqual(["deliveries were not answered"]);
    expect(one.session.takesNews).toBe(false);
  });

  it("waits for its turn while ten wait for their answers, for three seconds", async () => {
    const one = conversation();
    await one.bind();
    const all = Array.from({ length: 12 }, () => one.session.tell(news));
    const told = () => one.said.filter(({ command }) => command === "deliver_sm").map(({ sequence }) => sequence);
    await settled();
    expect(told()).toHaveLength(10);
    await one.hear(pdu("deliver_sm_resp", { sequence: told()[3] as number }));
    await settled();
    expect(told()).toHaveLength(11);
    one.pass(3_000);
    expect(await all[11]).toEqual({ outcome: "full" });
    one.session.closed("the wire was cut");
    const outcomes = (await Promise.all(all)).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === "gone")).toHaveLength(10);
    expect(one.session.outstanding).toBe(0);
    expect(await one.session.tell(news)).toEqual({ outcome: "gone" });
  });

  it("ends with all that waits for an answer", async () => {
    const one = conversation();
    await one.bind();
    const told = one.session.tell(news);
    one.session.closed("the wire was cut");
    expect(await told).toEqual({ outcome: "gone" });
    expect(one.session.outstanding).toBe(0);
  });

  it("takes a generic_nack for the answer to the delivery of its number, and one of 0 for none", async () => {
    const one = conversation();
    await one.bind();
    const told = one.session.tell(news);
    await one.hear(pdu("generic_nack", { status: 2, sequence: 0 }));
    expect(one.session.outstanding).toBe(1);
    await one.hear(pdu("generic_nack", { status: 3, sequence: 1 }));
    expect(await told).toEqual({ outcome: "answered", status: 3 });
  });
});

describe("a credential with a list of addresses", () => {
  it.each([
    { addresses: ["198.51.100.0/24"], status: STATUS.bindFailed },
    { addresses: ["198.51.100.0/24", "192.0.2.0/24"], status: STATUS.ok },
  ])("binds from 192.0.2.1 with status $status where it may come from $addresses", async ({ addresses, status }) => {
    const one = conversation();
    one.mayComeFrom(addresses);
    await one.bind();
    expect(one.said).toMatchObject([{ command: "bind_transceiver_resp", status }]);
  });

  it("is given after the bind: what comes from elsewhere is refused, and the connection ends", async () => {
    const one = conversation();
    await one.bind();
    one.mayComeFrom(["198.51.100.0/24"]);
    await one.hear(submit(2));
    expect(one.said[1]).toMatchObject({ command: "submit_sm_resp", status: STATUS.bindState });
    expect(one.ended).toEqual(["its credential was withdrawn"]);
  });
});

it("is looked up once for all requests that came together, and anew for those that come after", async () => {
  const one = conversation();
  await one.bind();
  const before = one.looked();
  await Promise.all([2, 3, 4].map((sequence) => one.hear(submit(sequence))));
  expect(one.looked() - before).toBe(1);
  one.belongsTo("another", "second");
  await one.hear(submit(5));
  expect(one.said.slice(0, 5).map(({ status }) => status)).toEqual([0, 0, 0, 0, STATUS.bindState]);
});

it("a request was heard when it came, though its look-up took long", async () => {
  const one = conversation();
  await one.bind();
  const answered = one.hear(submit(2));
  one.pass(90_000);
  await answered;
  expect(one.heardAt).toEqual([START]);
});

it("is throttled where the credential has made as many requests as it may, before anything is done", async () => {
  const one = conversation();
  await one.bind();
  one.over();
  await one.hear(submit(2));
  expect(one.said[1]).toMatchObject({ command: "submit_sm_resp", status: STATUS.throttled });
  expect(one.ended).toEqual([]);
});

describe("a system_id that has got another credential", () => {
  it.each([
    ["another account's", "other", "second"],
    ["the same account's", "acme", "second"],
  ])("ends the connections that the old one opened: %s", async (_, account, credential) => {
    const one = conversation();
    await one.bind();
    one.belongsTo(account, credential);
    await one.hear(submit(2));
    expect(one.said.at(-2)).toMatchObject({ command: "submit_sm_resp", status: STATUS.bindState, sequence: 2 });
    expect(one.said.at(-1)).toMatchObject({ command: "unbind" });
    expect(one.ended).toEqual(["its credential was withdrawn"]);

    const idle = conversation();
    await idle.bind();
    expect([idle.session.takesNewsOf("first"), idle.session.takesNewsOf("second")]).toEqual([true, false]);
    idle.belongsTo(account, credential);
    await idle.session.tick();
    expect(idle.ended).toEqual(["its credential was withdrawn"]);
  });
});

describe("the end of a connection waits for what is under way", () => {
  it("when the customer unbinds behind a submit", async () => {
    const one = conversation();
    await one.bind();
    one.slow();
    const heard = [one.hear(submit(2)), one.hear(pdu("unbind", { sequence: 3 }))];
    await one.finish();
    await Promise.all(heard);
    expect(one.said.slice(1)).toMatchObject([
      { command: "submit_sm_resp", status: 0, sequence: 2 },
      { command: "unbind_resp", status: 0, sequence: 3 },
    ]);
    expect(one.ended).toEqual(["it unbound"]);
  });

  it("when we take leave; what comes then is to come again", async () => {
    const one = conversation();
    await one.bind();
    one.slow();
    const first = one.hear(submit(2));
    const left = one.session.unbind("the bridge is ending");
    await one.hear(submit(3));
    await one.finish();
    await Promise.all([first, left]);
    expect(one.said.slice(1)).toMatchObject([
      { command: "submit_sm_resp", status: STATUS.systemError, sequence: 3 },
      { command: "submit_sm_resp", status: 0, sequence: 2 },
      { command: "unbind" },
    ]);
    expect(one.ended).toEqual(["the bridge is ending"]);
  });

  it("but not for ever", async () => {
    const one = conversation();
    await one.bind();
    one.slow();
    void one.hear(submit(2));
    const left = one.session.unbind("the bridge is ending");
    one.pass(5_000);
    await left;
    expect(one.ended).toEqual(["the bridge is ending"]);
  });
});

describe("a submit that is under way when its connection ends", () => {
  const hangUp = (session: Session) => session.closed("the customer closed the connection", true);
  it.each<{ name: string; end: (one: ReturnType<typeof conversation>) => void; isGivenUp: boolean }>([
    { name: "goes on while the connection stands", end: () => {}, isGivenUp: false },
    { name: "is given up where it breaks", end: ({ session }) => session.closed("it broke"), isGivenUp: true },
    { name: "is done where its program hangs up at once", end: ({ session }) => hangUp(session), isGivenUp: false },
    {
      name: "is done where its program hangs up before it can have lost patience",
      end({ pass, session }) {
        pass(1_999);
        hangUp(session);
        pass(60_000);
      },
      isGivenUp: false,
    },
    {
      name: "is given up where its program hangs up after two seconds",
      end({ pass, session }) {
        pass(2_000);
        hangUp(session);
      },
      isGivenUp: true,
    },
    {
      name: "is done where its program unbound, though its connection broke then",
      end({ hear, session }) {
        void hear(pdu("unbind", { sequence: 3 }));
        session.closed("it broke");
      },
      isGivenUp: false,
    },
    {
      name: "is given up where we have ended the connection",
      end({ pass, session }) {
        void session.unbind("the bridge is ending");
        pass(5_000);
      },
      isGivenUp: true,
    },
  ])("$name", async ({ end, isGivenUp }) => {
    const one = conversation();
    await one.bind();
    one.slow();
    void one.hear(submit(2));
    await expect.poll(() => one.heardAt.length).toBe(1);
    end(one);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect(one.isGivenUp()).toBe(isGivenUp);
  });
});

describe("binds that come at once", () => {
  it("on one connection: one password is looked at, the others are refused", async () => {
    const one = conversation();
    const bind = (sequence: number, password: string) =>
      one.hear(pdu("bind_transceiver", { sequence, body: { systemId: "acme", password } }));
    await Promise.all([bind(1, "wrong"), bind(2, "right"), bind(3, "right")]);
    expect(one.tried).toEqual(["wrong"]);
    expect(one.said.map(({ status, sequence }) => [sequence, status])).toEqual([
      [2, STATUS.alreadyBound],
      [3, STATUS.alreadyBound],
      [1, STATUS.password],
    ]);
  });

  it("on two connections: no more are bound than may be", async () => {
    const shared = { bound: 3 };
    const [one, other] = [conversation({ shared }), conversation({ shared })];
    await Promise.all([one.bind(), other.bind()]);
    expect([one.said[0]?.status, other.said[0]?.status].sort()).toEqual([STATUS.ok, STATUS.bindFailed]);
  });
});

it("what cannot be written as a PDU is told to the caller, and is no silence of the customer's", async () => {
  const one = conversation();
  await one.bind();
  const unwritable = pdu("deliver_sm", { body: { source: "\u0141ukasz" } });
  await expect(one.session.tell(unwritable)).rejects.toThrow("source");
  expect(one.session.outstanding).toBe(0);
  one.pass(10_000);
  expect(one.link.unanswered).toBe(0);
});

describe("when the database is down", () => {
  it("a bind is refused in a way after which programs try again, never as a wrong password", async () => {
    const one = conversation({ isDown: true });
    await one.bind();
    expect(one.said).toMatchObject([{ command: "bind_transceiver_resp", status: STATUS.bindFailed }]);
    expect(one.ended).toHaveLength(1);
  });

  it("whatever needs it is answered as a fault that may be over soon, and all else as always", async () => {
    const one = conversation({ isAsleep: true });
    one.link.bound = { as: "transceiver", account: "acme", credential: "first", at: START };
    await one.hear(submit(4));
    await one.hear(pdu("enquire_link", { sequence: 5 }));
    expect(one.said).toMatchObject([
      { command: "submit_sm_resp", status: STATUS.systemError, sequence: 4 },
      { command: "enquire_link_resp", status: STATUS.ok, sequence: 5 },
    ]);
    const other = conversation({ isAsleep: true });
    await other.bind();
    expect(other.said).toMatchObject([{ command: "bind_transceiver_resp", status: STATUS.bindFailed }]);
  });

  it("a bound connection stays", async () => {
    const one = conversation({ isDown: true });
    one.link.bound = { as: "transceiver", account: "acme", credential: "first", at: START };
    await one.session.tick();
    expect(one.ended).toEqual([]);
    await one.hear(pdu("submit_sm", { sequence: 4, body: { source: "Shop", destination: "4791" } }));
    expect(one.said.at(-1)).toMatchObject({ command: "submit_sm_resp", status: STATUS.systemError, sequence: 4 });
  });
});

it("a connection that does not bind is ended", async () => {
  const one = conversation();
  await one.session.tick();
  expect(one.ended).toEqual([]); // it has only just come
  one.pass(30_000);
  await one.session.tick();
  expect(one.ended).toEqual(["it did not bind in time"]);
});

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}
