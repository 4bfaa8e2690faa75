/** Telling customers: one attempt for each webhook that is due, and what is to happen after it. */

import { Group } from "../group.ts";
import type { Clock, Http, HttpAnswer, Jobs, Log, Signer } from "../ports.ts";
import type { WebhookFormat } from "./format.ts";
import type { Attempted, ClaimedWebhook, EndpointHealth, WebhookStore } from "./store.ts";
import type { WebhookId } from "./webhook.ts";

/** How long a claim holds; longer than any attempt may take, with the wait for its turn. Milliseconds. */
export const LEASE = 120_000;
/** No attempt is begun later: the platform lets us work on for 30 seconds when the job is answered. Milliseconds. */
const LATEST_START = 15_000;
/**
 * How many calls to one endpoint may be under way at once. A Worker has six connections: an endpoint never gets all of
 * them, and one that has been failing gets one.
 */
const PER_ENDPOINT = 4;
/** A queue holds a delayed message no longer than this; what is due later is the sweeper's. Seconds. */
export const LONGEST_DELAY = 43_200;

type DeliverPorts = {
  clock: Clock;
  http: Http;
  jobs: Jobs;
  log: Log;
  signer: Signer;
  webhooks: WebhookStore;
  formats: ReadonlyMap<string, WebhookFormat>;
};

/**
 * Makes one attempt at each webhook that is due and ours to take. Endpoints go side by side, so that a slow one delays
 * nobody but itself; results are written in groups as they come in.
 */
export async function deliver(ports: DeliverPorts, ids: readonly WebhookId[]): Promise<void> {
  const now = ports.clock.now();
  const claimed = await ports.webhooks.claim(ids, now, now + LEASE);
  if (claimed.length === 0) return;

  const latest = ports.clock.wall() + LATEST_START;
  const record = new Group<Result, void>(async (results) => {
    await ports.webhooks.attempted(
      results.map(({ attempted }) => attempted),
      healthOf(results),
    );
    await ringAgain(ports, results);
    return results.map(() => ({ status: "fulfilled", value: undefined }));
  });
  const byEndpoint = Map.groupBy(claimed, ({ webhook }) => `${webhook.account} ${webhook.endpoint}`);
  await Promise.all(
    [...byEndpoint.values()].map(async (waiting) => {
      const worker = async () => {
        while (ports.clock.wall() <= latest) {
          const next = waiting.shift();
          if (!next) return;
          await record.add(await attempt(ports, next));
        }
      };
      const workers = waiting[0]?.isFailing ? 1 : Math.min(PER_ENDPOINT, waiting.length);
      await Promise.all(Array.from({ length: workers }, worker));
    }),
  );

  const left = [...byEndpoint.values()].flat().map(({ webhook }) => webhook.id);
  if (left.length === 0) return;
  await ports.webhooks.giveBack(left, now + LEASE, ports.clock.now());
  await ports.jobs.deliver(left);
}

type Result = { claimed: ClaimedWebhook; attempted: Attempted; received: boolean };

async function attempt(ports: DeliverPorts, claimed: ClaimedWebhook): Promise<Result> {
  const { webhook, settings } = claimed;
  const format = ports.formats.get(webhook.dialect);
  const message = claimed.message ?? webhook.event.message;
  if (!format || !message) return given(ports, claimed, "nothing is left of the message this webhook is about");

  const count = webhook.attempts + 1;
  const answer = await call(ports, format, { url: webhook.url, event: webhook.event, message, attempt: count });
  const at = ports.clock.now();
  const received = format.isReceived(answer);
  const wait = received ? undefined : format.retryAfter(count, settings);
  const to = received ? "answered" : wait === undefined ? "dead" : "owed";
  const dueAt = wait === undefined ? undefined : at + wait * 1000;

  ports.log.event("webhook.attempted", {
    id: webhook.id,
    attempt: count,
    ...told(answer),
    ms: answer.milliseconds,
    became: to,
    ...(wait === undefined ? {} : { nextIn: wait }),
  });
  return {
    claimed,
    received,
    attempted: {
      id: webhook.id,
      to,
      at,
      ...(dueAt === undefined ? {} : { dueAt }),
      ...(to === "dead" ? { reason: `gave up after ${count} attempts; the last: ${inWords(answer)}` } : {}),
      entry: {
        at,
        what: "attempt",
        attempt: count,
        ...told(answer),
        milliseconds: answer.milliseconds,
        ...(answer.outcome === "answered" && answer.body ? { answer: answer.body.slice(0, 500) } : {}),
        ...(dueAt === undefined ? {} : { again: dueAt }),
      },
    },
  };
}

/** A fault of ours (no key to sign with, say) is a failed attempt like any other: written down, and tried again. */
async function call(
  ports: DeliverPorts,
  format: WebhookFormat,
  news: Parameters<WebhookFormat["report"]>[0],
): Promise<HttpAnswer> {
  try {
    return await ports.http.send(await format.report(news, ports));
  } catch (error) {
    return { outcome: "failed", error: `not sent: ${error}`, milliseconds: 0 };
  }
}

function given(ports: { clock: Clock }, claimed: ClaimedWebhook, reason: string): Result {
  const at = ports.clock.now();
  return {
    claimed,
    received: false,
    attempted: { id: claimed.webhook.id, to: "dead", at, reason, entry: { at, what: "given up", why: reason } },
  };
}

function told(answer: HttpAnswer): { status: number } | { error: string } {
  return answer.outcome === "answered" ? { status: answer.status } : { error: answer.error };
}

function inWords(answer: HttpAnswer): string {
  return answer.outcome === "answered" ? `status ${answer.status}` : answer.error;
}

function healthOf(results: readonly Result[]): EndpointHealth[] {
  const byEndpoint = Map.groupBy(results, ({ claimed }) => `${claimed.webhook.account} ${claimed.webhook.endpoint}`);
  return [...byEndpoint.values()].map((group) => {
    const { account, endpoint } = (group[0] as Result).claimed.webhook;
    const failed = group.filter(({ received }) => !received).length;
    return { account, endpoint, failed, received: failed < group.length, at: (group[0] as Result).attempted.at };
  });
}

async function ringAgain(ports: { jobs: Jobs }, results: readonly Result[]): Promise<void> {
  for (const { attempted } of results) {
    if (attempted.dueAt === undefined) continue;
    const seconds = Math.ceil((attempted.dueAt - attempted.at) / 1000);
    if (seconds <= LONGEST_DELAY) await ports.jobs.deliver([attempted.id], seconds);
  }
}
