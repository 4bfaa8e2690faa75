/**
 * What is asked of an API, as data. Variables stand in the leaves of a structure, never in a text that is put together: JSON is
 * written, and forms, queries and paths are escaped, after they are filled in. So no text can break out of its place.
 */

import { z } from "zod";
import type { HttpRequest } from "../../core/kernel/ports.ts";
import type { Message } from "../../core/messages/message.ts";
import { basic } from "../carrier.ts";

/** A text with `{{variables}}` in it. */
const Template = z.string().max(2_000);
const Fields = z.record(z.string().min(1).max(100), Template);

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
const Json: z.ZodType<Json> = z.lazy(() =>
  z.union([Template, z.number(), z.boolean(), z.null(), z.array(Json).max(100), z.record(z.string().max(100), Json)], {
    error: "must be JSON whose texts have at most 2,000 characters, and its lists 100 items",
  }),
);

/** `path` is put behind the base URL, whose host therefore is what it is. Of json and form there is one, or none. */
export const Request = z.strictObject({
  method: z.enum(["GET", "POST", "PUT"]).default("POST"),
  path: Template.regex(/^\//, "must begin with a slash: it is put behind baseUrl"),
  query: Fields.optional(),
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]{1,60}$/, "must be the name of a header"), Template).optional(),
  basic: z.strictObject({ user: Template, password: Template }).optional(),
  json: Json.optional(),
  form: Fields.optional(),
});
export type Request = z.output<typeof Request>;

/** What of a text may be filled in. A leaf that is one variable and nothing else has its type: a number stays one. */
export const VARIABLES = [
  ...["id", "to", "to_no_plus", "to_00", "from", "from_no_plus", "text", "encoding", "parts", "reference"],
  ...["validity_seconds", "validity_minutes", "validity_milliseconds", "expires_at", "receipt_url", "asked_since"],
] as const;
export type Values = Readonly<Record<string, string | number | undefined>>;

const VARIABLE = /\{\{\s*([A-Za-z_][\w.]*)\s*\}\}/g;
const ALONE = /^\{\{\s*([A-Za-z_][\w.]*)\s*\}\}$/;
/** In a header nothing stands that a customer or a person wrote; in a path, nothing but ids and numbers. */
const IN_HEADERS = /^(id|secret\.\w+|setting\.\w+)$/;
const IN_PATHS = /^(id|reference|to|to_no_plus|to_00|secret\.\w+|setting\.\w+)$/;

export function valuesOf(message: Message, receiptUrl: string | undefined, now: number): Values {
  const seconds = Math.max(60, Math.floor((message.expiresAt - message.changedAt) / 1000));
  return {
    id: message.id,
    to: message.recipient,
    to_no_plus: message.recipient.replace(/^\+/, ""),
    to_00: message.recipient.replace(/^\+/, "00"),
    from: message.sender,
    from_no_plus: message.sender.replace(/^\+/, ""),
    text: message.text,
    encoding: message.encoding,
    parts: message.parts,
    reference: message.reference,
    validity_seconds: seconds,
    validity_minutes: Math.ceil(seconds / 60),
    validity_milliseconds: seconds * 1000,
    expires_at: new Date(now + seconds * 1000).toISOString(),
    receipt_url: receiptUrl,
    asked_since: new Date(message.acceptedAt - 60_000).toISOString(),
  };
}

/** @param base without a final slash; @param given the text's values, and `secret.x` and `setting.x` */
export function toRequest(base: string, template: Request, given: Values): HttpRequest {
  const { method, path, query, headers = {}, basic: login, json, form } = template;
  const search = query ? `?${new URLSearchParams(filled(query, given))}` : "";
  const type = json === undefined ? "application/x-www-form-urlencoded" : "application/json";
  const body =
    json === undefined ? form && `${new URLSearchParams(filled(form, given))}` : JSON.stringify(fillJson(json, given));
  return {
    method,
    url: base + fill(path, given, asSegment) + search,
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": type }),
      ...(login ? { authorization: basic(fill(login.user, given), fill(login.password, given)) } : {}),
      ...Object.fromEntries(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), fill(text, given)])),
    },
    ...(body === undefined ? {} : { body }),
  };
}

