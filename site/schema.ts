/** A schema as rows that read: each member by its path, with its type, and what is said of it. */

import type { OpenApi } from "../src/doors/openapi-document.ts";

/** What is read of a JSON Schema. */
export type Schema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  example?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
};

/** @property path of a member of a member: `settings.caps.day`, `items[].id` */
export type Row = { path: string; type: string; isRequired: boolean; told: string };

/** Deeper members are in the OpenAPI document. */
const DEEPEST = 3;
/** Longer lists of choices are, too. */
const MOST_CHOICES = 12;

/** The members of a body or an answer. */
export function rowsOf(given: unknown, document: OpenApi): Row[] {
  return membersOf(resolved(given as Schema, document), document, "", 0);
}

function membersOf(schema: Schema, document: OpenApi, before: string, depth: number): Row[] {
  if (depth > DEEPEST) return [];
  if (schema.items) return membersOf(resolved(schema.items, document), document, `${before}[]`, depth);
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  const rows = Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const known = resolved(member, document);
    const path = before === "" ? name : `${before}.${name}`;
    const isRequired = schema.required?.includes(name) ?? false;
    const row = { path, type: typeOf(known, document), isRequired, told: toldOf(known, member) };
    return [row, ...membersOf(known, document, path, depth + 1)];
  });
  const ofInner = inner.flatMap((one) => membersOf(resolved(one, document), document, before, depth));
  const seen = new Set(rows.map(({ path }) => path));
  return [...rows, ...ofInner.filter(({ path }) => !seen.has(path) && seen.add(path))];
}

/** The type in a few words. */
function typeOf(schema: Schema, document: OpenApi): string {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return "text";
  if (schema.items) return `list of ${typeOf(resolved(schema.items, document), document)}`;
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return [...new Set(either.map((one) => typeOf(resolved(one, document), document)))].join(" or ");
  const types = [schema.type ?? "any"].flat().filter((type) => type !== "null");
  return types.map((type) => WORDS[type] ?? type).join(" or ");
}

const WORDS: Readonly<Record<string, string>> = {
  ...{ string: "text", boolean: "yes or no", array: "list", object: "object", any: "anything" },
};

function toldOf(schema: Schema, member: Schema): string {
  const choices = schema.enum?.filter((one) => one !== null).map((one) => `\`${one}\``) ?? [];
  const limits = [
    ...(schema.minimum !== undefined && schema.minimum > -1e15 ? [`at least ${schema.minimum}`] : []),
    ...(schema.maximum !== undefined && schema.maximum < 1e15 ? [`at most ${schema.maximum}`] : []),
    ...(schema.maxLength === undefined ? [] : [`at most ${schema.maxLength} characters`]),
  ];
  const parts = [
    member.description ?? schema.description ?? "",
    choices.length > 0 && choices.length <= MOST_CHOICES ? `one of ${choices.join(", ")}` : "",
    limits.join(", "),
    schema.default === undefined ? "" : `default \`${JSON.stringify(schema.default)}\``,
    exampleOf(schema),
  ];
  return parts.filter((part) => part !== "").join("; ");
}

/** One that tells more than the type and the choices do. */
function exampleOf({ enum: choices, default: usual, examples: [example] = [] }: Schema): string {
  const isTold = choices === undefined && usual === undefined && example !== undefined && example !== null;
  return isTold && typeof example !== "boolean" ? `like \`${JSON.stringify(example)}\`` : "";
}

/** What a reference stands for; a schema that is none as it is. */
export function resolved(schema: Schema | undefined, document: OpenApi): Schema {
  const name = schema?.$ref?.split("/").at(-1);
  return name === undefined ? (schema ?? {}) : ((document.components.schemas[name] ?? {}) as Schema);
}
