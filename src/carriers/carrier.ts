/**
 * The contract of a kind of carrier: how one is set, how it is opened, and how its words come in. A carrier hands messages on
 * (`submit`), may be asked what became of them (`query`), and may bill; what it says by itself comes through its doors.
 */

import type { Hono } from "hono";
import { z } from "zod";
import type { ChargeReceipt } from "../core/billing/charges/carrier.ts";
import type { Reported } from "../core/inbound/inbound.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import type { MessageId, TransactionId } from "../core/kernel/ids.ts";
import type { Http, Log } from "../core/kernel/ports.ts";
import { CARRIER_LIMIT, type Carrier, type CarrierHealth, type Receipt } from "../core/messages/carrier.ts";
import type { CarrierForm } from "../core/messages/carrier-table.ts";
import { doorsOf } from "../core/operator/carrier-sight.ts";

/** What a door may do with what it hears: nothing else, and in no other carrier's name. */
export type CarrierPort = {
  settle(receipts: readonly Omit<Receipt, "carrier">[], times?: readonly number[]): Promise<void>;
  settleCharges(receipts: readonly Omit<ChargeReceipt, "carrier">[]): Promise<void>;
  receive(texts: readonly Omit<Reported, "carrier">[]): Promise<void>;
};

/** A door sees the request and its port. It is given no bindings, so it cannot reach the database. */
export type DoorEnv = { Bindings: Record<never, never>; Variables: { port: CarrierPort } };

/**
 * Apps at `/carriers/{name}/receipts` and `/carriers/{name}/inbound`, each authenticated in the carrier's own way. What a
 * door throws is answered as problem details, and who is refused as `unauthorised` is slowed down.
 */
export type Doors = { receipts?: Hono<DoorEnv>; inbound?: Hono<DoorEnv> };

/** One that is in use. */
export type OpenCarrier = Omit<Carrier, "health"> & {
  doors?: Doors;
  /** Without which its doors hear nobody. */
  doorKey?: string;
  /** The addresses, or networks, that its provider calls from; absent: any. */
  callers?: readonly string[] | undefined;
  /** Whether it can be reached just now. Never throws. */
  health(): Promise<CarrierHealth>;
  /** The connections that are held open to it, where it is reached by such: how many, and how each is made. */
  binds?: { count: number; config: object };
};

/**
 * What a carrier reaches the outside by, and what it may know of us. `log` is told of what its operator should see: never of
 * a secret, nor of a whole number.
 */
export type Ground = {
  http: Http;
  /** Epoch ms of real time, and by which messages are due. */
  wall: () => number;
  now: () => number;
  log: Log;
  /** Our base URLs, without final slashes; the first is the one that is given out. Empty where nobody said what it is. */
  publicUrls: readonly string[];
};

/**
 * The end of the addresses of its doors, `/carriers/{name}/receipts/{doorKey}`: who does not sign is known by it. Absent where
 * a carrier is part of the gateway.
 */
export type DoorKey = { doorKey?: string | undefined };

/** How one carrier is set; `name` is what routes call it. */
export type CarrierInUse = { name: string; kind: string; settings: unknown; secrets: unknown };

export type CarrierKind = {
  kind: string;
  /** What an operator sets, and what is kept sealed and never shown. A `.describe` of each member is its documentation. */
  settings: z.ZodObject;
  secrets: z.ZodObject;
  /** Whether people can be charged through it. */
  bills: boolean;
  channels: readonly string[];
  /** Where it is part of the gateway, an operator sets up none of it. */
  isBuiltIn?: true;
  /** The addresses that it is going to call, by the settings that they are in; absent: `baseUrl`, where there is one. */
  addresses?(settings: Record<string, unknown>): readonly { field: string; url: string }[];
  /** What is wrong with settings and secrets that are each right by their schema; undefined where nothing is. */
  fault?(
    settings: Record<string, unknown>,
    secrets: Record<string, unknown>,
  ): { field: string; why: string } | undefined;
  /**
   * What is done when an answer was lost, so that nobody knows whether it has the message. *asked*: `query` tells.
   * *waited-for*: it cannot be asked; the message stays unknown until a receipt comes or its validity is over.
   */
  lostAnswer: "asked" | "waited-for";
  /** @throws ZodError where the settings or secrets are not of their schema */
  open(given: Ground & DoorKey & Omit<CarrierInUse, "kind">): OpenCarrier;
};

type Declared<Settings extends z.ZodObject, Secrets extends z.ZodObject> = Omit<
  CarrierKind,
  "settings" | "secrets" | "open"
> & {
  settings: Settings;
  secrets: Secrets;
  open(
    given: Ground & DoorKey & { name: string; settings: z.output<Settings>; secrets: z.output<Secrets> },
  ): OpenCarrier;
};

