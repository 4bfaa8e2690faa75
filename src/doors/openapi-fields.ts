/** Members of a schema that say what they are. */

import type { FieldWords } from "../dialects/dialect.ts";

type Json = { [name: string]: unknown };

/** Where a schema has others in it, beside its members. */
const INNER = ["items", "anyOf", "oneOf", "allOf", "additionalProperties"] as const;

/**
 * The schema, in which each member that is named has its words before what the schema says of it itself, and an example.
 * @param schema of JSON Schema; anything else is given back
 */
export function withWords(schema: unknown, words: FieldWords): unknown {
  if (Array.isArray(schema)) return schema.map((one) => withWords(one, words));
  if (!isJson(schema)) return schema;
  const inner = INNER.filter((name) => schema[name] !== undefined).map((name) => [
    name,
    withWords(schema[name], words),
  ]);
  const properties = isJson(schema.properties)
    ? { properties: Object.fromEntries(Object.entries(schema.properties).map((one) => member(one, words))) }
    : {};
  return { ...schema, ...Object.fromEntries(inner), ...properties };
}

function member([name, schema]: [string, unknown], words: FieldWords): [string, unknown] {
  const inside = withWords(schema, words);
  const [says, example] = words[name] ?? [];
  if (!isJson(inside) || says === undefined) return [name, inside];
  const { description } = inside;
  const told = typeof description === "string" ? `${says} (${description})` : says;
  return [name, { ...inside, description: told, ...(fits(inside, example) ? { examples: [example] } : {}) }];
}

/** Two members of one name may be of different types: an example is given to the one it is of. */
function fits({ type, example, examples, enum: choices, const: only }: Json, value: unknown): boolean {
  if (value === undefined || example !== undefined || examples !== undefined || only !== undefined) return false;
  if (Array.isArray(choices)) return choices.includes(value);
  const types = [type ?? []].flat();
  return types.length === 0
    ? false
    : types.some((one) => one === typeOf(value) || (one === "number" && typeOf(value) === "integer"));
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
