/** What an account may choose of a dialect: the same in the operator's API, in the console and in the dialect itself. */

import { describe, expect, it } from "vitest";
import { z } from "zod";
import { settingsSchemas } from "../../src/admin/account-settings.ts";
import { readerOf } from "../../src/dialects/settings.ts";
import { dialects } from "../../src/registry.ts";

const forms = dialects.flatMap(({ name, settingsForm }) => (settingsForm ? [[name, settingsForm] as const] : []));

/** The names of all settings, with a dot where one has members. */
function namesIn(schemas: Readonly<Record<string, z.ZodType>>): string[] {
  return Object.entries(schemas).flatMap(([name, schema]) =>
    schema instanceof z.ZodObject ? Object.keys(schema.shape).map((member) => `${name}.${member}`) : [name],
  );
}

/** The schema of a setting, or of a member of one. */
function schemaAt(schemas: Readonly<Record<string, z.ZodType>>, name: string): z.ZodType | undefined {
  const [first = "", member] = name.split(".");
  const schema = schemas[first];
  return schema instanceof z.ZodObject && member ? (schema.shape[member] as z.ZodType) : schema;
}

describe.each(forms)("the settings of %s", (_, { schemas, groups, demo = {} }) => {
  const fields = groups.flatMap((group) => group.fields);

  it("are each asked for once in the console", () => {
    expect(fields.map(({ name }) => name).sort()).toEqual(namesIn(schemas).sort());
  });

  it("are described in the reference", () => {
    expect(Object.values(schemas).filter(({ description }) => !description)).toEqual([]);
  });

  it("can be chosen as the console offers them, and in no other way", () => {
    for (const { name, options = [] } of fields.filter(({ kind }) => kind === "choice")) {
      const offered = options.map(([value]) => value).filter((value) => value !== "");
      expect([name, schemaAt(schemas, name)]).toMatchObject([name, { options: offered }]);
    }
  });

  it("are in the demo account as they may be", () => {
    expect(readerOf(schemas)(demo)).toEqual(demo);
  });
});

describe("a dialect's settings", () => {
  const schemas = { mode: z.enum(["on", "off"]), costs: z.object({ text: z.int(), picture: z.int() }) };
  const read = readerOf(schemas);

  it.each([
    ["are those that were chosen", { mode: "on", costs: { text: 1 } }, { mode: "on", costs: { text: 1 } }],
    ["are none where none was chosen", {}, {}],
    ["leave out another's", { mode: "off", theirs: "x" }, { mode: "off" }],
    ["leave out one that is no longer known", { mode: "sideways", costs: { picture: 2 } }, { costs: { picture: 2 } }],
  ])("%s", (_, settings, chosen) => {
    expect(read(settings)).toEqual(chosen);
  });

  it("may not have the name of another dialect's", () => {
    expect(() => settingsSchemas([{ schemas }, { schemas: { mode: z.string() } }])).toThrow("setting mode");
  });
});
