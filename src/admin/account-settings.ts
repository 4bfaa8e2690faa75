/** What an account may choose for itself: what every account has, and what each dialect says of its own settings. */

import { z } from "@hono/zod-openapi";
import { PINS_PER_HOUR } from "../core/billing/purchases/pin-budget.ts";
import { isTimeZone } from "../core/billing/subscriptions/anchor.ts";
import { given } from "./api.ts";
import { strict } from "./strict.ts";

/** What a dialect says: each setting's schema with its description, and notes on those that every account has. */
export type SettingsOfDialect = {
  schemas: Readonly<Record<string, z.ZodType>>;
  notes?: Readonly<Record<string, string>>;
};

const Cap = z.int("must be a whole number of minor units, like 50000").min(1, "must be more than 0");
const Pins = z.int("must be a whole number of PINs, like 300").min(0).max(1_000_000);

const timeZone = z
  .string()
  .max(100)
  .refine(isTimeZone, "must be a time zone, like Europe/Oslo")
  .describe("by which days and months of caps are counted; Europe/Oslo unless set");
const maxParts = z.int("must be a whole number of parts").min(1).max(255).describe("66 unless set");
const pincodes = z.enum(["fixed", "random"]).describe("whether pincodes are 1234 in the sandbox");
const caps = z
  .object({ transaction: Cap, day: Cap, month: Cap })
  .describe("the most one person may be charged at once, in a day, in a month, in minor units");
const pinBudgets = z
  .object({ address: Pins, service: Pins, account: Pins })
  .describe(
    `how many PINs its purchase pages may send in an hour: to the browsers of one network (${PINS_PER_HOUR.address} unless set), from one service (${PINS_PER_HOUR.service}), from all of them (${PINS_PER_HOUR.account})`,
  );

/**
 * The schemas of an account's settings, and of a change to them: what is left out stays, and null takes one back.
 * @throws Error where two dialects have a setting of one name
 */
export function settingsSchemas(dialects: readonly SettingsOfDialect[]) {
  const schemas = allOf([
    { timeZone, pincodes, maxParts },
    ...dialects.map(({ schemas }) => schemas),
    { caps, pinBudgets },
  ]);
  const notes = dialects.map(({ notes = {} }) => notes);
  const described = Object.entries(schemas).map(([name, schema]) => {
    const about = [schema.description ?? "", ...notes.flatMap((of) => of[name] ?? [])].join("; ");
    return { name, schema, about };
  });
  const named = (toSchema: (one: (typeof described)[number]) => z.ZodType) =>
    strict(Object.fromEntries(described.map((one) => [one.name, toSchema(one)])));
  return { Settings: named(toSetting), SettingsChange: named(toChange) };
}

function allOf(sets: readonly SettingsOfDialect["schemas"][]): Readonly<Record<string, z.ZodType>> {
  const all: Record<string, z.ZodType> = {};
  for (const [name, schema] of sets.flatMap((set) => Object.entries(set))) {
    if (name in all) throw new Error(`two dialects have a setting ${name}: name one of them otherwise`);
    all[name] = schema;
  }
  return all;
}

type Described = { schema: z.ZodType; about: string };

function toSetting({ schema, about }: Described): z.ZodType {
  if (!(schema instanceof z.ZodObject)) return schema.optional().openapi({ description: about });
  return members(schema, (member) => member.optional()).openapi({ description: about });
}

/** What has members is never taken back as a whole, but member by member. */
function toChange({ schema, about }: Described): z.ZodType {
  if (!(schema instanceof z.ZodObject)) return schema.nullable().optional().openapi({ description: about });
  const each = members(schema, (member) => member.nullable().optional());
  return each.openapi({ description: `${about}; null takes one away` });
}

function members({ shape }: z.ZodObject, to: (member: z.ZodType) => z.ZodType) {
  const each = Object.entries(shape).map(([name, member]) => [name, to(member as z.ZodType)]);
  return strict(Object.fromEntries(each)).optional();
}

/** Settings, and the members that they have, without those that were not given. */
export function chosen(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const each = Object.entries(settings).map(([name, value]) => [
    name,
    typeof value === "object" && value !== null ? given(value as Record<string, unknown>) : value,
  ]);
  return given(Object.fromEntries(each));
}
