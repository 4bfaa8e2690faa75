/** Campaigns: many texts as one thing. */

import { createRoute, z } from "@hono/zod-openapi";
import { isTimeZone } from "../core/billing/subscriptions/anchor.ts";
import {
  CAMPAIGN_REASONS,
  CAMPAIGN_STATES,
  type Campaign,
  progressOf,
  type Recipient,
  SKIPS,
} from "../core/campaigns/campaign.ts";
import { type ListLine, linesOfCsv, linesOfItems, linesOfNdjson, MOST_LINES } from "../core/campaigns/lists.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import type { CampaignId } from "../core/kernel/ids.ts";
import type { Filled } from "../core/operator/campaigns.ts";
import { readBytes, toText } from "../doors/body.ts";
import { Hours } from "./account-settings.ts";
import { BODY_CAP, given, iso, json, listOf, makeApi, operator, PageQuery, refusals, Time, toPage } from "./api.ts";
import { LONGEST_TEXT } from "./fields.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const campaigns = app;

const ProgressAnswer = z
  .object({
    accepted: z.int().openapi({ description: "lines of its lists; the others add up to it" }),
    waiting: z.int().openapi({ description: "not released yet" }),
    underWay: z.int().openapi({ description: "released, and not with a carrier yet" }),
    sent: z.int().openapi({ description: "with a carrier, which has not reported on them yet" }),
    delivered: z.int(),
    failed: z.int().openapi({ description: "not delivered, or not within their validity" }),
    cancelled: z.int(),
    skipped: z.partialRecord(z.enum(SKIPS), z.int()).openapi({ description: "lines that become no text, by reason" }),
  })
  .openapi("CampaignProgress");

const CampaignAnswer = z
  .object({
    id: z.string(),
    account: z.string(),
    name: z.string(),
    state: z.enum(CAMPAIGN_STATES),
    reason: z.enum(CAMPAIGN_REASONS).optional().openapi({ description: "why it is paused, or over" }),
    sender: z.string(),
    text: z.string(),
    perMinute: z.int(),
    window: z.object({ hours: z.string(), timeZone: z.string().optional() }).optional(),
    startsAt: z.string(),
    endsAt: z.string().optional(),
    createdAt: z.string(),
    startedAt: z.string().optional(),
    endedAt: z.string().optional(),
    progress: ProgressAnswer,
  })
  .openapi("Campaign");

function toAnswer(campaign: Campaign): z.output<typeof CampaignAnswer> {
  const { id, account, name, state, reason, sender, text, perMinute, hours, timeZone } = campaign;
  const { startsAt, endsAt, createdAt, startedAt, endedAt } = campaign;
  const time = (at: number | undefined) => (at === undefined ? undefined : iso(at));
  return {
    id,
    account,
    name,
    state,
    sender,
    text,
    perMinute,
    ...given({ reason, endsAt: time(endsAt), startedAt: time(startedAt), endedAt: time(endedAt) }),
    ...(hours === undefined ? {} : { window: { hours, ...given({ timeZone }) } }),
    startsAt: iso(startsAt),
    createdAt: iso(createdAt),
    progress: progressOf(campaign),
  };
}

/** The most texts in a minute that a campaign may have. */
const FASTEST = 60_000;
const pace = (most: number) => z.int("must be a whole number").min(1, "must be more than 0").max(most);

const NewCampaign = strict({
  account: z.string(),
  name: z.string().trim().min(1, "must not be empty").max(100),
  sender: z.string().max(100).openapi({ description: "one of the account's" }),
  text: z.string().min(1, "must not be empty").max(LONGEST_TEXT).openapi({
    description: "`{{name}}` is filled with what a recipient's line has under that name",
    example: "Hello {{name}}, our sale begins today. STOP: 2002",
  }),
  perMinute: pace(FASTEST).optional().openapi({ description: "the most texts in a minute; or give `perSecond`" }),
  perSecond: pace(FASTEST / 60).optional(),
  window: strict({
    hours: Hours.openapi({ description: "when texts may leave; may pass midnight", example: "09:00-20:00" }),
    timeZone: z.string().max(100).refine(isTimeZone, "must be a time zone, like Europe/Oslo").optional().openapi({
      description: "by whose clock; left out: by that of each recipient's country",
    }),
  }).optional(),
  startsAt: Time.optional().openapi({ type: "string", format: "date-time", description: "left out: at once" }),
  endsAt: Time.optional().openapi({
    type: "string",
    format: "date-time",
    description: "what has not left by then is not sent",
  }),
  recipients: z
    .array(z.unknown())
    .min(1, "is empty")
    .max(MOST_LINES, `may have ${MOST_LINES} items; send more to /recipients before you start it`)
    .optional()
    .openapi({
      type: "array",
      items: {},
      description:
        "numbers, or objects with `recipient` and what the text names. With them the campaign is started at once; without, it is a draft",
      example: [{ recipient: "+4798079008", name: "Kari" }, "+4791000050"],
    }),
}).refine(({ perMinute, perSecond }) => (perMinute === undefined) !== (perSecond === undefined), {
  error: "must be given, or perSecond: the one or the other",
  path: ["perMinute"],
});

