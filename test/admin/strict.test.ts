/** Nothing that an operator sends is dropped. The cases are the reference's own: a new address is in them by itself. */

import { beforeAll, describe, expect, it } from "vitest";
import { admin } from "../../src/doors/admin.ts";
import { openApi } from "../../src/doors/openapi.ts";
import { sandbox } from "../../src/sandbox/sandbox.ts";
import { ADMIN_TOKEN, problemOf, useGateway } from "../support/gateway.ts";

type Schema = {
  $ref?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  additionalProperties?: unknown;
};

const { paths, components } = openApi([], "");

/** Every address of the operator's, with the schema of its body where it takes one. */
const routes = Object.entries(paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, { parameters = [], requestBody }]) => ({
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path: path.replace(/\{msisdn\}/g, "+4798079008").replace(/\{\w+\}/g, "sample"),
    query: parameters.filter((one) => one.in === "query").map(({ name }) => name),
    body: requestBody?.content?.["application/json"]?.schema as Schema | undefined,
    isText: requestBody?.content?.["text/csv"] !== undefined,
  })),
);
const withBody = routes.flatMap(({ body, ...route }) => (body ? [{ ...route, body }] : []));
const without = routes.filter(({ body, isText, method }) => !body && !isText && method !== "GET");

/** The first of a list, on the way to an object in it. */
const FIRST = "0";

/** The objects in a body, each by the way to it: "" is the body itself. */
function objectsIn(schema: Schema, at: string[] = []): { at: string[]; schema: Schema }[] {
  const { $ref, properties, items, anyOf = [] } = schema;
  if ($ref) return objectsIn(components.schemas[$ref.split("/").at(-1) ?? ""] as Schema, at);
  const inner = Object.entries(properties ?? {}).flatMap(([name, one]) => objectsIn(one, [...at, name]));
  const more = [...anyOf.flatMap((one) => objectsIn(one, at)), ...(items ? objectsIn(items, [...at, FIRST]) : [])];
  return [...(properties ? [{ at, schema }] : []), ...inner, ...more];
}

const objects = withBody.flatMap((route) =>
  objectsIn(route.body).map(({ at, schema }) => ({ ...route, name: [route.name, ...at].join(" "), at, schema })),
);

describe("the operator's API", () => {
  const gateway = useGateway();
  const call = (method: string, path: string, body?: string) =>
    gateway.fetch(path, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      ...(body === undefined ? {} : { body }),
    });

  beforeAll(() => gateway.operator("POST", "/admin/v1/accounts", { id: "sample", name: "Sample" }));

  it("has all its addresses among the cases", () => {
    const registered = [admin, sandbox].flatMap(({ openAPIRegistry }) =>
      openAPIRegistry.definitions.filter(({ type }) => type === "route"),
    );
    expect(routes).toHaveLength(registered.length);
    expect(withBody.length).toBeGreaterThan(10);
    expect(without.length).toBeGreaterThan(10);
    expect(objects.length).toBeGreaterThan(withBody.length);
  });

  it.each(objects)("refuses an unknown member of $name", async ({ method, path, at, schema }) => {
    const inner: object = { surprise: 1 };
    const body = at.reduceRight<object>((value, name) => (name === FIRST ? [value] : { [name]: value }), inner);
    const field = [...at, "surprise"].join(".");
    const problem = await problemOf(await call(method, path, JSON.stringify(body)));
    expect(problem).toMatchObject({ status: 400, type: "urn:stafett:bad-request", field });
    expect(problem.detail).toMatch(`${field}: is not a member that is known here`);
    const names = Object.keys(schema.properties ?? {});
    if (names.length < 8) expect(problem.detail).toContain(names.join(", "));
  });

  it.each(objects)("says in the reference that $name has no other members", ({ schema }) => {
    expect(schema.additionalProperties).toBe(false);
  });

  it.each(without)("refuses a body with $name, which takes none", async ({ method, path }) => {
    expect(await problemOf(await call(method, path, '{"surprise": 1}'))).toMatchObject({
      status: 400,
      field: "surprise",
      detail: `surprise: is not known; ${method} ${path} takes no body`,
    });
    for (const body of ["[]", "null", "yes please"]) {
      expect(await problemOf(await call(method, path, body))).toMatchObject({
        status: 400,
        detail: `${method} ${path} takes no body`,
      });
    }
  });

  it.each(without.filter(({ path }) => !path.endsWith("/reset")))(
    "takes an empty body and {} with $name as none",
    async ({ method, path }) => {
      const bare = await call(method, path);
      for (const body of ["", " {} "]) expect((await call(method, path, body)).status).toBe(bare.status);
    },
  );

  it.each(routes)("refuses an unknown query parameter of $name", async ({ method, path, query }) => {
    const problem = await problemOf(await call(method, `${path}?surprise=1`));
    expect(problem).toMatchObject({ status: 400, field: "surprise" });
    expect(problem.detail).toMatch(/^surprise: (is not a query parameter|is not known; there is no query parameter)/);
    if (query.length < 8) expect(problem.detail).toContain(query.join(", "));
  });

  it("says of an unknown member rather than of the one that is missing for it", async () => {
    const body = { account: "sample", service: "games", recipients: "+4798079008" };
    expect(await gateway.refusal("POST", "/admin/v1/subscriptions", body)).toMatchObject({
      field: "recipients",
      detail: "recipients: is not a member that is known here; known: account, service, recipient, startsAt",
    });
  });
});
