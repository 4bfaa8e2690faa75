/** What an account may choose for itself: what every account has, and what each dialect says of its own settings. */

import { z } from "@hono/zod-openapi";
import { OPT_OUT_SCOPES } from "../core/accounts/rules.ts";
import { CODE_GUARD } from "../core/billing/codes/code-guard.ts";
import { PINS_PER_HOUR } from "../core/billing/purchases/pin-budget.ts";
import { isTimeZone } from "../core/billing/subscriptions/anchor.ts";
import { isCountry } from "../core/messages/allowed-countries.ts";
import { LONGEST_LOOP_SECONDS, LOOP_GUARD } from "../core/messages/loop.ts";
import { LONGEST_ANSWER } from "../core/messages/opt-outs.ts";
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
const Days = z.int("must be a whole number of days, like 30").min(1).max(3_650);
const retention = z
  .object({
    messages: Days,
    inbound: Days,
    webhooks: Days,
    purchases: Days,
    charges: z.int("must be a whole number of days, like 400").min(90, "must be 90 days or more").max(3_650),
    requests: z.int("must be a whole number of days, like 7").min(0).max(30),
  })
  .describe(
    "for how many days settled messages, texts that came in, webhooks that are over, and purchases that nobody confirmed are kept (RETENTION_DAYS unless set); the person in settled charges (for ever unless set); and kept requests (a day unless set; 0: a minute)",
  );
const pinBudgets = z
  .object({ address: Pins, service: Pins, account: Pins })
  .describe(
    `how many PINs its purchase pages may send in an hour: to the browsers of one network (${PINS_PER_HOUR.address} unless set), from one service (${PINS_PER_HOUR.service}), from all of them (${PINS_PER_HOUR.account})`,
  );

/** A time of the day until another. */
export const Hours = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, "must be two times of the day, like 21:00-08:00")
  .refine((hours) => hours.slice(0, 5) !== hours.slice(6), "must not end when they begin");
const quietHours = z
  .object({
    hours: Hours,
    byCountry: z.boolean(),
    timeZone: z.string().max(100).refine(isTimeZone, "must be a time zone, like Europe/Oslo"),
    action: z.enum(["wait", "refuse"]),
  })
  .describe(
    "when texts of senders for marketing are not sent, by the clock where their recipient is: between the times of `hours`, which may pass midnight, and with `byCountry` also when the rules of the recipient's country forbid it; `timeZone` says where recipients are, if their numbers do not; a text waits unless `action` is refuse",
  );

const AnswerText = z.string().min(1).max(LONGEST_ANSWER);
const optOut = z
  .object({
    scope: z.enum(OPT_OUT_SCOPES),
    transactional: z.enum(["stopped", "exempt"]),
    replies: z.enum(["on", "off"]),
    stopText: AnswerText,
    startText: AnswerText,
    helpText: AnswerText,
  })
  .describe(
    "what STOP to one of its numbers means: it ends the texts of that number, of its sender's group, or of the account (`scope`), transactional ones too unless they are `exempt`, which those of North American numbers never are; and what people who write STOP, START or HELP are answered, unless `replies` is off",
  );
const countries = z
  .array(z.string().refine(isCountry, "must be a country as ISO 3166 has it, like NO"))
  .min(1, "must name a country; null allows all of them")
  .max(250)
  .describe("the only countries that its texts and codes may go to, by the recipient's number; any unless set");

const duplicateSeconds = z
  .int("must be a whole number of seconds, like 300")
  .min(1, "must be more than 0")
  .max(86_400)
  .describe("for so many seconds the same text from the same sender to the same person is refused; never unless set");

