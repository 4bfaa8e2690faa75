/** The default text of a code, by language. */

export const PLACE = "{code}";

const TEXTS: ReadonlyMap<string, string> = new Map([
  ["en", `Your verification code is ${PLACE}`],
  ["nb", `Koden din er ${PLACE}`],
  ["nn", `Koden din er ${PLACE}`],
  ["no", `Koden din er ${PLACE}`],
  ["da", `Din kode er ${PLACE}`],
  ["sv", `Din kod är ${PLACE}`],
  ["nl", `Je verificatiecode is ${PLACE}`],
  ["fr", `Votre code de vérification est ${PLACE}`],
  ["de", `Dein Bestätigungscode lautet ${PLACE}`],
  ["it", `Il tuo codice di verifica è ${PLACE}`],
  ["es", `Tu código de verificación es ${PLACE}`],
]);

/** The text for a locale like `nl` or `nl-NL`; English where there is none. */
export function textFor(locale = "en"): string {
  const [language = ""] = locale.trim().toLowerCase().split(/[-_]/, 1);
  return TEXTS.get(language) ?? (TEXTS.get("en") as string);
}