/** The same kind, for a list of kinds: what it is opened with is checked first. */
export function carrierKind<Settings extends z.ZodObject, Secrets extends z.ZodObject>(
  kind: Declared<Settings, Secrets>,
): CarrierKind {
  return {
    ...kind,
    open: ({ settings, secrets, ...ground }) =>
      kind.open({ ...ground, settings: kind.settings.parse(settings), secrets: kind.secrets.parse(secrets) }),
  };
}

/** The kind, as far as an operator sets one up. */
export function carrierForm(kind: CarrierKind): CarrierForm {
  return {
    kind: kind.kind,
    bills: kind.bills,
    channels: kind.channels,
    lostAnswer: kind.lostAnswer,
    settings: schemaOf(kind.settings),
    secrets: schemaOf(kind.secrets),
    check({ settings, secrets }) {
      const checked = {
        settings: checkedBy(kind.settings, settings, "settings"),
        secrets: checkedBy(kind.secrets, secrets, "secrets") as Record<string, string>,
      };
      const fault = kind.fault?.(checked.settings, checked.secrets);
      if (fault) throw new GatewayError("bad-request", `${fault.field}: ${fault.why}`, fault.field);
      const { baseUrl } = checked.settings;
      const own = typeof baseUrl === "string" ? [{ field: "settings.baseUrl", url: baseUrl }] : [];
      return { ...checked, addresses: kind.addresses?.(checked.settings) ?? own };
    },
  };
}

function schemaOf(schema: z.ZodObject): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Record<string, unknown>;
}

/** @throws GatewayError bad-request: by the member, without its value, which may be a secret */
function checkedBy(schema: z.ZodObject, given: unknown, where: string): Record<string, unknown> {
  const { data, error } = schema.safeParse(given);
  if (data) return data;
  const issue = error?.issues.find(({ code }) => code === "unrecognized_keys") ?? error?.issues[0];
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const field = [where, ...(issue?.path ?? []), ...unknown].join(".");
  // Which members there are deeper down, the issue does not say.
  const known = issue?.path.length === 0 ? `; known: ${Object.keys(schema.shape).join(", ") || "none"}` : "";
  const why = unknown.length > 0 ? `is not known here${known}` : whyOf(issue);
  throw new GatewayError("bad-request", `${field}: ${why}`, field);
}

/** Of a name that is wrong, its own issue tells more. */
function whyOf(issue: z.core.$ZodIssue | undefined): string {
  const inner = issue?.code === "invalid_key" ? issue.issues[0] : undefined;
  return inner?.message ?? issue?.message ?? "is wrong";
}

/** A setting of every kind whose provider does not sign, or need not be believed from elsewhere. */
export const CALLERS = z
  .array(
    z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
      error: "must be addresses or networks, like 203.0.113.0/24",
    }),
  )
  .max(50)
  .optional()
  .describe("the addresses or networks that the provider calls from; left out: any");

/** Where an API lies: paths are put behind it, so it has neither query nor fragment, and its host is what it is. */
export const BASE_URL = z
  .url({ protocol: /^https?$/, error: "must be an http(s) address" })
  .regex(/^[^{}?#\s]+$/, "must be an address without query and variables: paths are put behind it")
  .max(500);

/** A base URL without its final slash. */
export function toBase(url: string): string {
  return url.replace(/\/+$/, "");
}

/** What an Authorization header says with user and password; both may hold any character. */
export function basic(user: string, password: string): string {
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`)))}`;
}

/** Whether an id that came back is one of ours. */
export function isMessageId(id: string): id is MessageId {
  return /^msg_[0-9a-z]{25}$/.test(id);
}

export function isTransactionId(id: string): id is TransactionId {
  return /^txn_[0-9a-z]{25}$/.test(id);
}

/** The addresses at which a caller may have called, for whoever signs them: each of ours, with the path and query that came. */
export function addressesOf(publicUrls: readonly string[], url: string): string[] {
  const target = url.slice(url.indexOf("/", url.indexOf("://") + 3));
  return publicUrls.map((base) => base + target);
}

/** Where its provider calls a carrier; undefined where no address of ours is known. */
export function doorOf(
  { publicUrls: [base], name, doorKey }: Pick<Ground, "publicUrls"> & DoorKey & { name: string },
  door: keyof Doors,
): string | undefined {
  return base === undefined || doorKey === undefined ? undefined : doorsOf(base, name, doorKey)[door];
}

/** `query` of a carrier that cannot be asked. */
export const cannotBeAsked: Carrier["query"] = async (messages) => messages.map(() => ({ outcome: "cannot-tell" }));

/** The answer, if it comes in time. @throws Error after `CARRIER_LIMIT`: what became of the question is not known then */
export async function withinLimit<T>(answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CARRIER_LIMIT / 1000} s`)), CARRIER_LIMIT);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
