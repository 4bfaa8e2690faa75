/** One person's data: handed out, erased, and the log of erasures. */

import { createRoute, z } from "@hono/zod-openapi";
import type { Erasure } from "../core/operator/people.ts";
import { given, iso, json, makeApi, operator, refusals } from "./api.ts";

const app = makeApi();
export const people = app;

const Person = {
  params: z.object({
    msisdn: z.string().openapi({ description: "with + and country code", example: "+4798079008" }),
  }),
  query: z.object({
    account: z.string().optional().openapi({ description: "of this account alone; every account's unless given" }),
  }),
};

const ErasureAnswer = z
  .object({
    id: z.string(),
    at: z.string(),
    account: z.string().optional().openapi({ description: "whose data it was; absent: every account's" }),
    actor: z.string().openapi({ description: "the name of the token" }),
    rows: z.record(z.string(), z.number().int()).openapi({ description: "how many there were, by table" }),
  })
  .openapi("Erasure");

function toAnswer(erasure: Erasure) {
  return { ...erasure, at: iso(erasure.at) };
}

const erasePerson = createRoute({
  method: "post",
  path: "/people/{msisdn}/erase",
  summary: "Erase a person",
  description:
    "Texts, numbers and whatever else tells of the person go; a pseudonym takes the number's place, so that the ledger and the " +
    "figures stand. A STOP holds on. Refused (409) with what is still under way: messages, charges, subscriptions, open " +
    "purchases, questions, webhooks.",
  security: operator,
  request: Person,
  responses: { 200: json(ErasureAnswer, "the person is erased"), ...refusals(400, 409) },
});

app.openapi(erasePerson, async (c) => {
  const asked = { ...c.req.valid("param"), ...given(c.req.valid("query")) };
  return c.json(toAnswer(await c.get("operator").people.erase(asked, c.get("actor").name)), 200);
});

const exportPerson = createRoute({
  method: "get",
  path: "/people/{msisdn}/export",
  summary: "Everything that is stored of a person",
  description: "By table, the newest first, without secrets and digests. As JSON to be handed to the person.",
  security: operator,
  request: Person,
  responses: {
    200: json(
      z.object({
        msisdn: z.string(),
        at: z.string(),
        mostOfAKind: z.number().int().openapi({ description: "so many rows of a table are handed out at most" }),
        data: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
      }),
      "the data",
    ),
    ...refusals(400),
  },
});

app.openapi(exportPerson, async (c) => {
  const asked = { ...c.req.valid("param"), ...given(c.req.valid("query")) };
  const exported = await c.get("operator").people.export(asked);
  return c.json({ ...exported, at: iso(exported.at) }, 200);
});

const listErasures = createRoute({
  method: "get",
  path: "/erasures",
  summary: "List the last erasures, without whom they were of",
  security: operator,
  responses: { 200: json(z.object({ items: z.array(ErasureAnswer) }), "the last hundred") },
});

app.openapi(listErasures, async (c) => {
  return c.json({ items: (await c.get("operator").people.erasures(100)).map(toAnswer) }, 200);
});

export type PeopleRoutes = typeof erasePerson | typeof exportPerson | typeof listErasures;
