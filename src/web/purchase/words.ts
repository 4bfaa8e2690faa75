/** What the purchase page says, in Norwegian and in English. */

import type { Interval } from "../../core/billing/subscriptions/anchor.ts";
import type { Language } from "../../core/billing/texts.ts";

/** The outcome of a purchase, for the person. */
export type Ending = "paid" | "under-way" | "cancelled" | "too-late" | "failed" | "reversed";

/** A mistake in the person's input. */
export const MISTAKES = [
  "bad-number",
  "bad-pin",
  "wrong-pin",
  "old-pin",
  "too-many-pins",
  "too-many-here",
  "too-many-of-seller",
] as const;
export type Mistake = (typeof MISTAKES)[number];

/** Pages that are about no purchase. */
export type Trouble = "not-found" | "not-ours" | "unreadable" | "no-carrier" | "fault";

type Titled = { title: string; text: string };

type Words = {
  heading: string;
  /** The name of the other language, in that language. */
  otherLanguage: string;
  mistakeTitle: (title: string) => string;

  payTo: (price: string, merchant: string) => string;
  to: (merchant: string) => string;
  later: (price: string, interval: Interval) => string;
  laterUnknown: string;
  /** Shown instead of the name of the goods, before the person has entered a number. */
  shownLater: string;

  terms: string;
  sellersTerms: string;
  contact: string;
  seller: string;
  bill: string;
  billText: string;
  age: string;
  ageText: (years: number) => string;
  stop: string;
  stopText: (words: string, shortNumber: string) => string;

  number: string;
  numberHint: string;
  sendPin: string;
  pin: string;
  pinHint: (sentTo: string) => string;
  triesLeft: (tries: number) => string;
  yourNumber: (number: string) => string;
  pay: (price: string) => string;
  sendAgain: string;
  otherNumber: string;
  notMyNumber: string;
  cancel: string;

  mistakes: Record<Mistake, string>;
  endings: Record<Ending, (price: string, merchant: string) => Titled>;
  backTo: (merchant: string) => string;
  paying: Titled;
  goOn: string;
  troubles: Record<Trouble, Titled>;
  startAgain: string;
  faultId: (id: string) => string;
};

const EACH_NB: Record<Interval, string> = { weekly: "uke", monthly: "måned", yearly: "år" };
const EACH_EN: Record<Interval, string> = { weekly: "week", monthly: "month", yearly: "year" };

