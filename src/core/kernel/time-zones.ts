/** The time zones of countries, by the runtime's own tables, and the one that holds where an account has chosen none. */

export const HOME_TIME_ZONE = "Europe/Oslo";

/** Intl Locale Info (ECMA-402): a method by now, and a property in V8 before 13, as in Node 22. TypeScript knows neither. */
type LocaleInfo = { getTimeZones?(): string[] | undefined; timeZones?: string[] };

const known = new Map<string, readonly string[]>();

/** The IANA names of a country's time zones; none where the country is not known. @param country ISO 3166 alpha-2 */
export function timeZonesOf(country: string): readonly string[] {
  const zones = known.get(country) ?? zonesIn(country);
  known.set(country, zones);
  return zones;
}

function zonesIn(country: string): readonly string[] {
  const locale = new Intl.Locale(`und-${country}`) as LocaleInfo;
  return locale.getTimeZones?.() ?? locale.timeZones ?? [];
}