const FilledAnswer = CampaignAnswer.extend({
  refused: z
    .array(z.object({ line: z.int(), recipient: z.string(), reason: z.enum(SKIPS) }))
    .openapi({ description: "the first lines that become no text, from 1; all of them are listed under /recipients" }),
}).openapi("FilledCampaign");

function filledAnswer({ campaign, refused }: Filled) {
  return { ...toAnswer(campaign), refused };
}

const makeRoute = createRoute({
  method: "post",
  path: "/campaigns",
  summary: "Make a campaign: many texts as one thing",
  description:
    "Sent at a pace, within hours of the day, between two times. With `recipients` it starts at once; without, it is a draft, which takes lists at /campaigns/{id}/recipients and is then started.",
  security: operator,
  request: { body: { required: true, ...json(NewCampaign, "") } },
  responses: { 201: json(FilledAnswer, "it is made"), ...refusals(400, 403, 404) },
});

app.openapi(makeRoute, async (c) => {
  const { recipients, perMinute, perSecond = 0, window, ...wanted } = c.req.valid("json");
  const { campaigns } = c.get("operator");
  const lines = recipients && linesOfItems(recipients);
  const asked = { ...given(wanted), perMinute: perMinute ?? perSecond * 60, ...given(window ?? {}) };
  const campaign = await campaigns.make(asked);
  if (!lines) return c.json({ ...toAnswer(campaign), refused: [] }, 201);
  const filled = await campaigns.fill(campaign.id, lines);
  // One with nobody left to write to stays a draft: its answer says why.
  const { accepted, waiting } = filled.campaign;
  if (waiting === 0) return c.json(filledAnswer(filled), 201);
  // As it was asked for, and approved where that is needed: without lines that somebody adds at this moment.
  return c.json(filledAnswer({ ...filled, campaign: await campaigns.start(campaign.id, { accepted }) }), 201);
});

const listRoute = createRoute({
  method: "get",
  path: "/campaigns",
  summary: "List campaigns, newest first",
  security: operator,
  request: {
    query: PageQuery.extend({ account: z.string().optional(), state: z.enum(CAMPAIGN_STATES).optional() }),
  },
  responses: { 200: json(listOf(CampaignAnswer), "the campaigns"), ...refusals(400) },
});

app.openapi(listRoute, async (c) => {
  const { account, state, ...page } = c.req.valid("query");
  const found = await c.get("operator").campaigns.list(given({ account, state }), toPage(page));
  return c.json({ ...found, items: found.items.map(toAnswer) }, 200);
});

const inPath = z.object({ id: z.string().startsWith("cmp_", "must be the id of a campaign") });
const idOf = (param: z.output<typeof inPath>) => param.id as CampaignId; // its schema has looked at how it begins

const findRoute = createRoute({
  method: "get",
  path: "/campaigns/{id}",
  summary: "Look up a campaign, and how far it is",
  security: operator,
  request: { params: inPath },
  responses: { 200: json(CampaignAnswer, "the campaign"), ...refusals(404) },
});

app.openapi(findRoute, async (c) => {
  return c.json(toAnswer(await c.get("operator").campaigns.find(idOf(c.req.valid("param")))), 200);
});

const CSV = "text/csv";
const NDJSON = "application/x-ndjson";

const fillRoute = createRoute({
  method: "post",
  path: "/campaigns/{id}/recipients",
  summary: "Add recipients to a draft",
  description: `A list of at most ${MOST_LINES} lines and 1 MiB; send long ones in pieces. CSV: numbers, or headings of which one is \`recipient\`. JSON lines, or a JSON array: numbers, or objects with \`recipient\`. All of a list is taken, or, if a line cannot be read, nothing. Whom the campaign has already is a duplicate, so a list may be sent again.`,
  security: operator,
  request: {
    params: inPath,
    body: {
      required: true,
      content: {
        [CSV]: { schema: z.string().openapi({ example: "recipient,name\n+4798079008,Kari\n" }) },
        [NDJSON]: { schema: z.string().openapi({ example: '{"recipient":"+4798079008","name":"Kari"}\n' }) },
      },
    },
  },
  responses: { 200: json(FilledAnswer, "they are stored"), ...refusals(400, 403, 404, 409) },
});

