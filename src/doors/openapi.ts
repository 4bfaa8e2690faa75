/** The reference as OpenAPI 3.1: the operator's API and the sandbox describe themselves, dialects bring a list. */

import { webhooksOfReference } from "../admin/event-catalogue.ts";
import type { Dialect, DocumentedPath } from "../dialects/dialect.ts";
import { sandbox } from "../sandbox/sandbox.ts";
import { admin } from "./admin.ts";
import type { OpenApi, Operation, Parameter } from "./openapi-document.ts";
import { exampleOf } from "./openapi-examples.ts";
import { describedOperation, withMissingWords, withWords } from "./openapi-fields.ts";
import { ADMIN_GROUPS, type Group, groupOf, operationIdOf, SANDBOX_GROUPS } from "./openapi-names.ts";

import { operatorWords } from "./words/operator.ts";
import { parameterWords } from "./words/parameters.ts";

export type { OpenApi, Operation, Parameter };

/** Every POST takes it. */
const IDEMPOTENCY_KEY: Parameter = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description:
    "A text of your choice for this one request, 1 to 255 visible ASCII characters. The same request sent again with it is answered with the first answer, for 30 days, and is not carried out twice; another body with it is refused.",
  schema: { type: "string" },
};

const INFO = {
  title: "Stafett",
  version: "1",
  description:
    "An SMS and carrier-billing gateway. Each dialect is a provider's own API; the admin API is the operator's.",
};

/** One API: its part of the whole, as a document of its own. @property name by which it is asked for */
export type Api = { name: string; title: string; document: Omit<OpenApi, "servers"> };

let made: { dialects: readonly Dialect[]; apis: readonly Api[]; whole: Omit<OpenApi, "servers"> } | undefined;

/** Every API, each by itself: the dialects that have addresses, the operator's, the sandbox's. */
export function apis(dialects: readonly Dialect[]): readonly Api[] {
  return all(dialects).apis;
}

/** All of them in one document. */
export function openApi(dialects: readonly Dialect[], server: string): OpenApi {
  return { ...all(dialects).whole, servers: [{ url: server }] };
}

/** The reference of one dialect alone. */
export function openApiOf(dialect: Dialect, server: string): OpenApi {
  return { ...ofDialect(dialect).document, servers: [{ url: server }] };
}

function all(dialects: readonly Dialect[]) {
  if (made?.dialects !== dialects) {
    const each = [
      ...dialects.filter(({ paths }) => paths.length > 0).map(ofDialect),
      withEvents(ofOperator("admin", "Admin", "Accounts, credentials, senders; what happened.", admin, ADMIN_GROUPS)),
      ofOperator(
        "sandbox",
        "Sandbox",
        "Handsets, the clock, faults. Only where SANDBOX is on.",
        sandbox,
        SANDBOX_GROUPS,
      ),
    ];
    made = { dialects, apis: each, whole: together(each) };
  }
  return made;
}

/** Names that two of them share are told apart by whose they are. */
function together(each: readonly Api[]): Omit<OpenApi, "servers"> {
  const inWhole = ({ title, document }: Api) => {
    const named = (given: OpenApi["paths"]) =>
      Object.fromEntries(
        Object.entries(given).map(([path, operations]) => [
          path,
          Object.fromEntries(Object.entries(operations).map(([method, one]) => [method, inWholeOf(title, one)])),
        ]),
      );
    return {
      tags: document.tags.map((tag) => ({ ...tag, name: tagIn(title, tag.name) })),
      paths: named(document.paths),
      webhooks: named(document.webhooks ?? {}),
    };
  };
  const parts = each.map(inWhole);
  return {
    openapi: "3.1.0",
    info: INFO,
    tags: parts.flatMap(({ tags }) => tags),
    "x-tagGroups": each.map(({ title }, index) => ({
      name: title,
      tags: parts[index]?.tags.map(({ name }) => name) ?? [],
    })),
    paths: Object.assign({}, ...parts.map(({ paths }) => paths)),
    webhooks: Object.assign({}, ...parts.map(({ webhooks }) => webhooks)),
    components: {
      schemas: Object.assign({}, ...each.map(({ document }) => document.components.schemas)),
      securitySchemes: Object.assign({}, ...each.map(({ document }) => document.components.securitySchemes)),
    },
  };
}

function inWholeOf(title: string, operation: Operation): Operation {
  return { ...operation, tags: (operation.tags ?? []).map((tag) => tagIn(title, tag)) };
}

function tagIn(title: string, tag: string): string {
  return tag === title ? title : `${title}: ${tag}`;
}

const OPERATOR = {
  type: "http",
  scheme: "bearer",
  description: "ADMIN_TOKEN, or a token of POST /admin/v1/tokens",
};

