/** Delivering webhooks: one attempt for each that is due, and its next step. */

import type { Clock } from "../kernel/clock.ts";
import { Group } from "../kernel/group.ts";
import type { WebhookId } from "../kernel/ids.ts";
import type { Http, HttpAnswer, HttpRequest, Jobs, Log, Signer } from "../kernel/ports.ts";
import { queueJobs } from "../kernel/queue-jobs.ts";
import type { Traceparent, Traces } from "../kernel/traces.ts";
import type { Pace } from "../messages/pace.ts";
import type { Counts } from "../operator/counts.ts";
import type { WebhookFormat } from "./format.ts";
import { inShort, keptHeaders } from "./kept-call.ts";
import { GONE, nextTry } from "./next-try.ts";
import { type PutOff, withinRates } from "./rate.ts";
import { waysOf } from "./request.ts";
import type { StandardPorts } from "./standard.ts";
import type { Attempted, ClaimedWebhook, EndpointHealth, WebhookStore } from "./store.ts";
import type { Webhook } from "./webhook.ts";

/** How long a claim holds; longer than any attempt may take, with the wait for its turn. Milliseconds. */
export const LEASE = 120_000;
/** No attempt is begun later: the platform lets us work on for 30 seconds when the job is answered. Milliseconds. */
const LATEST_START = 15_000;
/**
 * How many calls may be under way at once, how many of them to one host, and to one endpoint; to an endpoint that has
 * been failing, one. A Worker has six connections: the database needs one, and no host gets all the others, since a call
 * that waited for its connection would be timed as if it were slow.
 */
const AT_ONCE = 5;
const PER_HOST = 4;
const PER_ENDPOINT = 3;
/** So many results, or so many milliseconds, are waited for, that they may be written together. */
const ENOUGH = 40;
const GATHERED_FOR = 200;
/** How many results may wait to be written: a crash just then would send those webhooks twice. */
const MOST_UNWRITTEN = 50;
/** A queue holds a delayed message no longer than this; the sweeper finds those due later. Seconds. */
export const LONGEST_DELAY = 43_200;

type DeliverPorts = {
  clock: Clock;
  http: Http;
  jobs: Jobs;
  log: Log;
  counts: Counts;
  signer: Signer;
  publicUrl: string;
  webhooks: WebhookStore;
  formats: ReadonlyMap<string, WebhookFormat>;
  traces: Traces;
  pace: Pace;
} & StandardPorts;

/**
 * Makes one attempt at each webhook that is due and that it can claim. Endpoints go side by side, so that a slow one delays
 * no other; results are written in groups as they come in.
 * @param claimed is called when those that are to be attempted are claimed
 */
