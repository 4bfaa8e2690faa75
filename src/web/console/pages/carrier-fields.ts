/** What is asked of a kind of carrier, as fields of a form: made of the JSON Schemas that the API tells. */

import { ApiError, type Item } from "../api.ts";
import { type Field, type Group, type Typed, toTyped } from "../ui/form.tsx";
import type { KindName } from "../ui/form-kinds.ts";

export type Asked = Item<"GET /admin/v1/carrier-kinds">;

type Property = {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: readonly string[];
  examples?: readonly unknown[];
  items?: Property;
  anyOf?: readonly Property[];
};

/** @param has the names of the secrets that it has: these may be left empty, and are kept then */
export function groupsOf({ settings, secrets }: Asked, has: readonly string[]): Group[] {
  const isOn: Field = { name: "isEnabled", label: "Enabled", kind: "check" };
  const isOpen = hasOpenNames(secrets);
  const named = isOpen ? has.map(keptSecret) : fieldsOf("secrets", secrets, has);
  return [
    { legend: "Settings", fields: [...fieldsOf("settings", settings, []), PACE, isOn] },
    {
      legend: "Secrets",
      hint: `Stored encrypted; never shown again.${isOpen ? " {{secret.key}} in the settings is the one with the name key." : ""}`,
      fields: [...named, ...removable(secrets, has).map(removeField), ...(isOpen ? NEW_SECRETS.flat() : [])],
    },
  ];
}

/** What a new carrier of the kind begins with: the examples of its schema, where it has some. */
export function examplesOf({ settings, secrets }: Asked): Typed {
  const examples = propertiesOf(settings).flatMap(([name, { examples = [] }]) =>
    examples.length > 0 ? [[name, examples[0]] as const] : [],
  );
  const shown = toTyped([{ fields: fieldsOf("settings", settings, []) }], { settings: Object.fromEntries(examples) });
  const [example]: readonly unknown[] = Array.isArray(secrets.examples) ? secrets.examples : [];
  const names = typeof example === "object" && example !== null ? Object.keys(example) : [];
  const named = NEW_SECRETS.flatMap(([{ name }], index) => (names[index] ? [[name, names[index]] as const] : []));
  return { ...shown, ...Object.fromEntries(named) };
}

/**
 * What becomes of its secrets beside those that are typed under their names: new ones, and null for one that is removed.
 * @throws ApiError with the field, where a name or a value is missing, or a name is there twice
 */
export function otherSecrets({ secrets }: Asked, has: readonly string[], typed: Typed): Record<string, string | null> {
  const changed = new Map<string, string | null>();
  for (const name of removable(secrets, has)) {
    if (typed[`removed.${name}`] !== "on") continue;
    if (typed[`secrets.${name}`]) throw wrong(`removed.${name}`, "a value is given, too: leave one of them");
    changed.set(name, null);
  }
  for (const [{ name: nameField }, { name: valueField }] of hasOpenNames(secrets) ? NEW_SECRETS : []) {
    const [name, value] = [typed[nameField] ?? "", typed[valueField] ?? ""];
    if (name === "" && value === "") continue;
    if (name === "") throw wrong(nameField, "must be given: there is a value for it");
    if (value === "") throw wrong(valueField, `must be given; without such a secret, leave the name ${name} out, too`);
    if (changed.has(name) || has.includes(name)) throw wrong(nameField, "there is a secret of this name already");
    changed.set(name, value);
  }
  return Object.fromEntries(changed);
}

function wrong(field: string, why: string): ApiError {
  return new ApiError(400, `${field}: ${why}`, field);
}

/** Whether an operator names its secrets. */
function hasOpenNames(secrets: Asked["secrets"]): boolean {
  return typeof secrets.additionalProperties === "object";
}

/** Those that it has and may be without. */
function removable(secrets: Asked["secrets"], has: readonly string[]): readonly string[] {
  const required = requiredIn(secrets);
  return has.filter((name) => !required.includes(name));
}

function keptSecret(name: string): Field {
  return { name: `secrets.${name}`, label: name, ...hinted(undefined, true) };
}

function removeField(name: string): Field {
  return { name: `removed.${name}`, label: `Remove ${name}`, kind: "check", isApart: true };
}

/** So many can be added at a time, each by its name and its value. */
const NEW_SECRETS = [1, 2, 3].map((number): readonly [Field, Field] => [
  { name: `secretName.${number}`, label: `Name of new secret ${number}`, isApart: true, size: 20 },
  { name: `secretValue.${number}`, label: `Value of new secret ${number}`, isApart: true },
]);

const PACE: Field = {
  name: "maxPerSecond",
  label: "Maximum per second",
  kind: "whole",
  hint: "Message parts. Default: no limit.",
};

function fieldsOf(where: string, schema: Record<string, unknown>, has: readonly string[]): Field[] {
  const required = requiredIn(schema);
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

function requiredIn({ required }: Record<string, unknown>): readonly unknown[] {
  return Array.isArray(required) ? required : [];
}

/** How a value is typed: one of a few, where the schema names them. */
function askedAs(property: Property): Pick<Field, "kind" | "options"> {
  const { default: otherwise, enum: values } = property;
  if (values === undefined) return { kind: kindOf(property) };
  const unset = otherwise === undefined ? "not set" : `not set: ${otherwise}`;
  return { kind: "choice", options: [["", unset], ...values.map((value) => [value, value] as const)] };
}

/** What no other field can hold is typed as JSON. */
function kindOf({ type, items, anyOf }: Property): KindName {
  switch (type) {
    case "string":
      return "text";
    case "integer":
      return "whole";
    case "boolean":
      return "check";
    case "array":
      return items && kindOf(items) === "text" ? "list" : "json";
    default:
      return anyOf?.every((one) => kindOf(one) === "text") ? "text" : "json";
  }
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
  return Object.fromEntries(Object.entries(typed).filter(([name]) => !/^(secrets|secretValue)\./.test(name)));
}
