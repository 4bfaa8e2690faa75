/** Webhooks: the owed and the answered, their attempts, the dead list, and the endpoints they go to. */

import { createRoute, z } from "@hono/zod-openapi";
import type { WebhookId } from "../core/kernel/ids.ts";
import { SIGNATURE_FINDINGS, type SignatureFinding } from "../core/operator/signature-findings.ts";
import { type Endpoint, REPLAY_STATES } from "../core/webhooks/store.ts";
import { WEBHOOK_KINDS, WEBHOOK_STATES, type Webhook } from "../core/webhooks/webhook.ts";
import { given, iso, json, listOf, makeApi, operator, PageQuery, refusals, Time, toPage } from "./api.ts";
import { BY_OPERATOR, NAME } from "./endpoint-schemas.ts";
import { strict } from "./strict.ts";
import { readable, readableEntry, TimelineEntry } from "./timeline.ts";

const app = makeApi();
export const webhooks = app;

const WebhookAnswer = z
  .object({
    id: z.string(),
    account: z.string(),
    dialect: z.string(),
    kind: z.enum(WEBHOOK_KINDS),
    subject: z.string().openapi({ description: "the id of the message, transaction, inbound text or subscription" }),
    recipient: z
      .string()
      .optional()
      .openapi({ description: "in a list: the recipient of the message that it is about" }),
    url: z.string(),
    endpoint: z.string(),
    event: z
      .looseObject({ at: z.string(), state: z.string(), reason: z.string().optional() })
      .openapi({ description: "what happened, in our words" }),
    state: z.enum(WEBHOOK_STATES),
    reason: z.string().optional(),
    attempts: z.number().int(),
    dueAt: z.string().optional(),
    createdAt: z.string(),
    changedAt: z.string(),
    history: z.array(TimelineEntry),
  })
  .openapi("Webhook");

function toAnswer(webhook: Webhook) {
  const { dueAt, isPaused, reason, ...rest } = webhook;
  // A message that was never stored would come along whole.
  const { message: _, ...event }: { at: number; state: string } & Record<string, unknown> = webhook.event;
  return {
    ...rest,
    ...(dueAt === undefined ? {} : { dueAt: iso(dueAt) }),
    ...(reason === undefined ? {} : { reason: isPaused ? `paused: ${reason}` : reason }),
    event: readable(event),
    createdAt: iso(webhook.createdAt),
    changedAt: iso(webhook.changedAt),
    history: webhook.history.map(readableEntry),
  };
}

const listWebhooks = createRoute({
  method: "get",
  path: "/webhooks",
  summary: "List webhooks, newest first",
  description: "`state=dead` is the dead list.",
  security: operator,
  request: {
    query: PageQuery.extend({
      account: z.string().optional(),
      kind: z.enum(WEBHOOK_KINDS).optional(),
      state: z.enum(WEBHOOK_STATES).optional(),
      endpoint: z.string().optional(),
      since: Time.optional(),
      until: Time.optional(),
    }),
  },
  responses: { 200: json(listOf(WebhookAnswer), "the webhooks"), ...refusals(400) },
});

app.openapi(listWebhooks, async (c) => {
  const { account, kind, state, endpoint, since, until, ...page } = c.req.valid("query");
  const filter = given({ account, kind, state, endpoint, since, until });
  const found = await c.get("operator").webhooks.list(filter, toPage(page));
  return c.json({ ...found, items: found.items.map(toAnswer) }, 200);
});

const findWebhook = createRoute({
  method: "get",
  path: "/webhooks/{id}",
  summary: "Look up a webhook, with its attempts",
  security: operator,
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json(WebhookAnswer, "the webhook"), ...refusals(404) },
});

app.openapi(findWebhook, async (c) => {
  const webhook = await c.get("operator").webhooks.find(c.req.valid("param").id as WebhookId);
  return c.json(toAnswer(webhook), 200);
});

