/** What we write to people by SMS: Norwegian to Norwegian numbers, English to others. */

import { inWords } from "../kernel/money.ts";

export type Language = "nb" | "en";

export function languageOf(recipient: string): Language {
  return recipient.startsWith("+47") ? "nb" : "en";
}

/** "49 kr", "NOK 49" … as it is said in the language. */
export function priceIn(language: Language, amount: number, currency: string): string {
  if (language === "en") return `${currency} ${inWords(amount)}`;
  return currency === "NOK" ? `${inWords(amount, ",")} kr` : `${inWords(amount, ",")} ${currency}`;
}

type Purchase = { recipient: string; amount: number; currency: string; invoiceText: string };

export function pinText(code: string, purchase: Purchase): string {
  const language = languageOf(purchase.recipient);
  const price = priceIn(language, purchase.amount, purchase.currency);
  return language === "nb"
    ? `${code} er koden for å betale ${price} for ${purchase.invoiceText}. Ikke gi den til noen.`
    : `${code} is your code to pay ${price} for ${purchase.invoiceText}. Give it to nobody.`;
}

export function otpText(code: string, recipient: string): string {
  return languageOf(recipient) === "nb" ? `Engangskode: ${code}` : `One-time password: ${code}`;
}

export function confirmText(purchase: Purchase & { recurring: boolean }): string {
  const language = languageOf(purchase.recipient);
  const price = priceIn(language, purchase.amount, purchase.currency);
  if (language === "nb") {
    return `Svar OK for å betale ${price} for ${purchase.invoiceText}${purchase.recurring ? ", og for å godta senere trekk" : ""}.`;
  }
  return `Reply OK to pay ${price} for ${purchase.invoiceText}${purchase.recurring ? ", and to agree to later charges" : ""}.`;
}

export function agreeText({ recipient, description }: { recipient: string; description: string }): string {
  return languageOf(recipient) === "nb"
    ? `Svar OK for å godta trekk på mobilregningen for ${description}.`
    : `Reply OK to agree to charges on your phone bill for ${description}.`;
}

type Renewed = Purchase & { shortNumber: string; keyword?: string | undefined };

export function renewedText(renewed: Renewed): string {
  const language = languageOf(renewed.recipient);
  const price = priceIn(language, renewed.amount, renewed.currency);
  const stop = stopWords(renewed);
  return language === "nb"
    ? `Du har betalt ${price} for ${renewed.invoiceText} på mobilregningen. Send ${stop} til ${renewed.shortNumber} for å avslutte.`
    : `You have paid ${price} for ${renewed.invoiceText} on your phone bill. Send ${stop} to ${renewed.shortNumber} to end it.`;
}

export function endedText(ended: { recipient: string; invoiceText: string }): string {
  return languageOf(ended.recipient) === "nb"
    ? `Abonnementet ${ended.invoiceText} er avsluttet. Du trekkes ikke mer.`
    : `Your subscription ${ended.invoiceText} has ended. You will not be charged again.`;
}

export function registrationText(recipient: string): string {
  return languageOf(recipient) === "nb"
    ? "Registrer deg for å betale med mobilen:"
    : "Register to pay with your phone:";
}

/** What to write to end it: STOP and the keyword. */
export function stopWords({ keyword }: { keyword?: string | undefined }): string {
  return keyword ? `STOP ${keyword.toUpperCase()}` : "STOP";
}
