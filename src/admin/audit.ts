/** The audit log: written before each change is made, listed, and given out whole, to be checked elsewhere. */

import { createRoute, z } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import { withoutSecrets } from "../core/kernel/secrets.ts";
import type { AuditEntry, ChainedEntry } from "../core/operator/audit.ts";
import { readBytes, toText } from "../doors/body.ts";
import { ONLY_LOOKS } from "./access.ts";
import {
  type AdminEnv,
  given,
  hashOf,
  iso,
  json,
  listOf,
  makeApi,
  operator,
  PageQuery,
  refusals,
  Time,
  toPage,
} from "./api.ts";
import { calledAddress } from "./strict.ts";

const app = makeApi();
export const audit = app;

/** What is sent there is about people, or is long: that it was sent is written down, not what. */
const BODY_LEFT_OUT =
  /^POST \/(messages|campaigns\/:id\/recipients|accounts\/:id\/\w+\/import|carriers\/:name\/test)$|^PUT \/(carriers\/:name\/prices|accounts\/:id\/suppressions\/:msisdn)$/;
/** The rest of what is sent there is what a browser made, and says nothing to people. */
const ONLY_NAME = /^PUT \/tokens\/:id\/passkeys\//;
/** What such an address tells is about a person. */
const TELLS_OF_PEOPLE = /^\w+ \/accounts\/:id\/suppressions\//;
/** No longer JSON is kept. Characters. */
const LONGEST = 16_000;

/**
 * Writes down each change that is asked for, before it is made: none is missing, whatever dies. One that is refused has a second
 * entry that says so.
 */
export const writeDown: MiddlewareHandler<AdminEnv> = async (c, next) => {
  const action = calledAddress(c);
  if (action === undefined || action.startsWith("GET ") || ONLY_LOOKS.includes(action)) return next();
  const { record } = c.get("operator").audit;
  const { id: token, name: actor } = c.get("actor");
  const subject = withoutPeople(c.req.path.replace(/^.*?\/admin\/v1/, ""));
  const entry: Omit<AuditEntry, "at"> = { actor, token, from: c.get("address"), action, subject };
  await record({ ...entry, ...given({ before: await beforeIt(c, action), after: await wantedBy(c, action) }) }, hashOf);
  await next();
  const waits = c.res.headers.get("x-approval");
  if (waits) return record({ ...entry, after: JSON.stringify({ approval: waits }) }, hashOf);
  if (c.res.status < 400) return;
  await record({ ...entry, after: JSON.stringify({ refused: c.res.status }) }, hashOf);
};

/** The entry cannot be changed, and the person in it could never be erased. The account's own number stays. */
function withoutPeople(path: string): string {
  return path.replace(/^(\/people\/|\/accounts\/[^/]+\/suppressions\/(?:[^/]+\/)?(?!import$))[^/]+/, "$1•••");
}

/** What was there, as the same address tells it. */
async function beforeIt(c: Context<AdminEnv>, action: string): Promise<string | undefined> {
  if (action.startsWith("POST ") || TELLS_OF_PEOPLE.test(action)) return undefined;
  // Limits of a credential are told with it, and a passkey with the others of its token.
  const answer = await c.get("look")(c.req.path.replace(/\/limits$|(?<=\/passkeys)\/[^/]+$/, ""));
  return answer.ok ? kept(await answer.text()) : undefined;
}

async function wantedBy(c: Context<AdminEnv>, action: string): Promise<string | undefined> {
  if (BODY_LEFT_OUT.test(action)) return undefined;
  const text = toText(await readBytes(c.req.raw.clone()));
  if (text.trim() === "") return undefined;
  return kept(ONLY_NAME.test(action) ? JSON.stringify({ name: nameIn(text) }) : text);
}

function nameIn(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text);
    return isObject(body) ? body.name : undefined;
  } catch {
    return undefined;
  }
}

/** As JSON, with a mask in place of each secret. */
export function kept(text: string): string | undefined {
  try {
    const masked = withoutSecrets(JSON.stringify(hidden(JSON.parse(text))));
    return masked.length > LONGEST ? JSON.stringify({ leftOut: `${masked.length} characters` }) : masked;
  } catch {
    return undefined;
  }
}

