/** SMPP: customers' sessions, binds to SMSCs, and for a time the PDUs of one of them. */

import { createRoute, z } from "@hono/zod-openapi";
import type { SmppBindSight, SmppConnection, SmppLine, SmppSight, SmppTrace } from "../core/operator/smpp.ts";
import { iso, json, listOf, makeApi, operator, PageQuery, refusals, toPage } from "./api.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const smpp = app;

/** Each of them is asked, and a Worker may ask so many. */
const FEW = z.coerce.number().int().min(1).max(50).default(20).openapi({ description: "how many, at most 50" });

/** The longest a trace may last. Seconds. */
const LONGEST_TRACE = 3_600;

const Window = z.object({
  used: z.int().openapi({ description: "requests that wait for their answers" }),
  most: z.int().openapi({ description: "how many may" }),
});
const Line = {
  connections: z.array(
    z
      .object({
        id: z.string(),
        as: z
          .enum(["transmitter", "receiver", "transceiver"])
          .optional()
          .openapi({ description: "absent while it is not bound" }),
        address: z.string().optional().openapi({ description: "where a customer's program connects from" }),
        isSecure: z.boolean(),
        openedAt: z.string(),
        boundAt: z.string().optional(),
        heardAt: z.string(),
        window: Window.openapi({ description: "a customer's requests, or our submits" }),
        deliveries: Window.optional().openapi({ description: "what a customer is told" }),
        requests: z
          .object({ heard: z.int(), sent: z.int() })
          .openapi({ description: "of about the last minute; counted anew where the session slept" }),
      })
      .openapi("SmppConnection"),
  ),
  troubles: z.array(
    z
      .object({
        kind: z.enum(["answered", "was-answered", "refused", "ended"]).openapi({
          description: "answered: with an error, by us; was-answered: by them; refused: a bind; ended: a connection",
        }),
        what: z.string().openapi({ description: "a command with its status, or a sentence" }),
        times: z.int(),
        at: z.string().openapi({ description: "when last" }),
      })
      .openapi("SmppTrouble"),
  ),
  tracedUntil: z.string().optional().openapi({ description: "while its PDUs are kept" }),
  fault: z.string().optional().openapi({ description: "why it could not be asked" }),
};
const Sessions = z.object({ systemId: z.string(), account: z.string(), ...Line }).openapi("SmppSessions");
const Bind = z
  .object({
    carrier: z.string(),
    bind: z.int().openapi({ description: "from 0 on" }),
    state: z.enum(["up", "down"]),
    reason: z.string().optional(),
    since: z.string().optional(),
    ...Line,
  })
  .openapi("SmppBind");
const Trace = z
  .object({
    until: z.string().optional().openapi({ description: "absent where nothing is kept any more" }),
    pdus: z.array(
      z.object({
        at: z.string(),
        connection: z.string(),
        way: z.enum(["heard", "sent"]),
        command: z.string(),
        status: z.int(),
        sequence: z.int(),
        octets: z.int(),
        fields: z.record(z.string(), z.union([z.string(), z.number()])),
      }),
    ),
  })
  .openapi("SmppTrace");

function toConnection({ openedAt, boundAt, heardAt, ...rest }: SmppConnection) {
  return {
    ...rest,
    openedAt: iso(openedAt),
    ...(boundAt === undefined ? {} : { boundAt: iso(boundAt) }),
    heardAt: iso(heardAt),
  };
}

function toLine<Seen extends SmppLine>({ connections, troubles, tracedUntil, ...rest }: Seen) {
  return {
    ...rest,
    connections: connections.map(toConnection),
    troubles: troubles.map(({ at, ...trouble }) => ({ ...trouble, at: iso(at) })),
    ...(tracedUntil === 0 ? {} : { tracedUntil: iso(tracedUntil) }),
  };
}

const toSessions = (sight: SmppSight) => toLine(sight);
const toBind = ({ since, ...sight }: SmppBindSight) => ({
  ...toLine(sight),
  ...(since === undefined ? {} : { since: iso(since) }),
});

function toTrace({ until, pdus }: SmppTrace) {
  return {
    ...(until === 0 ? {} : { until: iso(until) }),
    pdus: pdus.map(({ at, ...pdu }) => ({ ...pdu, at: iso(at) })),
  };
}

const ofSystemId = { params: z.object({ systemId: z.string().min(1).max(64) }) };
const ofBind = {
  params: z.object({
    carrier: z.string().min(1).max(64),
    bind: z.coerce.number().catch(-1).openapi({ type: "integer", description: "from 0 on" }),
  }),
};
const seconds = strict({
  seconds: z.int().min(1).max(LONGEST_TRACE).openapi({ description: "how long", example: 300 }),
}).openapi("SmppTraceWanted");
const body = { body: { required: true, content: { "application/json": { schema: seconds } } } };
const KEPT =
  "Neither texts nor passwords are kept, and of numbers some digits. The last 500 are, for an hour after the end at most.";

const listSessions = createRoute({
  method: "get",
  path: "/smpp/sessions",
  summary: "List who may bind by SMPP, and how their connections stand",
  description: "In the order of their system_ids; each is asked, so pages are small.",
  security: operator,
  request: { query: PageQuery.extend({ account: z.string().optional(), limit: FEW }) },
  responses: { 200: json(listOf(Sessions), "the system_ids"), ...refusals(400) },
});

