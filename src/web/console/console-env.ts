/** What the console is given: who may see it, and the operator's API. It reaches nothing behind that API. */

import type { Context } from "hono";
import { readFormBody } from "../../body.ts";
import type { CallbackForm } from "../../core/accounts/callback-fields.ts";
import type { CredentialForms } from "../../core/accounts/credential-form.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { FieldGroup } from "../../core/operator/field.ts";
import type { Session, SessionPorts } from "../../core/operator/sessions.ts";

/** What a dialect asks of an account's settings, and its notes on those that every account has. */
type SettingsForm = { groups: readonly FieldGroup[]; notes?: Readonly<Record<string, string>> };

export type ConsoleEnv = {
  Bindings: Record<never, never>;
  Variables: {
    /** Absent when none is set: then nobody is an operator. */
    adminToken: string | undefined;
    /** Whether there are handsets, a clock and faults to be had. */
    hasSandbox: boolean;
    /** Whether what customers' programs send is kept for a while, to be looked at. */
    keepsRequests: boolean;
    /** The secret of the demo account's credentials, where there is such an account. */
    demoKey: string | undefined;
    publicUrls: readonly string[];
    /** The APIs that customers speak, with the credentials that each knows, and what an account may choose of it. */
    dialects: readonly { name: string; title: string; credentials: CredentialForms; settingsForm?: SettingsForm }[];
    /** What an operator may say of where each dialect calls customers; by its name, our own among them. */
    callbackForms: ReadonlyMap<string, CallbackForm>;
    /** Epoch milliseconds of real time. */
    wall: () => number;
    slowDown: () => Promise<void>;
    fault: (error: unknown) => string;
    /** Sessions, and what they are begun and known with. */
    sessionPorts: SessionPorts;
    /** Who calls, as far as the platform tells. */
    address: string;
    /** The session that this page is asked for in. */
    session: Session;
    /** Calls an address of the admin or sandbox API as the operator. */
    api: (method: string, path: string, json?: unknown) => Promise<Response>;
  };
};

export type C = Context<ConsoleEnv>;

/** A refusal of the API, in its own words. */
export class ApiError extends Error {
  readonly status: number;
  readonly field: string | undefined;

  constructor(status: number, message: string, field?: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.field = field;
  }
}

/**
 * The fields of the form that was sent in.
 * @throws ApiError where it is too large, or not readable
 */
export async function formIn(c: C): Promise<Record<string, string>> {
  try {
    return await readFormBody(c.req.raw);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new ApiError(error.refusal === "too-large" ? 413 : 400, error.message);
  }
}

/**
 * What the API answers.
 * @throws ApiError with what it says of why it refuses
 */
export async function ask<T>(c: C, method: string, path: string, json?: unknown): Promise<T> {
  const answer = await c.get("api")(method, path, json);
  const text = await answer.text();
  if (answer.ok) return (text ? JSON.parse(text) : undefined) as T;
  const problem = read(text);
  throw new ApiError(answer.status, problem.detail ?? `the API answered ${answer.status}`, problem.field);
}

/** Likewise; undefined where there is no such thing. */
export async function find<T>(c: C, path: string): Promise<T | undefined> {
  try {
    return await ask<T>(c, "GET", path);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function read(text: string): { detail?: string; field?: string } {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** A page of a list, as every list of the API comes. */
export type List<Item> = { items: Item[]; next?: string };

/** An address with those of the parameters that have a value. */
export function withParams(path: string, params: Record<string, string | number | undefined>): string {
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== "");
  return given.length === 0
    ? path
    : `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
