/** A dialect's account settings: how they are declared, and how the dialect reads them. */

import { z } from "zod";
import type { AccountSettings } from "../core/accounts/account.ts";
import type { FieldGroup } from "../core/operator/field.ts";

/** By its name in the operator's API, which no other dialect has: a value, or an object of values that may each be left out. */
export type SettingSchemas = Readonly<Record<string, z.ZodType>>;

/** What a dialect says of its settings, for the operator's API and the console. */
export type SettingsForm = {
  /** Each with its description for the reference. */
  schemas: SettingSchemas;
  /** The same as the console asks for them; a field in an object is named with a dot. */
  groups: readonly FieldGroup[];
  /** What it makes of settings that every account has, by their names: the end of a sentence like "66 unless set". */
  notes?: Readonly<Record<string, string>>;
  /** What the demo account has chosen. */
  demo?: Readonly<Record<string, unknown>>;
};

/** The settings that an account has set; each may be absent. */
export type Chosen<Schemas extends SettingSchemas> = {
  readonly [Name in keyof Schemas]?: Schemas[Name] extends z.ZodObject<infer Members>
    ? { readonly [Member in keyof Members]?: z.output<Members[Member]> }
    : z.output<Schemas[Name]>;
};

/** Answers a function that reads an account's settings. One that does not fit its schema is as good as not set. */
export function readerOf<Schemas extends SettingSchemas>(
  schemas: Schemas,
): (settings: AccountSettings) => Chosen<Schemas> {
  const read = Object.entries(schemas).map(
    ([name, schema]) => [name, schema instanceof z.ZodObject ? schema.partial() : schema] as const,
  );
  // An account is remembered while it is busy, and its settings are read with each of its messages.
  const known = new WeakMap<AccountSettings, Chosen<Schemas>>();
  return (settings) => {
    const before = known.get(settings);
    if (before) return before;
    const chosen = Object.fromEntries(
      read.flatMap(([name, schema]) => {
        const { data } = settings[name] === undefined ? {} : schema.safeParse(settings[name]);
        return data === undefined ? [] : [[name, data]];
      }),
    ) as Chosen<Schemas>;
    known.set(settings, chosen);
    return chosen;
  };
}
