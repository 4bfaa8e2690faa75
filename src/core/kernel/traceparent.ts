/** Places in traces: the header `traceparent` of W3C Trace Context, version 00, and the spans that are told of. */

import type { Facts, SpanName, Traceparent } from "./traces.ts";

/** Hex digits: 32 and 16. */
export type Place = { traceId: string; spanId: string };

const FORM = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** @returns undefined for whatever is not of the form: a caller's mistake there is no reason to refuse its request */
export function readTraceparent(header: string | undefined): (Place & { isSampled: boolean }) | undefined {
  const [, version, traceId, spanId, flags, rest] = FORM.exec(header?.trim() ?? "") ?? [];
  if (!traceId || !spanId || !flags || (version === "00" && rest !== undefined)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** Of a place that is told of: only such are kept and passed on. */
export function toTraceparent({ traceId, spanId }: Place): Traceparent {
  return `00-${traceId}-${spanId}-01`;
}

/** A piece of work that has ended. Times are epoch milliseconds. `links`: places in other traces that it belongs to as well. */
export type Span = Place & {
  parentId?: string;
  name: SpanName;
  begun: number;
  ended: number;
  facts: Facts;
  links: readonly Place[];
  hasFailed: boolean;
};

/** Where spans go. Nobody waits for it. */
export type Exporter = { add(spans: readonly Span[]): void };
