/** The sandbox's API: handsets, faults, the clock, the reset. Its addresses are apart from every dialect's. */

import { createRoute, z } from "@hono/zod-openapi";
import {
  claimFor,
  given,
  iso,
  json,
  listOf,
  makeApi,
  operator,
  readJsonBody,
  refusals,
  requireOperator,
} from "../admin/api.ts";
import { ShownContent } from "../admin/messages.ts";
import { refuseUnknown, strict } from "../admin/strict.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import { clock } from "./clock.ts";
import { forwarding } from "./forwarding.ts";
import {
  FaultProfile,
  HowMany,
  type SandboxEnv,
  sinceOf,
  toHandset,
  toSender,
  Wait,
  WhichNumber,
  type World,
  worldOf,
} from "./levers.ts";
import { LARGEST_SNAPSHOT, snapshot } from "./snapshot.ts";
import { subscribers } from "./subscribers.ts";

export type { SandboxEnv, World };

const app = makeApi<SandboxEnv>();
export const sandbox = app;

app.use(async (c, next) => {
  const isSnapshot = c.req.path.endsWith("/snapshot");
  // A snapshot is all of everybody, and what is masked elsewhere: it is not for those who only look.
  const actor = await requireOperator(c, c.req.method === "GET" && !isSnapshot);
  if (!worldOf(c)) throw new GatewayError("not-allowed", "the sandbox is off here: SANDBOX=on turns it on");
  await readJsonBody(c, isSnapshot ? LARGEST_SNAPSHOT : undefined);
  c.set("actor", actor);
  await next();
});
app.use(refuseUnknown(app));
app.use(async (c, next) => {
  await claimFor(c, c.get("actor"));
  await next();
});

const HandsetMessage = z
  .object({
    id: z.string(),
    from: z.string(),
    text: z.string(),
    parts: z.number().int(),
    encoding: z.enum(["gsm7", "ucs2", "binary"]),
    receivedAt: z.string(),
    channel: z.string().optional().openapi({ description: "where it is not an SMS" }),
    shown: ShownContent.optional().openapi({ description: "what the channel shows in place of the text" }),
  })
  .openapi("HandsetMessage");

const Handset = z
  .object({
    msisdn: z.string(),
    last: z.string().openapi({ description: "the id of the last text that it got" }),
    from: z.string(),
    text: z.string(),
    receivedAt: z.string(),
  })
  .openapi("Handset");

const listHandsets = createRoute({
  method: "get",
  path: "/handsets",
  summary: "The handsets that have received anything, the one with the newest text first",
  security: operator,
  request: {
    query: z.object({
      limit: z.coerce.number().int().min(1).max(500).default(50),
      cursor: z
        .string()
        .regex(/^hst_\d+$/, "must be the `next` of the page before")
        .optional(),
      number: z
        .string()
        .regex(/^\d{1,15}$/, "must be digits")
        .optional()
        .openapi({ description: "some digits of the number", example: "98079" }),
    }),
  },
  responses: { 200: json(listOf(Handset), "the handsets, each with its last text"), ...refusals(400) },
});

app.openapi(listHandsets, async (c) => {
  const { limit, cursor, number } = c.req.valid("query");
  const found = await worldOf(c).handsets({ ...given({ before: cursor, number }), limit: limit + 1 });
  const items = found.slice(0, limit).map((one) => ({ ...one, receivedAt: iso(one.receivedAt) }));
  return c.json({ items, ...given({ next: found.length > limit ? items.at(-1)?.last : undefined }) }, 200);
});

const Inbox = listOf(HandsetMessage).extend({
  clearedAt: z
    .string()
    .optional()
    .openapi({ description: "when the handset was cleared last", example: "2026-11-29T12:00:00Z" }),
});

const listHandsetMessages = createRoute({
  method: "get",
  path: "/handsets/{msisdn}/messages",
  summary: "What a handset has received, oldest first",
  security: operator,
  request: {
    ...WhichNumber,
    query: z.object({
      wait: Wait.openapi({ description: "seconds to hold the answer until something matches" }),
      match: z.string().max(200).optional().openapi({ description: "part of the text, or a regular expression" }),
      since: z.string().optional().openapi({ description: "a time, or the id of a message: only what came after it" }),
      ...HowMany,
    }),
  },
  responses: { 200: json(Inbox, "the texts"), ...refusals(400) },
});

app.openapi(listHandsetMessages, async (c) => {
  const { wait, match, since, limit, last } = c.req.valid("query");
  const msisdn = toHandset(c.req.valid("param").msisdn);
  const found = await worldOf(c).inbox(msisdn, {
    ...sinceOf(since, "hst"),
    ...given({ match, last }),
    limit,
    waitSeconds: last === undefined ? wait : 0,
  });
  const cleared = await worldOf(c).handsetCleared(msisdn);
  return c.json(
    {
      items: found.map((one) => ({ ...one, receivedAt: iso(one.receivedAt) })),
      ...given({ clearedAt: cleared === undefined ? undefined : iso(cleared) }),
    },
    200,
  );
});

