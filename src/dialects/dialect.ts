/** The contract of a dialect: an API we are compatible with, as a mounted app. */

import type { Hono } from "hono";
import type { Caller } from "../core/accounts/account.ts";
import type { CallbackForm } from "../core/accounts/callback-fields.ts";
import type { CredentialForms } from "../core/accounts/credential-form.ts";
import type { Needed } from "../core/accounts/scopes.ts";
import type { WindowFormat } from "../core/billing/purchases/window.ts";
import type { Gateway } from "../core/gateway.ts";
import type { Once } from "../core/kernel/ports.ts";
import type { PreviewFormat } from "../core/messages/preview.ts";
import type { WebhookFormat } from "../core/webhooks/format.ts";
import type { SettingsForm } from "./settings.ts";
import type { SmppSpeech } from "./smpp.ts";

/** A dialect sees the gateway and who is calling. It is given no bindings, so it cannot reach the database. */
export type DialectEnv = {
  Bindings: Record<never, never>;
  Variables: {
    gateway: Gateway;
    /** The base URLs that clients may have been configured with, without a final slash; the first is ours to give out. */
    publicUrls: readonly string[];
    /** Set by the dialect's own authentication. */
    caller: Caller;
    /** The nonce of a signed request, for a route that stores it together with what it accepts. */
    once: Once | undefined;
    /**
     * Checks that a caller, who has proved its credential, may make this request. Each dialect asks it once it knows its caller.
     * @throws GatewayError not-allowed
     */
    admit: (caller: Caller) => Promise<void>;
    /** The body, read once. */
    body: Uint8Array;
    /** What a dialect's routes are, as OpenAPI. */
    reference: (dialect: Dialect) => unknown;
    /**
     * Set where the request carries an Idempotency-Key: claims it for its caller. The gateway is another from then on, and so is the
     * caller: as they were when the request was begun. The dialect calls it once it knows who calls, before it does anything for them.
     */
    claimFor: ((caller: Caller) => Promise<Caller>) | undefined;
    /** Logs a fault of ours, under an id that the caller gets. */
    fault: (error: unknown) => string;
  };
};

/** A route for the reference, in the form of OpenAPI 3.1. */
export type DocumentedPath = {
  method: "get" | "post" | "put" | "delete";
  path: string;
  /** What generated clients call it, where its address makes no good name. */
  id?: string;
  /** Other addresses that answer the same. */
  aliases?: readonly string[];
  /** What a credential must be allowed, to be used there. */
  needs: Needed;
  summary: string;
  description?: string;
  /** The names of the schemes by which it may be called; false for none, absent for all of the dialect's. */
  security?: false | readonly string[];
  parameters?: { name: string; in: "path" | "query"; required: boolean; description: string; example?: string }[];
  /** The schema of its body. */
  body?: unknown;
  /** A body that the demo account can send. In a text, `$API_KEY` stands for the account's key. */
  example?: unknown;
  /** What the body is, where it is no JSON. */
  bodyType?: string;
  responses: Record<number, string | { description: string; schema: unknown }>;
};

/** What the members of bodies and answers say, by their names: what each is, in which unit; and an example. */
export type FieldWords = Readonly<Record<string, readonly [says: string, example?: unknown]>>;

/** A security scheme of OpenAPI 3.1. */
export type SecurityScheme = {
  type: string;
  description?: string;
  /** Of an `apiKey`: the header or parameter it stands in. */
  in?: string;
  name?: string;
  /** Of `http`. */
  scheme?: string;
  /** Of HTTP Basic: the demo account's user. */
  "x-demo-user"?: string;
};

export type Dialect = {
  name: string;
  /** Its title in the reference. */
  title: string;
  app: Hono<DialectEnv>;
  webhooks: WebhookFormat;
  /** How the people it opens purchase pages for are sent back. */
  windows?: WindowFormat;
  /** How it would rewrite, count and price a text, and the calls by which a program sends one. */
  preview?: PreviewFormat;
  /** The kinds of credential it knows, with the words in which an operator is asked for one. */
  credentials: CredentialForms;
  /** What an operator may say of where its calls go. */
  callbackForm: CallbackForm;
  /** What an account may choose of it. */
  settingsForm?: SettingsForm;
  /** It is spoken over SMPP, too. */
  smpp?: SmppSpeech;
  /** How callers prove who they are, for the reference. */
  securitySchemes: Record<string, SecurityScheme>;
  paths: readonly DocumentedPath[];
  /** What its members say, for the reference. A test finds one that says nothing. */
  fieldWords?: FieldWords;
  /** The parts of its reference, each with the beginnings of the addresses that are in it. */
  groups?: readonly { name: string; at: readonly string[] }[];
};
