/** What is asked of a kind of carrier, as fields of a form: made of the JSON Schemas that the API tells. */

import type { Item } from "../api.ts";
import type { Field, Group, Typed } from "../ui/form.tsx";

export type Asked = Item<"GET /admin/v1/carrier-kinds">;

type Property = { type?: string; description?: string; default?: unknown; enum?: readonly string[] };

const KIND_OF: Readonly<Record<string, Field["kind"]>> = {
  string: "text",
  array: "list",
  integer: "whole",
  boolean: "check",
};

/** Whether its settings are single values and lists of texts: what is described by more is set by the API. */
export function isAskedByForm({ settings }: Asked): boolean {
  return propertiesOf(settings).every(([, { type }]) => type !== undefined && type in KIND_OF);
}

/** @param has the names of the secrets that it has: these may be left empty, and are kept then */
export function groupsOf({ settings, secrets }: Asked, has: readonly string[]): Group[] {
  const isOn: Field = { name: "isEnabled", label: "Enabled", kind: "check" };
  return [
    { legend: "Settings", fields: [...fieldsOf("settings", settings, []), PACE, isOn] },
    {
      legend: "Secrets",
      hint: "Stored encrypted; never shown again.",
      fields: fieldsOf("secrets", secrets, has),
    },
  ];
}

const PACE: Field = {
  name: "maxPerSecond",
  label: "Maximum per second",
  kind: "whole",
  hint: "Message parts. Default: no limit.",
};

function fieldsOf(where: string, schema: Record<string, unknown>, has: readonly string[]): Field[] {
  const required = Array.isArray(schema.required) ? schema.required : [];
  return propertiesOf(schema).map(([name, property]) => {
    const { description, default: otherwise } = property;
    const isShown = typeof otherwise === "string" || typeof otherwise === "number";
    return {
      name: `${where}.${name}`,
      label: name,
      ...askedAs(property),
      required: required.includes(name) && !has.includes(name),
      ...hinted(description, has.includes(name)),
      ...(isShown && property.enum === undefined ? { placeholder: String(otherwise) } : {}),
    };
  });
}

/** How a value is typed: one of a few, where the schema names them. */
function askedAs({ type = "string", default: otherwise, enum: values }: Property): Pick<Field, "kind" | "options"> {
  if (values === undefined) return { kind: KIND_OF[type] ?? "text" };
  const unset = otherwise === undefined ? "not set" : `not set: ${otherwise}`;
  return { kind: "choice", options: [["", unset], ...values.map((value) => [value, value] as const)] };
}

function hinted(description: string | undefined, isKept: boolean): { hint?: string } {
  const hint = [description, isKept ? "empty: as it is" : ""].filter(Boolean).join("; ");
  return hint === "" ? {} : { hint };
}

function propertiesOf({ properties }: Record<string, unknown>): [name: string, Property][] {
  return Object.entries((properties ?? {}) as Record<string, Property>);
}

/** What was typed, to be shown again: a secret is not, whatever was wrong. */
export function withoutSecrets(typed: Typed): Typed {
  return Object.fromEntries(Object.entries(typed).filter(([name]) => !name.startsWith("secrets.")));
}
