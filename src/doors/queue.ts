/** A job becomes a verb; done, or again later. Jobs carry ids only: the rows decide what is due. */

import type { Gateway } from "../core/gateway.ts";
import { inChunks } from "../core/kernel/chunks.ts";
import type { Lane } from "../core/kernel/lane.ts";
import type { Jobs, Log } from "../core/kernel/ports.ts";
import { LONGEST_DELAY } from "../core/webhooks/deliver.ts";
import type { Env } from "../env.ts";
import type { Job } from "./job.ts";

/** A job ends in a verdict, and one function turns verdicts into ack or retry. */
export type Verdict = { ends: "done" } | { ends: "again"; afterSeconds: number };

/** Ids in one queue message. */
const IDS_PER_JOB = 100;
/** Ids in one statement: it holds the database for some hundredths of a second, so an urgent text waits no longer. */
const IDS_AT_ONCE = 200;
/** Jobs sent at once: a queue takes 100 and 256 KB, and a job of 100 ids has about 4 KB. */
const JOBS_AT_ONCE = 50;

/**
 * Does a batch of jobs as one: their ids are put together, so that a hundred small jobs cost what one large one does.
 * Never throws: locally, a throw would bring back jobs that were done.
 */
export async function consume(
  batch: MessageBatch<Job>,
  gateway: Gateway,
  log: Log,
  waitUntil: (promise: Promise<unknown>) => void,
): Promise<void> {
  const verdict = await run(
    batch.messages.map((message) => message.body),
    gateway,
    log,
    waitUntil,
  ).catch((error): Verdict => {
    log.event("job.failed", { queue: batch.queue, jobs: batch.messages.length, error: String(error) });
    return { ends: "again", afterSeconds: 5 };
  });
  if (verdict.ends === "done") batch.ackAll();
  else batch.retryAll({ delaySeconds: verdict.afterSeconds });
}

async function run(
  jobs: readonly Job[],
  gateway: Gateway,
  log: Log,
  waitUntil: (promise: Promise<unknown>) => void,
): Promise<Verdict> {
  const toSubmit = new Set(jobs.flatMap((job) => ("submit" in job ? job.submit : [])));
  for (const ids of inChunks([...toSubmit], IDS_AT_ONCE)) await gateway.submit(ids);

  const toCharge = new Set(jobs.flatMap((job) => ("charge" in job ? job.charge : [])));
  for (const ids of inChunks([...toCharge], IDS_PER_JOB)) await gateway.charge(ids);

  const toRelease = new Set(jobs.flatMap((job) => ("release" in job ? job.release : [])));
  if (toRelease.size > 0) await gateway.releaseCampaigns([...toRelease]);

  const toDeliver = new Set(jobs.flatMap((job) => ("deliver" in job ? job.deliver : [])));
  // Only claims are waited for: a customer's slow server must not hold up the next batch, and many claims at once would stand before
  // whatever an urgent text asks of the database. A claim that is never finished runs out.
  for (const ids of inChunks([...toDeliver], IDS_AT_ONCE)) {
    await new Promise<void>((claimed) =>
      waitUntil(
        gateway
          .deliver(ids, claimed)
          .catch((error) => log.event("webhooks.delivery_failed", { webhooks: ids.length, error: String(error) }))
          .finally(claimed),
      ),
    );
  }
  return { ends: "done" };
}

/** Queues jobs. If the queue fails, that is only logged: the rows are there, and the sweeper finds them. */
export function jobsOf(env: Env, log: Log): Jobs {
  const queue = (jobs: readonly Job[], to: Queue<Job>, delaySeconds: number | undefined) =>
    send(to, jobs, delaySeconds).catch((error) =>
      log.event("queue.send_failed", { jobs: jobs.length, error: String(error) }),
    );
  return {
    submit: (ids, delaySeconds, lane = "normal") =>
      queue(
        inChunks(ids, IDS_PER_JOB).map((submit) => ({ submit })),
        queueOf(env, lane),
        delaySeconds,
      ),
    charge: (ids, delaySeconds) =>
      queue(
        inChunks(ids, IDS_PER_JOB).map((charge) => ({ charge })),
        env.CHARGE_JOBS,
        delaySeconds,
      ),
    deliver: (ids, delaySeconds) =>
      queue(
        inChunks(ids, IDS_PER_JOB).map((deliver) => ({ deliver })),
        env.WEBHOOK_JOBS,
        delaySeconds,
      ),
    release: (ids, delaySeconds) => queue([{ release: ids }], env.BULK_JOBS, delaySeconds),
  };
}

/** Each lane of texts has a queue, so that no text waits behind one of a later lane. */
function queueOf(env: Env, lane: Lane): Queue<Job> {
  return { urgent: env.URGENT_JOBS, normal: env.MESSAGE_JOBS, bulk: env.BULK_JOBS }[lane];
}

async function send(queue: Queue<Job>, jobs: readonly Job[], delaySeconds = 0): Promise<void> {
  const delay = Math.min(LONGEST_DELAY, Math.max(0, Math.ceil(delaySeconds)));
  for (const some of inChunks(jobs, JOBS_AT_ONCE)) {
    await queue.sendBatch(some.map((body) => ({ body, ...(delay > 0 ? { delaySeconds: delay } : {}) })));
  }
}
