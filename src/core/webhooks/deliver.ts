/** Delivering webhooks: one attempt for each that is due, and its next step. */

import type { Clock } from "../kernel/clock.ts";
import { Group } from "../kernel/group.ts";
import type { WebhookId } from "../kernel/ids.ts";
import type { Http, HttpAnswer, HttpRequest, Jobs, Log, Signer } from "../kernel/ports.ts";
import { queueJobs } from "../kernel/queue-jobs.ts";
import { withoutSecrets } from "../kernel/secrets.ts";
import type { WebhookFormat } from "./format.ts";
import { nextTry } from "./next-try.ts";
import type { Attempted, ClaimedWebhook, EndpointHealth, WebhookStore } from "./store.ts";

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
  signer: Signer;
  publicUrl: string;
  webhooks: WebhookStore;
  formats: ReadonlyMap<string, WebhookFormat>;
};

/**
 * Makes one attempt at each webhook that is due and that it can claim. Endpoints go side by side, so that a slow one delays
 * no other; results are written in groups as they come in.
 */
export async function deliver(ports: DeliverPorts, ids: readonly WebhookId[]): Promise<void> {
  const now = ports.clock.now();
  const latest = ports.clock.wall() + LATEST_START;
  const claimed = await ports.webhooks.claim(ids, now, now + LEASE);
  if (claimed.length === 0) return;

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
  const lines = inLines(claimed);
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
      const attempted = await attempt(ports, next).finally(() => underWay--);
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
  if (left.length === 0) return;
  await ports.webhooks.giveBack(left, now + LEASE, ports.clock.now());
  await ports.jobs.deliver(left);
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
  return results.map(() => ({ status: "fulfilled", value: undefined }));
}

type Result = { claimed: ClaimedWebhook; attempted: Attempted; received: boolean };

async function attempt(ports: DeliverPorts, claimed: ClaimedWebhook): Promise<Result> {
  const { webhook } = claimed;
  const format = ports.formats.get(webhook.dialect);
  const count = webhook.attempts + 1;
  const request = format && requestFor(ports, format, claimed, count);
  if (!format || !request) return given(ports, claimed, "nothing is left of what this webhook is about");

  const sent = {} as { request?: HttpRequest };
  const answer = await call(ports, request, sent);
  const at = ports.clock.now();
  const form = webhook.kind === "inbound" ? webhook.event.form : undefined;
  const received = format.isReceived(answer, webhook.kind, form);
  const next = received ? undefined : nextTry(format, claimed, answer, at);
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
    attempted: {
      id: webhook.id,
      to,
      before: webhook.attempts,
      at,
      ...(dueAt === undefined ? {} : { dueAt }),
      ...(next && "givenUp" in next ? { reason: next.givenUp } : {}),
      entry: {
        at,
        event: "webhook.attempted",
        attempt: count,
        ...(count === 1 && sent.request ? { sent: inShort(sent.request) } : {}),
        ...told(answer),
        milliseconds: answer.milliseconds,
        ...(answer.outcome === "answered" && answer.body ? { answer: answer.body.slice(0, 500) } : {}),
        ...(dueAt === undefined ? {} : { again: dueAt }),
        ...(again?.asked === undefined ? {} : { asked: again.asked }),
      },
    },
  };
}

/** How to make the call, when it is its turn; undefined if the dialect has no such webhook, or the message is deleted. */
function requestFor(
  ports: DeliverPorts,
  format: WebhookFormat,
  { webhook, message: stored, settings, style }: ClaimedWebhook,
  attempt: number,
): (() => Promise<HttpRequest>) | undefined {
  const { id, url } = webhook;
  const { report, charge, inbound, subscription } = format;
  switch (webhook.kind) {
    case "report": {
      const { event } = webhook;
      const message = stored ?? event.message;
      return message && (() => report({ url, event, message, attempt, style }, ports));
    }
    case "charge": {
      const { event } = webhook;
      return charge && (() => charge({ id, url, event }, ports));
    }
    case "inbound": {
      const { event } = webhook;
      return inbound && (() => inbound({ id, url, event, attempt, settings }, ports));
    }
    case "subscription": {
      const { event } = webhook;
      return subscription && (() => subscription({ id, url, event }, ports));
    }
    default:
      return webhook satisfies never;
  }
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

/** The call as the timeline keeps it: the first one only, as later ones differ in their signature alone. */
function inShort({ method, url, body }: HttpRequest): { method: string; url: string; body?: string } {
  return {
    method,
    url: withoutSecrets(url),
    ...(body === undefined ? {} : { body: withoutSecrets(body.slice(0, LONGEST_SENT)) }),
  };
}

/** So much of the body is kept. Characters. */
const LONGEST_SENT = 1_000;

function given(ports: { clock: Clock }, claimed: ClaimedWebhook, reason: string): Result {
  const at = ports.clock.now();
  return {
    claimed,
    received: false,
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
  const byEndpoint = Map.groupBy(results, ({ claimed }) => `${claimed.webhook.account} ${claimed.webhook.endpoint}`);
  return [...byEndpoint.values()].map((group) => {
    const { account, endpoint } = (group[0] as Result).claimed.webhook;
    const failed = group.filter(({ received }) => !received).length;
    return { account, endpoint, failed, received: failed < group.length, at: (group[0] as Result).attempted.at };
  });
}
