/** What people are answered who write STOP, START or HELP. All of it is in the GSM alphabet. */

import type { Wish, WishLanguage } from "./wish-words.ts";

/** `{name}` is who sends, `{from}` what the answer is about: a number, or the name again. */
const TEXTS: Readonly<Record<WishLanguage, Readonly<Record<Wish["is"], string>>>> = {
  en: {
    out: "{name}: You will get no more texts from {from}. Reply START to get them again.",
    in: "{name}: You will get texts from {from} again. Reply STOP to end them.",
    help: "{name}: You get texts from {from}. Reply STOP to end them.",
  },
  nb: {
    out: "{name}: Du får ikke flere meldinger fra {from}. Svar START for å få dem igjen.",
    in: "{name}: Du får meldinger fra {from} igjen. Svar STOPP for å avslutte.",
    help: "{name}: Du får meldinger fra {from}. Svar STOPP for å avslutte.",
  },
  sv: {
    out: "{name}: Du får inga fler meddelanden från {from}. Svara START för att få dem igen.",
    in: "{name}: Du får meddelanden från {from} igen. Svara STOPP för att avsluta.",
    help: "{name}: Du får meddelanden från {from}. Svara STOPP för att avsluta.",
  },
  da: {
    out: "{name}: Du får ikke flere beskeder fra {from}. Svar START for at få dem igen.",
    in: "{name}: Du får igen beskeder fra {from}. Svar STOP for at afslutte.",
    help: "{name}: Du får beskeder fra {from}. Svar STOP for at afslutte.",
  },
  fi: {
    out: "{name}: Et saa enää viestejä lähettäjältä {from}. Vastaa START, niin saat niitä taas.",
    in: "{name}: Saat taas viestejä lähettäjältä {from}. Lopeta vastaamalla STOP.",
    help: "{name}: Saat viestejä lähettäjältä {from}. Lopeta vastaamalla STOP.",
  },
  de: {
    out: "{name}: Sie erhalten keine Nachrichten mehr von {from}. Antworten Sie START, um sie wieder zu erhalten.",
    in: "{name}: Sie erhalten wieder Nachrichten von {from}. Antworten Sie STOP, um sie zu beenden.",
    help: "{name}: Sie erhalten Nachrichten von {from}. Antworten Sie STOP, um sie zu beenden.",
  },
  nl: {
    out: "{name}: U krijgt geen berichten meer van {from}. Antwoord START om ze weer te krijgen.",
    in: "{name}: U krijgt weer berichten van {from}. Antwoord STOP om ze te stoppen.",
    help: "{name}: U krijgt berichten van {from}. Antwoord STOP om ze te stoppen.",
  },
  fr: {
    out: "{name}: Vous ne recevrez plus de messages de {from}. Répondez START pour en recevoir à nouveau.",
    in: "{name}: Vous recevrez à nouveau des messages de {from}. Répondez STOP pour ne plus en recevoir.",
    help: "{name}: Vous recevez des messages de {from}. Répondez STOP pour ne plus en recevoir.",
  },
};

/** @param own what the customer chose to say, in place of ours */
export function answerText(
  is: Wish["is"],
  language: WishLanguage,
  { name, from, own }: { name: string; from: string; own?: string | undefined },
): string {
  return own ?? TEXTS[language][is].replace("{name}", () => name).replace("{from}", () => from);
}
