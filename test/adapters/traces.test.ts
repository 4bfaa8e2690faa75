/** Traces: what is told to an operator's collector of a piece of work, and what never is. */

import { describe, expect, it } from "vitest";
import { shown } from "../../src/adapters/log.ts";
import { otlpExporter, toRequest } from "../../src/adapters/otlp.ts";
import { runningAt, runsFor } from "../../src/adapters/running.ts";
import { makeTraces, type RootTraces, tracedHttp } from "../../src/adapters/traces.ts";
import type { HttpAnswer, HttpRequest } from "../../src/core/kernel/ports.ts";
import { readTraceparent, type Span } from "../../src/core/kernel/traceparent.ts";

const THEIRS = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const MESSAGE = "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01";
const SPAN: Span = {
  ...{ traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7", name: "request", begun: 1, ended: 3 },
  ...{ facts: {}, links: [], hasFailed: false },
};

function world({ percent = 100, random = 0.5, stored = new Map<string, string>() } = {}) {
  const spans: Span[] = [];
  const alive: Promise<unknown>[] = [];
  const traces = makeTraces({
    exporter: { add: (some) => void spans.push(...some) },
    ...{ here: () => runsFor()?.place, at: runningAt },
    stored: { of: async () => stored },
    percent,
    random: () => random,
    wall: () => 1_000,
    keepAlive: (promise) => void alive.push(promise),
  });
  return { spans, traces, settled: () => Promise.all(alive) };
}

const request = <T>(traces: RootTraces, traceparent: string | undefined, run: () => Promise<T>) =>
  traces.begin("request", { facts: {}, traceparent }, run);

describe("the header traceparent", () => {
  it.each([
    ["", "none"],
    ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", "no flags"],
    ["00-00000000000000000000000000000000-00f067aa0ba902b7-01", "a trace of zeros"],
    ["00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", "a span of zeros"],
    ["00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "capitals"],
    ["ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "a version that is forbidden"],
    [`${THEIRS}-more`, "more than its version has"],
    [`${THEIRS}\n${THEIRS}`, "two of them"],
  ])("is passed over where it is none: %j (%s)", (header) => {
    expect(readTraceparent(header)).toBeUndefined();
  });

  it("of a later version is read as far as it is known", () => {
    expect(readTraceparent(`cc${THEIRS.slice(2)}-what-comes`)).toMatchObject({ isSampled: true });
  });
});

describe("a trace", () => {
  it("goes on with the one that the caller has begun", async () => {
    const { spans, traces } = world();
    await request(traces, THEIRS, () => traces.span({ name: "accept" }, async () => {}));
    const [accept, whole] = spans;
    expect(whole).toMatchObject({ traceId: "4bf92f3577b34da6a3ce929d0e0e4736", parentId: "00f067aa0ba902b7" });
    expect(accept).toMatchObject({ traceId: whole?.traceId, parentId: whole?.spanId });
  });

  it("is none for a caller who wants none, nor beyond the share that the operator pays for", async () => {
    const unwanted = world();
    await request(unwanted.traces, `${THEIRS.slice(0, -2)}00`, async () =>
      expect(unwanted.traces.here()).toBeUndefined(),
    );
    const beyond = world({ percent: 50, random: 0.5 });
    await request(beyond.traces, THEIRS, () => beyond.traces.span({ name: "accept" }, async () => {}));
    const within = world({ percent: 51, random: 0.5 });
    await request(within.traces, undefined, async () => {});
    expect([unwanted.spans.length, beyond.spans.length, within.spans.length]).toEqual([0, 0, 1]);
  });

  it("has what was done for one of several things as a part of its own, with a link to what did it", async () => {
    const { spans, traces } = world();
    const told = () => [{ id: "first" }, { id: "second" }];
    await request(traces, undefined, () =>
      traces.span({ name: "carrier call", of: [MESSAGE, undefined] }, async () => {}, told),
    );
    const [call, job] = spans;
    expect(spans).toHaveLength(2);
    expect(call).toMatchObject({ traceId: "a".repeat(32), parentId: "b".repeat(16), facts: { id: "first" } });
    expect(call?.links).toMatchObject([{ traceId: job?.traceId, spanId: job?.spanId }]);
  });

  it("tells of work that failed, and throws what it threw", async () => {
    const { spans, traces } = world();
    const failing = request(traces, undefined, () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    expect(spans).toMatchObject([{ name: "request", hasFailed: true }]);
  });

  it("tells of receipts beside the answer, each in the trace of its message", async () => {
    const { spans, traces, settled } = world({ stored: new Map([["msg_1", MESSAGE]]) });
    traces.done("receipt", 900, [{ id: "msg_1", outcome: "delivered" }, { id: "msg_2" }]);
    expect(spans).toEqual([]);
    await settled();
    expect(spans).toMatchObject([{ traceId: "a".repeat(32), begun: 900, facts: { outcome: "delivered" } }]);
  });

  it("goes on where the database cannot tell where things stand", async () => {
    const failing = { of: () => Promise.reject(new Error("away")) };
    const given = {
      here: () => undefined,
      at: runningAt,
      percent: 100,
      wall: () => 1,
      keepAlive: () => {},
      exporter: { add: () => {} },
    };
    const traces = makeTraces({ ...given, stored: failing });
    expect((await traces.of(["msg_1"]))("msg_1")).toBeUndefined();
  });
});

describe("a call over HTTP", () => {
  const answer: HttpAnswer = { outcome: "answered", status: 204, body: "", milliseconds: 1 };
  const calling = () => {
    const sent: HttpRequest[] = [];
    const send = async (one: HttpRequest) => {
      sent.push(one);
      return answer;
    };
    const http = { send };
    return { sent, http };
  };

  it("carries where it stands, and is told of by its host alone", async () => {
    const { spans, traces } = world();
    const { sent, http } = calling();
    const url = "https://customer.example/hooks/4798079008?key=s3cret";
    await request(traces, undefined, () => tracedHttp(http, traces).send({ method: "POST", url, headers: { a: "b" } }));
    const [call] = spans;
    expect(sent[0]?.headers).toEqual({ a: "b", traceparent: `00-${call?.traceId}-${call?.spanId}-01` });
    expect(call?.facts).toEqual({ method: "POST", host: "customer.example", outcome: "answered", status: 204 });
  });

  it("that nothing traced has asked for is as it was", async () => {
    const { spans, traces } = world({ percent: 0 });
    const { sent, http } = calling();
    const one = { method: "GET", url: "https://customer.example/", headers: {} } as const;
    await request(traces, THEIRS, () => tracedHttp(http, traces).send(one));
    expect(sent).toEqual([one]);
    expect(spans).toEqual([]);
  });
});

describe("the way to the collector", () => {
  it("has OTLP's form", () => {
    const span = { ...SPAN, parentId: "1".repeat(16), facts: { status: 201, account: "acme" }, hasFailed: true };
    expect(toRequest([span], shown).resourceSpans[0]?.scopeSpans[0]?.spans).toEqual([
      {
        ...{ traceId: SPAN.traceId, spanId: SPAN.spanId, parentSpanId: "1".repeat(16), name: "request", kind: 2 },
        ...{ startTimeUnixNano: "1000000", endTimeUnixNano: "3000000" },
        attributes: [
          { key: "http.response.status_code", value: { intValue: "201" } },
          { key: "stafett.account", value: { stringValue: "acme" } },
        ],
        status: { code: 2 },
      },
    ]);
  });

  it("masks what looks like a number, whoever put it there", () => {
    const facts = { account: "4798079008", carrier: "to +47 98 07 90 08" };
    const sent = JSON.stringify(toRequest([{ ...SPAN, facts }], shown));
    expect(sent.replace(/\D/g, "")).not.toContain("98079008");
  });

  function sending(answers: HttpAnswer[]) {
    const sent: HttpRequest[] = [];
    const logged: unknown[] = [];
    const alive: Promise<unknown>[] = [];
    const send = async (one: HttpRequest) => {
      sent.push(one);
      return answers.shift() as HttpAnswer;
    };
    const exporter = otlpExporter({
      http: { send },
      ...{ url: "https://collector.example/v1/traces", headers: { authorization: "Bearer s3cret" } },
      ...{ sleep: async () => {}, wall: () => 1_000, keepAlive: (promise) => void alive.push(promise) },
      mask: shown,
      log: { event: (name, fields) => void logged.push([name, fields]) },
    });
    return { exporter, sent, logged, settled: () => Promise.all(alive) };
  }

  it("goes once for all that came together, with the operator's headers", async () => {
    const { exporter, sent, settled } = sending([{ outcome: "answered", status: 200, body: "", milliseconds: 1 }]);
    exporter.add([SPAN]);
    exporter.add([SPAN]);
    await settled();
    expect(sent).toHaveLength(1);
    expect(sent[0]?.headers).toMatchObject({ authorization: "Bearer s3cret" });
  });

  it("loses what a collector does not take, says so, and keeps no more than a bounded number", async () => {
    const failed = { outcome: "failed", error: "no answer within 5 s", milliseconds: 5_000 } as const;
    const { exporter, sent, logged, settled } = sending(Array.from({ length: 10 }, () => failed));
    exporter.add(Array.from({ length: 6_000 }, () => SPAN));
    await settled();
    expect(sent).toHaveLength(10);
    expect(logged[0]).toEqual(["traces.left_out", { spans: 1_000 }]);
    expect(logged).toContainEqual(["traces.export_failed", { spans: 500, error: "no answer within 5 s" }]);
    expect(JSON.stringify(logged)).not.toContain("s3cret");
  });
});