export const WORDS: Record<Language, Words> = {
  nb: {
    heading: "Betal med mobilen",
    otherLanguage: "English",
    mistakeTitle: (title) => `Feil: ${title}`,

    payTo: (price, merchant) => `Betal ${price} til ${merchant}`,
    to: (merchant) => `til ${merchant}`,
    later: (price, interval) =>
      `Deretter ${price} hver${interval === "yearly" ? "t" : ""} ${EACH_NB[interval]}, til du stopper det.`,
    laterUnknown: "Selgeren kan trekke flere beløp senere uten å spørre deg igjen, til du stopper det.",
    shownLater: "Hva kjøpet gjelder, ser du når du har oppgitt mobilnummeret ditt.",

    terms: "Vilkår",
    sellersTerms: "Selgerens vilkår",
    contact: "Kontakt selgeren",
    seller: "Selger",
    bill: "Betaling",
    billText: "Beløpet kommer på mobilregningen din, eller trekkes fra kontantkortet.",
    age: "Alder",
    ageText: (years) => `Du må ha fylt ${years} år.`,
    stop: "Avslutte",
    stopText: (words, shortNumber) => `Send ${words} til ${shortNumber} når som helst.`,

    number: "Mobilnummeret ditt",
    numberHint: "Du får en kode på SMS. Du betaler ikke før du har bekreftet.",
    sendPin: "Send meg koden",
    pin: "Koden du fikk på SMS",
    pinHint: (sentTo) => `Fire siffer, sendt til ${sentTo}.`,
    triesLeft: (tries) => (tries === 1 ? "Du har ett forsøk igjen." : `Du har ${tries} forsøk igjen.`),
    yourNumber: (number) => `Du betaler med ${number}.`,
    pay: (price) => `Betal ${price}`,
    sendAgain: "Send en ny kode",
    otherNumber: "Bruk et annet nummer",
    notMyNumber: "Ikke ditt nummer?",
    cancel: "Avbryt",

    mistakes: {
      "bad-number": "Det er ikke et mobilnummer. Skriv det slik du ringer det i landet, eller med + og landkode.",
      "bad-pin": "Koden har fire siffer. Se etter i SMS-en, og prøv igjen.",
      "wrong-pin": "Koden er ikke riktig. Se etter i SMS-en, og prøv igjen.",
      "old-pin": "Koden er for gammel. Be om en ny.",
      "too-many-pins": "Det er sendt for mange koder til dette nummeret. Prøv igjen om en time.",
      "too-many-here":
        "Det er sendt for mange koder til nettet du er på. Bytt mellom wifi og mobilnett, eller prøv igjen om en time. Du har ikke betalt noe.",
      "too-many-of-seller":
        "Selgeren kan ikke sende flere koder akkurat nå. Prøv igjen om en time. Du har ikke betalt noe.",
    },
    endings: {
      paid: (price, merchant) => ({ title: "Betalt", text: `Du har betalt ${price} til ${merchant}.` }),
      "under-way": (price, merchant) => ({
        title: "Betalingen er på vei",
        text: `${price} til ${merchant} er bekreftet. Du trenger ikke å gjøre mer.`,
      }),
      cancelled: () => ({ title: "Avbrutt", text: "Du avbrøt kjøpet. Du har ikke betalt noe." }),
      "too-late": () => ({ title: "Tiden er ute", text: "Kjøpet ble ikke bekreftet i tide. Du har ikke betalt noe." }),
      failed: () => ({ title: "Ikke betalt", text: "Kjøpet ble ikke gjennomført. Du har ikke betalt noe." }),
      reversed: (price, merchant) => ({ title: "Betalt tilbake", text: `${price} fra ${merchant} er ført tilbake.` }),
    },
    backTo: (merchant) => `Tilbake til ${merchant}`,
    paying: { title: "Betaler …", text: "Det tar noen sekunder. Du betaler bare én gang." },
    goOn: "Gå videre",
    troubles: {
      "not-found": {
        title: "Her er det ingenting",
        text: "Lenken er feil, eller det som lå her, er ikke til salgs lenger.",
      },
      "not-ours": {
        title: "Siden er for gammel",
        text: "Den har stått åpen for lenge, eller nettleseren tar ikke imot informasjonskapsler. Du har ikke betalt noe her og nå.",
      },
      "no-carrier": {
        title: "Du kan ikke betale her nå",
        text: "Ingen operatør tar imot betaling for dette akkurat nå. Du har ikke betalt noe. Prøv igjen senere.",
      },
      unreadable: { title: "Det kunne vi ikke lese", text: "Skjemaet kom ikke fram slik det skulle. Prøv igjen." },
      fault: { title: "Noe gikk galt hos oss", text: "Prøv igjen om litt. Du betaler ikke to ganger for det samme." },
    },
    startAgain: "Begynn på nytt",
    faultId: (id) => `Feil ${id}`,
  },

  en: {
    heading: "Pay with your phone",
    otherLanguage: "Norsk",
    mistakeTitle: (title) => `Error: ${title}`,

    payTo: (price, merchant) => `Pay ${price} to ${merchant}`,
    to: (merchant) => `to ${merchant}`,
    later: (price, interval) => `Then ${price} every ${EACH_EN[interval]}, until you stop it.`,
    laterUnknown: "The seller may charge further amounts later without asking you again, until you stop it.",
    shownLater: "You see what it is for once you have given your mobile number.",

    terms: "Terms",
    sellersTerms: "The seller’s terms",
    contact: "Contact the seller",
    seller: "Seller",
    bill: "Payment",
    billText: "The amount is put on your phone bill, or taken from your prepaid balance.",
    age: "Age",
    ageText: (years) => `You must be at least ${years} years old.`,
    stop: "To stop",
    stopText: (words, shortNumber) => `Send ${words} to ${shortNumber} at any time.`,

    number: "Your mobile number",
    numberHint: "We send you a PIN by SMS. You pay nothing until you have confirmed.",
    sendPin: "Send me the PIN",
    pin: "The PIN you got by SMS",
    pinHint: (sentTo) => `Four digits, sent to ${sentTo}.`,
    triesLeft: (tries) => (tries === 1 ? "You have one try left." : `You have ${tries} tries left.`),
    yourNumber: (number) => `You pay with ${number}.`,
    pay: (price) => `Pay ${price}`,
    sendAgain: "Send a new PIN",
    otherNumber: "Use another number",
    notMyNumber: "Not your number?",
    cancel: "Cancel",

    mistakes: {
      "bad-number":
        "That is not a mobile number. Write it as it is dialled in its country, or with + and the country code.",
      "bad-pin": "The PIN has four digits. Look at the SMS, and try again.",
      "wrong-pin": "The PIN is not right. Look at the SMS, and try again.",
      "old-pin": "The PIN is too old. Ask for a new one.",
      "too-many-pins": "Too many PINs were sent to this number. Try again in an hour.",
      "too-many-here":
        "Too many PINs were asked for from the network you are on. Switch between Wi-Fi and mobile data, or try again in an hour. You have paid nothing.",
      "too-many-of-seller": "The seller cannot send more PINs just now. Try again in an hour. You have paid nothing.",
    },
    endings: {
      paid: (price, merchant) => ({ title: "Paid", text: `You have paid ${price} to ${merchant}.` }),
      "under-way": (price, merchant) => ({
        title: "The payment is on its way",
        text: `${price} to ${merchant} is confirmed. There is nothing more for you to do.`,
      }),
      cancelled: () => ({ title: "Cancelled", text: "You cancelled the purchase. You have paid nothing." }),
      "too-late": () => ({
        title: "Out of time",
        text: "The purchase was not confirmed in time. You have paid nothing.",
      }),
      failed: () => ({ title: "Not paid", text: "The purchase did not go through. You have paid nothing." }),
      reversed: (price, merchant) => ({ title: "Paid back", text: `${price} from ${merchant} was paid back.` }),
    },
    backTo: (merchant) => `Back to ${merchant}`,
    paying: { title: "Paying …", text: "It takes a few seconds. You pay only once." },
    goOn: "Go on",
    troubles: {
      "not-found": {
        title: "There is nothing here",
        text: "The link is wrong, or what was here is no longer for sale.",
      },
      "not-ours": {
        title: "This page is too old",
        text: "It was open for too long, or the browser takes no cookies. Nothing was paid just now.",
      },
      "no-carrier": {
        title: "You cannot pay here just now",
        text: "No operator takes payments for this at the moment. You have paid nothing. Try again later.",
      },
      unreadable: { title: "We could not read that", text: "The form did not arrive as it should. Try again." },
      fault: {
        title: "Something went wrong on our side",
        text: "Try again in a while. You do not pay twice for one purchase.",
      },
    },
    startAgain: "Start again",
    faultId: (id) => `Fault ${id}`,
  },
};

/** The languages that people may ask for, and ours for each. */
const SPOKEN: Record<string, Language> = { nb: "nb", no: "nb", nn: "nb", en: "en" };

/** The language of a page: what its address says, else what the browser asks for, else Norwegian. */
export function chosenLanguage(asked: string | undefined, accepted: string | undefined): Language {
  const preferred = (accepted ?? "").split(",").flatMap((item) => {
    const [tag = "", ...parameters] = item.trim().split(";");
    const quality = Number(/^\s*q=([\d.]+)/i.exec(parameters.join(";"))?.[1] ?? 1);
    const language = spoken(tag);
    return language && quality > 0 ? [{ language, quality }] : [];
  });
  preferred.sort((a, b) => b.quality - a.quality);
  return spoken(asked) ?? preferred[0]?.language ?? "nb";
}

/** Ours for a language tag, if it is one that we speak. */
export function spoken(tag: string | undefined): Language | undefined {
  return SPOKEN[tag?.toLowerCase().split("-")[0] ?? ""];
}