// A body in one of three forms is no typed one: the address is described, and then served by itself.
app.openAPIRegistry.registerPath(fillRoute);
app.post("/campaigns/:id/recipients", async (c) => {
  const param = inPath.safeParse(c.req.param());
  if (!param.success) throw new GatewayError("not-found", `there is no campaign ${c.req.param("id")}`);
  const lines = linesOf(toText(await readBytes(c.req.raw, BODY_CAP)));
  return c.json(filledAnswer(await c.get("operator").campaigns.fill(idOf(param.data), lines)), 200);
});

/**
 * Of which form it is, its first character tells.
 * @throws GatewayError bad-request
 */
function linesOf(body: string): ListLine[] {
  const text = body.replace(/^\uFEFF/, "");
  const first = text.trimStart()[0];
  if (first === undefined) throw new GatewayError("bad-request", "the list is empty");
  if (first === "[") return linesOfItems(arrayIn(text));
  return first === "{" || isJsonText(text) ? linesOfNdjson(text) : linesOfCsv(text);
}

/** CSV may begin with a quotation mark, too; but then its first line is no JSON. */
function isJsonText(text: string): boolean {
  return /^\s*"\+?[\d\s()-]+"\s*(\r?\n|$)/.test(text);
}

function arrayIn(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    // Refused below.
  }
  throw new GatewayError("bad-request", "the body begins like a JSON array, and is none");
}

const RECIPIENT_STATES = ["waiting", "released", "skipped"] as const satisfies Recipient["state"][];

const RecipientAnswer = z
  .object({
    recipient: z.string(),
    place: z.int().openapi({ description: "of its line in all the lists, from 0" }),
    state: z.enum(RECIPIENT_STATES).openapi({ description: "waiting, when the campaign is over: never released" }),
    reason: z.enum(SKIPS).optional(),
    message: z.string().optional().openapi({ description: "the id of the message that it became" }),
  })
  .openapi("CampaignRecipient");

const recipientsRoute = createRoute({
  method: "get",
  path: "/campaigns/{id}/recipients",
  summary: "List those a campaign writes to, by number",
  security: operator,
  request: { params: inPath, query: PageQuery.extend({ state: z.enum(RECIPIENT_STATES).optional() }) },
  responses: { 200: json(listOf(RecipientAnswer), "its recipients"), ...refusals(400, 404) },
});

app.openapi(recipientsRoute, async (c) => {
  const { state, ...page } = c.req.valid("query");
  return c.json(await c.get("operator").campaigns.recipients(idOf(c.req.valid("param")), state, toPage(page)), 200);
});

const verb = <Path extends string>(path: Path, summary: string, description: string) =>
  createRoute({
    method: "post",
    path,
    summary,
    description,
    security: operator,
    request: { params: inPath },
    responses: { 200: json(CampaignAnswer, "as it is now"), ...refusals(400, 404, 409) },
  });

const startRoute = verb("/campaigns/{id}/start", "Start a campaign", "Once it has its recipients.");
const pauseRoute = verb(
  "/campaigns/{id}/pause",
  "Pause a campaign",
  "No text that is not with a carrier by then leaves before it is resumed.",
);
const resumeRoute = verb(
  "/campaigns/{id}/resume",
  "Let a paused campaign go on",
  "At its pace, from where it stopped.",
);
const cancelRoute = verb(
  "/campaigns/{id}/cancel",
  "Cancel a campaign",
  "What has not left is not sent; what was sent is not undone.",
);

app.openapi(startRoute, async (c) => {
  const { campaigns } = c.get("operator");
  return c.json(toAnswer(await campaigns.start(idOf(c.req.valid("param")), c.get("startOnlyIf"))), 200);
});
app.openapi(pauseRoute, async (c) => {
  return c.json(toAnswer(await c.get("operator").campaigns.pause(idOf(c.req.valid("param")))), 200);
});
app.openapi(resumeRoute, async (c) => {
  return c.json(toAnswer(await c.get("operator").campaigns.resume(idOf(c.req.valid("param")))), 200);
});
app.openapi(cancelRoute, async (c) => {
  return c.json(toAnswer(await c.get("operator").campaigns.cancel(idOf(c.req.valid("param")))), 200);
});

export type CampaignRoutes =
  | typeof makeRoute
  | typeof listRoute
  | typeof findRoute
  | typeof fillRoute
  | typeof recipientsRoute
  | typeof startRoute
  | typeof pauseRoute
  | typeof resumeRoute
  | typeof cancelRoute;
