/** Senders: what an account may send from. */

import { createRoute, z } from "@hono/zod-openapi";
import { SENDER_PURPOSES } from "../core/accounts/account.ts";
import { GROUP_NAME, LONGEST_ANSWER } from "../core/messages/opt-outs.ts";
import { type HeldSender, SHARED } from "../core/operator/senders.ts";
import { given, json, listOf, makeApi, operator, refusals } from "./api.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const senders = app;

const inPath = { params: z.object({ id: z.string() }) };
const Answer = z.string().min(1).max(LONGEST_ANSWER).optional();
const SENDER = {
  kind: z.enum(["short-number", "long-number", "alphanumeric"]),
  country: z.string().regex(/^[A-Z]{2}$/, "must be two capital letters, like NO"),
  shortNumberId: z.string().max(40).optional().openapi({ example: "NO-2002" }),
  purpose: z.enum(SENDER_PURPOSES).optional().openapi({
    description: "what its texts are for; transactional unless set. Marketing keeps the account's quiet hours",
  }),
  group: z.string().regex(GROUP_NAME, "must have small letters, digits and hyphens, 40 at most").optional().openapi({
    description: "its group: STOP to one of its senders ends the texts of all, where `settings.optOut.scope` says so",
    example: "shop",
  }),
  answers: strict({ stop: Answer, start: Answer, help: Answer }).optional().openapi({
    description: "what it answers to STOP, START and HELP; the account's texts, or ours, unless set",
  }),
};
const SenderBody = strict({
  ...SENDER,
  isShared: z.boolean().optional().openapi({
    description:
      "whether another account may have the number as well; without it a number that is held is refused (409)",
  }),
});
const SenderAnswer = z
  .object({
    ...SENDER,
    sender: z.string(),
    isShared: z.boolean().optional().openapi({ description: "another account has the number as well" }),
    warning: z.string().optional().openapi({ description: "what it means that the number is shared" }),
  })
  .openapi("Sender");

const grantSender = createRoute({
  method: "put",
  path: "/accounts/{id}/senders/{sender}",
  summary: "Let an account send from here",
  security: operator,
  request: {
    params: z.object({ id: z.string(), sender: z.string() }),
    body: { required: true, ...json(SenderBody, "") },
  },
  responses: { 200: json(SenderAnswer, "it may"), ...refusals(400, 404, 409) },
});

app.openapi(grantSender, async (c) => {
  const { id, sender } = c.req.valid("param");
  const { kind, country, answers, ...more } = c.req.valid("json");
  const said = answers ? { answers: given(answers) } : {};
  const granted = await c.get("operator").senders.grant(id, { sender, kind, country, ...given(more), ...said });
  return c.json(told(granted), 200);
});

/** A sender as the API answers it, with a warning if it is shared. */
function told(sender: HeldSender) {
  if (!sender.isShared) return sender;
  return { ...sender, warning: `${sender.sender} is shared with another account: ${SHARED}` };
}

const listSenders = createRoute({
  method: "get",
  path: "/accounts/{id}/senders",
  summary: "List senders",
  security: operator,
  request: inPath,
  responses: { 200: json(listOf(SenderAnswer), "the senders"), ...refusals(404) },
});

app.openapi(listSenders, async (c) => {
  const senders = await c.get("operator").senders.list(c.req.valid("param").id);
  return c.json({ items: senders.map(told) }, 200);
});

const withdrawSender = createRoute({
  method: "delete",
  path: "/accounts/{id}/senders/{sender}",
  summary: "No longer let an account send from here",
  security: operator,
  request: { params: z.object({ id: z.string(), sender: z.string() }) },
  responses: { 204: { description: "it may not" }, ...refusals(404) },
});

app.openapi(withdrawSender, async (c) => {
  const { id, sender } = c.req.valid("param");
  await c.get("operator").senders.withdraw(id, sender);
  return c.body(null, 204);
});

export type SenderRoutes = typeof grantSender | typeof listSenders | typeof withdrawSender;