const clearHandset = createRoute({
  method: "delete",
  path: "/handsets/{msisdn}/messages",
  summary: "Clear a handset: what it has received is gone from it",
  description: "The gateway keeps its messages and inbound texts, and the operator its charges.",
  security: operator,
  request: WhichNumber,
  responses: { 204: { description: "it is empty" }, ...refusals(400) },
});

app.openapi(clearHandset, async (c) => {
  await worldOf(c).clearHandset(toHandset(c.req.valid("param").msisdn));
  return c.body(null, 204);
});

const writeFromHandset = createRoute({
  method: "post",
  path: "/handsets/{msisdn}/messages",
  summary: "The person writes",
  security: operator,
  request: {
    ...WhichNumber,
    body: {
      required: true,
      ...json(
        strict({
          to: z.string().min(1).max(100).openapi({
            description: "a short number or a long one; on a channel that is no SMS, any sender",
          }),
          text: z.string().max(2_000),
          channel: z.string().min(1).max(40).optional().openapi({ description: "where it is not an SMS" }),
          theirId: z.string().min(1).max(200).optional().openapi({
            description: "the carrier's id: the same twice is one text reported twice",
          }),
        }),
        "",
      ),
    },
  },
  responses: { 201: json(z.object({ theirId: z.string() }), "written"), ...refusals(400) },
});

app.openapi(writeFromHandset, async (c) => {
  const { to, text, ...more } = c.req.valid("json");
  const handset = toHandset(c.req.valid("param").msisdn);
  const theirId = await worldOf(c).write(handset, toSender(to, more.channel), { text, ...given(more) });
  return c.json({ theirId }, 201);
});

const WhichCarrier = { params: z.object({ carrier: z.string().openapi({ example: "simulator" }) }) };

function checkCarrier(c: { get: (name: "carriers") => readonly string[] }, carrier: string): void {
  if (carrier !== "simulator" || !c.get("carriers").includes(carrier)) {
    throw new GatewayError("not-found", `there is no carrier ${carrier} whose faults can be set`);
  }
}

const readFaults = createRoute({
  method: "get",
  path: "/faults/{carrier}",
  summary: "The faults that are set",
  description: "`times` says how many are left; none are set once they are over.",
  security: operator,
  request: WhichCarrier,
  responses: { 200: json(FaultProfile, "the faults"), ...refusals(404) },
});

app.openapi(readFaults, async (c) => {
  checkCarrier(c, c.req.valid("param").carrier);
  return c.json((await worldOf(c).faults()) as FaultProfile, 200);
});

const setFaults = createRoute({
  method: "put",
  path: "/faults/{carrier}",
  summary: "Make a carrier misbehave",
  security: operator,
  request: { ...WhichCarrier, body: { required: true, ...json(FaultProfile, "") } },
  responses: { 200: json(FaultProfile, "the faults"), ...refusals(400, 404) },
});

app.openapi(setFaults, async (c) => {
  checkCarrier(c, c.req.valid("param").carrier);
  const faults = c.req.valid("json");
  await worldOf(c).setFaults(faults);
  return c.json(faults, 200);
});

const clearFaults = createRoute({
  method: "delete",
  path: "/faults/{carrier}",
  summary: "Make a carrier behave",
  security: operator,
  request: WhichCarrier,
  responses: { 204: { description: "no faults are set" }, ...refusals(404) },
});

app.openapi(clearFaults, async (c) => {
  checkCarrier(c, c.req.valid("param").carrier);
  await worldOf(c).setFaults({});
  return c.body(null, 204);
});

app.route("/", subscribers);
app.route("/", clock);
app.route("/", forwarding);
app.route("/", snapshot);

const resetSandbox = createRoute({
  method: "post",
  path: "/reset",
  summary: "Reset: everything is deleted, the clock is right, the demo account is there",
  security: operator,
  responses: { 204: { description: "fresh" }, ...refusals() },
});

app.openapi(resetSandbox, async (c) => {
  await worldOf(c).reset();
  return c.body(null, 204);
});

app.all("/*", (c) => {
  throw new GatewayError("not-found", `${c.req.method} ${c.req.path} is not an address of this API`);
});

export type HandsetRoutes =
  | typeof listHandsets
  | typeof listHandsetMessages
  | typeof clearHandset
  | typeof writeFromHandset
  | typeof readFaults
  | typeof setFaults
  | typeof clearFaults
  | typeof resetSandbox;
