/** An operation as a command: with the credential that it takes, the parameters that it needs, and a body. */

import type { OpenApi, Operation, Parameter } from "../src/doors/openapi-document.ts";
import { sampleOf } from "./sample.ts";

/** The variables that stand for credentials: an account's key, and the operator's token. */
const VARIABLE = /\$(API_KEY|ADMIN_TOKEN)\b/;

/** A longer body takes several lines. Characters. */
const ONE_LINE = 90;

type Wanted = { method: string; path: string; operation: Operation; document: OpenApi };

/** The curl, for a shell in which API_KEY and ADMIN_TOKEN are set. */
export function curlOf({ method, path, operation, document }: Wanted): string {
  const credential = credentialOf(operation, document);
  const query = [
    ...(operation.parameters ?? [])
      .filter((one) => one.in === "query" && one.required && one.name !== credential.inQuery)
      .map((one) => `${one.name}=${escaped(exampleOf(one) ?? one.name)}`),
    ...(credential.inQuery ? [`${credential.inQuery}=$API_KEY`] : []),
  ].join("&");
  const url = `${document.servers[0]?.url ?? ""}${filled(path, operation)}${query && `?${query}`}`;
  return [
    `curl${method === "get" ? "" : ` -X ${method.toUpperCase()}`} ${word(url)}`,
    ...(credential.option ? [credential.option] : []),
    ...bodyOf(operation, document),
  ].join(" \\\n  ");
}

/** How the first of its security schemes is written: an option of curl's, or a parameter. */
function credentialOf(operation: Operation, document: OpenApi): { option?: string; inQuery?: string } {
  const name = Object.keys(operation.security?.[0] ?? {})[0];
  const scheme = name === undefined ? undefined : document.components.securitySchemes[name];
  if (!scheme) return {};
  if (scheme.type === "apiKey" && scheme.in === "query") return { inQuery: scheme.name ?? "" };
  if (scheme.type === "apiKey") return { option: `-H ${word(`${scheme.name}: $API_KEY`)}` };
  if (scheme.scheme === "basic") return { option: `-u ${word(`${scheme["x-demo-user"] ?? "user"}:$API_KEY`)}` };
  return { option: `-H ${word("Authorization: Bearer $ADMIN_TOKEN")}` };
}

/** The path with its examples; a parameter that has none stays as it is written. */
function filled(path: string, operation: Operation): string {
  const values = new Map(
    (operation.parameters ?? []).filter((one) => one.in === "path").map((one) => [one.name, exampleOf(one)]),
  );
  return path.replace(/\{(\w+)\}/g, (whole, name: string) => values.get(name)?.replace(/[^\w.~+-]/g, escaped) ?? whole);
}

function exampleOf(one: Parameter): string | undefined {
  const example = one.example ?? one.schema?.example ?? one.schema?.default;
  return example === undefined ? undefined : String(example);
}

function escaped(text: string): string {
  return VARIABLE.test(text) ? text : encodeURIComponent(text);
}

function bodyOf(operation: Operation, document: OpenApi): string[] {
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (!type || !content) return [];
  const body = content.example ?? sampleOf(content.schema, document);
  return [`-H ${word(`Content-Type: ${type}`)}`, `-d ${word(typeof body === "string" ? body : written(body))}`];
}

function written(body: unknown): string {
  const line = JSON.stringify(body) ?? "{}";
  return line.length <= ONE_LINE ? line : JSON.stringify(body, null, 2).replaceAll("\n", "\n  ");
}

/** As one word of a shell. Only with a variable in it does it need the quotes in which that is filled in. */
function word(text: string): string {
  if (!VARIABLE.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  // In a text of several lines or with quotes of its own, the variable alone is let out of the quotes.
  if (/["\\`\n]/.test(text)) {
    return `'${text.replaceAll("'", "'\\''").replace(/\$(API_KEY|ADMIN_TOKEN)\b/g, `'"$&"'`)}'`;
  }
  return `"${text}"`;
}
