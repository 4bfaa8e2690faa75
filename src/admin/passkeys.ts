/** Passkeys of an owner's token: asked for, added, listed, withdrawn. */

import { createRoute, z } from "@hono/zod-openapi";
import type { Passkey } from "../core/operator/passkeys.ts";
import { iso, json, makeApi, operator, refusals } from "./api.ts";
import { strict } from "./strict.ts";

const app = makeApi();
export const passkeys = app;

const Params = z.object({ id: z.string() });
const OfOne = Params.extend({
  passkeyId: z.string().openapi({ description: "the passkey's id, which is the `id` of the browser's answer" }),
});

const PasskeyAnswer = z
  .object({
    id: z.string().openapi({ description: "the credential's id, base64url" }),
    name: z.string().openapi({ description: "by which its owner knows it", example: "laptop" }),
    createdAt: z.iso.datetime(),
    usedAt: z.iso.datetime().optional().openapi({ description: "when its owner logged in with it last" }),
  })
  .openapi("Passkey");

function toAnswer({ id, name, createdAt, usedAt }: Passkey) {
  return { id, name, createdAt: iso(createdAt), ...(usedAt === undefined ? {} : { usedAt: iso(usedAt) }) };
}

const listPasskeys = createRoute({
  method: "get",
  path: "/tokens/{id}/passkeys",
  summary: "List the passkeys of a token",
  description:
    "An owner's token that has one opens only the console, and only together with a passkey. No API accepts such a token.",
  security: operator,
  request: { params: Params },
  responses: { 200: json(z.object({ items: z.array(PasskeyAnswer) }), "the passkeys, oldest first"), ...refusals(404) },
});

app.openapi(listPasskeys, async (c) => {
  const items = await c.get("operator").passkeys.list(c.req.valid("param").id);
  return c.json({ items: items.map(toAnswer) }, 200);
});

const offerPasskey = createRoute({
  method: "get",
  path: "/tokens/{id}/passkeys/options",
  summary: "Ask what a browser needs to make a passkey",
  description: "For the caller's own token. The question holds for five minutes and is answered once.",
  security: operator,
  request: { params: Params },
  responses: {
    200: json(
      z.object({
        options: z
          .record(z.string(), z.unknown())
          .openapi({ description: "PublicKeyCredentialCreationOptionsJSON (WebAuthn Level 3, 5.1.10)" }),
        kept: z.string().openapi({ description: "the question: sent back with its answer" }),
      }),
      "the question",
    ),
    ...refusals(400, 404),
  },
});

app.openapi(offerPasskey, async (c) => {
  const { id } = c.req.valid("param");
  const { options, kept } = await c.get("operator").passkeys.offer(c.get("actor"), id, c.get("site"));
  return c.json({ options: { ...options }, kept }, 200);
});

const addPasskey = createRoute({
  method: "put",
  path: "/tokens/{id}/passkeys/{passkeyId}",
  summary: "Add a passkey to one's own token",
  description:
    "From then on the token opens only the console, and only with a passkey; its sessions that were begun without one have ended.",
  security: operator,
  request: {
    params: OfOne,
    body: {
      required: true,
      ...json(
        strict({
          name: z.string().min(1).max(100).openapi({ description: "to know it by", example: "laptop" }),
          answer: z
            .record(z.string(), z.unknown())
            .openapi({ description: "what the browser answered: RegistrationResponseJSON (WebAuthn Level 3, 5.1.8)" }),
          kept: z.string().max(2_000).openapi({ description: "the question, as it was given" }),
        }),
        "",
      ),
    },
  },
  responses: { 201: json(PasskeyAnswer, "the passkey"), ...refusals(400, 404, 409) },
});

app.openapi(addPasskey, async (c) => {
  const { id, passkeyId } = c.req.valid("param");
  const wanted = { ...c.req.valid("json"), passkeyId, site: c.get("site") };
  return c.json(toAnswer(await c.get("operator").passkeys.add(c.get("actor"), id, wanted)), 201);
});

const withdrawPasskey = createRoute({
  method: "delete",
  path: "/tokens/{id}/passkeys/{passkeyId}",
  summary: "Withdraw a passkey",
  description:
    "Its sessions end. Where it was the token's last, the token alone opens again what its role allows: so another owner, or ADMIN_TOKEN, lets somebody in who has lost theirs.",
  security: operator,
  request: { params: OfOne },
  responses: { 204: { description: "withdrawn" }, ...refusals(404) },
});

app.openapi(withdrawPasskey, async (c) => {
  const { id, passkeyId } = c.req.valid("param");
  await c.get("operator").passkeys.withdraw(id, passkeyId);
  return c.body(null, 204);
});

export type PasskeyRoutes = typeof listPasskeys | typeof offerPasskey | typeof addPasskey | typeof withdrawPasskey;
