/** Shared by the admin and the sandbox API: the credential check, reading bodies, the form of lists and errors. */

import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { StartOnlyIf } from "../core/campaigns/campaign.ts";
import type { ClaimKey } from "../core/idempotency/key.ts";
import { bytesOf, toHex } from "../core/kernel/bytes.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import { given } from "../core/kernel/given.ts";
import type { AskedRequest, FourEyes } from "../core/operator/approvals.ts";
import type { Operator } from "../core/operator/operator.ts";
import type { Site } from "../core/operator/passkeys.ts";
import { type Actor, OF_THE_SETTINGS } from "../core/operator/tokens.ts";
import { withCappedJson } from "../doors/body.ts";
import { Problem, problem } from "./problem.ts";
import "./sentences.ts";

/** No body of an operator is larger. Bytes. */
export const BODY_CAP = 1024 * 1024;

/** What every API for operators knows of its caller. */
export type ApiEnv = {
  Variables: {
    /** Absent when none is set. */
    adminToken: string | undefined;
    /** Whose token has this hash (SHA-256, in hex); undefined where it opens nothing. */
    actorBy: (secretHash: string) => Promise<Actor | undefined>;
    /** Whose session in the console makes this call, where one does: it has no token to show. Nothing from outside sets it. */
    actsAs?: Actor | undefined;
    fault: (error: unknown) => string;
    /** What the request is called, in its answer and in the log. */
    requestId: string | undefined;
    /** Set where the request carries an Idempotency-Key: claims it for its caller. The verbs are others from then on. */
    claimKey: ClaimKey | undefined;
  };
};

/** The operator's API sees its verbs, and nothing behind them: no port, no store, no verb of a customer's. */
export type AdminEnv = {
  Variables: ApiEnv["Variables"] & {
    operator: Operator;
    actor: Actor;
    /** Where the call comes from. */
    address: string;
    /** Where passkeys hold that are made by this call. */
    site: Site | undefined;
    /** What needs a second operator; absent: nothing. */
    fourEyes: FourEyes | undefined;
    /** The approval of a second operator that this very request carries out. Nothing from outside sets it. */
    approved: string | undefined;
    /** What a campaign that this request starts must still be: as a second operator saw it, or small enough to need none. */
    startOnlyIf: StartOnlyIf | undefined;
    /** Makes a request that was approved, in the caller's name. */
    carryOut: (request: AskedRequest, approval: string) => Promise<Response>;
    /** Asks an address of this API with the caller's token. */
    look: (path: string) => Promise<Response>;
  };
};

export { given };

/** An app with the shared manners: typed bodies, problem details, and no answer without the token. */
export function makeApi<Env extends ApiEnv = AdminEnv>(): OpenAPIHono<Env> {
  const app = new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (!result.success) throw wrongInput(result.error);
    },
  });
  app.onError((error, c) => problem(asRefusal(error), c.get("fault"), c.get("requestId")));
  return app;
}

/** An unknown member is reported first: if it is a misspelling, it is also why another member is missing. */
function wrongInput({ issues }: z.ZodError): GatewayError {
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  if (!issue) return new GatewayError("bad-request", "invalid");
  const unknown = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const field = [...issue.path, ...unknown].join(".");
  return new GatewayError("bad-request", field ? `${field}: ${issue.message}` : issue.message, field);
}

/** Hono's own complaint about a body that is no JSON is a refusal like any other. */
function asRefusal(error: Error): Error {
  const status = (error as { status?: number }).status;
  return status === 400 ? new GatewayError("bad-request", "the body is not valid JSON") : error;
}

/**
 * Who calls, by the token that was sent.
 * @throws GatewayError not-allowed when no token is set, unauthorised when it is none of ours
 */
