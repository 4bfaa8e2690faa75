/** The texts of our own SMS to people: Norwegian to Norwegian numbers, English to others; a PIN in the language of its page. */

import { decimalsOf, inWords, toFixed } from "../kernel/money.ts";
import type { Interval } from "./subscriptions/anchor.ts";

export type Language = "nb" | "en";

export function languageOf(recipient: string): Language {
  return recipient.startsWith("+47") ? "nb" : "en";
}

/** An amount as the language writes it: "49 kr", "NOK 49" … */
export function priceIn(language: Language, amount: number, currency: string): string {
  if (language === "en") return `${currency} ${inWords(amount, currency)}`;
  return currency === "NOK" ? `${inWords(amount, currency, ",")} kr` : `${inWords(amount, currency, ",")} ${currency}`;
}

type Purchase = { recipient: string; amount: number; currency: string; invoiceText: string };

/** @param language of the page on which the code is entered */
export function pinText(code: string, purchase: Purchase, language = languageOf(purchase.recipient)): string {
  const price = priceIn(language, purchase.amount, purchase.currency);
  return language === "nb"
    ? `${code} er koden for å betale ${price} for ${purchase.invoiceText}. Ikke gi den til noen.`
    : `${code} is your code to pay ${price} for ${purchase.invoiceText}. Give it to nobody.`;
}

export function otpText(code: string, recipient: string): string {
  return languageOf(recipient) === "nb" ? `Engangskode: ${code}` : `One-time password: ${code}`;
}

/** A recurring charge. `price` in minor units. */
export type Later = { price: number; currency: string; interval: Interval };

/** A charge that the person is asked about. `later` says which charges they agree to besides; *agreed*: those that they agree on with the merchant. */
type Asked = Purchase & {
  merchant: string;
  later?: Later | "agreed";
  shortNumber: string;
  keyword?: string | undefined;
};

export function confirmText({ later, ...asked }: Asked): string {
  const language = languageOf(asked.recipient);
  const price = priceIn(language, asked.amount, asked.currency);
  const [pay, more] =
    language === "nb"
      ? [`Svar OK for å betale ${price} for ${asked.invoiceText} til ${asked.merchant}`, "og deretter"]
      : [`Reply OK to pay ${asked.merchant} ${price} for ${asked.invoiceText}`, "and then"];
  if (!later) return `${pay}.`;
  const what =
    later === "agreed"
      ? { nb: "og for å godta senere trekk etter avtale der", en: "and to agree to later charges as agreed there" }[
          language
        ]
      : `${more} ${eachTime(language, later)}`;
  return `${pay}, ${what}. ${stopSentence(language, asked)}`;
}

type Agreed = { recipient: string; merchant: string; description: string; shortNumber: string; keyword?: string };

/** @param agreed.later what is charged, where that is known */
export function agreeText({ later, ...agreed }: Agreed & { later?: Later }): string {
  const language = languageOf(agreed.recipient);
  const charges = later ? eachTime(language, later) : { nb: "trekk", en: "charges" }[language];
  const question =
    language === "nb"
      ? `Svar OK for å godta ${charges} på mobilregningen fra ${agreed.merchant} for ${agreed.description}.`
      : `Reply OK to agree to ${charges} on your phone bill by ${agreed.merchant} for ${agreed.description}.`;
  return `${question} ${stopSentence(language, agreed)}`;
}

type Started = Purchase & Later & { shortNumber: string; keyword?: string | undefined };

/**
 * The text when a subscription begins: the service, the price, how often, and how to end it.
 * @param started.amount paid just now, and `price` each further time; minor units
 * @param own the merchant's own words; the price and STOP are added if they do not name them
 */
export function startedText(started: Started, own?: string): string {
  const language = languageOf(started.recipient);
  const stop = stopSentence(language, started);
  const costs = `${costsOf(language, started)} ${{ nb: "på mobilregningen", en: "on your phone bill" }[language]}.`;
  if (!own?.trim()) {
    return `${{ nb: "Du abonnerer på", en: "You subscribe to" }[language]} ${started.invoiceText}: ${costs} ${stop}`;
  }
  const said = own.trim();
  const missing = [
    ...(saysPrice(said, started) ? [] : [`${{ nb: "Pris", en: "Price" }[language]}: ${costs}`]),
    ...(/\bSTOPP?\b/.test(said) ? [] : [stop]),
  ];
  return missing.length === 0 ? own : [/[.!?:…]$/.test(said) ? said : `${said}.`, ...missing].join(" ");
}

function costsOf(language: Language, started: Started): string {
  const each = eachTime(language, started);
  if (started.amount === started.price) return each;
  const first = priceIn(language, started.amount, started.currency);
  return language === "nb" ? `${first} nå og deretter ${each}` : `${first} now and then ${each}`;
}

/** Whether a text names what each further period costs, as an amount of money: "49 kr", "kr 49,-", "NOK 49.00" … */
function saysPrice(text: string, { price, currency }: Pick<Started, "price" | "currency">): boolean {
  const [whole = "", fraction = ""] = toFixed(price, currency).split(".");
  const isWhole = price % 10 ** decimalsOf(currency) === 0;
  const decimals = fraction && (isWhole ? `(?:[.,]${fraction})?` : `[.,]${fraction}`);
  const amount = `(?<![\\d.,])${whole}${decimals}(?!\\d|[.,]\\d)`;
  const money = currency === "NOK" ? "(?:kr|kroner|nok)" : `(?:${currency}${SIGNS[currency] ?? ""})`;
  return new RegExp(`${money}\\.?\\s?${amount}|${amount}(?:,-|\\s?${money})`, "i").test(text);
}

const SIGNS: Record<string, string> = { EUR: "|€", GBP: "|£", USD: "|\\$", SEK: "|kr", DKK: "|kr" };

type Renewed = Purchase & { shortNumber: string; keyword?: string | undefined };

export function renewedText(renewed: Renewed): string {
  const language = languageOf(renewed.recipient);
  const price = priceIn(language, renewed.amount, renewed.currency);
  const paid =
    language === "nb"
      ? `Du har betalt ${price} for ${renewed.invoiceText} på mobilregningen.`
      : `You have paid ${price} for ${renewed.invoiceText} on your phone bill.`;
  return `${paid} ${stopSentence(language, renewed)}`;
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

function stopSentence(language: Language, one: { shortNumber: string; keyword?: string | undefined }): string {
  return language === "nb"
    ? `Send ${stopWords(one)} til ${one.shortNumber} for å avslutte.`
    : `Send ${stopWords(one)} to ${one.shortNumber} to end it.`;
}

const EACH = {
  nb: { weekly: "hver uke", monthly: "hver måned", yearly: "hvert år" },
  en: { weekly: "each week", monthly: "each month", yearly: "each year" },
} as const satisfies Record<Language, Record<Interval, string>>;

/** "49 kr hver måned" */
function eachTime(language: Language, { price, currency, interval }: Later): string {
  return `${priceIn(language, price, currency)} ${EACH[language][interval]}`;
}

/** The words that end it: STOP and the keyword. */
export function stopWords({ keyword }: { keyword?: string | undefined }): string {
  return keyword ? `STOP ${keyword.toUpperCase()}` : "STOP";
}
