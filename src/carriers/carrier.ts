/**
 * The contract of a kind of carrier: how one is set, how it is opened, and how its words come in. A carrier hands messages on
 * (`submit`), may be asked what became of them (`query`), and may bill; what it says by itself comes through its doors.
 */

import type { Hono } from "hono";
import type { z } from "zod";
import type { ChargeReceipt } from "../core/billing/charges/carrier.ts";
import type { Reported } from "../core/inbound/inbound.ts";
import type { Http } from "../core/kernel/ports.ts";
import { CARRIER_LIMIT, type Carrier, type CarrierHealth, type Receipt } from "../core/messages/carrier.ts";

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
  /** Whether it can be reached just now. Never throws. */
  health(): Promise<CarrierHealth>;
};

/** What a carrier reaches the outside by. */
export type Ground = { http: Http; wall: () => number };

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
  /**
   * What is done when an answer was lost, so that nobody knows whether it has the message. *asked*: `query` tells.
   * *waited-for*: it cannot be asked; the message stays unknown until a receipt comes or its validity is over.
   */
  lostAnswer: "asked" | "waited-for";
  /** @throws ZodError where the settings or secrets are not of their schema */
  open(given: Ground & Omit<CarrierInUse, "kind">): OpenCarrier;
};

type Declared<Settings extends z.ZodObject, Secrets extends z.ZodObject> = Omit<
  CarrierKind,
  "settings" | "secrets" | "open"
> & {
  settings: Settings;
  secrets: Secrets;
  open(given: Ground & { name: string; settings: z.output<Settings>; secrets: z.output<Secrets> }): OpenCarrier;
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