/** Whatever stands under `secrets` or `headers`, by whatever name, is one; and whom something is for is a person. */
function hidden(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { recipient, recipients, ...rest } = value;
  const person = {
    ...(recipient === undefined ? {} : { recipient: "•••" }),
    ...(recipients === undefined ? {} : { recipients: "•••" }),
  };
  const named = ["secrets", "headers"].flatMap((name) => {
    const held = rest[name];
    return isObject(held) ? [[name, Object.keys(held)] as const] : [];
  });
  return { ...rest, ...person, ...Object.fromEntries(named) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const Json = z.unknown().openapi({ description: "as JSON, with a mask in place of each secret" });
const Entry = z
  .object({
    at: z.iso.datetime(),
    actor: z.string().openapi({ description: "the name of the token", example: "Kari, support" }),
    token: z.string().openapi({ description: "its id; setting is ADMIN_TOKEN" }),
    from: z.string().openapi({ description: "the address that the call came from" }),
    action: z.string().openapi({ example: "PUT /carriers/:name" }),
    subject: z.string().openapi({ example: "/carriers/norway" }),
    before: Json.optional(),
    after: Json.optional(),
    seq: z.int().openapi({ description: "its place in the chain" }),
    hash: z.string().openapi({ description: "SHA-256 over the entry, and the hash of the one before" }),
  })
  .openapi("AuditEntry");

function toAnswer({ at, before, after, ...entry }: ChainedEntry) {
  return {
    ...entry,
    at: iso(at),
    ...(before === undefined ? {} : { before: JSON.parse(before) as unknown }),
    ...(after === undefined ? {} : { after: JSON.parse(after) as unknown }),
  };
}

const listAudit = createRoute({
  method: "get",
  path: "/audit",
  summary: "List what operators changed, newest first",
  description:
    "Every change by this API or the console: written before it is made. One that was refused has a second entry, with the status in `after`; so has one that waits for a second operator, with the approval.",
  security: operator,
  request: {
    query: PageQuery.extend({
      token: z.string().optional().openapi({ description: "the id of a token, or setting" }),
      actor: z.string().optional().openapi({ description: "the name of a token" }),
      action: z.string().optional().openapi({ example: "PUT /carriers/:name" }),
      subject: z.string().optional().openapi({ description: "with which it begins", example: "/carriers/norway" }),
      since: Time.optional(),
      until: Time.optional(),
    }),
  },
  responses: { 200: json(listOf(Entry), "the entries"), ...refusals(400) },
});

app.openapi(listAudit, async (c) => {
  const { limit, cursor, ...filter } = c.req.valid("query");
  const { items, ...next } = await c.get("operator").audit.list(given(filter), toPage({ limit, cursor }));
  return c.json({ items: items.map(toAnswer), ...next }, 200);
});

const exportAudit = createRoute({
  method: "get",
  path: "/audit/export",
  summary: "Take the audit log out, oldest first",
  description:
    "JSON lines. `npm run audit-check` tells whether the chain is unbroken; keep the last hash elsewhere to see that none is missing at its end. Where entries are no longer kept (AUDIT_RETENTION_DAYS), the first line is the anchor: place and hash of the last of them.",
  security: operator,
  responses: {
    200: { description: "a line an entry", content: { "application/x-ndjson": { schema: z.string() } } },
    ...refusals(),
  },
});

const WRITTEN_AT_ONCE = 500;

// A stream is no typed answer: the address is described, and then served by itself.
app.openAPIRegistry.registerPath(exportAudit);
app.get("/audit/export", (c) => {
  const { after, anchor } = c.get("operator").audit;
  let seq: number | undefined;
  const lines = new ReadableStream<Uint8Array>({
    async pull(stream) {
      const from = seq === undefined ? await anchor() : undefined;
      const entries = await after(seq ?? from?.seq ?? 0, WRITTEN_AT_ONCE);
      seq = entries.at(-1)?.seq ?? seq ?? 0;
      const lines = [...(from ? [{ anchor: from }] : []), ...entries];
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
      if (text !== "") stream.enqueue(new TextEncoder().encode(text));
      if (entries.length < WRITTEN_AT_ONCE) stream.close();
    },
  });
  return c.body(lines, 200, {
    "content-type": "application/x-ndjson",
    "content-disposition": 'attachment; filename="audit.jsonl"',
  });
});

export type AuditRoutes = typeof listAudit;
