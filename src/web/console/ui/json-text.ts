/** JSON as a person reads and writes it: what fits on a line stands on one. */

/** Characters. */
const WIDTH = 72;

/** @param indent what stands before each line of it but the first */
export function jsonText(value: unknown, indent = ""): string {
  const line = onOneLine(value);
  if (typeof value !== "object" || value === null || indent.length + line.length <= WIDTH) return line;
  const deeper = `${indent}  `;
  const [first, last] = Array.isArray(value) ? "[]" : "{}";
  const members = membersOf(value).map(([name, member]) => `${deeper}${name}${jsonText(member, deeper)}`);
  return `${first}\n${members.join(",\n")}\n${indent}${last}`;
}

function onOneLine(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = membersOf(value)
    .map(([name, member]) => name + onOneLine(member))
    .join(", ");
  return Array.isArray(value) ? `[${members}]` : `{${members}}`;
}

/** An item of a list has no name. */
function membersOf(value: object): [name: string, member: unknown][] {
  if (Array.isArray(value)) return value.map((item) => ["", item]);
  return Object.entries(value).map(([name, member]) => [`${JSON.stringify(name)}: `, member]);
}
