/** Every member of every schema in a part of an OpenAPI document, however deep. */

/** @property within the member that it is in, or the name that was given */
type Member = { name: string; within: string; schema: { description?: string } };

export function membersOf(part: unknown, within = ""): Member[] {
  if (typeof part !== "object" || part === null) return [];
  const { properties, ...rest } = part as { properties?: Record<string, Member["schema"]> };
  const own = Object.entries(properties ?? {});
  return [
    ...own.map(([name, schema]) => ({ name, within, schema })),
    ...own.flatMap(([name, schema]) => membersOf(schema, name)),
    ...Object.values(rest).flatMap((one) => membersOf(one, within)),
  ];
}