const Replayed = z.object({ replayed: z.number().int() }).openapi("Replayed");

const replayWebhooks = createRoute({
  method: "post",
  path: "/webhooks/replay",
  summary: "Owe webhooks anew, all of a time",
  description:
    "The dead ones, unless `state` says otherwise. What was received is sent again: whoever gets it must know it by its id.",
  security: operator,
  request: {
    body: {
      required: true,
      ...json(
        strict({
          since: Time,
          until: Time.optional(),
          account: z.string().optional(),
          kind: z.enum(WEBHOOK_KINDS).optional(),
          endpoint: z.string().optional(),
          state: z.enum(REPLAY_STATES).default("dead"),
        }),
        "",
      ),
    },
  },
  responses: { 200: json(Replayed, "how many"), ...refusals(400) },
});

app.openapi(replayWebhooks, async (c) => {
  const { state, ...which } = c.req.valid("json");
  return c.json({ replayed: await c.get("operator").webhooks.replay(given(which), state) }, 200);
});

const replayWebhook = createRoute({
  method: "post",
  path: "/webhooks/{id}/replay",
  summary: "Owe a webhook anew, be it dead or answered",
  description: "A received webhook is sent again: the receiver must recognise it by its id, as with any repeated call.",
  security: operator,
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json(Replayed, "one"), ...refusals(404, 409) },
});

app.openapi(replayWebhook, async (c) => {
  await c.get("operator").webhooks.replayOne(c.req.valid("param").id as WebhookId);
  return c.json({ replayed: 1 }, 200);
});

const Finding = z
  .object({
    found: z.enum(SIGNATURE_FINDINGS),
    format: z.string().optional().openapi({
      description:
        "for `not-signed`: the dialect of the call. Receivers recognise such a call by a secret in its address or in a header of the endpoint.",
    }),
    keyName: z.string().optional(),
    signedAt: z.string().optional(),
    isOld: z.boolean().optional().openapi({ description: "older than five minutes: many receivers refuse it then" }),
    ours: z
      .string()
      .optional()
      .openapi({ description: "the address that was signed; of bodies, where they begin to differ" }),
    yours: z.string().optional(),
    isOf: z.enum(["now", "before", "nothing"]).optional().openapi({
      description:
        "which secret of the endpoint it is: the one of now, which this call was not signed with; the one from before the last rotation; or none",
    }),
    at: z.number().int().optional().openapi({ description: "where the bodies begin to differ, in characters" }),
    isSameJson: z.boolean().optional().openapi({ description: "the bodies hold the same JSON, written otherwise" }),
  })
  .openapi("SignatureFinding");

const SignatureCheck = z
  .object({
    isValid: z.boolean(),
    header: z.string().optional().openapi({ description: "the header that carries it" }),
    text: z.string().optional().openapi({ description: "what must be signed for what was seen" }),
    findings: z.array(Finding),
  })
  .openapi("SignatureCheck");

/** A header beside the signature. */
const OfCall = z.string().max(200).optional().openapi({
  description: "of a call to an endpoint of the account's: the header webhook-id, or webhook-timestamp",
});

const checkSignature = createRoute({
  method: "post",
  path: "/webhooks/{id}/check-signature",
  summary: "Check a webhook's signature as its receiver would, and say what does not match",
  description:
    "Members that you leave out are taken from what we sent. Nothing is sent or stored. Of a call to an endpoint, the signature is that of its `format`; `not-signed` where that has none.",
  security: operator,
  request: {
    params: z.object({ id: z.string() }),
    body: {
      required: true,
      ...json(
        strict({
          method: z.string().max(10).optional(),
          url: z.string().max(2_000).optional().openapi({ description: "the address as the receiver sees it" }),
          signature: z.string().max(2_000).optional().openapi({ description: "the header's value" }),
          body: z
            .string()
            .max(100_000)
            .optional()
            .openapi({ description: "the body that was received, to the letter" }),
          id: OfCall,
          timestamp: OfCall,
          secret: z.string().max(200).optional().openapi({
            description: "of a call to an endpoint of the account's: the whsec_… that the receiver checks by",
          }),
        }),
        "",
      ),
    },
  },
  responses: { 200: json(SignatureCheck, "what was found"), ...refusals(400, 404) },
});

