/** The dates of a question: clients write them in six forms. */

const FORM = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+\- ]\d{2}:?\d{2})?)?$/i;

/**
 * Epoch ms, of a day its beginning; undefined if it is no date. Without a zone it is UTC. An unescaped `+`
 * arrives as a space. Records know milliseconds, so a time between two of them is the later one.
 */
export function toTime(given: string): number | undefined {
  const [, day, minute = "00:00", second = "00", fraction = "", zone = "Z"] = FORM.exec(given.trim()) ?? [];
  if (!day || !isDay(day)) return undefined;
  const [, hours, minutes] = /(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  const offset = hours ? `${zone.startsWith("-") ? "-" : "+"}${hours}:${minutes}` : "Z";
  const at = Date.parse(`${day}T${minute}:${second}.${fraction.padEnd(3, "0").slice(0, 3)}${offset}`);
  if (Number.isNaN(at)) return undefined;
  return at + (/[1-9]/.test(fraction.slice(3)) ? 1 : 0);
}

/** The engine takes 30 February for 2 March. */
function isDay(day: string): boolean {
  return new Date(`${day}T00:00Z`).toJSON()?.startsWith(day) ?? false;
}
