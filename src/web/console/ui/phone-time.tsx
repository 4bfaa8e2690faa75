/** Times of UTC, as all of the console's; short where the day is known. */

const UTC = { timeZone: "UTC" } as const;

const HOUR = new Intl.DateTimeFormat("en-GB", { ...UTC, hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { ...UTC, dateStyle: "full" });
// Swedes write dates as ISO does.
const IN_OSLO = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Oslo", dateStyle: "short", timeStyle: "medium" });
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

/** "13:05 UTC" */
export function hour(at: string) {
  return exact(at, `${HOUR.format(new Date(at))} UTC`);
}

/** "2026-11-22 13:05 UTC" */
export function moment(at: string) {
  return exact(at, `${dayOf(at)} ${HOUR.format(new Date(at))} UTC`);
}

/** "2026-11-22 13:05:59 UTC" */
export function inFull(at: string) {
  return exact(at, inWords(at));
}

export function inWords(at: string): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** Likewise, on the clocks of Norway. */
export function inOslo(at: string): string {
  return `${IN_OSLO.format(new Date(at))} Europe/Oslo`;
}

function exact(at: string, shown: string) {
  return (
    <time datetime={at} title={`${inWords(at)}; ${inOslo(at)}`}>
      {shown}
    </time>
  );
}