function fill(text: string, given: Values, escaped: (value: string) => string = (value) => value): string {
  return text.replace(VARIABLE, (_, name: string) => escaped(String(given[name] ?? "")));
}

/** Dots alone would lead to another path, escaped or not. */
function asSegment(value: string): string {
  return /^\.*$/.test(value) ? "_" : encodeURIComponent(value);
}

/** A field whose only variable has no value is left out. */
function filled(fields: Record<string, string>, given: Values): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, text]) => (isMissing(text, given) ? [] : [[name, fill(text, given)]])),
  );
}

function fillJson(json: Json, given: Values): Json {
  if (typeof json === "string") {
    const [, alone] = ALONE.exec(json) ?? [];
    return alone === undefined ? fill(json, given) : (given[alone] ?? null);
  }
  if (Array.isArray(json)) return json.map((item) => fillJson(item, given));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).flatMap(([name, value]) =>
      typeof value === "string" && isMissing(value, given) ? [] : [[name, fillJson(value, given)]],
    ),
  );
}

function isMissing(text: string, given: Values): boolean {
  const [, alone] = ALONE.exec(text) ?? [];
  return alone !== undefined && given[alone] === undefined;
}

/**
 * What is wrong with a template, by the member; undefined where nothing is.
 * @param given the names of the secrets and settings that there are, and whether the API wants secrets in addresses
 */
export function faultIn(
  template: Request,
  given: { known: readonly string[]; settings?: readonly string[]; secretsInUrl: boolean },
): { field: string; why: string } | undefined {
  if (template.json !== undefined && template.form) return { field: "form", why: "there is json already" };
  if (template.method === "GET" && (template.json !== undefined || template.form))
    return { field: "method", why: "a GET has no body" };
  for (const { field, text } of leavesOf(template)) {
    for (const [, name = ""] of text.matchAll(VARIABLE)) {
      const why = faultOf(name, field, given);
      if (why) return { field, why };
    }
    if (/\{\{|\}\}/.test(text.replace(VARIABLE, ""))) return { field, why: "has braces that hold no variable" };
    if (field.startsWith("headers") && /[\r\n\0]/.test(text)) return { field, why: "must be one line" };
  }
  return undefined;
}

function faultOf(name: string, field: string, given: Parameters<typeof faultIn>[1]): string | undefined {
  const [, secret] = /^secret\.(\w+)$/.exec(name) ?? [];
  const isSetting = given.settings?.some((setting) => name === `setting.${setting}`);
  if (secret === undefined && !isSetting && !(VARIABLES as readonly string[]).includes(name))
    return `there is no variable ${name}; there are ${VARIABLES.join(", ")} and secret.{name}`;
  if (secret !== undefined && !given.known.includes(secret)) return `there is no secret ${secret}`;
  const isInUrl = field === "path" || field.startsWith("query");
  if (secret !== undefined && isInUrl && !given.secretsInUrl)
    return "a secret in an address is kept in logs on its way: put it in a header or the body, or set secretsInUrl if the API takes it nowhere else";
  if (field.startsWith("headers") && !IN_HEADERS.test(name))
    return `${name} may not stand in a header; id and secrets may`;
  if (field === "path" && !IN_PATHS.test(name)) return `${name} may not stand in a path; ids and the recipient may`;
  return undefined;
}

function leavesOf({ path, query = {}, headers = {}, basic: login, json, form = {} }: Request) {
  const of = (where: string, fields: Record<string, string>) =>
    Object.entries(fields).map(([name, text]) => ({ field: `${where}.${name}`, text }));
  return [
    { field: "path", text: path },
    ...of("query", query),
    ...of("headers", headers),
    ...(login ? of("basic", login) : []),
    ...of("form", form),
    ...(json === undefined ? [] : jsonLeaves("json", json)),
  ];
}

function jsonLeaves(field: string, json: Json): { field: string; text: string }[] {
  if (typeof json === "string") return [{ field, text: json }];
  if (typeof json !== "object" || json === null) return [];
  return Object.entries(json).flatMap(([name, value]) => jsonLeaves(`${field}.${name}`, value));
}