const percent = z.int("must be a whole percentage").min(0).max(100);
const codeGuard = z
  .object({
    minutes: z.int("must be a whole number of minutes").min(10).max(1_440),
    leastSent: z
      .int("must be a whole number of codes")
      .min(1)
      .max(1_000_000)
      .describe("fewer codes than these tell nothing"),
    alarmBelow: percent.describe("percent confirmed below which there is an alarm; 0: never"),
    blockBelow: percent.describe("percent confirmed below which no more codes go there; 0: never"),
    blockMinutes: z.int("must be a whole number of minutes").min(1).max(1_440).describe("how long a block lasts"),
    budget: z
      .int("must be a whole number of codes")
      .min(1)
      .max(1_000_000_000)
      .describe("the most codes that go to one country in `minutes`"),
    texts: z.boolean().describe("whether its texts of high priority are codes of its own, which are watched, too"),
    trusted: z
      .array(z.string().refine(isCountry, "must be a country as ISO 3166 has it, like NO"))
      .max(250)
      .describe("countries that are not watched, ISO 3166 alpha-2"),
  })
  .describe(
    `watches the codes that it has sent (one-time passwords, pincodes, PINs of its pages), by country and by the first six digits of numbers: of \`leastSent\` (${CODE_GUARD.leastSent} unless set) or more in \`minutes\` (${CODE_GUARD.minutes}), there is an alarm where less than \`alarmBelow\` percent (${CODE_GUARD.alarmBelow}) are confirmed, and where less than \`blockBelow\` (${CODE_GUARD.blockBelow}) are, none go there for \`blockMinutes\` (${CODE_GUARD.blockMinutes}); \`budget\` is the most that go to one country in that time, as many as it likes unless set; countries that are \`trusted\` are not watched; off unless a member is set`,
  );

const loopGuard = z
  .object({
    most: z.int("must be a whole number of texts").min(1, "must be more than 0").max(1_000_000),
    seconds: z.int("must be a whole number of seconds").min(1, "must be more than 0").max(LONGEST_LOOP_SECONDS),
  })
  .describe(
    `how many identical texts from one sender one person may be sent (\`most\`; ${LOOP_GUARD.most} unless set) in how many seconds (\`seconds\`; ${LOOP_GUARD.seconds}); more are stopped, as two programs that answer each other would go on for ever`,
  );

const sealed = z
  .boolean()
  .describe(
    "whether the numbers and texts of its messages, of its campaigns, of what people write to it and of who opted out are sealed in the database, so that a copy shows neither. To turn it off, set false, not null: then older rows are still found.",
  );

const most = (of: string, highest: number) =>
  z.int(`must be a whole number of ${of}`).min(1, "must be more than 0").max(highest);

/** How much may be asked for. */
export const LIMITS = {
  requestsPerSecond: most("requests", 100_000),
  messagesPerSecond: most("messages", 100_000),
  messagesPerDay: most("messages", 1_000_000_000),
  spendPerDay: z
    .record(z.string().regex(/^[A-Z]{3}$/, "must be a currency, like NOK"), Cap)
    .openapi({ example: { NOK: 1_000_000 } }),
};
const limits = z
  .object(LIMITS)
  .describe(
    "how much all its credentials together may ask for: requests and messages in a second, messages in a day, money in a day in minor units by currency; as much as it likes",
  );

/**
 * The schemas of an account's settings, and of a change to them: what is left out stays, and null takes one back.
 * @throws Error where two dialects have a setting of one name
 */
export function settingsSchemas(dialects: readonly SettingsOfDialect[]) {
  const schemas = allOf([
    { timeZone, pincodes, maxParts },
    ...dialects.map(({ schemas }) => schemas),
    {
      caps,
      pinBudgets,
      limits,
      retention,
      quietHours,
      optOut,
      countries,
      duplicateSeconds,
      loopGuard,
      codeGuard,
      sealed,
    },
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
  const each = members(schema, (member) => orNull(member).nullable().optional());
  return each.openapi({ description: `${about}; null takes one away` });
}

/** What has values by any name is taken back value by value, too. */
function orNull(member: z.ZodType): z.ZodType {
  if (!(member instanceof z.ZodRecord)) return member;
  return z.record(member.def.keyType as z.ZodString, (member.def.valueType as z.ZodType).nullable());
}

function members({ shape }: z.ZodObject, to: (member: z.ZodType) => z.ZodType) {
  const each = Object.entries(shape).map(([name, member]) => [name, to(member as z.ZodType)]);
  return strict(Object.fromEntries(each)).optional();
}

/** Settings, and the members that they have, without those that were not given. */
export function chosen(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const each = Object.entries(settings).map(([name, value]) => [
    name,
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? given(value as Record<string, unknown>)
      : value,
  ]);
  return given(Object.fromEntries(each));
}
