/** The reference as pages of Markdown, like all others: one for each part of each API, made from its OpenAPI document. */

import type { OpenApi, Operation, Parameter } from "../src/doors/openapi-document.ts";
import type { Api } from "./api.ts";
import { curlOf } from "./curl.ts";
import { sampleOf } from "./sample.ts";
import { type Row, rowsOf } from "./schema.ts";

/** @property isIn the page of the menu that it belongs to */
export type ReferencePage = { address: string; title: string; text: string; menu: string; isIn?: string };

type Described = { method: string; path: string; operation: Operation };

/** The list of the APIs, a page for each, and one for each of its parts. */
export function referencePages(apis: readonly Api[]): ReferencePage[] {
  return [listOfApis(apis), ...apis.flatMap((api) => [overview(api), ...parts(api)])];
}

function listOfApis(apis: readonly Api[]): ReferencePage {
  const rows = apis.map(({ name, title, document }) => [
    `[${title}](/docs/api/${name})`,
    String(operationsOf(document).length),
    schemesOf(document),
    `[openapi.json](/docs/api/${name}/openapi.json)`,
  ]);
  const text = `# API reference

Every address that answers, with its parameters, its body, and a command that works as it stands. The commands read two variables:
\`API_KEY\`, an account's key, which for the demo account is \`stafett-demo-key\`, and \`ADMIN_TOKEN\`, the operator's token.

\`\`\`sh
export API_KEY=stafett-demo-key
export ADMIN_TOKEN="$(cat .stafett/admin-token)"
\`\`\`

${table(["API", "operations", "credential", "as OpenAPI 3.1"], rows)}

All of it in one document: [openapi.json](/openapi.json). The operations have stable names (\`operationId\`), so code generators
make clients that read. _Try it_ sends a request from this page to this gateway, and needs a script.
`;
  return { address: "api", title: "API reference", text, menu: "All APIs" };
}

function overview({ name, title, document }: Api): ReferencePage {
  const groups = document.tags.map((tag) => {
    const rows = [
      ...operationsOf(document, tag.name).map(({ method, path, operation }) => [
        `\`${method.toUpperCase()} ${path}\``,
        `[${operation.summary}](${addressIn(name, tag.name)}#${anchorOf(operation)})`,
      ]),
      ...eventsOf(document, tag.name).map(({ type, operation }) => [`\`${type}\``, operation.summary ?? ""]),
    ];
    const head = `## ${tag.name}\n\n${tag.description ? `${tag.description} ` : ""}`;
    return `${head}[All of it](${addressIn(name, tag.name)}).\n\n${table(["address", "does"], rows)}`;
  });
  const text = `# ${title} API

${document.info.description} As a document: [openapi.json](/docs/api/${name}/openapi.json).

${credentials(document)}

${groups.join("\n\n")}
`;
  return { address: `api/${name}`, title: `${title} API`, text, menu: title };
}

function parts({ name, title, document }: Api): ReferencePage[] {
  return document.tags.map((tag) => {
    const operations = [
      ...operationsOf(document, tag.name).map((one) => described(one, name, document)),
      ...eventsOf(document, tag.name).map((one) => event(one, document)),
    ];
    const text = `# ${title}: ${tag.name}

${tag.description ?? ""} [All of this API](/docs/api/${name}).

${operations.join("\n\n")}
`;
    return {
      address: addressIn(name, tag.name).replace("/docs/", ""),
      title: `${title}: ${tag.name}`,
      text,
      menu: tag.name,
      isIn: `api/${name}`,
    };
  });
}

function operationsOf(document: OpenApi, tag?: string): Described[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, operation]) => tag === undefined || operation.tags?.includes(tag))
      .map(([method, operation]) => ({ method, path, operation })),
  );
}

type Event = { type: string; operation: Operation };

function eventsOf({ webhooks = {} }: OpenApi, tag: string): Event[] {
  return Object.entries(webhooks).flatMap(([type, methods]) =>
    Object.values(methods)
      .filter(({ tags }) => tags?.includes(tag))
      .map((operation) => ({ type, operation })),
  );
}

