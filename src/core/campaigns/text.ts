/** A campaign's text: places like `{{name}}` in it are filled with what each recipient's line has. */

const PLACE = /\{\{\s*([\p{L}\p{N}_-]{1,40})\s*\}\}/gu;
const BRACES = /\{\{|\}\}/;

/** The names of a text's places, each once, in order. */
export function placesIn(text: string): string[] {
  return [...new Set([...text.matchAll(PLACE)].map(([, name]) => name as string))];
}

/** Whether it has braces that are no place: most often a place with a name that none can have. */
export function hasStrayBraces(text: string): boolean {
  return BRACES.test(text.replace(PLACE, ""));
}

/** @returns undefined where the line lacks one, or has it empty */
export function filled(text: string, fields: Readonly<Record<string, string>>): string | undefined {
  let isWhole = true;
  const whole = text.replace(PLACE, (_, name: string) => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (value === undefined || value === "") isWhole = false;
    return value ?? "";
  });
  return isWhole ? whole : undefined;
}
