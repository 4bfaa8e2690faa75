/** Traces: which pieces of work one request led to, told to the operator's own collector. Off, all of this only does the work. */

/** Where in a trace something stands, as the header `traceparent` of W3C Trace Context has it. */
export type Traceparent = string;

/** The pieces of work that are told of. */
export type SpanName = "request" | "job" | "accept" | "carrier call" | "receipt" | "webhook" | "http call";

/**
 * What is told of a piece of work: names, ids and counts of ours. There is no member for a number, a text, a code, an address with its
 * path, or anything else that somebody wrote.
 */
export type Facts = {
  account?: string;
  dialect?: string;
  carrier?: string;
  /** The id of the message or charge. */
  id?: string;
  kind?: string;
  outcome?: string;
  reason?: string;
  attempt?: number;
  count?: number;
  queue?: string;
  method?: string;
  /** The pattern that a path was matched by, never the path. */
  route?: string;
  host?: string;
  status?: number;
};

export type Work = {
  name: SpanName;
  facts?: Facts;
  /**
   * Where each of the things that it is done for stands; undefined for one that is not traced. Work for one thing is a part of that
   * thing's trace; work for several is told once in the trace of each. Absent: a part of whatever is at work just now.
   */
  of?: readonly (Traceparent | undefined)[];
};

export interface Traces {
  /**
   * Does work, and tells of it. What the work throws is thrown on, and nothing else.
   * @param told what is known when it is done: of all, or of each of `of`
   */
  span<T>(work: Work, run: () => Promise<T>, told?: (result: T) => Facts | readonly Facts[]): Promise<T>;
  /** Where these messages and charges stand. Where nothing is traced it answers at once, and asks nobody. */
  of(ids: readonly string[]): Promise<(id: string) => Traceparent | undefined>;
  /** Tells of what was done for these, each in its own trace. Nobody waits for it. @param begun real time, epoch ms */
  done(name: SpanName, begun: number, each: readonly (Facts & { id: string })[]): void;
  /** Where what is at work just now stands; undefined where it is not traced. */
  here(): Traceparent | undefined;
}

/** Where no traces are wanted. */
export const noTraces: Traces = {
  span: (_, run) => run(),
  of: async () => () => undefined,
  done: () => {},
  here: () => undefined,
};

/** Where something stands by the first entry of its timeline. */
export function traceOf({ history: [first] }: { history: readonly { event: string }[] }): Traceparent | undefined {
  return first && "trace" in first && typeof first.trace === "string" ? first.trace : undefined;
}
