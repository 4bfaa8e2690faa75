/** People who asked one of an account's numbers to be left alone. */

import { createRoute, z } from "@hono/zod-openapi";
import { SUPPRESSION_SOURCES, type Suppression } from "../core/messages/suppression.ts";
import { LONGEST_PROOF, LONGEST_REASON, toCsv } from "../core/operator/suppressions.ts";
import { readBytes, toText } from "../doors/body.ts";
import { given, iso, json, listOf, makeApi, operator, PageQuery, refusals, toPage } from "./api.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const suppressions = app;

export const SuppressionAnswer = z
  .object({
    number: z.string().openapi({
      description:
        "the account's sender; `@` and a name: that group of them; `@*`: all, by STOP where the account's rule says so; `*`: all, as it was noted",
    }),
    recipient: z.string().openapi({ description: "the person's" }),
    word: z.string().openapi({
      description: "what they wrote; `carrier {name}`, if a carrier reported it; or the reason that was given",
      example: "stop",
    }),
    source: z.enum(SUPPRESSION_SOURCES).openapi({ description: "who said so" }),
    proof: z.string().optional().openapi({
      description:
        "what shows it: the id of the text that they wrote, or of the message that a carrier refused; or as given",
      example: "inb_0hm7xt5h0000a1b2c3d",
    }),
    createdAt: z.string(),
  })
  .openapi("Suppression");

const Narrowing = {
  number: z.string().max(40).optional().openapi({ description: "only of this sender, group, `@*` or `*`" }),
  recipient: z
    .string()
    .max(40)
    .optional()
    .openapi({ description: "only people whose number begins so", example: "+1425" }),
};

const listSuppressions = createRoute({
  method: "get",
  path: "/accounts/{id}/suppressions",
  summary: "List who has opted out, and from which number",
  description:
    "By STOP, UNSUBSCRIBE and the like in eight languages, written to one of the account's numbers; by a carrier; or as noted.",
  security: operator,
  request: { params: z.object({ id: z.string() }), query: PageQuery.extend(Narrowing) },
  responses: { 200: json(listOf(SuppressionAnswer), "who has, by number"), ...refusals(400, 404) },
});

app.openapi(listSuppressions, async (c) => {
  const { id } = c.req.valid("param");
  const { number, recipient, ...paging } = c.req.valid("query");
  const page = await c.get("operator").suppressions.list(id, given({ number, recipient }), toPage(paging));
  return c.json({ ...page, items: page.items.map(toSuppressionAnswer) }, 200);
});

export function toSuppressionAnswer({ account: _, createdAt, ...one }: Suppression) {
  return { ...one, createdAt: iso(createdAt) };
}

const Answers = z.object({ items: z.array(SuppressionAnswer) });
/** 20,000 lines, and room for reasons. Bytes. */
const LONGEST_LIST = 4 * 1024 * 1024;
const CSV = "text/csv";
const LINES = z.string().openapi({
  example: "recipient,number,reason,since,source,proof\n+14255550123,,asked by phone,,operator,ticket 4711\n",
});

const exportSuppressions = createRoute({
  method: "get",
  path: "/accounts/{id}/suppressions/export",
  summary: "Take along who has opted out",
  description: "As CSV, in the form that import reads; `cursor` goes on where `Link` says.",
  security: operator,
  request: { params: z.object({ id: z.string() }), query: PageQuery.pick({ cursor: true }) },
  responses: {
    200: { description: "lines of recipient,number,reason,since,source,proof", content: { [CSV]: { schema: LINES } } },
    ...refusals(404),
  },
});

app.openapi(exportSuppressions, async (c) => {
  const { id } = c.req.valid("param");
  const { cursor } = c.req.valid("query");
  const page = await c.get("operator").suppressions.list(id, {}, toPage({ limit: 500, cursor }));
  const headings = cursor === undefined ? "recipient,number,reason,since,source,proof\n" : "";
  const next = page.next === undefined ? {} : { Link: `<?cursor=${encodeURIComponent(page.next)}>; rel="next"` };
  return c.body(headings + toCsv(page.items), 200, {
    "content-type": `${CSV}; charset=utf-8`,
    "content-disposition": 'attachment; filename="opt-outs.csv"',
    ...next,
  });
});