function event({ type, operation }: Event, document: OpenApi): string {
  const { example } = Object.values(operation.requestBody?.content ?? {})[0] ?? {};
  const shown = example === undefined ? "" : `\`\`\`json\n${JSON.stringify(example, null, 2)}\n\`\`\``;
  return [`## ${type}`, operation.summary ?? "", shown, bodyOf(operation, document)].filter(Boolean).join("\n\n");
}

function addressIn(api: string, group: string): string {
  return `/docs/api/${api}/${group.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;
}

/** Headings of operations are their summaries: the anchor is made of the name, which does not change with the words. */
function anchorOf({ operationId }: Operation): string {
  return operationId ?? "";
}

/** A line of HTML that the Markdown of a page does not show: what a script needs to try the operation. */
function mark(api: string, { operationId }: Operation): string {
  return `<div id="${operationId}" data-api="${api}" data-operation="${operationId}"></div>`;
}

function described({ method, path, operation }: Described, api: string, document: OpenApi): string {
  return [
    mark(api, operation),
    `## ${operation.summary}`,
    `\`${method.toUpperCase()} ${path}\``,
    operation.description ?? "",
    credentialOf(operation, document),
    `\`\`\`sh\n${curlOf({ method, path, operation, document })}\n\`\`\``,
    parametersOf(operation.parameters ?? []),
    bodyOf(operation, document),
    answersOf(operation, document),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function credentialOf({ security = [] }: Operation, document: OpenApi): string {
  const names = security.flatMap((one) => Object.keys(one));
  if (names.length === 0) return "Credential: none in the header.";
  return `Credential: ${names.map((name) => scheme(document, name)).join(", or ")}.`;
}

function scheme({ components }: OpenApi, name: string): string {
  const one = components.securitySchemes[name];
  if (!one) return name;
  if (one.type === "apiKey") return `\`${one.name}\` in the ${one.in}`;
  return one.scheme === "basic" ? "HTTP Basic" : "`Authorization: Bearer` with the operator's token";
}

function schemesOf(document: OpenApi): string {
  return Object.keys(document.components.securitySchemes)
    .map((name) => scheme(document, name))
    .join(", or ");
}

function credentials(document: OpenApi): string {
  const rows = Object.entries(document.components.securitySchemes).map(([name, one]) => [
    scheme(document, name),
    one.description ?? "",
  ]);
  return table(["credential", "is"], rows);
}

/** Said once, elsewhere. */
const AGAIN: Readonly<Record<string, string>> = {
  "Idempotency-Key": "makes it safe to [send the request again](/docs/idempotency)",
};

function parametersOf(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return "";
  const rows = parameters.map((one) => [
    `\`${one.name}\``,
    `${one.in}${one.required ? ", required" : ""}`,
    AGAIN[one.name] ??
      [one.description ?? "", one.example === undefined ? "" : `like \`${one.example}\``].filter(Boolean).join("; "),
  ]);
  return `**Parameters**\n\n${table(["name", "where", "what"], rows)}`;
}

function bodyOf(operation: Operation, document: OpenApi): string {
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (!type || !content) return "";
  const rows = rowsOf(content.schema, document);
  const members = rows.length > 0 ? `\n\n${table(["member", "type", "what"], rows.map(cells))}` : "";
  return `**Body**, \`${type}\`${members}`;
}

function cells({ path, type, isRequired, told }: Row): string[] {
  return [`\`${path}\``, `${type}${isRequired ? ", required" : ""}`, told];
}

function answersOf({ responses }: Operation, document: OpenApi): string {
  const rows = Object.entries(responses).map(([status, { description }]) => [`\`${status}\``, description]);
  const shapes = Object.entries(responses).flatMap(([status, { content }]) => {
    const schema = Object.values(content ?? {})[0]?.schema;
    const members = status.startsWith("2") && schema ? rowsOf(schema, document) : [];
    if (members.length === 0) return [];
    const inside = table(["member", "type", "what"], members.map(cells));
    const sample = JSON.stringify(sampleOf(schema, document), null, 2);
    return [
      `<details>\n<summary>What ${status} has in it</summary>\n\n${inside}\n\n\`\`\`json\n${sample}\n\`\`\`\n\n</details>`,
    ];
  });
  return [`**Answers**\n\n${table(["status", "means"], rows)}`, ...shapes].join("\n\n");
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (given: readonly string[]) => `| ${given.map(cell).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

function cell(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").replaceAll("|", "\\|");
}
