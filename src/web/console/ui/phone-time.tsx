/** Times as a phone shows them, short where the day is known; of UTC, as all of the console's. */

const UTC = { timeZone: "UTC" } as const;

const HOUR = new Intl.DateTimeFormat("en-GB", { ...UTC, hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { ...UTC, dateStyle: "full" });
const SHORT_DAY = new Intl.DateTimeFormat("en-GB", { ...UTC, dateStyle: "medium" });
const WHOLE = new Intl.DateTimeFormat("en-GB", { ...UTC, dateStyle: "full", timeStyle: "medium" });
const IN_OSLO = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Oslo", dateStyle: "full", timeStyle: "medium" });
// Swedes write dates as ISO does.
const NORWEGIAN_DAY = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Oslo" });

/** The day of a time, as `2026-11-22`. */
export function dayOf(at: string): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** The day that it is then in Norway, where bills and birthdays are counted. */
export function dayInNorway(at: string): string {
  return NORWEGIAN_DAY.format(new Date(at));
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

/** "Sunday 22 November 2026 at 13:05:59 UTC" */
export function inFull(at: string) {
  return exact(at, inWords(at));
}

export function inWords(at: string): string {
  return `${WHOLE.format(new Date(at))} UTC`;
}

/** Likewise, on the clocks of Norway. */
export function inOslo(at: string): string {
  return `${IN_OSLO.format(new Date(at))} in Oslo`;
}

function exact(at: string, shown: string) {
  return (
    <time datetime={at} title={`${inWords(at)}; ${inOslo(at)}`}>
      {shown}
    </time>
  );
}
