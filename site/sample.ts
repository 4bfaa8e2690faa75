/** A body where no example is given. */

import type { OpenApi } from "../src/doors/openapi-document.ts";
import { resolved, type Schema } from "./schema.ts";

/** How deep it is made up: deeper members are in the schema. */
const DEEPEST = 5;

/** A value of the schema's shape, with the members that it needs: a form to fill in. */
export function sampleOf(given: unknown, document: OpenApi, depth = 0): unknown {
  const schema = resolved(given as Schema | undefined, document);
  const [told] = [schema.example, schema.examples?.[0], schema.default, schema.const, schema.enum?.[0]].filter(
    (value) => value !== undefined,
  );
  if (told !== undefined) return told;
  const [either] = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [];
  if (either !== undefined && depth < DEEPEST) return sampleOf(either, document, depth + 1);
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case "string":
      return "…";
    case "number":
    case "integer":
      return schema.minimum ?? 1;
    case "boolean":
      return true;
    case "array":
      return depth < DEEPEST ? [sampleOf(schema.items, document, depth + 1)] : [];
    default:
      return depth < DEEPEST ? membersOf(schema, document, depth) : {};
  }
}

function membersOf({ properties = {}, required = [] }: Schema, document: OpenApi, depth: number): unknown {
  const needed = Object.entries(properties).filter(([name]) => required.includes(name));
  return Object.fromEntries(needed.map(([name, schema]) => [name, sampleOf(schema, document, depth + 1)]));
}
