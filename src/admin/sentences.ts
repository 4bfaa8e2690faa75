/** Sentences about wrong values, for the client's developer: those of the schema library are written for authors of schemas. */

import { z } from "@hono/zod-openapi";

type Issue = z.core.$ZodRawIssue;

// For every schema of this program: one that brings its own words keeps them.
z.config({ customError: sentenceOf });

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

/** Undefined where the schemas' own words have to do. */
function sentenceOf(issue: Issue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return "is missing";
      return KINDS[issue.expected] && `must be ${KINDS[issue.expected]}`;
    case "invalid_value":
      return `${issue.input === undefined ? "is missing: it " : ""}must be ${oneOf(issue.values.map(String))}`;
    case "too_small":
      return bound(issue.origin, "least", Number(issue.minimum));
    case "too_big":
      return bound(issue.origin, "most", Number(issue.maximum));
    default:
      return undefined;
  }
}

function bound(origin: string, which: "least" | "most", limit: number): string {
  if (origin === "string" && which === "least" && limit === 1) return "must not be empty";
  if (origin === "string") return `must have at ${which} ${limit} characters`;
  if (origin === "array") return `must have at ${which} ${limit} ${limit === 1 ? "item" : "items"}`;
  return `must be at ${which} ${limit}`;
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(", ")}`;
}