export async function deliver(ports: DeliverPorts, ids: readonly WebhookId[], claimed = () => {}): Promise<void> {
  const now = ports.clock.now();
  const latest = ports.clock.wall() + LATEST_START;
  const all = await ports.webhooks.claim(ids, now, now + LEASE);
  claimed();
  if (all.length === 0) return;
  const { now: own, later } = await withinRates(ports, all);
  await giveBack(ports, later, now + LEASE);
  if (own.length === 0) return;
  const traceOf = await ports.traces.of(own.flatMap(({ webhook }) => traced(webhook) ?? []));

  let underWay = 0;
  let unwritten = 0;
  let isEnough = () => {};
  // Results are written together: a write costs as much as a dozen calls. Where no more are to come, none is waited for.
  const mayWrite = () => unwritten >= ENOUGH || underWay === 0;
  const gather = async () => {
    if (mayWrite()) return;
    const enough = new Promise<void>((resolve) => {
      isEnough = resolve;
    });
    await Promise.race([enough, ports.clock.sleep(GATHERED_FOR)]);
  };
  const record = new Group<Result, void>((results) => write(ports, results), { sizeOf: () => 1, limit: 1_000 }, gather);
  const lines = inLines(own);
  const recorded: Promise<void>[] = [];
  let isBroken = false;
  // Each worker serves the next line that may be served, going round so that all get their turn.
  const worker = async () => {
    while (!isBroken && ports.clock.wall() <= latest) {
      const line = lines.find(
        ({ waiting, endpoint, host }) => waiting.length > 0 && endpoint.free > 0 && host.free > 0,
      );
      const next = line?.waiting.shift();
      if (!line || !next) return; // the worker that ends a call goes on with its line
      lines.push(...lines.splice(lines.indexOf(line), 1));
      line.endpoint.free--;
      line.host.free--;
      // Results are written while the next calls are made. When that fails, calling on would only mean calling twice:
      // unwritten attempts are made again when their claim runs out, those not begun are released.
      underWay++;
      const attempted = await attemptTraced(ports, next, traceOf).finally(() => underWay--);
      if (attempted.attempted.to === "dead") ports.counts.count("webhook_died", { account: next.webhook.account });
      unwritten++;
      if (mayWrite()) isEnough();
      const result = record.add(attempted).then(
        () => void unwritten--,
        (error) => {
          isBroken = true;
          ports.log.event("webhook.result_write_failed", { id: next.webhook.id, error: String(error) });
        },
      );
      recorded.push(result);
      if (unwritten >= MOST_UNWRITTEN) await result;
      line.endpoint.free++;
      line.host.free++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await Promise.all(recorded);

  const left = lines.flatMap(({ waiting }) => waiting).map(({ webhook }) => webhook.id);
  const at = ports.clock.now();
  await giveBack(
    ports,
    left.map((id) => ({ id, dueAt: at })),
    now + LEASE,
  );
}

/** What was claimed and is not begun is owed again, and queued for when it is due. */
async function giveBack(ports: DeliverPorts, some: readonly PutOff[], lease: number): Promise<void> {
  if (some.length === 0) return;
  const at = ports.clock.now();
  await ports.webhooks.giveBack(some, lease, at);
  await queueJobs(ports.jobs.deliver, some, at);
}

/** A line for each endpoint, with the calls that may still begin there, and at its host. */
function inLines(claimed: readonly ClaimedWebhook[]) {
  const hosts = new Map<string, { free: number }>();
  // What happened first is told first, as far as there is a choice.
  const inOrder = [...claimed].sort((a, b) => a.webhook.createdAt - b.webhook.createdAt);
  const byEndpoint = Map.groupBy(inOrder, ({ webhook }) => `${webhook.account} ${webhook.endpoint}`);
  return [...byEndpoint.values()].map((waiting) => {
    const url = waiting[0]?.webhook.url ?? "";
    const name = URL.parse(url)?.host ?? url;
    const host = hosts.get(name) ?? { free: PER_HOST };
    hosts.set(name, host);
    return { waiting, endpoint: { free: waiting[0]?.isFailing ? 1 : PER_ENDPOINT }, host };
  });
}

async function write(ports: DeliverPorts, results: readonly Result[]): Promise<PromiseSettledResult<void>[]> {
  await ports.webhooks.attempted(
    results.map(({ attempted }) => attempted),
    healthOf(results),
  );
  const again = results.map(({ attempted }) => attempted).filter(({ to }) => to === "owed");
  const soon = again.filter(({ dueAt = 0, at }) => dueAt - at <= LONGEST_DELAY * 1000);
  await queueJobs(ports.jobs.deliver, soon, ports.clock.now());
  await switchOffGone(ports, results);
  await goOn(ports, results);
  return results.map(() => ({ status: "fulfilled", value: undefined }));
}

/**
 * An endpoint that says that it is gone is switched off: what is owed there waits until it is switched on again. One that has another
 * address by now is called there next.
 */
async function switchOffGone(ports: DeliverPorts, results: readonly Result[]): Promise<void> {
  const reason = `it answered ${GONE}: it takes no calls any more`;
  const gone = new Map(
    results.flatMap(({ goneUrl: url, claimed: { webhook } }) => {
      const one = { account: webhook.account, endpoint: webhook.endpoint, reason, url };
      return url === undefined ? [] : [[JSON.stringify(one), { ...one, url }] as const];
    }),
  );
  if (gone.size === 0) return;
  await ports.jobs.deliver((await ports.webhooks.pause([...gone.values()], ports.clock.now())).owed);
  for (const { url: _, ...one } of gone.values()) ports.log.event("endpoint.paused", one);
}

/** What waited for these in their order. */
async function goOn(ports: DeliverPorts, results: readonly Result[]): Promise<void> {
  const orders = results.flatMap(({ attempted, claimed: { webhook, orderKey } }) => {
    return attempted.to === "owed" || orderKey === undefined
      ? []
      : [{ account: webhook.account, endpoint: webhook.endpoint, orderKey }];
  });
  if (orders.length === 0) return;
  const next = await ports.webhooks.nextInOrder(orders, ports.clock.now());
  if (next.length > 0) await ports.jobs.deliver(next);
}

/** `goneUrl`: the address that is gone. `isUncalled`: there was nothing to call, which says nothing of the endpoint. */
type Result = {
  claimed: ClaimedWebhook;
  attempted: Attempted;
  received: boolean;
  goneUrl?: string;
  isUncalled?: true;
};

/** The attempt as a piece of work in the trace of what the webhook is about. */
function attemptTraced(
  ports: DeliverPorts,
  claimed: ClaimedWebhook,
  traceOf: (id: string) => Traceparent | undefined,
): Promise<Result> {
  const { id, account, dialect, kind, attempts } = claimed.webhook;
  const about = traced(claimed.webhook);
  const facts = { id, account, dialect, kind, attempt: attempts + 1 };
  const work = { name: "webhook", facts, of: [about === undefined ? undefined : traceOf(about)] } as const;
  return ports.traces.span(
    work,
    () => attempt(ports, claimed),
    ({ attempted: { to } }) => ({ outcome: to }),
  );
}

/** The id of the message or charge that a webhook is about. */
function traced({ kind, subject, event }: Webhook): string | undefined {
  if (kind === "report" || kind === "charge") return subject;
  return kind === "event" && "id" in event.data ? event.data.id : undefined;
}

async function attempt(ports: DeliverPorts, claimed: ClaimedWebhook): Promise<Result> {
  const { webhook } = claimed;
  const count = webhook.attempts + 1;
  const { format, request, signedBy } = waysOf(ports, claimed, count);
  if (!format || !request) return given(ports, claimed, "nothing is left of what this webhook is about");

  const sent = {} as { request?: HttpRequest };
  const answer = await call(ports, request, sent);
  const at = ports.clock.now();
  const form = webhook.kind === "inbound" ? webhook.event.form : undefined;
  const received = format.isReceived(answer, webhook.kind, form);
  const isGone = webhook.kind === "event" && answer.outcome === "answered" && answer.status === GONE;
  // It is owed until its endpoint is switched off, just now: then it waits with the others.
  const next = received ? undefined : isGone ? { waits: 0 } : nextTry(format, claimed, answer, at);
  const to = !next ? "answered" : "givenUp" in next ? "dead" : "owed";
  const again = next && "waits" in next ? next : undefined;
  const dueAt = again && at + again.waits * 1000;

  ports.log.event("webhook.attempted", {
    id: webhook.id,
    attempt: count,
    ...told(answer),
    ms: answer.milliseconds,
    became: to,
    ...(again ? { nextIn: again.waits } : {}),
  });
  return {
    claimed,
    received,
    ...(isGone && sent.request ? { goneUrl: sent.request.url } : {}),
    attempted: {
      id: webhook.id,
      to,
      before: webhook.attempts,
      at,
      ...(dueAt === undefined ? {} : { dueAt }),
      ...(next && "givenUp" in next ? { reason: next.givenUp } : {}),
      ...(claimed.settings.sealed === true ? { isSealed: true as const } : {}),
      entry: {
        at,
        event: "webhook.attempted",
        attempt: count,
        ...(count === 1 && sent.request ? { sent: inShort(sent.request) } : {}),
        ...(sent.request
          ? { headers: keptHeaders(sent.request.headers, webhook.kind === "event" ? { signedBy } : undefined) }
          : {}),
        ...told(answer),
        milliseconds: answer.milliseconds,
        ...(answer.outcome === "answered" && answer.headers ? { answerHeaders: keptHeaders(answer.headers) } : {}),
        ...(answer.outcome === "answered" && answer.body ? { answer: answer.body.slice(0, 500) } : {}),
        ...(dueAt === undefined ? {} : { again: dueAt }),
        ...(again?.asked === undefined ? {} : { asked: again.asked }),
      },
    },
  };
}

/** A fault of ours (no key to sign with, say) is a failed attempt like any other: stored, and tried again. */
async function call(
  ports: DeliverPorts,
  request: () => Promise<HttpRequest>,
  sent: { request?: HttpRequest },
): Promise<HttpAnswer> {
  try {
    sent.request = await request();
    return await ports.http.send(sent.request);
  } catch (error) {
    return { outcome: "failed", error: `not sent: ${error}`, milliseconds: 0 };
  }
}

function given(ports: { clock: Clock }, claimed: ClaimedWebhook, reason: string): Result {
  const at = ports.clock.now();
  return {
    claimed,
    received: false,
    isUncalled: true,
    attempted: {
      id: claimed.webhook.id,
      to: "dead",
      before: claimed.webhook.attempts,
      at,
      reason,
      entry: { at, event: "webhook.given_up", why: reason },
    },
  };
}

function told(answer: HttpAnswer): { status: number } | { error: string } {
  return answer.outcome === "answered" ? { status: answer.status } : { error: answer.error };
}

function healthOf(results: readonly Result[]): EndpointHealth[] {
  const called = results.filter(({ isUncalled }) => !isUncalled);
  const byEndpoint = Map.groupBy(called, ({ claimed }) => `${claimed.webhook.account} ${claimed.webhook.endpoint}`);
  return [...byEndpoint.values()].map((group) => {
    const { account, endpoint } = (group[0] as Result).claimed.webhook;
    const failed = group.filter(({ received }) => !received).length;
    return { account, endpoint, failed, received: failed < group.length, at: (group[0] as Result).attempted.at };
  });
}
