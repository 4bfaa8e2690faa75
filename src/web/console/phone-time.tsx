/** Times as people in Norway have them on their phones; the exact one is there for whoever wants it. */

const IN_NORWAY = { timeZone: "Europe/Oslo" } as const;

const HOUR = new Intl.DateTimeFormat("en-GB", { ...IN_NORWAY, hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", {
  ...IN_NORWAY,
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});
const SHORT_DAY = new Intl.DateTimeFormat("en-GB", { ...IN_NORWAY, day: "numeric", month: "short", year: "numeric" });
const WHOLE = new Intl.DateTimeFormat("en-GB", { ...IN_NORWAY, dateStyle: "full", timeStyle: "medium" });
// Swedes write dates as ISO does.
const ISO_DAY = new Intl.DateTimeFormat("sv-SE", IN_NORWAY);

/** The day of a time, as `2026-11-22`. */
export function dayOf(at: string): string {
  return ISO_DAY.format(new Date(at));
}

/** "Sunday 22 November 2026" */
export function day(at: string) {
  return <time datetime={dayOf(at)}>{DAY.format(new Date(at))}</time>;
}

/** "13:05" */
export function hour(at: string) {
  return exact(at, HOUR.format(new Date(at)));
}

/** "22 Nov 2026, 13:05" */
export function moment(at: string) {
  return exact(at, `${SHORT_DAY.format(new Date(at))}, ${HOUR.format(new Date(at))}`);
}

/** "Sunday 22 November 2026 at 13:05:59" */
export function inFull(at: string) {
  return exact(at, WHOLE.format(new Date(at)));
}

function exact(at: string, shown: string) {
  return (
    <time datetime={at} title={`${WHOLE.format(new Date(at))}, in Oslo; ${at}`}>
      {shown}
    </time>
  );
}
