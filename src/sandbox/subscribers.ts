/** The sandbox's API for billing: subscribers, their wallets, and the list of what their operator billed. */

import { createRoute, z } from "@hono/zod-openapi";
import { Temporal } from "temporal-polyfill";
import { given, iso, json, listOf, makeApi, operator, refusals } from "../admin/api.ts";
import { strict } from "../admin/strict.ts";
import { GatewayError } from "../core/kernel/errors.ts";
import { HowMany, type SandboxEnv, sinceOf, toNumber, Wait, WhichNumber, worldOf } from "./levers.ts";

const app = makeApi<SandboxEnv>();
export const subscribers = app;

const Amount = z.number().int("must be in whole øre").min(0).max(1_000_000_000_000);
const Limit = Amount.nullable();
const Told = z.string().max(200).nullable().optional();

/** A subscriber as it is stored. */
const kept = {
  registered: z.boolean(),
  standing: z.literal("partial").optional(),
  barred: z.boolean(),
  birthDate: z.iso.date("must be a date like 1985-01-01").nullable().openapi({ description: "null: age unknown" }),
  operator: z.string().min(1).max(50).optional(),
  prepaidBalance: Amount.optional().openapi({ description: "øre left; a subscriber that has it is prepaid" }),
  monthlyLimit: Limit.optional().openapi({ description: "øre in a calendar month; null for no limit" }),
  yearlyLimit: Limit.optional().openapi({ description: "øre in a calendar year; null for no limit" }),
  firstName: Told,
  middleName: Told,
  lastName: Told,
  companyName: Told,
  companyOrgNo: Told,
  streetName: Told,
  streetNumber: Told,
  streetLetter: Told,
  zipCode: Told,
  city: Told,
  gender: Told,
  landline: Told,
  deceasedDate: Told,
};

const Profile = z.object(kept);
/** A subscriber as a request may set it; some members can be given in more than one way. */
const NewProfile = strict({
  ...Profile.partial().shape,
  msisdn: z.string().optional().openapi({ description: "as in the address" }),
  age: z.number().int().min(0).max(150).nullable().optional().openapi({ description: "in place of birthDate" }),
  balance: Amount.optional().openapi({ description: "as prepaidBalance" }),
  prepaid: strict({ balance: Amount }).optional(),
  postpaid: strict({ monthlyLimit: Limit.optional(), yearlyLimit: Limit.optional() }).optional(),
}).openapi("NewSubscriber");

type NewProfile = z.output<typeof NewProfile>;
/** Only the members that the request has. */
type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };
export type SubscriberProfile = Present<z.output<typeof Profile>>;

const Subscriber = z.object({ msisdn: z.string(), ...kept }).openapi("Subscriber");

const listSubscribers = createRoute({
  method: "get",
  path: "/subscribers",
  summary: "The subscribers that were set up",
  security: operator,
  responses: { 200: json(listOf(Subscriber), "the subscribers"), ...refusals() },
});

app.openapi(listSubscribers, async (c) => c.json({ items: await worldOf(c).subscribers() }, 200));

const findSubscriber = createRoute({
  method: "get",
  path: "/subscribers/{msisdn}",
  summary: "A subscriber, also of a number that nobody set up",
  security: operator,
  request: WhichNumber,
  responses: { 200: json(Subscriber, "the subscriber"), ...refusals(400) },
});

app.openapi(findSubscriber, async (c) => {
  const msisdn = toNumber(c.req.valid("param").msisdn);
  return c.json({ msisdn, ...(await worldOf(c).subscriber(msisdn)) }, 200);
});

const putSubscriber = createRoute({
  method: "put",
  path: "/subscribers/{msisdn}",
  summary: "Set up a subscriber; what is not given is as it is by default",
  security: operator,
  request: { ...WhichNumber, body: { required: true, ...json(NewProfile, "") } },
  responses: { 200: json(Subscriber, "the subscriber"), ...refusals(400) },
});

app.openapi(putSubscriber, async (c) => {
  const msisdn = toNumber(c.req.valid("param").msisdn);
  const profile = toProfile(c.req.valid("json"), msisdn, worldOf(c).now());
  return c.json({ msisdn, ...(await worldOf(c).putSubscriber(msisdn, profile)) }, 200);
});

