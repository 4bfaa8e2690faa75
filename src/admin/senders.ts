/** Senders: what an account may send from. */

import { createRoute, z } from "@hono/zod-openapi";
import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import { normalSender, type Sender } from "../core/accounts/account.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import type { AccountId } from "../core/kernel/ids.ts";
import { findAccount } from "./accounts.ts";
import { type AdminContext, given, json, listOf, makeApi, operator, refusals } from "./api.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const senders = app;

const inPath = { params: z.object({ id: z.string() }) };
const SENDER = {
  kind: z.enum(["short-number", "long-number", "alphanumeric"]),
  country: z.string().regex(/^[A-Z]{2}$/, "must be two capital letters, like NO"),
  shortNumberId: z.string().max(40).optional().openapi({ example: "NO-2002" }),
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

app.openapi(
  createRoute({
    method: "put",
    path: "/accounts/{id}/senders/{sender}",
    summary: "Let an account send from here",
    security: operator,
    request: {
      params: z.object({ id: z.string(), sender: z.string() }),
      body: { required: true, ...json(SenderBody, "") },
    },
    responses: { 200: json(SenderAnswer, "it may"), ...refusals(400, 404, 409) },
  }),
  async (c) => {
    const { id, sender } = c.req.valid("param");
    const account = await findAccount(c, id);
    const { kind, country, shortNumberId, isShared = false } = c.req.valid("json");
    const wanted: Sender = { sender: checkSender(sender, kind), kind, country, ...given({ shortNumberId }) };
    if (kind === "short-number") wanted.shortNumberId ??= `${country}-${sender}`;
    return c.json(await claim(c, account.id, wanted, isShared), 200);
  },
);

/**
 * Gives an account what it wants to send from; of a number that another has, as it said. Names are free to all.
 * @throws GatewayError already-exists if another account has the number and it is not to be shared
 */
async function claim(c: AdminContext, account: AccountId, wanted: Sender, isShared: boolean) {
  const { accounts, clock } = c.get("ports");
  if (wanted.kind === "alphanumeric") {
    if (isShared) throw new GatewayError("bad-request", "isShared: a name is free to all accounts anyway", "isShared");
    await accounts.putSender(account, wanted);
    return wanted;
  }
  const claimed = await accounts.claimSender(account, wanted, { isShared, at: clock.now() });
  if (claimed.outcome === "put") return told({ ...wanted, ...(claimed.isShared ? { isShared: true } : {}) });
  throw new GatewayError(
    "already-exists",
    `account ${claimed.by} has ${wanted.sender}: remove it there, or share it with "isShared": true; then ${SHARED}`,
    "isShared",
  );
}

/** What becomes of a text at a number that several accounts have. */
const SHARED =
  "each keyword belongs to the account that has it, a text with no keyword of either belongs to no account and nobody " +
  "is told of it, and STOP without a keyword ends what all of them sell there";

/** A sender as it is told: what it means that it is shared is said with it. */
function told<Told extends Sender & { isShared?: boolean }>(sender: Told) {
  if (!sender.isShared) return sender;
  return { ...sender, warning: `${sender.sender} is shared with another account: ${SHARED}` };
}

/** 3GPP TS 23.040, clause 9.1.2.5: a name has at most 11 characters. */
function checkSender(sender: string, kind: Sender["kind"]): string {
  const refuse = (what: string) => new GatewayError("bad-request", `sender: ${what}`, "sender");
  if (kind === "short-number") {
    if (!/^\d{3,6}$/.test(sender)) throw refuse("a short number has 3 to 6 digits");
    return sender;
  }
  if (kind === "long-number") {
    const number = parsePhoneNumberFromString(sender.startsWith("+") ? sender : `+${sender}`);
    if (!number?.isPossible()) throw refuse("a long number has + and its country code, like +4759447000");
    return number.number;
  }
  if (!/^[\p{L}\p{N} ._&+-]{1,11}$/u.test(sender) || /^\d+$/.test(sender)) {
    throw refuse("a name has 1 to 11 letters, digits, spaces and . _ & + -, and is not a number");
  }
  return sender;
}

app.openapi(
  createRoute({
    method: "get",
    path: "/accounts/{id}/senders",
    summary: "List senders",
    security: operator,
    request: inPath,
    responses: { 200: json(listOf(SenderAnswer), "the senders"), ...refusals(404) },
  }),
  async (c) => {
    const account = await findAccount(c, c.req.valid("param").id);
    return c.json({ items: (await c.get("ports").accounts.senders(account.id)).map(told) }, 200);
  },
);

app.openapi(
  createRoute({
    method: "delete",
    path: "/accounts/{id}/senders/{sender}",
    summary: "No longer let an account send from here",
    security: operator,
    request: { params: z.object({ id: z.string(), sender: z.string() }) },
    responses: { 204: { description: "it may not" }, ...refusals(404) },
  }),
  async (c) => {
    const { id, sender } = c.req.valid("param");
    const { accounts } = c.get("ports");
    const known = (await accounts.senders(id)).find((one) => normalSender(one.sender) === normalSender(sender));
    if (!known || !(await accounts.removeSender(id, known.sender))) {
      throw new GatewayError("not-found", `account ${id} has no sender ${sender}`);
    }
    return c.body(null, 204);
  },
);
