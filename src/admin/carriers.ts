/** Carriers: who messages and charges are handed to. */

import { createRoute, z } from "@hono/zod-openapi";
import { CARRIER_STATES } from "../core/messages/carrier-table.ts";
import { CARRIER_ANSWERS, MOST_COUNTED } from "../core/messages/tally.ts";
import type { CarrierInSight } from "../core/operator/carrier-sight.ts";
import { given, iso, json, listOf, makeApi, operator, refusals } from "./api.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const carriers = app;

const CarrierName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "must be 1 to 40 small letters, digits and dashes, as it stands in addresses");
const inPath = { params: z.object({ name: CarrierName }) };
const Anything = z.record(z.string(), z.unknown());

const CarrierAnswer = z
  .object({
    name: z.string().openapi({ description: "what routes call it" }),
    kind: z.string(),
    bills: z.boolean().openapi({ description: "whether people can be charged through it" }),
    isForFakes: z.boolean().openapi({ description: "whether it takes only what goes to numbers that nobody has" }),
    health: z
      .object({
        state: z.enum(["up", "down", "probing", "off"]).openapi({
          description: "probing: it did not answer, and is being tried; off: it takes nothing new",
        }),
        since: z.iso.datetime().optional().openapi({ description: "absent where that is not known" }),
        reason: z.string().optional(),
      })
      .optional()
      .openapi({ description: "whether it can be reached just now, where it can tell" }),
    maxPerSecond: z
      .int()
      .optional()
      .openapi({ description: "so many parts of texts it is handed in a second at most; absent: any number" }),
    lastHour: z
      .object({
        asked: z.int().openapi({ description: "how many texts it was asked to take" }),
        taken: z.int(),
        refused: z.int().openapi({ description: "for a reason of the text's" }),
        unable: z.int().openapi({ description: "for a reason of its own" }),
        busy: z.int(),
        lost: z.int().openapi({ description: "there was no answer, or none that can be read" }),
        median: z.int().optional().openapi({ description: "milliseconds: half of the answers took at most so long" }),
        p95: z.int().optional(),
        reasons: z.array(z.object({ answer: z.enum(CARRIER_ANSWERS), reason: z.string(), count: z.int() })),
      })
      .openapi("CarrierTraffic"),
    unanswered: z
      .object({ count: z.int(), since: z.iso.datetime() })
      .optional()
      .openapi({
        description: `texts and charges whose answer was lost and which are not settled, and since when the oldest is; of either, no more than ${MOST_COUNTED} are counted`,
      }),
    state: z.enum(CARRIER_STATES).optional().openapi({
      description:
        "whether it takes anything new; a retired one is forgotten when all it has is settled. Absent where it is part of the gateway",
    }),
    settings: Anything.optional(),
    secrets: z.array(z.string()).optional().openapi({ description: "the names of the secrets that it has" }),
    sealedWith: z.string().optional().openapi({ description: "the name of the key of SECRETS_KEY that seals them" }),
    doors: z.object({ receipts: z.string(), inbound: z.string() }).optional().openapi({
      description: "where its provider is to call. Keep these addresses to the two of you: they cannot be guessed",
    }),
    createdAt: z.iso.datetime().optional(),
    changedAt: z.iso.datetime().optional(),
  })
  .openapi("Carrier");

function toAnswer({ setUp, health, unanswered, ...about }: CarrierInSight) {
  const { since, ...is } = health ?? {};
  const told = health && { ...is, state: health.state, ...(since === undefined ? {} : { since: iso(since) }) };
  const carrier = {
    ...about,
    ...(told ? { health: told } : {}),
    ...(unanswered ? { unanswered: { ...unanswered, since: iso(unanswered.since) } } : {}),
  };
  if (!setUp) return carrier;
  const { createdAt, changedAt, secrets, ...rest } = setUp;
  return { ...carrier, ...rest, secrets: [...secrets], createdAt: iso(createdAt), changedAt: iso(changedAt) };
}

const listKinds = createRoute({
  method: "get",
  path: "/carrier-kinds",
  summary: "List the kinds of carrier that can be set up",
  security: operator,
  responses: {
    200: json(
      listOf(
        z
          .object({
            kind: z.string(),
            settings: Anything.openapi({ description: "JSON Schema of its settings" }),
            secrets: Anything.openapi({ description: "JSON Schema of its secrets" }),
            bills: z.boolean(),
            channels: z.array(z.string()).openapi({ description: "channels other than SMS" }),
            lostAnswer: z.enum(["asked", "waited-for"]).openapi({
              description:
                "what is done about a text whose answer was lost: the provider is asked, or its report is awaited",
            }),
          })
          .openapi("CarrierKind"),
      ),
      "the kinds",
    ),
    ...refusals(),
  },
});

