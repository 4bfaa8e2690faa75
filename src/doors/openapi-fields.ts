/** Members of a schema that say what they are. */

import type { FieldWords } from "../dialects/dialect.ts";
import type { Operation } from "./openapi-document.ts";

type Json = { [name: string]: unknown };

/** What a member says besides what its schema does. @param within the member, schema or operation that it is in */
type Say = (name: string, schema: Json, within: string) => Json;

/** Where a schema has others in it, beside its members. */
const INNER = ["items", "anyOf", "oneOf", "allOf", "additionalProperties"] as const;

/**
 * The schema, in which each member that is named has its words before what the schema says of it itself, and an example.
 * @param schema of JSON Schema; anything else is given back
 */
export function withWords(schema: unknown, words: FieldWords): unknown {
  return walk(schema, "", (name, inside) => {
    const [says, example] = words[name] ?? [];
    if (says === undefined) return {};
    const { description } = inside;
    return {
      description: typeof description === "string" ? `${says} (${description})` : says,
      ...shown(inside, example),
    };
  });
}

/**
 * The schema, in which each member that says nothing itself has its words, and an example.
 * @param words by name; of members of one name that are different things, by what they are in: `caps.day`
 * @param within the name of what the schema is of
 */
export function withMissingWords(schema: unknown, words: FieldWords, within: string): unknown {
  return walk(schema, within, (name, inside, parent) => {
    const [says, example] = words[`${parent}.${name}`] ?? words[name] ?? [];
    return says === undefined || inside.description !== undefined
      ? {}
      : { description: says, ...shown(inside, example) };
  });
}

/** The operation, in whose body and answers each member has its words. */
export function describedOperation(operation: Operation, words: FieldWords): Operation {
  const within = operation.operationId ?? "";
  const described = (content: Record<string, { schema?: unknown }>) =>
    mapped(content, (one) => ({ ...one, schema: withMissingWords(one.schema, words, within) }));
  const { requestBody, responses } = operation;
  return {
    ...operation,
    ...(requestBody?.content ? { requestBody: { ...requestBody, content: described(requestBody.content) } } : {}),
    responses: mapped(responses, (one) => (one.content ? { ...one, content: described(one.content) } : one)),
  };
}

function walk(schema: unknown, within: string, say: Say): unknown {
  if (Array.isArray(schema)) return schema.map((one) => walk(one, within, say));
  if (!isJson(schema)) return schema;
  const inner = INNER.filter((name) => schema[name] !== undefined).map((name) => [
    name,
    walk(schema[name], within, say),
  ]);
  const members = isJson(schema.properties) ? Object.entries(schema.properties) : undefined;
  const properties = members?.map(([name, one]) => {
    const inside = walk(one, name, say);
    return [name, isJson(inside) ? { ...inside, ...say(name, inside, within) } : inside];
  });
  return {
    ...schema,
    ...Object.fromEntries(inner),
    ...(properties ? { properties: Object.fromEntries(properties) } : {}),
  };
}

function mapped<One, Other>(all: Record<string, One>, other: (one: One) => Other): Record<string, Other> {
  return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, other(one)]));
}

/** Two members of one name may be of different types: an example is given to the one it is of. */
function shown(
  { type, example, examples, enum: choices, const: only }: Json,
  value: unknown,
): { examples?: unknown[] } {
  if (value === undefined || example !== undefined || examples !== undefined || only !== undefined) return {};
  if (Array.isArray(choices)) return choices.includes(value) ? { examples: [value] } : {};
  const types = [type ?? []].flat();
  const fits = types.some((one) => one === typeOf(value) || (one === "number" && typeOf(value) === "integer"));
  return fits ? { examples: [value] } : {};
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
