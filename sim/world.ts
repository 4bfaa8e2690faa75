/** One run: a world made from a plan, driven to its end, and judged after each event. */

import { openDatabase } from "../test/support/database.ts";
import { clients } from "./clients/clients.ts";
import { Faults } from "./faults.ts";
import type { Bundle } from "./ground/bundle.ts";
import { type Answer, type Call, Cloud } from "./ground/cloud.ts";
import { makeRandom, type Random } from "./ground/random.ts";
import { Timeline } from "./ground/timeline.ts";
import { Network } from "./network.ts";
import { type Judges, judgesOf } from "./oracle/judges.ts";
import { Oracle, type PromiseName } from "./oracle/oracle.ts";
import type { Plan, Role } from "./plan.ts";
import { makeReceivers } from "./receivers.ts";
import { type Customer, openAccounts, SETTINGS } from "./setup.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
/** What is still open after so long without any fault will never be done. Virtual milliseconds. */
const LONGEST_REST = 60 * DAY;
/** While something is to happen within this, the cron comes each minute. */
const BUSY = MINUTE;
/** No run needs so many events: one that goes on and on is told of. */
const MOST_EVENTS = 200_000;

/** What a client, or a person, can do and see. */
export type Stage = {
  timeline: Timeline;
  random: Random;
  network: Network;
  accounts: readonly Customer[];
  oracle: Oracle;
  judges: Judges;
  /** How much each does. */
  deeds: number;
  call(call: Call, patience?: number): Promise<Answer | undefined>;
  /** The same until it is answered at all: an honest client asks again, with the very same bytes. */
  callUntilAnswered(call: Call): Promise<Answer>;
  /** Whether nobody begins anything new. */
  isOver(): boolean;
};

export type Outcome = {
  plan: Plan;
  events: number;
  /** The same for two runs that went the same way. */
  fingerprint: number;
  /** Virtual milliseconds. */
  lasted: number;
  faults: Record<string, number>;
  breach?: { promise: PromiseName; what: string; step: number; at: number; story: readonly string[] };
};

