/**
 * Number validation, and number lookup: the type and country of a number, by its numbering plan. Docs, "Number Verifier".
 * Members that only networks know are null, unless one of our carriers reports them.
 */

import { type Context, Hono } from "hono";
import { type NumberType, type PhoneNumber, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { z } from "zod";
import { GatewayError } from "../../core/kernel/errors.ts";
import { timeZonesOf } from "../../core/kernel/time-zones.ts";
import type { DialectEnv } from "../dialect.ts";
import { anyCase } from "./any-case.ts";
import { productToken, readBody, toErrorAnswer, wrongMethod } from "./api.ts";
import { JSON_TYPE, notFound } from "./errors.ts";

/** Seen in one of their clients: each kind is a member, and one of them is true. */
const TYPES = {
  mobile: "MOBILE",
  fixed_line: "FIXED_LINE",
  fixed_line_or_mobile: "FIXED_LINE_OR_MOBILE",
  voip: "VOIP",
  toll_free: "TOLL_FREE",
  premium_rate: "PREMIUM_RATE",
  shared_cost: "SHARED_COST",
  personal: "PERSONAL_NUMBER",
  pager: "PAGER",
  voicemail: "VOICEMAIL",
  uan: "UAN",
} as const satisfies Record<string, NumberType>;

const COUNTRIES = new Intl.DisplayNames(["en"], { type: "region" });

const Asked = z.object({ phonenumber: z.union([z.string(), z.number()]).transform(String) });

const app = new Hono<DialectEnv>({ strict: false });

app.onError(toErrorAnswer);

app.post(anyCase("/v1.1/numbervalidation"), productToken, async (c) => {
  const { phonenumber } = await readBody(c, Asked);
  return c.json(await validation(c, phonenumber), 200, JSON_TYPE);
});

app.get(anyCase("/v1.1/numbervalidation/:number"), productToken, async (c) => {
  return c.json(await validation(c, c.req.param("number") ?? ""), 200, JSON_TYPE);
});

app.post(anyCase("/v1.1/numberlookup"), productToken, async (c) => {
  const { phonenumber } = await readBody(c, Asked);
  return c.json(await lookup(c, phonenumber), 200, JSON_TYPE);
});

app.get(anyCase("/v1.1/numberlookup/:number"), productToken, async (c) => {
  return c.json(await lookup(c, c.req.param("number") ?? ""), 200, JSON_TYPE);
});

for (const path of ["/v1.1/numbervalidation", "/v1.1/numberlookup"]) {
  for (const one of [path, `${path}/:number`]) app.all(anyCase(one), wrongMethod);
}
app.all(anyCase("/v1.1/*"), notFound);

export const numbers = app;

/** Null where nobody tells: the rest of the answer does not depend on it. */
async function operatorOf(c: Context<DialectEnv>, number: string): Promise<string | null> {
  try {
    return (await c.get("gateway").subscriber(c.get("caller"), number))?.operator ?? null;
  } catch (error) {
    if (error instanceof GatewayError) return null;
    throw error;
  }
}

async function validation(c: Context<DialectEnv>, given: string) {
  if (given.trim() === "") throw new GatewayError("bad-request", "phonenumber: is missing", "phonenumber");
  const number = toNumber(given);
  const country = number?.country;
  return {
    valid_number: number !== undefined,
    carrier: number ? await operatorOf(c, number.number) : null,
    country_code: number ? Number(number.countryCallingCode) : null,
    country_iso: country ?? null,
    format_e164: number?.number ?? null,
    format_international: number?.formatInternational() ?? null,
    format_national: number?.formatNational() ?? null,
    ported: null,
    region: (country && COUNTRIES.of(country)) ?? null,
    region_code: country ?? null,
    timezone: country ? onlyZone(country) : null,
    type: typeOf(number),
  };
}

/** The same, with the members that only a network could fill. */
async function lookup(c: Context<DialectEnv>, given: string) {
  const unknown = { active_number: null, carrier_mcc: null, carrier_mnc: null, roaming: null };
  return { ...(await validation(c, given)), ...unknown };
}

/** With +, with 00, or with neither, as CM takes them; undefined where no numbering plan has it. */
function toNumber(given: string): PhoneNumber | undefined {
  const digits = given.replace(/[\s().-]/g, "").replace(/^(\+|00)/, "");
  const number = /^\d{5,15}$/.test(digits) ? parsePhoneNumberFromString(`+${digits}`) : undefined;
  return number?.isValid() ? number : undefined;
}

function typeOf(number: PhoneNumber | undefined): Record<string, boolean> {
  const type = number?.getType();
  const members = Object.entries(TYPES).map(([member, is]) => [member, type === is] as const);
  return { ...Object.fromEntries(members), unknown: type === undefined };
}

/** The time zone of a country that has one, as a list; in other countries the number does not tell the zone. */
function onlyZone(country: string): readonly string[] | null {
  const zones = timeZonesOf(country);
  return zones.length === 1 ? zones : null;
}
