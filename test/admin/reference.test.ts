/** The reference: nothing is there that it leaves out, and nothing is in it that is not there. */

import { Ajv2020 } from "ajv/dist/2020.js";
import type { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import { admin } from "../../src/doors/admin.ts";
import { apis, type OpenApi } from "../../src/doors/openapi.ts";
import { WITH_EXAMPLES } from "../../src/doors/openapi-examples.ts";
import { operatorWords } from "../../src/doors/words/operator.ts";
import { parameterWords } from "../../src/doors/words/parameters.ts";
import { dialects } from "../../src/registry.ts";
import { sandbox } from "../../src/sandbox/sandbox.ts";
import { ADMIN_TOKEN, problemOf, useGateway } from "../support/gateway.ts";
import { membersOf } from "../support/members.ts";

/** The addresses an app answers at, as OpenAPI writes them. Middleware and catch-alls, which take any method, are none. */
function routesOf(app: { routes: Hono["routes"] }, base: string): string[] {
  const routes = app.routes.filter(({ method }) => method !== "ALL");
  return [
    ...new Set(
      routes.map(({ method, path }) => `${method} ${base}${inOneCase(path).replace(/:(\w+)(\{[^}]*\})?/g, "{$1}")}`),
    ),
  ];
}

/** An address that is taken in any case, `:segment0{[vV]1}`, as it is written: `v1`. */
function inOneCase(path: string): string {
  return path.replace(/:segment\d+\{(.*?)\}(?=\/|$)/g, (_, segment: string) =>
    segment.replace(/\[(.).\]/g, "$1").replace(/\\/g, ""),
  );
}

const routes = [
  ...routesOf(admin, "/admin/v1"),
  ...routesOf(sandbox, "/sandbox/v1"),
  ...dialects.flatMap(({ app }) => routesOf(app as never, "")),
];

const OPERATOR_APIS = ["admin", "sandbox"];

function operatorMembers() {
  return apis(dialects)
    .filter(({ name }) => OPERATOR_APIS.includes(name))
    .flatMap(({ document: { paths, webhooks = {}, components } }) => [
      ...Object.entries(components.schemas).flatMap(([name, schema]) => membersOf(schema, name)),
      ...[paths, webhooks].flatMap((part) =>
        Object.values(part).flatMap((methods) =>
          Object.values(methods).flatMap((one) => membersOf(one, one.operationId)),
        ),
      ),
    ]);
}

describe("the reference", () => {
  const gateway = useGateway();
  let document: OpenApi;
  let documented: Map<string, OpenApi["paths"][string][string]>;

  beforeAll(async () => {
    document = (await (await gateway.fetch("/openapi.json")).json()) as OpenApi;
    documented = new Map(
      Object.entries(document.paths).flatMap(([path, operations]) =>
        Object.entries(operations).map(([method, one]) => [`${method.toUpperCase()} ${nameless(path)}`, one] as const),
      ),
    );
  });

  it("is OpenAPI 3.1, of this very gateway", () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(document.servers).toEqual([{ url: gateway.url }]);
  });

  it.each(routes)("has %s", (route) => {
    expect(isDocumented(route, documented)).toBe(true);
  });

  it("has nothing else", () => {
    const known = new Set(routes.map(nameless));
    expect([...documented.keys()].filter((route) => !known.has(route))).toEqual([]);
  });

  it("refers to nothing that it does not have", () => {
    const missing = refsIn(document).filter((ref) => resolve(document, ref) === undefined);
    expect(missing).toEqual([]);
  });

  it("names each part of an address, and says what each answer means", () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const [method, operation] of Object.entries(operations)) {
        const named = (operation.parameters ?? []).filter((one) => one.in === "path").map(({ name }) => name);
        expect(named, `${method} ${path}`).toEqual(inPath);
        expect(operation.summary, `${method} ${path}`).toBeTruthy();
        expect(Object.values(operation.responses).every(({ description }) => description !== "")).toBe(true);
      }
    }
  });

  it("says who may call: the operator's addresses take the token, a dialect's its own credentials", () => {
    const schemes = Object.keys(document.components.securitySchemes);
    for (const [route, { security = [] }] of documented) {
      const names = security.flatMap((one) => Object.keys(one));
      expect(schemes, route).toEqual(expect.arrayContaining(names));
      if (/ \/(admin|sandbox)\/v1\//.test(route)) expect(names, route).toEqual(["operator"]);
      else if (!route.endsWith("/api/ping")) expect(names, route).not.toContain("operator");
    }
  });

  it("has a name for each operation, which generated clients can use", () => {
    const names = [...documented.values()].map(({ operationId }) => operationId ?? "");
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][A-Za-z0-9]+$/);
  });

  it("has an example of every body of the operator's and the sandbox's, and of no operation that is not there", () => {
    const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, one]) => ({ route: `${method.toUpperCase()} ${path}`, one })),
    );
    const without = routes.filter(({ route, one }) => {
      const content = Object.values(one.requestBody?.content ?? {})[0];
      return /\/(admin|sandbox)\/v1/.test(route) && content && content.example === undefined;
    });
    expect(without.map(({ route }) => route)).toEqual([]);
    expect(routes.map(({ route }) => route)).toEqual(expect.arrayContaining([...WITH_EXAMPLES]));
  });

  it("says of every member of the operator's and the sandbox's what it is, and has words for no other", () => {
    const used = new Set<string>();
    const silent = operatorMembers().flatMap(({ name, within, schema }) => {
      const known = [`${within}.${name}`, name].find((key) => operatorWords[key] !== undefined);
      if (known !== undefined && operatorWords[known]?.[0] === schema.description) used.add(known);
      return schema.description ? [] : [`${within}.${name}`];
    });
    expect([...new Set(silent)]).toEqual([]);
    expect(Object.keys(operatorWords).filter((key) => !used.has(key))).toEqual([]);
  });

  it("says of every parameter what it is, and has words for no other", () => {
    const told = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.values(operations).flatMap(({ parameters = [] }) => parameters.map((one) => ({ path, ...one }))),
    );
    const says = ({ description, schema }: (typeof told)[number]) => description ?? schema?.description;
    expect(told.filter((one) => !says(one)).map(({ path, name }) => `${path} ${name}`)).toEqual([]);
    const all = new Set(told.map(says));
    expect(Object.entries(parameterWords).flatMap(([name, words]) => (all.has(words) ? [] : [name]))).toEqual([]);
  });

  it("has examples that their own schemas take", () => {
    const checker = new Ajv2020({ strict: false, validateFormats: false });
    checker.addSchema({ $id: "whole", components: { schemas: document.components.schemas } });
    let checked = 0;
    for (const [route, { requestBody }] of documented) {
      for (const { schema, example } of Object.values(requestBody?.content ?? {})) {
        if (example === undefined || schema === undefined) continue;
        const isRight = checker.compile(absolute(schema) as object);
        isRight(example);
        expect(isRight.errors ?? [], route).toEqual([]);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(50);
  });

  it("has patterns that are patterns everywhere, without a flag of JavaScript's", () => {
    const patterns = [...JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(([, text = ""]) =>
      JSON.parse(text),
    );
    expect(patterns.length).toBeGreaterThan(20);
    for (const pattern of patterns) {
      expect(pattern).not.toMatch(/\$\/[a-z]+$/);
      expect(() => new RegExp(pattern, "u")).not.toThrow();
    }
  });

  it("is there for each API by itself, in parts, with its own credentials alone", async () => {
    const names = [...dialects.filter(({ paths }) => paths.length > 0).map(({ name }) => name), "admin", "sandbox"];
    let operations = 0;
    for (const name of names) {
      const answer = await gateway.fetch(`/docs/api/${name}/openapi.json`);
      const own = (await answer.json()) as OpenApi;
      expect(own.servers).toEqual([{ url: gateway.url }]);
      const tags = own.tags.map((tag) => tag.name);
      const schemes = Object.keys(own.components.securitySchemes);
      for (const one of Object.values(own.paths).flatMap((methods) => Object.values(methods))) {
        operations++;
        expect(tags, one.operationId).toEqual(expect.arrayContaining(one.tags ?? ["none"]));
        const named = (one.security ?? []).flatMap((needed) => Object.keys(needed));
        expect(schemes, one.operationId).toEqual(expect.arrayContaining(named));
      }
      expect(refsIn(own).filter((ref) => resolve(own, ref) === undefined)).toEqual([]);
    }
    expect(operations).toBe(documented.size);
    expect(await problemOf(await gateway.fetch("/docs/api/nobody/openapi.json"))).toMatchObject({ status: 404 });
  });

  it("is where the root leads", async () => {
    const answer = await gateway.fetch("/");
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toBe("/docs");
  });
});

describe("the gateway", () => {
  const gateway = useGateway();

  it("is healthy, and says so to anybody", async () => {
    const answer = await gateway.fetch("/health");
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: "ok" });
  });

  it("tells the operator its figures, with a word on each", async () => {
    const account = await gateway.account();
    await gateway.send(account, { deliveryReportUrl: "http://127.0.0.1:1/nobody" });
    await gateway.send(account, { sendTime: new Date((await gateway.now()) + 3_600_000).toISOString() });
    await gateway.advance(0);
    const answer = await gateway.fetch("/metrics", { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await answer.text();
    const figures = Object.fromEntries(
      [...text.matchAll(/^(stafett_\S+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]),
    );
    // Counted a moment later, and so there or not yet.
    for (const name of Object.keys(figures))
      if (name.startsWith("stafett_message_accepted_total")) delete figures[name];
    expect(figures).toEqual({
      stafett_messages_accepted_5m: 2,
      stafett_messages_submitted_5m: 1,
      stafett_messages_settled_5m: 1,
      'stafett_messages_pending{state="scheduled"}': 1,
      stafett_message_oldest_due_seconds: 0,
      stafett_transaction_oldest_due_seconds: 0,
      stafett_transactions_disputed: 0,
      stafett_subscriptions_active: 0,
      stafett_subscriptions_dunning: 0,
      stafett_renewals_due: 0,
      stafett_webhooks_owed: 1,
      stafett_webhook_oldest_due_seconds: 0,
      stafett_webhooks_dead: 0,
      stafett_purchase_pins_sent_total: 0,
      'stafett_purchase_pins_refused_total{budget="account"}': 0,
      'stafett_purchase_pins_refused_total{budget="address"}': 0,
      'stafett_purchase_pins_refused_total{budget="service"}': 0,
      'stafett_carrier_up{carrier="simulator"}': 1,
      'stafett_carrier_answers_5m{carrier="simulator",answer="taken"}': 1,
      'stafett_carrier_answers_5m{carrier="simulator",answer="refused"}': 0,
      'stafett_carrier_answers_5m{carrier="simulator",answer="unable"}': 0,
      'stafett_carrier_answers_5m{carrier="simulator",answer="busy"}': 0,
      'stafett_carrier_answers_5m{carrier="simulator",answer="lost"}': 0,
      'stafett_carrier_answer_seconds{carrier="simulator",quantile="0.5"}': expect.any(Number),
      'stafett_carrier_answer_seconds{carrier="simulator",quantile="0.95"}': expect.any(Number),
      'stafett_carrier_oldest_unanswered_seconds{carrier="simulator"}': 0,
    });
    for (const name of Object.keys(figures)) {
      const bare = name.replace(/\{.*/, "");
      expect(text).toMatch(new RegExp(`^# HELP ${bare} \\S`, "m"));
      expect(text).toContain(`# TYPE ${bare} ${bare.endsWith("_total") ? "counter" : "gauge"}\n`);
    }
  });

  it("tells its figures to nobody else", async () => {
    expect(await problemOf(await gateway.fetch("/metrics"))).toMatchObject({ status: 401 });
  });

  it("says where there is nothing", async () => {
    expect(await problemOf(await gateway.fetch("/nowhere"))).toEqual({
      type: "urn:stafett:not-found",
      title: "Not found",
      status: 404,
      detail: "there is nothing at /nowhere",
    });
  });
});

/** Parameters may be called otherwise in the document than in the code: what counts is where they stand. */
function nameless(route: string): string {
  return route.replace(/\{\w+\}/g, "{}");
}

/** An older address of the same route is named by the description of the newer. */
function isDocumented(route: string, documented: ReadonlyMap<string, { description?: string }>): boolean {
  if (documented.has(nameless(route))) return true;
  const [, path = ""] = route.split(" ");
  return [...documented.values()].some(({ description }) => description?.includes(`Also at ${path}`));
}

function refsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "$ref" && typeof inner === "string" ? [inner] : refsIn(inner),
  );
}

/** A schema whose references lead into the whole document. */
function absolute(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(absolute);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === "$ref" && typeof inner === "string" ? `whole${inner}` : absolute(inner),
    ]),
  );
}

function resolve(document: unknown, ref: string): unknown {
  if (!ref.startsWith("#/")) return undefined;
  const steps = ref.slice(2).split("/");
  return steps.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], document);
}

describe("a gateway without a carrier", () => {
  const gateway = useGateway({ SANDBOX: "off" });

  it("is not healthy, and says why", async () => {
    const answer = await gateway.fetch("/health");
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ status: "failing", why: expect.stringMatching(/carrier/) });
  });
});
