/** A thousand connections on which nothing happens, for an hour of virtual time: they cost a look each half minute, and grow by nothing. */

import { DatabaseSync } from "node:sqlite";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import type { Caller } from "../../src/core/accounts/account.ts";
import type { Link, SessionPorts } from "../../src/doors/smpp/contract.ts";
import { makeGuesses } from "../../src/doors/smpp/guesses.ts";
import { Meter } from "../../src/doors/smpp/meter.ts";
import { Pace } from "../../src/doors/smpp/pace.ts";
import { Session } from "../../src/doors/smpp/session.ts";
import { watch } from "../../src/doors/smpp/watch.ts";
import { STATUS } from "../../src/smpp/fields.ts";
import { decode, encode, pdu, respond } from "../../src/smpp/pdu.ts";
import { lineBook } from "../../src/store/messaging/line-book.ts";
import { memoryParts } from "../support/parts.ts";

const SESSIONS = 1_000;
const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 29);

setFlagsFromString("--expose_gc");
const collectGarbage: () => void = runInNewContext("gc");

/** An object with so many connections, whose programs answer whether they are there, and say nothing else. */
async function house() {
  let now = START;
  let [asked, looked, written] = [0, 0, 0];
  let next: number | undefined;
  const logged: string[] = [];
  const timers = new Set<object>();
  const kept = new Map<string, Link>();
  const database = new DatabaseSync(":memory:");
  const sql = {
    exec(query: string, ...given: (string | number)[]) {
      if (/^\s*(INSERT|UPDATE|DELETE)/.test(query)) written += 1;
      const rows = database.prepare(query).all(...given);
      return { toArray: () => rows, one: () => rows[0] };
    },
  } as unknown as SqlStorage;
  const meter = new Meter(lineBook(sql), () => now);
  const shared = { pace: new Pace(), guesses: makeGuesses(), parts: memoryParts() };
  const caller = {
    account: { id: "acme", number: 7, settings: {} },
    credential: { id: "c", name: "acme" },
  } as unknown as Caller;
  const heard = (session: Session, id: string, octets: Uint8Array) => {
    meter.saw(id, "heard", octets);
    return session.hear(octets);
  };
  const open = (number: number): Session => {
    const link: Link = {
      ...{ id: `link-${number}`, address: "192.0.2.1", isSecure: true, systemId: "acme" },
      ...{ openedAt: now, heardAt: now, sequence: 0, unanswered: 0 },
    };
    const ports: SessionPorts = {
      ...shared,
      dialect: "cm",
      gateway: {
        callerByKeyName: async () => {
          looked += 1;
          return caller;
        },
        takeRequest: async () => {},
        wake: async () => {},
      } as unknown as SessionPorts["gateway"],
      accept: async () => {},
      now: () => now,
      newId: () => "id",
      fault: (error) => logged.push(String(error)),
      speech: {
        credential: "smpp",
        isPassword: async () => true,
        limits: () => ({ binds: SESSIONS, window: 10, perSecond: 100 }),
        answer: async (request) => respond(request, STATUS.ok),
        passOnLate: async () => undefined,
        toPdus: () => undefined,
      },
      awake: async () => {},
      keep: (link) => void kept.set(link.id, { ...link }),
      send(octets) {
        meter.saw(link.id, "sent", octets);
        const decoded = decode(octets);
        if (decoded.outcome !== "pdu" || decoded.pdu.command !== "enquire_link") return;
        asked += 1;
        void heard(session, link.id, encode(respond(decoded.pdu, STATUS.ok)));
      },
      close: (why) => logged.push(why),
      after(_, run) {
        timers.add(run);
        return () => timers.delete(run);
      },
      boundOthers: () => 0,
      missedAt: () => Number.NEGATIVE_INFINITY,
      wall: () => now,
      log: (name) => logged.push(name),
    };
    const session = new Session(link, ports);
    return session;
  };
  const sessions = Array.from({ length: SESSIONS }, (_, number) => open(number));
  const bind = encode(pdu("bind_transceiver", { sequence: 1, body: { systemId: "acme", password: "right" } }));
  for (const session of sessions) await heard(session, session.link.id, bind);
  logged.splice(0);
  next = now;
  return {
    /** All that the alarm does in so many minutes. */
    async pass(minutes: number): Promise<void> {
      const until = now + minutes * MINUTE;
      while (next !== undefined && next <= until) {
        now = next;
        await watch({
          sessions: () => sessions,
          passOnLate: async () => undefined,
          again: async (at) => {
            next = at;
          },
          wall: () => now,
          fault: (error) => logged.push(String(error)),
        });
      }
      now = until;
    },
    /** Octets that are in use, when nothing more can be thrown away. */
    weigh() {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    },
    sizes: () => ({
      timers: timers.size,
      attachments: JSON.stringify([...kept.values()].map(({ sequence: _, ...link }) => link)).length,
      outstanding: sessions.reduce((sum, { outstanding }) => sum + outstanding, 0),
    }),
    costs: () => ({ asked, looked, written }),
    logged,
    bound: () => sessions.filter(({ takesNews }) => takesNews).length,
  };
}

it("cost a look each half minute, write nothing, and are as large after an hour as before", async () => {
  const { pass, weigh, sizes, costs, logged, bound } = await house();
  await pass(10);
  const [weight, size, before] = [weigh(), sizes(), costs()];
  await pass(60);
  const after = costs();
  expect(bound()).toBe(SESSIONS);
  expect(sizes()).toEqual(size);
  expect(size).toMatchObject({ timers: 0, outstanding: 0 });
  expect(logged).toEqual([]);
  expect(after.written).toBe(before.written);
  // One question and one look for each, each half minute: 120 an hour.
  expect((after.asked - before.asked) / SESSIONS).toBeLessThanOrEqual(120);
  expect((after.looked - before.looked) / SESSIONS).toBeLessThanOrEqual(121);
  // What there is of a session is some kilobytes; an answer that is kept by mistake would be a hundred bytes each time.
  expect((weigh() - weight) / SESSIONS).toBeLessThan(1_000);
});
