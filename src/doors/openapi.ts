/** The reference as OpenAPI 3.1: the operator's API and the sandbox describe themselves, dialects bring a list. */

import type { Dialect, DocumentedPath, SecurityScheme } from "../dialects/dialect.ts";
import { sandbox } from "../sandbox/sandbox.ts";
import { admin } from "./admin.ts";

export type OpenApi = {
  openapi: string;
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  tags: { name: string; description?: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown>; securitySchemes: Record<string, SecurityScheme> };
};

export type Parameter = {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  example?: unknown;
  schema?: { type?: string; example?: unknown; default?: unknown };
};

export type Operation = {
  tags?: string[];
  summary?: string;
  description?: string;
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { content?: Record<string, { schema?: unknown; example?: unknown }> };
  responses: Record<string, { description: string; content?: Record<string, { schema?: unknown }> }>;
};

const INFO = {
  title: "Stafett",
  version: "1",
  description:
    "An SMS and carrier-billing gateway. Each dialect is a provider's own API; the admin API is the operator's.",
};

let made: Omit<OpenApi, "servers"> | undefined;

export function openApi(dialects: readonly Dialect[], server: string): OpenApi {
  made ??= make(dialects);
  return { ...made, servers: [{ url: server }] };
}

/** The reference of one dialect alone. */
export function openApiOf(dialect: Dialect, server: string): OpenApi {
  return {
    openapi: "3.1.0",
    info: { ...INFO, title: `${INFO.title}: ${dialect.title}` },
    servers: [{ url: server }],
    tags: [{ name: dialect.title }],
    paths: pathsOf(dialect),
    components: { schemas: {}, securitySchemes: dialect.securitySchemes },
  };
}

function make(dialects: readonly Dialect[]): Omit<OpenApi, "servers"> {
  const operator = describe(admin, "/admin/v1", "Admin");
  const levers = describe(sandbox, "/sandbox/v1", "Sandbox");
  return {
    openapi: "3.1.0",
    info: INFO,
    tags: [
      ...dialects.map(({ title }) => ({ name: title })),
      { name: "Admin", description: "Accounts, credentials, senders; what happened." },
      { name: "Sandbox", description: "Handsets, the clock, faults. Only where SANDBOX is on." },
    ],
    paths: {
      ...Object.assign({}, ...dialects.map(pathsOf)),
      ...operator.paths,
      ...levers.paths,
    },
    components: {
      schemas: { ...operator.schemas, ...levers.schemas },
      securitySchemes: {
        operator: { type: "http", scheme: "bearer", description: "ADMIN_TOKEN, or a token of POST /admin/v1/tokens" },
        ...Object.assign({}, ...dialects.map(({ securitySchemes }) => securitySchemes)),
      },
    },
  };
}

function describe(app: Pick<typeof admin, "getOpenAPI31Document">, base: string, tag: string) {
  const document = app.getOpenAPI31Document({ openapi: "3.1.0", info: INFO }) as unknown as OpenApi;
  const paths = Object.entries(document.paths).map(([path, operations]) => [
    base + path,
    Object.fromEntries(Object.entries(operations).map(([method, one]) => [method, { tags: [tag], ...one }])),
  ]);
  return { paths: Object.fromEntries(paths) as OpenApi["paths"], schemas: document.components?.schemas ?? {} };
}

function pathsOf(dialect: Dialect): OpenApi["paths"] {
  const paths: OpenApi["paths"] = {};
  for (const route of dialect.paths) {
    const operations = paths[route.path] ?? {};
    operations[route.method] = toOperation(dialect, route);
    paths[route.path] = operations;
  }
  return paths;
}

function toOperation(dialect: Dialect, route: DocumentedPath): Operation {
  const responses = Object.entries(route.responses).map(([status, told]) => [
    status,
    typeof told === "string"
      ? { description: told }
      : { description: told.description, content: { "application/json": { schema: told.schema } } },
  ]);
  return {
    tags: [dialect.title],
    summary: route.summary,
    ...(route.description ? { description: route.description } : {}),
    security: securityOf(dialect, route).map((name) => ({ [name]: [] })),
    ...(route.parameters
      ? { parameters: route.parameters.map((one) => ({ ...one, schema: { type: "string" } })) }
      : {}),
    ...requestBodyOf(route),
    responses: Object.fromEntries(responses),
  };
}

function securityOf(dialect: Dialect, { security }: DocumentedPath): readonly string[] {
  return security === false ? [] : (security ?? Object.keys(dialect.securitySchemes));
}

function requestBodyOf({
  body,
  example,
  bodyType = "application/json",
}: DocumentedPath): Pick<Operation, "requestBody"> {
  if (body === undefined && example === undefined) return {};
  const schema = body ?? { type: typeof example === "string" ? "string" : "object" };
  return { requestBody: { content: { [bodyType]: { schema, ...(example === undefined ? {} : { example }) } } } };
}
