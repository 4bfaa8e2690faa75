/** Every member of every schema in a part of an OpenAPI document, however deep. */

type Member = { name: string; schema: { description?: string } };

export function membersOf(part: unknown): Member[] {
  if (typeof part !== "object" || part === null) return [];
  const { properties, ...rest } = part as { properties?: Record<string, Member["schema"]> };
  const own = Object.entries(properties ?? {}).map(([name, schema]) => ({ name, schema }));
  return [...own, ...[...Object.values(properties ?? {}), ...Object.values(rest)].flatMap(membersOf)];
}