const forgetSubscriber = createRoute({
  method: "delete",
  path: "/subscribers/{msisdn}",
  summary: "Make a number like one that nobody set up; what it was billed stands",
  security: operator,
  request: WhichNumber,
  responses: { 204: { description: "the number has its defaults again" }, ...refusals(400) },
});

app.openapi(forgetSubscriber, async (c) => {
  await worldOf(c).removeSubscriber(toNumber(c.req.valid("param").msisdn));
  return c.body(null, 204);
});

/** @throws GatewayError bad-request when the same is said twice, or what cannot be together */
function toProfile(said: NewProfile, msisdn: string, now: number): Partial<SubscriberProfile> {
  const { msisdn: named, age, balance, prepaid, postpaid, ...profile } = said;
  if (named !== undefined && toNumber(named) !== msisdn) throw refusal("msisdn", "is another than in the address");
  const birthDate = once("birthDate", [profile.birthDate, age === undefined ? age : birthDateOf(age, now)]);
  const prepaidBalance = once("prepaidBalance", [profile.prepaidBalance, balance, prepaid?.balance]);
  const monthlyLimit = once("monthlyLimit", [profile.monthlyLimit, postpaid?.monthlyLimit]);
  const yearlyLimit = once("yearlyLimit", [profile.yearlyLimit, postpaid?.yearlyLimit]);
  const hasLimits = [postpaid, monthlyLimit, yearlyLimit].some((limit) => limit !== undefined);
  if (prepaidBalance !== undefined && hasLimits) {
    throw refusal("prepaidBalance", "who pays in advance has no limits: give a balance or limits");
  }
  return given({ ...profile, birthDate, prepaidBalance, monthlyLimit, yearlyLimit });
}

function once<T>(field: string, said: readonly (T | undefined)[]): T | undefined {
  const [first, ...more] = said.filter((one) => one !== undefined);
  if (more.length > 0) throw refusal(field, "is given more than once");
  return first;
}

function refusal(field: string, why: string): GatewayError {
  return new GatewayError("bad-request", `${field}: ${why}`, field);
}

/** Who is so old today has their birthday today. */
function birthDateOf(age: number | null, now: number): string | null {
  if (age === null) return null;
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO("Europe/Oslo").toPlainDate();
  return today.subtract({ years: age }).toString();
}

const OperatorCharge = z
  .object({
    id: z.string().openapi({ example: "chg_12" }),
    reference: z.string().openapi({ description: "the operator's" }),
    transaction: z.string().openapi({ description: "the gateway's id for it" }),
    msisdn: z.string(),
    merchant: z.string(),
    shortNumber: z.string(),
    invoiceText: z.string(),
    amount: z.number().int().openapi({ description: "minor units of its currency; negative for a reversal" }),
    currency: z.string(),
    kind: z.enum(["charge", "reversal"]),
    reverses: z.string().optional().openapi({ description: "the reference of what a reversal gives back" }),
    billedAt: z.string(),
  })
  .openapi("OperatorCharge");
export type OperatorCharge = Omit<Present<z.output<typeof OperatorCharge>>, "billedAt"> & { billedAt: number };

const listOperatorCharges = createRoute({
  method: "get",
  path: "/operator/charges",
  summary: "What the operator says that it billed, oldest first",
  security: operator,
  request: {
    query: z.object({
      msisdn: z.string().optional(),
      wait: Wait.openapi({ description: "seconds to hold the answer until there is something" }),
      since: z.string().optional().openapi({ description: "a time, or the id of a charge: only what came after it" }),
      ...HowMany,
    }),
  },
  responses: { 200: json(listOf(OperatorCharge), "the charges"), ...refusals(400) },
});

app.openapi(listOperatorCharges, async (c) => {
  const { msisdn, wait, since, limit, last } = c.req.valid("query");
  const found = await worldOf(c).charges({
    // As in every filter by number: the + may be left out.
    ...(msisdn ? { msisdn: toNumber(`+${msisdn.replace(/^[+\s]+/, "")}`) } : {}),
    ...sinceOf(since, "chg"),
    ...given({ last }),
    limit,
    waitSeconds: last === undefined ? wait : 0,
  });
  return c.json({ items: found.map((one) => ({ ...one, billedAt: iso(one.billedAt) })) }, 200);
});

export type SubscriberRoutes =
  | typeof listSubscribers
  | typeof findSubscriber
  | typeof putSubscriber
  | typeof forgetSubscriber
  | typeof listOperatorCharges;