const importRoute = createRoute({
  method: "post",
  path: "/accounts/{id}/suppressions/import",
  summary: "Bring along who has opted out elsewhere",
  description:
    "Lines of recipient,number,reason,since,source,proof, all but the first of which may be empty: without a number it holds for whatever the account sends. All of it or, if a line is wrong, nothing. What is noted already stays as it is.",
  security: operator,
  request: {
    params: z.object({ id: z.string() }),
    body: { required: true, content: { [CSV]: { schema: LINES } } },
  },
  responses: {
    200: json(
      z.object({ lines: z.int(), added: z.int().openapi({ description: "how many were not there before" }) }),
      "they are noted",
    ),
    ...refusals(400, 404),
  },
});

app.openapi(importRoute, async (c) => {
  const csv = toText(await readBytes(c.req.raw, LONGEST_LIST));
  return c.json(await c.get("operator").suppressions.import(c.req.valid("param").id, csv), 200);
});

const inPath = z.object({ id: z.string(), msisdn: z.string().openapi({ example: "+14255550123" }) });

const findSuppressions = createRoute({
  method: "get",
  path: "/accounts/{id}/suppressions/{msisdn}",
  summary: "Look up what one person has opted out of",
  security: operator,
  request: { params: inPath },
  responses: { 200: json(Answers, "all of it, by number; empty where they have not"), ...refusals(400, 404) },
});

app.openapi(findSuppressions, async (c) => {
  const { id, msisdn } = c.req.valid("param");
  return c.json({ items: (await c.get("operator").suppressions.of(id, msisdn)).map(toSuppressionAnswer) }, 200);
});

const putRoute = createRoute({
  method: "put",
  path: "/accounts/{id}/suppressions/{msisdn}",
  summary: "Note that a person wants no more texts",
  description:
    "From one sender or group (`@name`), or, without `number`, whatever the account sends. Messages that are accepted and have not left fail. START by text lifts what is noted for the number that it is written to; what holds for every sender is lifted here only.",
  security: operator,
  request: {
    params: inPath,
    body: {
      required: true,
      ...json(
        strict({
          number: z.string().max(40).optional().openapi({ example: "+12065550100" }),
          reason: z.string().trim().min(1).max(LONGEST_REASON).openapi({ example: "asked by phone" }),
          proof: z.string().trim().min(1).max(LONGEST_PROOF).optional().openapi({ example: "ticket 4711" }),
        }),
        "",
      ),
    },
  },
  responses: { 200: json(Answers, "all that is noted of the person"), ...refusals(400, 404) },
});

app.openapi(putRoute, async (c) => {
  const { id, msisdn } = c.req.valid("param");
  const wish = given({ ...c.req.valid("json"), recipient: msisdn });
  return c.json({ items: (await c.get("operator").suppressions.put(id, wish)).map(toSuppressionAnswer) }, 200);
});

const liftRoute = createRoute({
  method: "delete",
  path: "/accounts/{id}/suppressions/{msisdn}",
  summary: "Let texts reach a person again",
  security: operator,
  request: {
    params: inPath,
    query: strict({
      number: z.string().max(40).optional().openapi({ description: "only what is noted of it; left out: everything" }),
    }),
  },
  responses: { 204: { description: "they may" }, ...refusals(400, 404) },
});

app.openapi(liftRoute, async (c) => {
  const { id, msisdn } = c.req.valid("param");
  await c.get("operator").suppressions.lift(id, { recipient: msisdn, number: c.req.valid("query").number });
  return c.body(null, 204);
});

const liftSuppression = createRoute({
  method: "delete",
  path: "/accounts/{id}/suppressions/{number}/{recipient}",
  summary: "Let texts from a number reach a person again who asked for it elsewhere",
  security: operator,
  request: { params: z.object({ id: z.string(), number: z.string(), recipient: z.string() }) },
  responses: { 204: { description: "they may" }, ...refusals(404) },
});

app.openapi(liftSuppression, async (c) => {
  const { id, ...pair } = c.req.valid("param");
  await c.get("operator").suppressions.lift(id, pair);
  return c.body(null, 204);
});

export type SuppressionRoutes =
  | typeof listSuppressions
  | typeof exportSuppressions
  | typeof importRoute
  | typeof findSuppressions
  | typeof putRoute
  | typeof liftRoute
  | typeof liftSuppression;
