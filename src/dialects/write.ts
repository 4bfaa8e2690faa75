/** What dialects share in showing how they are spoken: texts as a shell and other languages take them. */

/** Where a secret is not known, it is taken from this variable. */
const VARIABLE = "STAFETT_KEY";

/** A text as one word of a POSIX shell, whatever is in it. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A word of a shell with the secret in its place; nothing else of it may need quoting. */
export function shellSecret(secret: string | undefined, around: (secret: string) => string): string {
  return secret === undefined ? `"${around(`$${VARIABLE}`)}"` : shellWord(around(secret));
}

/** A command of several lines. */
export function command(...lines: string[]): string {
  return lines.join(" \\\n  ");
}

/** A text as JavaScript and Python both write it. */
export function literal(text: string): string {
  return JSON.stringify(text);
}

export function secretInNode(secret: string | undefined): string {
  return secret === undefined ? `process.env.${VARIABLE}` : literal(secret);
}

export function secretInPython(secret: string | undefined): string {
  return secret === undefined ? `os.environ["${VARIABLE}"]` : literal(secret);
}
