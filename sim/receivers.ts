/**
 * The customers' own servers, which our webhooks go to. They are as reliable as such servers are, and acknowledge as the
 * dialect that calls them wants it.
 */

import type { Faults } from "./faults.ts";
import type { Outside } from "./ground/process.ts";
import type { Random } from "./ground/random.ts";
import type { Timeline } from "./ground/timeline.ts";
import { customOf, type Kind, type Reply } from "./oracle/customs.ts";
import type { Answered } from "./oracle/next-try.ts";
import { type Call, readCall } from "./oracle/wire.ts";

/** A call that a customer's server took: it acknowledged it, whether or not we heard of it. */
export type Received = Call;

/** Any call that came to a customer's server. What was answered in time is told as soon as it is. */
export type Knock = Call & { answer?: Answered };

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** How many of the refusals say that nothing is there any more; and which may say for how long. */
const GONE = 0.01;
const BUSY: readonly number[] = [429, 503];
/** Who calls waits no longer for an answer. */
const CALLERS_PATIENCE = 10 * SECOND;

type Manner = "refuses" | "resets" | "hangs";
type Server = { outages: readonly { from: number; until: number; manner: Manner }[]; isSlow: boolean };

export function makeReceivers(given: {
  timeline: Timeline;
  random: Random;
  faults: Faults;
  received: (call: Received) => void;
  knocked?: (knock: Knock) => void;
}): Outside {
  const { timeline, faults, received, knocked } = given;
  const random = given.random.fork("receivers");
  const servers = new Map<string, Server>();
  const begun = timeline.now;

  /** A server is one address of a customer's. Where servers fail at all, some are down for long, and some are slow. */
  const serverAt = (address: string): Server => {
    let server = servers.get(address);
    if (!server) {
      server = { outages: [], isSlow: false };
      const chance = random.fork(address);
      if (faults.has("receiver-refuses") || faults.has("receiver-hangs")) {
        const from = begun + chance.wait(chance.pick([HOUR, DAY]));
        const lasts = chance.pick([HOUR / 4, 3 * HOUR, DAY, 2.5 * DAY, 5 * DAY]) * (0.5 + chance.next());
        const manner = chance.pick(["refuses", "refuses", "resets", "hangs"] as const);
        // Texts of CM.com are tried every five minutes for a month: no run has so many events.
        const isShort = /\/cm\/texts/.test(address);
        server = {
          outages: chance.chance(0.35)
            ? [{ from, until: from + (isShort ? Math.min(lasts, 4 * HOUR) : lasts), manner }]
            : [],
          isSlow: chance.chance(0.15),
        };
      }
      servers.set(address, server);
    }
    return server;
  };

  const mannerOf = ({ outages }: Server): Manner | "works" => {
    const { now } = timeline;
    const outage = outages.find(({ from, until }) => from <= now && now < until);
    if (outage) return outage.manner;
    if (faults.hits("receiver-resets")) return "resets";
    return faults.hits("receiver-refuses") ? "refuses" : "works";
  };

  /** Some servers are gone for good; some that are busy say for how long, in seconds or by a date. */
  const refusal = (replies: readonly Reply[]): Reply => {
    if (random.chance(GONE)) return { status: 410, body: "" };
    const reply = random.pick(replies);
    if (!BUSY.includes(reply.status) || random.chance(0.4)) return reply;
    const asked = random.pick([0, 20, 20 * MINUTE, 5 * HOUR, 20 * DAY]) * random.next();
    const retryAfter = random.chance(0.5)
      ? String(Math.floor(asked / SECOND))
      : new Date(timeline.now + asked).toUTCString();
    return { ...reply, headers: { "retry-after": retryAfter } };
  };

  return async ({ method, url, headers, body }) => {
    let isLate = false;
    const limit = timeline.after(CALLERS_PATIENCE, `${url}: the caller gives up`, () => {
      isLate = true;
    });
    const { host, pathname, searchParams } = new URL(url);
    await timeline.wait(random.wait(30), `${host} is called`);
    const knock: Knock = { method, url, host, path: pathname, query: searchParams, headers, body, at: timeline.now };
    const told = readCall(knock);
    knocked?.(knock);
    const server = serverAt(`${host}${pathname}`);
    const custom = customOf(told?.dialect ?? "stafett");
    const kind = (told?.kind === "probe" ? "report" : (told?.kind ?? "report")) as Kind;
    const answer = async (isTaken: boolean, reply: Reply) => {
      const takes = server.isSlow && !faults.isCalm ? random.wait(5 * SECOND) : random.wait(30);
      await timeline.wait(takes, `${host} answers ${reply.status} ${reply.body}`);
      const retryAfter = reply.headers?.["retry-after"];
      const { status } = reply;
      if (!isLate) {
        knock.answer = { isTaken, at: timeline.now, status, ...(retryAfter === undefined ? {} : { retryAfter }) };
      }
      limit.isOff = true;
      return reply;
    };
    switch (mannerOf(server)) {
      case "resets":
        return { fails: "connection reset" };
      case "hangs":
        return new Promise(() => {});
      case "refuses":
        return answer(false, refusal(custom.refuses(kind)));
      case "works":
        break;
    }
    const hangs = faults.hits("receiver-hangs");
    received(knock);
    if (hangs) return new Promise(() => {});
    if (faults.hits("receiver-answer-lost")) {
      await timeline.wait(random.wait(30), `${host} took it, and its answer is lost`);
      return { fails: "connection reset" };
    }
    return answer(true, random.pick(custom.takes(kind)));
  };
}
