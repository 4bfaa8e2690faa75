/** /api/lookup: whose number it is, and whose numbers there are. */

import { type Context, Hono } from "hono";
import type { Person } from "../../core/directory.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import { given } from "../../core/kernel/given.ts";
import { callingCode } from "../../core/messages/msisdn.ts";
import type { DialectEnv } from "../dialect.ts";
import { onlyOnce } from "./auth.ts";
import { numberInQuery } from "./body.ts";
import { toDate } from "./dates.ts";
import { JSON_TYPE } from "./schema.ts";
import { settingsOf } from "./settings.ts";

/** No subscriber has longer texts, so they are not searched for. */
const LONGEST = 200;

const GENDER = { male: "M", female: "F", unknown: "U" } as const;

const app = new Hono<DialectEnv>();

app.get("/", onlyOnce, async (c) => {
  const msisdn = numberInQuery(c, "msisdn");
  const person = await c.get("gateway").person(msisdn);
  if (!person) throw new GatewayError("not-found", `${msisdn} is not in the directory`);
  return c.json(toAnswer(c, person), 200, JSON_TYPE);
});

// PHP's suite wants an empty list where no subscriber is found, and no 404.
app.get("/freetext", onlyOnce, async (c) => {
  const input = (c.req.query("input") ?? "").trim();
  const people = input === "" || input.length > LONGEST ? [] : await c.get("gateway").people(input);
  return c.json(
    people.map((person) => toAnswer(c, person)),
    200,
    JSON_TYPE,
  );
});

export const lookup = app;

/** Models, "Lookup": all are texts but the age, and dates are ISO. No source says which time `created` is: here, that of the answer. */
function toAnswer(c: Context<DialectEnv>, { birthDate, gender, ...person }: Person & { age?: number }) {
  const { lookupNumbers } = settingsOf(c.get("caller").account.settings);
  return given({
    created: toDate(c.get("gateway").wallClock()),
    ...person,
    msisdn: lookupNumbers === "national" ? person.msisdn.slice(callingCode(person.msisdn).length) : person.msisdn,
    gender: GENDER[gender ?? "unknown"],
    dateOfBirth: birthDate,
  });
}