export async function run(
  plan: Plan,
  bundle: Bundle,
  options: { log?: (text: string) => void; story?: (text: string) => void } = {},
): Promise<Outcome> {
  const random = makeRandom(`run ${plan.seed} ${plan.luck}`);
  const timeline = new Timeline(plan.startsAt, random.fork("timeline"), options.story);
  const faults = new Faults(plan.faults, random.fork("faults"));
  const { sqlite } = openDatabase();
  const oracle = new Oracle(sqlite);
  const judges = judgesOf(oracle, timeline, faults, plan.kept * DAY);
  const network = new Network({ timeline, random, faults, witness: oracle });
  const cloud = new Cloud({
    bundle,
    sqlite,
    timeline,
    random,
    faults,
    shape: plan.shape,
    settings: { ...SETTINGS, RETENTION_DAYS: String(plan.kept) },
    network: network.ask,
    outside: makeReceivers({
      timeline,
      random,
      faults,
      received: (call) => oracle.received(call),
      knocked: (knock) => judges.webhooks.knocked(knock),
    }),
    log: options.log ?? (() => {}),
  });
  network.connect(cloud);
  const stage: Omit<Stage, "random"> = {
    timeline,
    network,
    accounts: undefined as never,
    oracle,
    judges,
    deeds: plan.deeds,
    async call(call, patience) {
      const answer = await cloud.call(call, patience);
      if (answer) oracle.answered(call, answer);
      return answer;
    },
    async callUntilAnswered(call) {
      for (let tries = 1; ; tries++) {
        const answer = await stage.call(call);
        if (answer && answer.status < 500) return answer;
        await timeline.wait(random.wait(Math.min(tries, 20) * 1_000), `${call.method} ${call.url} again`);
      }
    },
    isOver: () => timeline.step >= plan.until,
  };

  /** Lets things happen until this is done, or a promise is broken. */
  const until = async (done: () => boolean): Promise<void> => {
    while (!done() && !oracle.breach) {
      if (!(await timeline.next())) throw new Error("nothing will happen any more, and not all is done");
      oracle.look();
      if (!faults.isCalm && faults.hits("clock-jump") && network.isIdle) timeline.leap(random.wait(DAY / 2));
      if (timeline.step > MOST_EVENTS) oracle.report("P1", `after ${MOST_EVENTS} events there is no end of it`);
    }
  };

  let failure: unknown;
  const settled = async (work: Promise<unknown>) => {
    let isDone = false;
    work
      .catch((error) => {
        failure ??= error;
      })
      .finally(() => {
        isDone = true;
      });
    await until(() => isDone || failure !== undefined);
    if (failure !== undefined && !oracle.breach) throw failure;
  };

  const open = sqlite.prepare(OPEN);
  const dueAt = sqlite.prepare(DUE);
  const nextDue = () => (dueAt.get()?.at as number | null) ?? Number.POSITIVE_INFINITY;
  /** The cron, each minute; where nothing is to happen for a while, not before that. */
  const minute = () => {
    const next = Math.min(timeline.nextAt ?? Number.POSITIVE_INFINITY, nextDue());
    const wait = MINUTE - (timeline.now % MINUTE);
    cloud.tick();
    const idle = next === Number.POSITIVE_INFINITY ? 0 : next - timeline.now - BUSY;
    timeline.after(wait + Math.max(0, Math.floor(idle / MINUTE) * MINUTE), "a minute has passed", minute);
  };

  faults.isCalm = true;
  const opened = openAccounts(stage.callUntilAnswered).then((accounts) => {
    stage.accounts = accounts;
    judges.tenants.meet(accounts);
  });
  await settled(opened);
  faults.isCalm = false;
  timeline.after(MINUTE - (timeline.now % MINUTE), "a minute has passed", minute);

  const acting = plan.actors.map((name) => {
    const role = name.slice(0, name.lastIndexOf("-")) as Role;
    return clients[role]({ ...stage, random: random.fork(name) }, name);
  });
  await settled(Promise.all(acting));

  faults.isCalm = true;
  const restBy = timeline.now + LONGEST_REST;
  await until(() => {
    const left = open.all(timeline.now);
    if (left.length === 0 && cloud.waitingJobs === 0 && !network.isOwing) return true;
    if (timeline.now > restBy) oracle.report("P1", `it never comes to rest: ${JSON.stringify(left.slice(0, 3))}`);
    return false;
  });
  if (!oracle.breach) oracle.atRest();

  sqlite.close();

  const { breach } = oracle;
  return {
    plan,
    events: timeline.step,
    fingerprint: timeline.fingerprint,
    lasted: timeline.now - plan.startsAt,
    faults: faults.counts,
    ...(breach
      ? {
          breach: {
            promise: breach.promise,
            what: breach.message,
            step: timeline.step,
            at: timeline.now,
            story: timeline.story,
          },
        }
      : {}),
  };
}

/** Subscriptions that somebody is to bill: those of a service that rests wait for it. */
const REBILLED = `
  subscription JOIN service ON service.account_id = subscription.account_id AND service.id = subscription.service_id
    AND service.terms->>'autoRebill' = 1 AND subscription.due_at IS NOT NULL`;

/** When something is next to be done. */
const DUE = `SELECT min(at) AS at FROM (
  SELECT min(due_at) AS at FROM message WHERE due_at IS NOT NULL
  UNION ALL SELECT min(due_at) FROM txn WHERE due_at IS NOT NULL
  UNION ALL SELECT min(due_at) FROM webhook WHERE due_at IS NOT NULL
  UNION ALL SELECT min(due_at) FROM preauth WHERE due_at IS NOT NULL
  UNION ALL SELECT min(due_at) FROM ${REBILLED})`;

/** What is not settled yet. Subscriptions go on for ever, but for what they are due by now (?1). */
const OPEN = `SELECT id, state, due_at FROM message WHERE due_at IS NOT NULL
  UNION ALL SELECT id, state, due_at FROM txn WHERE due_at IS NOT NULL
  UNION ALL SELECT id, state, due_at FROM webhook WHERE state IN ('owed', 'delivering')
  UNION ALL SELECT subscription.id, state, due_at FROM ${REBILLED} WHERE due_at <= ?1
  LIMIT 3`;
