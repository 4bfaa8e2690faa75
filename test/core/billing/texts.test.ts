/** What people are written: in their language, with the price, and how to end it. */

import { describe, expect, it } from "vitest";
import {
  confirmText,
  endedText,
  languageOf,
  otpText,
  pinText,
  priceIn,
  registrationText,
  renewedText,
  stopWords,
} from "../../../src/core/billing/texts.ts";
import { measure } from "../../../src/core/messages/text.ts";

const of = (recipient: string) => ({
  recipient,
  amount: 4_950,
  currency: "NOK",
  invoiceText: "Fjellposten",
  shortNumber: "2002",
});
const ola = of("+4798079008");
const john = of("+447700900123");

describe("a text", () => {
  it.each([
    ["+4798079008", "nb"],
    ["+4670123456", "en"],
    ["+447700900123", "en"],
  ])("to %s is in %s", (recipient, language) => {
    expect(languageOf(recipient)).toBe(language);
  });

  const texts: [string, string, string][] = [
    ["a PIN", pinText("1234", ola), "1234 er koden for å betale 49,50 kr for Fjellposten. Ikke gi den til noen."],
    ["a PIN", pinText("1234", john), "1234 is your code to pay NOK 49.50 for Fjellposten. Give it to nobody."],
    ["a one-time password", otpText("123456", ola.recipient), "Engangskode: 123456"],
    ["a one-time password", otpText("123456", john.recipient), "One-time password: 123456"],
    ["a question", confirmText({ ...ola, recurring: false }), "Svar OK for å betale 49,50 kr for Fjellposten."],
    [
      "a question about more",
      confirmText({ ...john, recurring: true }),
      "Reply OK to pay NOK 49.50 for Fjellposten, and to agree to later charges.",
    ],
    [
      "a receipt",
      renewedText({ ...ola, keyword: "fjell" }),
      "Du har betalt 49,50 kr for Fjellposten på mobilregningen. Send STOP FJELL til 2002 for å avslutte.",
    ],
    [
      "a receipt",
      renewedText(john),
      "You have paid NOK 49.50 for Fjellposten on your phone bill. Send STOP to 2002 to end it.",
    ],
    ["the end", endedText(ola), "Abonnementet Fjellposten er avsluttet. Du trekkes ikke mer."],
    ["the end", endedText(john), "Your subscription Fjellposten has ended. You will not be charged again."],
    ["a registration", registrationText(ola.recipient), "Registrer deg for å betale med mobilen:"],
  ];
  it.each(texts)("that is %s: %s", (_, text, told) => {
    expect(text).toBe(told);
    expect(measure(text)).toMatchObject({ encoding: "gsm7", parts: 1 });
  });

  it.each([
    ["nb", 4_900, "NOK", "49 kr"],
    ["nb", 4_905, "SEK", "49,05 SEK"],
    ["en", 4_900, "EUR", "EUR 49"],
  ] as const)("in %s tells %i %s as %s", (language, amount, currency, told) => {
    expect(priceIn(language, amount, currency)).toBe(told);
  });

  it("tells the word that ends it", () => {
    expect(stopWords({ keyword: "games" })).toBe("STOP GAMES");
    expect(stopWords({})).toBe("STOP");
  });
});