app.openapi(listSessions, async (c) => {
  const { account, ...query } = c.req.valid("query");
  const { items, next } = await c.get("operator").smpp.sessions({ account }, toPage(query));
  return c.json({ items: items.map(toSessions), ...(next ? { next } : {}) }, 200);
});

const findSessions = createRoute({
  method: "get",
  path: "/smpp/sessions/{systemId}",
  summary: "Look at the connections of a system_id",
  security: operator,
  request: ofSystemId,
  responses: { 200: json(Sessions, "how they stand"), ...refusals(404) },
});

app.openapi(findSessions, async (c) =>
  c.json(toSessions(await c.get("operator").smpp.findSessions(c.req.valid("param").systemId)), 200),
);

const traceSessions = createRoute({
  method: "put",
  path: "/smpp/sessions/{systemId}/trace",
  summary: "Keep the PDUs of a system_id for a while",
  description: KEPT,
  security: operator,
  request: { ...ofSystemId, ...body },
  responses: { 204: { description: "they are kept from now on" }, ...refusals(400, 404) },
});

app.openapi(traceSessions, async (c) => {
  await c.get("operator").smpp.traceSessions(c.req.valid("param").systemId, c.req.valid("json").seconds);
  return c.body(null, 204);
});

const endTraceOfSessions = createRoute({
  method: "delete",
  path: "/smpp/sessions/{systemId}/trace",
  summary: "Keep no more PDUs of a system_id, and forget those that were",
  security: operator,
  request: ofSystemId,
  responses: { 204: { description: "they are forgotten" }, ...refusals(404) },
});

app.openapi(endTraceOfSessions, async (c) => {
  await c.get("operator").smpp.traceSessions(c.req.valid("param").systemId, 0);
  return c.body(null, 204);
});

const tracedSessions = createRoute({
  method: "get",
  path: "/smpp/sessions/{systemId}/trace",
  summary: "Read the PDUs of a system_id",
  description: KEPT,
  security: operator,
  request: ofSystemId,
  responses: { 200: json(Trace, "the oldest first"), ...refusals(404) },
});

app.openapi(tracedSessions, async (c) =>
  c.json(toTrace(await c.get("operator").smpp.tracedSessions(c.req.valid("param").systemId)), 200),
);

const listBinds = createRoute({
  method: "get",
  path: "/smpp/binds",
  summary: "List binds to carriers' SMSCs",
  security: operator,
  responses: { 200: json(listOf(Bind), "by carrier"), ...refusals() },
});

app.openapi(listBinds, async (c) => c.json({ items: (await c.get("operator").smpp.binds()).map(toBind) }, 200));

const findBind = createRoute({
  method: "get",
  path: "/smpp/binds/{carrier}/{bind}",
  summary: "Look at a bind to a carrier's SMSC",
  security: operator,
  request: ofBind,
  responses: { 200: json(Bind, "how it stands"), ...refusals(400, 404) },
});

app.openapi(findBind, async (c) => {
  const { carrier, bind } = c.req.valid("param");
  return c.json(toBind(await c.get("operator").smpp.findBind(carrier, bind)), 200);
});

const traceBind = createRoute({
  method: "put",
  path: "/smpp/binds/{carrier}/{bind}/trace",
  summary: "Keep the PDUs of a bind for a while",
  description: KEPT,
  security: operator,
  request: { ...ofBind, ...body },
  responses: { 204: { description: "they are kept from now on" }, ...refusals(400, 404) },
});

app.openapi(traceBind, async (c) => {
  const { carrier, bind } = c.req.valid("param");
  await c.get("operator").smpp.traceBind(carrier, bind, c.req.valid("json").seconds);
  return c.body(null, 204);
});

const endTraceOfBind = createRoute({
  method: "delete",
  path: "/smpp/binds/{carrier}/{bind}/trace",
  summary: "Keep no more PDUs of a bind, and forget those that were",
  security: operator,
  request: ofBind,
  responses: { 204: { description: "they are forgotten" }, ...refusals(400, 404) },
});

app.openapi(endTraceOfBind, async (c) => {
  const { carrier, bind } = c.req.valid("param");
  await c.get("operator").smpp.traceBind(carrier, bind, 0);
  return c.body(null, 204);
});

const tracedBind = createRoute({
  method: "get",
  path: "/smpp/binds/{carrier}/{bind}/trace",
  summary: "Read the PDUs of a bind",
  description: KEPT,
  security: operator,
  request: ofBind,
  responses: { 200: json(Trace, "the oldest first"), ...refusals(400, 404) },
});

app.openapi(tracedBind, async (c) => {
  const { carrier, bind } = c.req.valid("param");
  return c.json(toTrace(await c.get("operator").smpp.tracedBind(carrier, bind)), 200);
});

export type SmppRoutes =
  | typeof listSessions
  | typeof findSessions
  | typeof traceSessions
  | typeof endTraceOfSessions
  | typeof tracedSessions
  | typeof listBinds
  | typeof findBind
  | typeof traceBind
  | typeof endTraceOfBind
  | typeof tracedBind;
