/** The sandbox's controls as a type, and how its API reads its parameters. */

import { z } from "@hono/zod-openapi";
import type { ApiEnv } from "../admin/api.ts";
import { strict } from "../admin/strict.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import { REASONS } from "../core/kernel/reasons.ts";
import type { BodyEncoding } from "../core/messages/binary.ts";
import { toMsisdn } from "../core/messages/msisdn.ts";
import type { Shown } from "../core/messages/rich.ts";
import type { Actor } from "../core/operator/tokens.ts";
import type { Snapshot } from "./snapshot.ts";
import type { OperatorCharge, SubscriberProfile } from "./subscribers.ts";

/** A text as a handset has it; on a channel other than SMS, with what that shows in place of it. */
export type InboxItem = {
  id: string;
  from: string;
  text: string;
  parts: number;
  encoding: BodyEncoding;
  receivedAt: number;
  channel?: string;
  shown?: Shown;
};

/** A handset with the last text that it got. */
export type HandsetItem = { msisdn: string; last: string; from: string; text: string; receivedAt: number };

/** Everything around the gateway that the sandbox controls: clock, handsets, subscribers, faults. */
export type World = {
  now(): number;
  /** How far that is from real time. Milliseconds; negative where it lies in the past. */
  ahead(): number;
  /** When something is next due, and when a subscription is next charged. Epoch ms; absent where nothing is. */
  nextDue(): Promise<{ due?: number; renewal?: number }>;
  moveClock(to: number): Promise<void>;
  /** The time (epoch ms) from which it is to be advanced: now; the same again for a request that is taken up again. */
  beginAdvance(): Promise<number>;
  /** Does everything due up to this time (epoch ms), in order, and leaves the clock there. */
  advance(to: number): Promise<void>;
  inbox(
    msisdn: string,
    wanted: { since?: number; after?: string; match?: string; limit: number; last?: number; waitSeconds: number },
  ): Promise<InboxItem[]>;
  /** The handsets that have received anything, the one with the newest text first. @param wanted.number digits of theirs */
  handsets(wanted: { before?: string; number?: string; limit: number }): Promise<HandsetItem[]>;
  /** Empties a handset's inbox; the gateway keeps its messages. */
  clearHandset(handset: string): Promise<void>;
  /** When that was done last. Epoch ms; undefined if never. */
  handsetCleared(handset: string): Promise<number | undefined>;
  /** The person writes; answers the carrier's id for it. */
  write(handset: string, to: string, written: { text: string; channel?: string; theirId?: string }): Promise<string>;
  /** With all defaults filled in; also for a number that was never set up. */
  subscriber(msisdn: string): Promise<SubscriberProfile>;
  /** Those that were set up. */
  subscribers(): Promise<({ msisdn: string } & SubscriberProfile)[]>;
  /** Replaces the whole profile; absent members get their defaults. */
  putSubscriber(msisdn: string, given: Partial<SubscriberProfile>): Promise<SubscriberProfile>;
  removeSubscriber(msisdn: string): Promise<void>;
  /** What the operator says that it billed, oldest first. */
  charges(wanted: {
    msisdn?: string;
    since?: number;
    after?: string;
    limit: number;
    last?: number;
    waitSeconds: number;
  }): Promise<OperatorCharge[]>;
  /** Those that still hit something. */
  faults(): Promise<Record<string, unknown>>;
  setFaults(faults: FaultProfile): Promise<void>;
  /** Where all webhooks go, and until when (epoch ms, real time); undefined where they go to their own addresses. */
  forwarding(): { to: string; until: number } | undefined;
  /** @throws GatewayError bad-request if that address may not be called */
  forward(to: string, seconds: number): Promise<{ until: number }>;
  stopForwarding(): Promise<void>;
  reset(): Promise<void>;
  /** @throws GatewayError too-large */
  save(): Promise<Snapshot>;
  /** @throws GatewayError bad-request if it is not of a sandbox like this one */
  restore(snapshot: Snapshot): Promise<void>;
};

