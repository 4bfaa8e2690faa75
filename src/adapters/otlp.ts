/** Spans as OTLP has them over HTTP, in JSON, and their way to a collector: together, beside the answers, and at most once. */

import type { Http, Log } from "../core/kernel/ports.ts";
import type { Exporter, Span } from "../core/kernel/traceparent.ts";
import type { Facts, SpanName } from "../core/kernel/traces.ts";

/** So long spans wait for company. Milliseconds. */
const TOGETHER_MS = 1_000;
/** So long a collector may take. Milliseconds. */
const COLLECTOR_LIMIT_MS = 5_000;
/** A request that was to send them may have been cancelled: then another does. Milliseconds. */
const LONGEST_MS = TOGETHER_MS + 2 * COLLECTOR_LIMIT_MS;
/** Spans in one call, and in memory; what goes beyond is left out, and counted. */
const MOST_AT_ONCE = 500;
const MOST_KEPT = 5_000;

type Given = {
  http: Pick<Http, "send">;
  url: string;
  headers: Readonly<Record<string, string>>;
  sleep: (milliseconds: number) => Promise<void>;
  wall: () => number;
  /** Keeps whatever is under way alive, until this is settled. */
  keepAlive: (promise: Promise<unknown>) => void;
  log: Log;
  mask: Mask;
};

/** Hides what looks like a phone number, as in the log, whoever put it there. */
type Mask = (key: string, value: unknown) => unknown;

export function otlpExporter({ http, url, headers, sleep, wall, keepAlive, log, mask }: Given): Exporter {
  let waiting: Span[] = [];
  let leftOut = 0;
  let sendingSince: number | undefined;

  const sendSome = async (spans: readonly Span[]) => {
    const request = { method: "POST" as const, url, headers: { ...headers, "content-type": "application/json" } };
    const body = JSON.stringify(toRequest(spans, mask));
    const answer = await http.send({ ...request, body, timeLimit: COLLECTOR_LIMIT_MS });
    if (answer.outcome === "answered" && answer.status < 300) return;
    const why = answer.outcome === "answered" ? { status: answer.status } : { error: answer.error };
    log.event("traces.export_failed", { spans: spans.length, ...why });
  };
  const send = async () => {
    await sleep(TOGETHER_MS);
    const spans = waiting;
    waiting = [];
    sendingSince = undefined;
    if (leftOut > 0) log.event("traces.left_out", { spans: leftOut });
    leftOut = 0;
    for (let at = 0; at < spans.length; at += MOST_AT_ONCE) await sendSome(spans.slice(at, at + MOST_AT_ONCE));
  };

  return {
    add(spans) {
      const room = Math.max(0, MOST_KEPT - waiting.length);
      waiting.push(...spans.slice(0, room));
      leftOut += Math.max(0, spans.length - room);
      if (sendingSince !== undefined && wall() - sendingSince < LONGEST_MS) return;
      sendingSince = wall();
      keepAlive(send().catch((error) => log.event("traces.export_failed", { error: String(error) })));
    },
  };
}

/** OTLP's numbers for what a span is to its other side. */
const KIND = { internal: 1, server: 2, client: 3, consumer: 5 } as const;
const KIND_OF: Record<SpanName, (typeof KIND)[keyof typeof KIND]> = {
  request: KIND.server,
  job: KIND.consumer,
  accept: KIND.internal,
  "carrier call": KIND.internal,
  receipt: KIND.internal,
  webhook: KIND.internal,
  "http call": KIND.client,
};

/** By OpenTelemetry's conventions where there is one. */
const ATTRIBUTE: Record<keyof Facts, string> = {
  account: "stafett.account",
  dialect: "stafett.dialect",
  carrier: "stafett.carrier",
  id: "stafett.id",
  kind: "stafett.kind",
  outcome: "stafett.outcome",
  reason: "stafett.reason",
  attempt: "stafett.attempt",
  count: "stafett.count",
  queue: "messaging.destination.name",
  method: "http.request.method",
  route: "http.route",
  host: "server.address",
  status: "http.response.status_code",
};

/** An ExportTraceServiceRequest. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export function toRequest(spans: readonly Span[], mask: Mask) {
  const resource = { attributes: [attribute("service.name", "stafett", mask)] };
  return {
    resourceSpans: [
      { resource, scopeSpans: [{ scope: { name: "stafett" }, spans: spans.map((span) => toOtlp(span, mask)) }] },
    ],
  };
}

function toOtlp({ traceId, spanId, parentId, name, begun, ended, facts, links, hasFailed }: Span, mask: Mask) {
  return {
    traceId,
    spanId,
    ...(parentId === undefined ? {} : { parentSpanId: parentId }),
    name,
    kind: KIND_OF[name],
    startTimeUnixNano: nanos(begun),
    endTimeUnixNano: nanos(ended),
    attributes: Object.entries(facts).flatMap(([fact, value]) =>
      value === undefined ? [] : [attribute(ATTRIBUTE[fact as keyof Facts], value, mask)],
    ),
    ...(links.length === 0 ? {} : { links }),
    status: hasFailed ? { code: 2 } : {},
  };
}

function nanos(milliseconds: number): string {
  return `${Math.round(milliseconds)}000000`;
}

function attribute(key: string, value: string | number, mask: Mask) {
  return {
    key,
    value: typeof value === "number" ? { intValue: String(value) } : { stringValue: String(mask(key, value)) },
  };
}
