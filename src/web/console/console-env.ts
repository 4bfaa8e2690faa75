/** The console's context: sessions, and the operator's API. The console reaches nothing behind that API. */

import type { Context } from "hono";
import type { CallbackForm } from "../../core/accounts/callback-fields.ts";
import type { CredentialForms } from "../../core/accounts/credential-form.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { LoggedInBy } from "../../core/operator/audit.ts";
import type { FieldGroup } from "../../core/operator/field.ts";
import type { Offer } from "../../core/operator/passkeys.ts";
import type { Session, SessionPorts } from "../../core/operator/sessions.ts";
import type { Actor, TokenId } from "../../core/operator/tokens.ts";
import { readFormBody } from "../../doors/body.ts";
import { type Address, ApiError } from "./api.ts";

/** What a dialect asks of an account's settings, and its notes on those that every account has. */
type SettingsForm = { groups: readonly FieldGroup[]; notes?: Readonly<Record<string, string>> };

/** Signing in at the operator's identity provider. What the browser keeps meanwhile is `kept`. */
export type SignIn = {
  name: string;
  begin(asked: { redirectUri: string; to: string }): Promise<{ url: string; kept: string }>;
  end(answered: { answer: URL; redirectUri: string; kept: string }): Promise<{ actor: Actor; to: string }>;
};

/** Asking whoever gave a token for one of its passkeys, and taking the answer. */
export type Passkeys = {
  ask(token: TokenId): Promise<Offer>;
  use(answered: { answer: unknown; kept: string }): Promise<{ actor: Actor; passkeyId: string }>;
};

export type ConsoleEnv = {
  Bindings: Record<never, never>;
  Variables: {
    /** Absent if it is not set: then the console is closed. */
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
    /** Epoch milliseconds by the clock that texts and renewals are due by, which a sandbox can move. */
    now: () => number;
    /** Epoch milliseconds of real time. */
    wall: () => number;
    slowDown: () => Promise<void>;
    fault: (error: unknown) => string;
    /** Sessions, and the secrets that they are made and checked with. */
    sessionPorts: SessionPorts;
    /** The browser's address, as the platform gives it. */
    address: string;
    /** The session that this page is asked for in, and whose it is. */
    session: Session;
    actor: Actor;
    /** Whose token this is, if it opens anything. */
    actorOfToken: (given: string) => Promise<Actor | undefined>;
    /** Whether a token may call this address of the admin or sandbox API, as the reference has it. */
    mayCall: (actor: Actor, address: string) => boolean;
    /** Whether whoever asks may call this address of the API. */
    may: (address: Address) => boolean;
    /** Writes down that somebody logged in, or tried to. */
    noteLogin: (actor: Actor | undefined, by?: LoggedInBy) => Promise<void>;
    /** Where people sign in, if they may do so without a token. */
    signIn: SignIn | undefined;
    /** Absent where no passkey can be used: at an IP address. */
    passkeys: Passkeys | undefined;
    /** Calls an address of the admin or sandbox API as whoever has the session; `csv` in place of `json` is sent as it is. */
    api: (method: string, path: string, body: { json?: unknown; csv?: string | undefined }) => Promise<Response>;
  };
};

export type C = Context<ConsoleEnv>;

/**
 * The fields of the form that was sent in.
 * @param cap the most that is taken, bytes
 * @throws ApiError where it is too large, or not readable
 */
export async function formIn(c: C, cap?: number): Promise<Record<string, string>> {
  try {
    return await readFormBody(c.req.raw, cap);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new ApiError(error.refusal === "too-large" ? 413 : 400, error.message);
  }
}