function ofOperator(
  name: string,
  title: string,
  description: string,
  app: Pick<typeof admin, "getOpenAPI31Document">,
  groups: readonly Group[],
): Api {
  const document = app.getOpenAPI31Document({ openapi: "3.1.0", info: INFO }) as unknown as OpenApi;
  const paths = Object.entries(document.paths).map(([below, operations]) => {
    const path = `/${name}/v1${below}`;
    const described = Object.entries(operations).map(([method, one]) => {
      const named = {
        operationId: operationIdOf(method, path),
        ...withExamples(method, path, one),
        tags: [groupOf(groups, path) ?? title],
      };
      return [method, describedOperation(named, operatorWords)];
    });
    return [path, Object.fromEntries(described)] as const;
  });
  return {
    name,
    title,
    document: {
      openapi: "3.1.0",
      info: { ...INFO, title: `${INFO.title}: ${title}`, description },
      tags: tagsOf(groups, title, Object.fromEntries(paths)),
      paths: Object.fromEntries(paths) as OpenApi["paths"],
      components: {
        schemas: Object.fromEntries(
          Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => [
            name,
            withMissingWords(schema, operatorWords, name),
          ]),
        ),
        securitySchemes: { operator: OPERATOR },
      },
    },
  };
}

/** The groups, and one for what nobody put into a group yet. */
function tagsOf(groups: readonly Group[], title: string, paths: OpenApi["paths"]): OpenApi["tags"] {
  const used = Object.values(paths).flatMap((methods) => Object.values(methods).flatMap(({ tags = [] }) => tags));
  const named = groups.map(({ name, description }) => ({ name, description }));
  return used.includes(title) ? [...named, { name: title }] : named;
}

/** What an account's own endpoints are sent is told beside the addresses that set them up. */
function withEvents(api: Api): Api {
  const { document } = api;
  const events = {
    name: "Events",
    description: "What an account's own endpoints are sent, signed as Standard Webhooks says.",
  };
  const webhooks = Object.fromEntries(
    Object.entries(webhooksOfReference()).map(([type, methods]) => [
      type,
      Object.fromEntries(
        Object.entries(methods).map(([method, one]) => [method, describedOperation(one, operatorWords)]),
      ),
    ]),
  );
  return { ...api, document: { ...document, tags: [...document.tags, events], webhooks } };
}

/** A parameter that says nothing itself, with its words. */
function describedParameter(path: string, parameter: Parameter): Parameter {
  const { name, description, schema } = parameter;
  const before = new RegExp(`([^/]+)/\\{${name}\\}`).exec(path)?.[1];
  const says = parameterWords[`${before}.${name}`] ?? parameterWords[name];
  return description || schema?.description || says === undefined ? parameter : { ...parameter, description: says };
}

/** With what may be filled in, and the header that every POST takes. */
function withExamples(method: string, path: string, operation: Operation): Operation {
  const { path: values = {}, body } = exampleOf(method, path);
  const parameters = [
    ...(operation.parameters ?? []).map((one) => {
      const value = one.in === "path" ? values[one.name] : undefined;
      return { ...describedParameter(path, one), ...(value === undefined ? {} : { example: value }) };
    }),
    ...(method === "post" ? [IDEMPOTENCY_KEY] : []),
  ];
  const content = Object.entries(operation.requestBody?.content ?? {}).map(([type, one]) => [
    type,
    body === undefined ? one : { ...one, example: body },
  ]);
  return {
    ...operation,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(operation.requestBody
      ? { requestBody: { ...operation.requestBody, content: Object.fromEntries(content) } }
      : {}),
  };
}

function ofDialect(dialect: Dialect): Api {
  const groups = dialect.groups ?? [];
  return {
    name: dialect.name,
    title: dialect.title,
    document: {
      openapi: "3.1.0",
      info: { ...INFO, title: `${INFO.title}: ${dialect.title}` },
      tags: groups.length > 0 ? groups.map(({ name }) => ({ name })) : [{ name: dialect.title }],
      paths: pathsOf(dialect),
      components: { schemas: {}, securitySchemes: dialect.securitySchemes },
    },
  };
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
      : {
          description: told.description,
          content: { "application/json": { schema: withWords(told.schema, dialect.fieldWords ?? {}) } },
        },
  ]);
  const parameters = [
    ...(route.parameters ?? []).map((one) => ({ ...one, schema: { type: "string" } })),
    ...(route.method === "post" ? [IDEMPOTENCY_KEY] : []),
  ];
  return {
    operationId: route.id ?? operationIdOf(route.method, route.path),
    tags: [
      dialect.groups?.find(({ at }) => at.some((beginning) => route.path.startsWith(beginning)))?.name ?? dialect.title,
    ],
    summary: route.summary,
    ...(route.description ? { description: route.description } : {}),
    security: securityOf(dialect, route).map((name) => ({ [name]: [] })),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...requestBodyOf(dialect, route),
    responses: Object.fromEntries(responses),
  };
}

function securityOf(dialect: Dialect, { security }: DocumentedPath): readonly string[] {
  return security === false ? [] : (security ?? Object.keys(dialect.securitySchemes));
}

function requestBodyOf(
  { fieldWords = {} }: Dialect,
  { body, example, bodyType = "application/json" }: DocumentedPath,
): Pick<Operation, "requestBody"> {
  if (body === undefined && example === undefined) return {};
  const schema = withWords(body ?? { type: typeof example === "string" ? "string" : "object" }, fieldWords);
  return { requestBody: { content: { [bodyType]: { schema, ...(example === undefined ? {} : { example }) } } } };
}