app.openapi(checkSignature, async (c) => {
  const seen = given(c.req.valid("json"));
  const { findings, ...check } = await c
    .get("operator")
    .webhooks.checkSignature(c.req.valid("param").id as WebhookId, seen);
  return c.json({ ...check, findings: findings.map(toFinding) }, 200);
});

function toFinding(finding: SignatureFinding) {
  return finding.found === "valid" ? { ...finding, signedAt: iso(finding.signedAt) } : finding;
}

const EndpointAnswer = z
  .object({
    account: z.string(),
    endpoint: z.string(),
    failingSince: z.string().optional(),
    failures: z.number().int(),
    pausedAt: z.string().optional(),
    reason: z.string().optional(),
  })
  .openapi("Endpoint");

function toEndpointAnswer({ failingSince, pausedAt, ...endpoint }: Endpoint) {
  return {
    ...endpoint,
    ...(failingSince === undefined ? {} : { failingSince: iso(failingSince) }),
    ...(pausedAt === undefined ? {} : { pausedAt: iso(pausedAt) }),
  };
}

const listEndpoints = createRoute({
  method: "get",
  path: "/endpoints",
  summary: "List the endpoints where a webhook has ever failed, and their health",
  security: operator,
  request: { query: PageQuery.extend({ account: z.string().optional() }) },
  responses: { 200: json(listOf(EndpointAnswer), "the endpoints"), ...refusals(400) },
});

app.openapi(listEndpoints, async (c) => {
  const { account, ...page } = c.req.valid("query");
  const found = await c.get("operator").endpoints.list({ ...toPage(page), ...given({ account }) });
  return c.json({ ...found, items: found.items.map(toEndpointAnswer) }, 200);
});

const WhichEndpoint = strict({ account: z.string(), endpoint: z.string() });

const pauseEndpoint = createRoute({
  method: "post",
  path: "/endpoints/pause",
  summary: "Stop calling an endpoint; what is owed there goes to the dead list",
  security: operator,
  request: {
    body: {
      required: true,
      ...json(
        strict({
          account: z.string(),
          endpoint: z
            .string()
            .regex(
              new RegExp(`^(?:[Hh][Tt][Tt][Pp][Ss]?://[^\\s?]+|${NAME})$`),
              "must be an http or https address without its query, or the name of one of the account's endpoints",
            ),
          reason: z.string().trim().min(1).max(200).default(BY_OPERATOR),
        }),
        "",
      ),
    },
  },
  responses: { 204: { description: "paused" }, ...refusals(400, 404, 409) },
});

app.openapi(pauseEndpoint, async (c) => {
  await c.get("operator").endpoints.pause(c.req.valid("json"));
  return c.body(null, 204);
});

const resumeEndpoint = createRoute({
  method: "post",
  path: "/endpoints/resume",
  summary: "Call an endpoint again, beginning with what the pause held back",
  security: operator,
  request: { body: { required: true, ...json(WhichEndpoint, "") } },
  responses: { 200: json(Replayed, "how many are owed anew"), ...refusals(400, 404) },
});

app.openapi(resumeEndpoint, async (c) => {
  return c.json({ replayed: await c.get("operator").endpoints.resume(c.req.valid("json")) }, 200);
});

export type WebhookRoutes =
  | typeof listWebhooks
  | typeof findWebhook
  | typeof replayWebhooks
  | typeof replayWebhook
  | typeof checkSignature
  | typeof listEndpoints
  | typeof pauseEndpoint
  | typeof resumeEndpoint;
