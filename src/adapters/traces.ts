/** Spans of what is at work, each told to a collector when it has ended. Whatever goes wrong here, the work goes on. */

import type { Http } from "../core/kernel/ports.ts";
import { type Exporter, type Place, readTraceparent, type Span, toTraceparent } from "../core/kernel/traceparent.ts";
import type { Facts, SpanName, Traceparent, Traces, Work } from "../core/kernel/traces.ts";
import type { TraceStore } from "../core/operator/traces.ts";

type Given = {
  exporter: Exporter;
  /** Where what is at work just now stands, and how work is done at a place. */
  here: () => Place | undefined;
  at: <T>(place: Place, work: () => T) => T;
  stored: TraceStore;
  /** How many of a hundred requests and batches of jobs are traced. */
  percent: number;
  /** Real time, epoch ms. */
  wall: () => number;
  keepAlive: (promise: Promise<unknown>) => void;
  /** At least 0, less than 1. */
  random?: () => number;
};

/** Beside what the domain sees: where a trace begins. */
export type RootTraces = Traces & {
  /**
   * Does work that may be the first of a trace, or a part of one that its caller has begun.
   * @param traceparent as its caller sent it
   */
  begin<T>(
    name: SpanName,
    from: { facts: Facts; traceparent?: string | undefined },
    run: () => Promise<T>,
    told?: (result: T) => Facts,
  ): Promise<T>;
};

type Open = Place & { parentId?: string; links: readonly Place[] };

export function makeTraces({
  exporter,
  here,
  at,
  stored,
  percent,
  wall,
  keepAlive,
  random = Math.random,
}: Given): RootTraces {
  const end = (name: SpanName, begun: number, each: readonly { open: Open; facts: Facts }[], hasFailed: boolean) => {
    const ended = wall();
    exporter.add(each.map(({ open, facts }): Span => ({ ...open, name, begun, ended, facts, hasFailed })));
  };

  /** @param places one of each thing that it is done for; where there is none, it is not told of that thing */
  const during = async <T>(
    { name, facts }: Pick<Work, "name" | "facts">,
    places: readonly (Open | undefined)[],
    run: () => Promise<T>,
    told: (result: T) => Facts | readonly Facts[] = () => ({}),
  ): Promise<T> => {
    const begun = wall();
    const tell = (known: Facts | readonly Facts[], hasFailed: boolean) => {
      const each = places.flatMap((open, index) =>
        open ? [{ open, facts: { ...facts, ...(isList(known) ? known[index] : known) } }] : [],
      );
      end(name, begun, each, hasFailed);
    };
    const [only] = places;
    let result: T;
    try {
      result = await (places.length === 1 && only ? at(only, run) : run());
    } catch (error) {
      tell({}, true);
      throw error;
    }
    tell(told(result), false);
    return result;
  };

  const childOf = (place: Place, links: readonly Place[] = []): Open => ({
    traceId: place.traceId,
    spanId: randomHex(8),
    parentId: place.spanId,
    links,
  });
  /** A part of this thing's trace, with a link to whatever did it for several at once. */
  const partOf = (trace: Traceparent | undefined): Open | undefined => {
    const place = readTraceparent(trace);
    if (!place) return undefined;
    const by = here();
    return childOf(place, by && by.traceId !== place.traceId ? [by] : []);
  };

  return {
    async begin(name, { facts, traceparent }, run, told) {
      const outer = here();
      if (outer) return during({ name, facts }, [childOf(outer)], run, told);
      const from = readTraceparent(traceparent);
      // Whoever asks for a trace gets no more of them than others: each costs the operator. Who wants none gets none.
      if (from?.isSampled === false || random() * 100 >= percent) return run();
      const open = from ? childOf(from) : { traceId: randomHex(16), spanId: randomHex(8), links: [] };
      return during({ name, facts }, [open], run, told);
    },
    span(work, run, told) {
      if (work.of) return during(work, work.of.map(partOf), run, told);
      const outer = here();
      return outer ? during(work, [childOf(outer)], run, told) : run();
    },
    async of(ids) {
      const known = await stored.of([...new Set(ids)]).catch(() => new Map<string, Traceparent>());
      return (id) => known.get(id);
    },
    done(name, begun, each) {
      const tell = async () => {
        const known = await stored.of(each.map(({ id }) => id));
        const told = each.flatMap((facts) => {
          const open = partOf(known.get(facts.id));
          return open ? [{ open, facts }] : [];
        });
        if (told.length > 0) end(name, begun, told, false);
      };
      if (each.length > 0) keepAlive(tell().catch(() => {}));
    },
    here: () => {
      const place = here();
      return place && toTraceparent(place);
    },
  };
}

function isList(told: Facts | readonly Facts[]): told is readonly Facts[] {
  return Array.isArray(told);
}

/** HTTP calls as spans, each with the header by which the other side can go on with the trace. */
export function tracedHttp(http: Http, traces: Traces): Http {
  return {
    ...http,
    send: (request) => {
      if (traces.here() === undefined) return http.send(request);
      const facts = { method: request.method, ...hostOf(request.url) };
      const call = () => {
        const trace = traces.here();
        const own = trace === undefined ? {} : { traceparent: trace };
        return http.send({ ...request, headers: { ...own, ...request.headers } });
      };
      return traces.span({ name: "http call", facts }, call, (answer) =>
        answer.outcome === "answered" ? { outcome: "answered", status: answer.status } : { outcome: "failed" },
      );
    },
  };
}

function hostOf(url: string): { host?: string } {
  const host = URL.parse(url)?.hostname;
  return host ? { host } : {};
}

/** @param count bytes @returns hex digits */
function randomHex(count: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(count));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
