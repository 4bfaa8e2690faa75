/** Rich content as it is read: keys of any case, null as if it were not there, and texts in the forms that SDKs write. */

import { MessageError } from "./errors.ts";

/** An object's members by their names in lower case. */
export type Members = ReadonlyMap<string, unknown>;

/** The members of an object that are not null; none of any other value. */
export function membersOf(value: unknown): Members {
  if (!isObject(value)) return new Map();
  return new Map(
    Object.entries(value).flatMap(([name, member]) => (member === null ? [] : [[name.toLowerCase(), member]])),
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The first member of these names that is an object with anything in it. */
export function innerOf(members: Members, ...names: readonly string[]): Members | undefined {
  return names.map((name) => membersOf(members.get(name))).find(({ size }) => size > 0);
}

/** The value as text: a number too; of a list its first item, since Python puts each member of a media in one. */
export function textOf(value: unknown): string | undefined {
  const one = Array.isArray(value) ? value[0] : value;
  if (typeof one === "number") return String(one);
  return typeof one === "string" && one.trim() !== "" ? one : undefined;
}

/** The first of these members that can be read as text. */
export function textIn(members: Members, ...names: readonly string[]): string | undefined {
  return names.map((name) => textOf(members.get(name))).find((text) => text !== undefined);
}

/** The items of a list that are not null; none of any other value. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.filter((one) => one !== null) : [];
}

/**
 * The objects of a list that must be one, if it is there at all.
 * @throws MessageError 305
 */
export function objectsIn(members: Members, name: string, title: string): readonly Members[] {
  const value = members.get(name);
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new MessageError(305, `${title} is an invalid type, must be an array`);
  return listOf(value).map((one) => {
    if (!isObject(one)) throw new MessageError(305, `${title} must have objects only`);
    return membersOf(one);
  });
}