app.openapi(listKinds, (c) => {
  const kinds = c.get("operator").carriers.kinds();
  const items = kinds.map(({ check: _, channels, ...kind }) => ({ ...kind, channels: [...channels] }));
  return c.json({ items }, 200);
});

const listCarriers = createRoute({
  method: "get",
  path: "/carriers",
  summary: "List carriers",
  description: "In the order in which they are asked where no route says otherwise.",
  security: operator,
  responses: { 200: json(listOf(CarrierAnswer), "the carriers in use"), ...refusals() },
});

app.openapi(listCarriers, async (c) => {
  const items = await c.get("operator").carriers.list();
  return c.json({ items: items.map(toAnswer) }, 200);
});

const findCarrier = createRoute({
  method: "get",
  path: "/carriers/{name}",
  summary: "Look up a carrier",
  security: operator,
  request: inPath,
  responses: { 200: json(CarrierAnswer, "the carrier, without its secrets"), ...refusals(404) },
});

app.openapi(findCarrier, async (c) =>
  c.json(toAnswer(await c.get("operator").carriers.find(c.req.valid("param").name)), 200),
);

const putCarrier = createRoute({
  method: "put",
  path: "/carriers/{name}",
  summary: "Set up or change a carrier",
  description:
    "Holds at once, and within five seconds wherever else the gateway runs. Settings replace those of before; a secret that is left out is kept, and one that is null is removed. Secrets are sealed and never shown again.",
  security: operator,
  request: {
    ...inPath,
    body: {
      required: true,
      ...json(
        strict({
          kind: z.string().openapi({ description: "one of GET /carrier-kinds", example: "twilio" }),
          settings: Anything.openapi({ description: "by the kind's schema" }),
          secrets: z.record(z.string(), z.string().nullable()).optional(),
          maxPerSecond: z.int().min(1).max(100_000).nullable().optional().openapi({
            description:
              "so many parts of texts it is handed in a second at most, over all places that run the gateway; left out: as it was, null: any number",
          }),
          isEnabled: z
            .boolean()
            .optional()
            .openapi({ description: "whether it takes anything new; at first, it does" }),
        }),
        "",
      ),
    },
  },
  responses: { 200: json(CarrierAnswer, "the carrier, as it is now"), ...refusals(400, 409) },
});

app.openapi(putCarrier, async (c) => {
  const { name } = c.req.valid("param");
  const { kind, settings, ...more } = c.req.valid("json");
  return c.json(toAnswer(await c.get("operator").carriers.put({ name, kind, settings, ...given(more) })), 200);
});

const retireCarrier = createRoute({
  method: "delete",
  path: "/carriers/{name}",
  summary: "Retire a carrier",
  description:
    "It takes nothing new from now on. It is still heard, and asked about what it has; when all of that is settled it is forgotten, and its name is free.",
  security: operator,
  request: inPath,
  responses: { 200: json(CarrierAnswer, "the carrier, retired"), ...refusals(404, 409) },
});

app.openapi(retireCarrier, async (c) =>
  c.json(toAnswer(await c.get("operator").carriers.retire(c.req.valid("param").name)), 200),
);

const tryCarrier = createRoute({
  method: "post",
  path: "/carriers/{name}/test",
  summary: "Send one text through a carrier",
  description:
    "Through it alone, whatever the routes say, and also where it is switched off. The text belongs to no account and is in no list; what is reported of it later is not kept.",
  security: operator,
  request: {
    ...inPath,
    body: {
      required: true,
      ...json(
        strict({
          recipient: z.string().openapi({ example: "+4791000000" }),
          text: z.string().max(1_600),
          sender: z.string().min(1).max(40).openapi({ example: "Shop" }),
        }),
        "",
      ),
    },
  },
  responses: {
    200: json(
      z
        .object({
          outcome: z.enum(["taken", "refused", "busy", "unknown"]).openapi({
            description: "what it said. unknown: it may have the text, its answer was lost",
          }),
          reference: z.string().optional(),
          operator: z.string().optional(),
          reason: z.string().optional(),
          own: z
            .boolean()
            .optional()
            .openapi({ description: "the reason is the carrier's own: another may do better" }),
          detail: z.string().optional(),
          retryAfterSeconds: z.number().optional(),
        })
        .openapi("CarrierTest"),
      "what the carrier answered",
    ),
    ...refusals(400, 404),
  },
});

app.openapi(tryCarrier, async (c) => {
  const answer = await c.get("operator").carriers.try(c.req.valid("param").name, c.req.valid("json"));
  return c.json(answer, 200);
});

export type CarrierRoutes =
  | typeof listKinds
  | typeof listCarriers
  | typeof findCarrier
  | typeof putCarrier
  | typeof retireCarrier
  | typeof tryCarrier;