/** `carriers`: the names of all that there are. */
export type SandboxEnv = {
  Variables: ApiEnv["Variables"] & { carriers: readonly string[]; world: World | undefined; actor: Actor };
};

export function worldOf(c: { get: (name: never) => unknown }): World {
  return c.get("world" as never) as World;
}

const Count = z.number("must be a number");

export const FaultProfile = strict({
  refuse: z.enum(REASONS).optional(),
  busySeconds: Count.min(0).max(86_400).optional(),
  loseAnswer: z.boolean().optional(),
  hang: z.boolean().optional(),
  receiptDelaySeconds: Count.min(0)
    .max(30 * 86_400)
    .optional(),
  loseReceipt: z.boolean().optional(),
  duplicateReceipts: Count.int().min(0).max(100).optional(),
  earlyReceipt: z.boolean().optional(),
  contradict: z.boolean().optional(),
  only: z.enum(["messages", "charges"]).optional(),
  times: Count.int().min(1).optional(),
  share: Count.min(0).max(1).optional(),
}).openapi("FaultProfile");
export type FaultProfile = z.output<typeof FaultProfile>;

const LONGEST_WAIT_SECONDS = 60;

/** `?wait=` */
export const Wait = z.coerce.number().min(0).max(LONGEST_WAIT_SECONDS).default(0);

/** How much of a list that grows is answered: from the beginning, or its end. */
export const HowMany = {
  limit: z.coerce.number().int().min(1).max(1000).default(500),
  last: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .optional()
    .openapi({ description: "only the last so many, and at once" }),
};

export const WhichNumber = { params: z.object({ msisdn: z.string().openapi({ example: "+4798079008" }) }) };

/**
 * A number with its `+`, for which a space is taken, since that is what a form makes of it; or with its country code alone,
 * or a short one.
 * 98079008 is refused: it is dialled so in Norway, and is no number of Iran, whose code it begins with.
 * @throws GatewayError bad-request
 */
export function toNumber(given: string): string {
  const [, plus, digits] = /^([+ ] *)?([\d ]+)$/.exec(given) ?? [];
  const number = `+${digits?.replaceAll(" ", "") ?? ""}`;
  if (/^\+\d{4,15}$/.test(number) && (plus || number.length <= 7 || toMsisdn(number))) return number;
  throw new GatewayError(
    "bad-request",
    `msisdn: ${JSON.stringify(given.slice(0, 40))} is not a phone number: write it with + and its country code, like +4798079008`,
    "msisdn",
  );
}

/** A number; or an id by which another channel than SMS knows a person: longer, or with more than digits in it. */
export function toHandset(given: string): string {
  const isId =
    /\d/.test(given) && !/^\+*\d{4,15}$/.test(given.replace(/\s/g, "")) && given.length >= 4 && given.length <= 100;
  return isId ? given : toNumber(given);
}

/** Who is written to: a short number as it is, a long one with its +; where a channel has names, one of those too. */
export function toSender(given: string, channel?: string): string {
  if (!/^\+?\d{3,15}$/.test(given)) {
    if (channel) return given;
    throw new GatewayError("bad-request", "to: must be a short number or a long one", "to");
  }
  const digits = given.replace(/^\+/, "");
  return digits.length > 6 ? `+${digits}` : digits;
}

/** A time, or the id of something in the list, which begins with this. */
export function sinceOf(since: string | undefined, prefix: "hst" | "chg"): { since?: number; after?: string } {
  if (since === undefined || since === "") return {};
  if (new RegExp(`^${prefix}_\\d+$`).test(since)) return { after: since };
  const at = /^\d{12,}$/.test(since) ? Number(since) : Date.parse(since.replace(" ", "+"));
  if (Number.isNaN(at)) {
    throw new GatewayError("bad-request", `since: is neither a time nor an id like ${prefix}_12`, "since");
  }
  return { since: at };
}
