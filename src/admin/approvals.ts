/** Approvals: what waits for a second operator, and his word. */

import { createRoute, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { Campaign, StartOnlyIf } from "../core/campaigns/campaign.ts";
import type { CampaignId, TransactionId } from "../core/kernel/ids.ts";
import { APPROVAL_STATES, type Approval, type FourEyes } from "../core/operator/approvals.ts";
import { readBytes, toText } from "../doors/body.ts";
import { type AdminEnv, given, iso, json, listOf, makeApi, operator, PageQuery, refusals, toPage } from "./api.ts";
import { kept } from "./audit.ts";
import { calledAddress } from "./strict.ts";

const app = makeApi();
export const approvals = app;

export const ApprovalAnswer = z
  .object({
    id: z.string(),
    state: z.enum(APPROVAL_STATES),
    action: z.string().openapi({ example: "PUT /carriers/:name" }),
    subject: z.string().openapi({ example: "/carriers/norway" }),
    body: z.unknown().openapi({
      description:
        "what was asked, as JSON, with a mask in place of each secret; of a price list its text; of the start of a campaign, which has no body, `waiting`: how many texts wait in it, and `accepted`: how many lines its lists have",
    }),
    why: z.string(),
    askedBy: z.string().openapi({ description: "the name of the token that asked", example: "Kari, support" }),
    token: z.string().openapi({ description: "its id" }),
    askedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    decidedBy: z.string().optional(),
    decidedAt: z.iso.datetime().optional(),
    status: z.int().optional().openapi({ description: "what came of it: the status of the answer" }),
  })
  .openapi("Approval");

function toAnswer({ id, state, action, path, shown, why, askedBy, askedName, askedAt, expiresAt, ...more }: Approval) {
  return {
    id,
    state,
    action,
    subject: path.replace(/^\/admin\/v1/, ""),
    why,
    body: shown === undefined ? undefined : (JSON.parse(shown) as unknown),
    askedBy: askedName,
    token: askedBy,
    askedAt: iso(askedAt),
    expiresAt: iso(expiresAt),
    ...given({
      decidedBy: more.decidedName,
      decidedAt: more.decidedAt === undefined ? undefined : iso(more.decidedAt),
      status: more.status,
    }),
  };
}

/** By this header a program knows that nothing was done yet. */
export const WAITS = "x-approval";

/** Puts aside what needs a second operator: 202, and an approval. What is approved comes this way again, and goes on. */
export function fourEyes(): MiddlewareHandler<AdminEnv> {
  return async (c, next) => {
    const action = calledAddress(c);
    const rules = c.get("fourEyes");
    if (action === undefined || !rules) return next();
    const id = c.req.path.split("/").at(-2) ?? "";
    let found: Promise<Campaign> | undefined;
    const campaign = async () => {
      found ??= c.get("operator").campaigns.find(id as CampaignId);
      return await found;
    };
    const approved = c.get("approved");
    if (approved !== undefined) {
      if (action === START) c.set("startOnlyIf", asApproved(await c.get("operator").approvals.find(approved)));
      return next();
    }
    // Lines that come between this look and the start do not make it a larger one.
    if (rules.campaigns !== undefined) c.set("startOnlyIf", { mostWaiting: rules.campaigns });
    const why = await reasonFor(rules, action, {
      charge: () => c.get("operator").transactions.find(id as TransactionId),
      waiting: async () => (await campaign()).waiting,
      recipients: async () => recipientsIn(await readBytes(c.req.raw.clone())),
    });
    if (why === undefined) return next();
    const body = toText(await readBytes(c.req.raw.clone()));
    const contentType = c.req.header("content-type") ?? "application/json";
    const request = { method: c.req.method, path: c.req.path, contentType, body };
    const shown = action === START ? JSON.stringify(seenOf(await campaign())) : shownOf(action, body);
    const asked = { actor: c.get("actor"), action, request, shown, why };
    const approval = await c.get("operator").approvals.ask(asked);
    return c.json(toAnswer(approval), 202, { location: `/admin/v1/approvals/${approval.id}`, [WAITS]: approval.id });
  };
}

const START = "POST /campaigns/:id/start";

/** What whoever decides sees of a campaign whose start waits. */
function seenOf({ waiting, accepted }: Campaign) {
  return { waiting, accepted };
}

/** It starts only with the lines that it had when its start was asked for. */
function asApproved({ shown = "{}" }: Approval): StartOnlyIf {
  const { waiting: mostWaiting, accepted } = JSON.parse(shown) as Partial<ReturnType<typeof seenOf>>;
  return given({ mostWaiting, accepted });
}

/** No more of a price list is shown. Characters. */
const SHOWN = 16_000;

/** What whoever decides sees of a body, as JSON: of a price list, which has no secrets, its text. */
function shownOf(action: string, body: string): string | undefined {
  if (action !== "PUT /carriers/:name/prices") return kept(body);
  if (body.length <= SHOWN) return JSON.stringify(body);
  return JSON.stringify({ begins: body.slice(0, SHOWN), leftOut: `${body.length - SHOWN} characters` });
}

/** How many recipients a new campaign begins with. A body that is no JSON is refused where it is read. */
function recipientsIn(body: Uint8Array): number {
  try {
    const { recipients } = JSON.parse(toText(body)) as { recipients?: unknown };
    return Array.isArray(recipients) ? recipients.length : 0;
  } catch {
    return 0;
  }
}

/** What a request is about: the charge or the campaign that its address names, and what its body has. */
type About = {
  charge: () => Promise<{ amount: number; currency: string }>;
  waiting: () => Promise<number>;
  recipients: () => Promise<number>;
};

/** Why a request needs a second operator; undefined where it needs none. */
async function reasonFor(rules: FourEyes, action: string, about: About): Promise<string | undefined> {
  const { reversals, prices, carriers, cancels, campaigns } = rules;
  if (action === "POST /transactions/:id/reverse" && reversals !== undefined) {
    const { amount, currency } = await about.charge();
    return amount > reversals ? `a reversal of more than ${reversals} minor units of ${currency}` : undefined;
  }
  if (campaigns !== undefined && /^POST \/campaigns(\/:id\/start)?$/.test(action)) {
    const texts = await (action === "POST /campaigns" ? about.recipients() : about.waiting());
    return texts > campaigns ? `a campaign of ${texts} texts, more than ${campaigns}` : undefined;
  }
  if (action === "PUT /carriers/:name/prices" && prices) return "a carrier's prices";
  if (action === "PUT /accounts/:id/services/:serviceId" && prices) return "the terms and prices of a service";
  if (action === "PUT /carriers/:name" && carriers) return "a carrier that is set up or changed";
  if (action === "POST /messages/cancel" && cancels) return "every scheduled message is cancelled";
  if (action === "POST /subscriptions/cancel" && cancels) return "every subscription is ended";
  return undefined;
}

const inPath = { params: z.object({ id: z.string() }) };

const listApprovals = createRoute({
  method: "get",
  path: "/approvals",
  summary: "List what waits, or waited, for a second operator, newest first",
  description:
    "By the setting FOUR_EYES some requests are not done when they are asked for: they are answered 202 with an approval, in place of the answer of their address.",
  security: operator,
  request: { query: PageQuery.extend({ state: z.enum(APPROVAL_STATES).optional() }) },
  responses: { 200: json(listOf(ApprovalAnswer), "the approvals"), ...refusals(400) },
});

app.openapi(listApprovals, async (c) => {
  const { state, limit, cursor } = c.req.valid("query");
  const { items, ...next } = await c.get("operator").approvals.list(state, toPage({ limit, cursor }));
  return c.json({ items: items.map(toAnswer), ...next }, 200);
});

const findApproval = createRoute({
  method: "get",
  path: "/approvals/{id}",
  summary: "Look up an approval",
  security: operator,
  request: inPath,
  responses: { 200: json(ApprovalAnswer, "the approval"), ...refusals(404) },
});

app.openapi(findApproval, async (c) =>
  c.json(toAnswer(await c.get("operator").approvals.find(c.req.valid("param").id)), 200),
);

const approve = createRoute({
  method: "post",
  path: "/approvals/{id}/approve",
  summary: "Approve what another token asked for",
  description:
    "It is done now, once, in the name of whoever approves; `status` tells what came of it. Whoever asked for it cannot approve it. It waits for 24 hours.",
  security: operator,
  request: inPath,
  responses: { 200: json(ApprovalAnswer, "approved, and done"), ...refusals(404, 409) },
});

app.openapi(approve, async (c) => {
  const { id } = c.req.valid("param");
  return c.json(toAnswer(await c.get("operator").approvals.approve(c.get("actor"), id, c.get("carryOut"))), 200);
});

const reject = createRoute({
  method: "post",
  path: "/approvals/{id}/reject",
  summary: "Reject what another token asked for",
  security: operator,
  request: inPath,
  responses: { 200: json(ApprovalAnswer, "rejected: it is not done"), ...refusals(404, 409) },
});

app.openapi(reject, async (c) => {
  const rejected = await c.get("operator").approvals.reject(c.get("actor"), c.req.valid("param").id);
  return c.json(toAnswer(rejected), 200);
});

export type ApprovalRoutes = typeof listApprovals | typeof findApproval | typeof approve | typeof reject;