export async function requireActor(c: Pick<Context<ApiEnv>, "get" | "req">): Promise<Actor> {
  const wanted = c.get("adminToken");
  if (!wanted)
    throw new GatewayError("not-allowed", "the setting ADMIN_TOKEN is missing, so the operator's API is closed");
  const acting = c.get("actsAs");
  if (acting) return acting;
  const given = /^Bearer\s+(.+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  const actor = await actorOfToken(given, wanted, c.get("actorBy"));
  if (!actor) {
    throw new GatewayError("unauthorised", "send the operator's token: Authorization: Bearer $ADMIN_TOKEN");
  }
  if (actor.hasPasskey) {
    throw new GatewayError(
      "not-allowed",
      "this token has a passkey, so it opens only the console, together with the passkey: make another token for programs",
    );
  }
  return actor;
}

/**
 * Whose token this is: that of the settings, or one that was made.
 * @param wanted the token of the settings
 */
export async function actorOfToken(
  given: string,
  wanted: string,
  actorBy: ApiEnv["Variables"]["actorBy"],
): Promise<Actor | undefined> {
  if (await sameToken(given, wanted)) return OF_THE_SETTINGS;
  return given === "" ? undefined : await actorBy(await hashOf(given));
}

/** Whether the API of the sandbox, which knows no accounts, may be called. @param looks whether the call changes nothing */
export function mayUseSandbox({ role, account }: Pick<Actor, "role" | "account">, looks: boolean): boolean {
  return !account && (role === "owner" || role === "operator" || (role === "viewer" && looks));
}

/**
 * The same for an API that knows no accounts.
 * @param looks whether the call changes nothing: then a viewer may make it
 * @throws GatewayError likewise, and not-allowed where the role or its account forbid it
 */
export async function requireOperator(c: Pick<Context<ApiEnv>, "get" | "req">, looks: boolean): Promise<Actor> {
  const actor = await requireActor(c);
  if (mayUseSandbox(actor, looks)) return actor;
  throw new GatewayError("not-allowed", `a token of role ${actor.role} may not call ${c.req.method} ${c.req.path}`);
}

/**
 * Claims a request with an Idempotency-Key for the token that was sent.
 * @param approved the approval that it carries out: whoever approves it, it is one request
 * @throws GatewayError
 */
export async function claimFor(c: Pick<Context<ApiEnv>, "get">, { id }: Actor, approved?: string): Promise<void> {
  await c.get("claimKey")?.(approved === undefined ? `token ${id}` : `approval ${approved}`, true);
}

/** SHA-256 of a long random secret, in hex. */
export async function hashOf(secret: string): Promise<string> {
  return toHex(await digest(secret));
}

/**
 * Reads the body before Hono takes it apart.
 * @param cap the most that is taken, bytes
 * @throws GatewayError too-large, bad-request
 */
export async function readJsonBody(c: Context, cap = BODY_CAP): Promise<void> {
  c.req.raw = await withCappedJson(c.req.raw, cap);
}

/** In constant time: digests are compared, and every byte of them. */
async function sameToken(given: string, wanted: string): Promise<boolean> {
  const [a, b] = await Promise.all([digest(given), digest(wanted)]);
  return a.reduce((differs, byte, index) => differs | (byte ^ (b[index] ?? 0)), 0) === 0;
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(text)));
}

/** `?limit=&cursor=` of every list. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50).openapi({ description: "how many, at most 500" }),
  cursor: z.string().optional().openapi({ description: "`next` of the page before" }),
});

export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().optional() });
}

/** A page as the store takes it: an absent cursor is absent. */
export function toPage({ limit, cursor }: { limit: number; cursor?: string | undefined }) {
  return { limit, ...(cursor === undefined ? {} : { cursor }) };
}

/** Epoch ms from an ISO 8601 text with its zone. */
export const Time = z.iso
  .datetime({ offset: true, error: "must be a time like 2026-11-22T12:00:00Z" })
  .transform((text) => Date.parse(text))
  .openapi({ type: "string", format: "date-time" });

export function iso(at: number): string {
  return new Date(at).toISOString();
}

export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { "application/json": { schema } } };
}

/** The refusals an address may answer with, for its description. */
export function refusals(...statuses: number[]) {
  const words: Record<number, string> = {
    400: "the request is wrong",
    401: "no token, or a wrong one",
    403: "the token's role does not allow it, or it is another account's",
    404: "there is no such thing",
    409: "it is in use, or too late",
  };
  return Object.fromEntries(
    [401, 403, ...statuses].map((status) => [
      status,
      { description: words[status] ?? "refused", content: { "application/problem+json": { schema: Problem } } },
    ]),
  );
}

export const operator = [{ operator: [] as string[] }];
