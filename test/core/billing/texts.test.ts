/** What people are written: in their language, with the price, and how to end it. */

import { describe, expect, it } from "vitest";
import {
  agreeText,
  confirmText,
  endedText,
  languageOf,
  otpText,
  pinText,
  priceIn,
  registrationText,
  renewedText,
  startedText,
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
    [
      "a question",
      confirmText({ ...ola, merchant: "The Shop" }),
      "Svar OK for å betale 49,50 kr for Fjellposten til The Shop.",
    ],
    [
      "a question",
      confirmText({ ...john, merchant: "The Shop" }),
      "Reply OK to pay The Shop NOK 49.50 for Fjellposten.",
    ],
    [
      "a question about each month",
      confirmText({
        ...ola,
        merchant: "The Shop",
        keyword: "fjell",
        later: { price: 4_900, currency: "NOK", interval: "monthly" },
      }),
      "Svar OK for å betale 49,50 kr for Fjellposten til The Shop, og deretter 49 kr hver måned. Send STOP FJELL til 2002 for å avslutte.",
    ],
    [
      "a question about each year",
      confirmText({ ...john, merchant: "The Shop", later: { price: 4_950, currency: "NOK", interval: "yearly" } }),
      "Reply OK to pay The Shop NOK 49.50 for Fjellposten, and then NOK 49.50 each year. Send STOP to 2002 to end it.",
    ],
    [
      "a question about more",
      confirmText({ ...ola, merchant: "The Shop", later: "agreed" }),
      "Svar OK for å betale 49,50 kr for Fjellposten til The Shop, og for å godta senere trekk etter avtale der. Send STOP til 2002 for å avslutte.",
    ],
    [
      "a question about more",
      confirmText({ ...john, merchant: "The Shop", later: "agreed" }),
      "Reply OK to pay The Shop NOK 49.50 for Fjellposten, and to agree to later charges as agreed there. Send STOP to 2002 to end it.",
    ],
    [
      "a question to who wrote a keyword",
      agreeText({ ...ola, merchant: "The Shop", description: "GAMES", keyword: "games" }),
      "Svar OK for å godta trekk på mobilregningen fra The Shop for GAMES. Send STOP GAMES til 2002 for å avslutte.",
    ],
    [
      "a question to who wrote a keyword",
      agreeText({
        ...john,
        merchant: "The Shop",
        description: "GAMES",
        later: { price: 900, currency: "NOK", interval: "weekly" },
      }),
      "Reply OK to agree to NOK 9 each week on your phone bill by The Shop for GAMES. Send STOP to 2002 to end it.",
    ],
    [
      "a beginning",
      startedText({ ...ola, price: 4_950, interval: "monthly", keyword: "fjell" }),
      "Du abonnerer på Fjellposten: 49,50 kr hver måned på mobilregningen. Send STOP FJELL til 2002 for å avslutte.",
    ],
    [
      "a beginning",
      startedText({ ...john, price: 9_900, interval: "weekly" }),
      "You subscribe to Fjellposten: NOK 49.50 now and then NOK 99 each week on your phone bill. Send STOP to 2002 to end it.",
    ],
    [
      "a beginning in the merchant's words",
      startedText({ ...ola, price: 9_900, interval: "yearly" }, "Velkommen"),
      "Velkommen. Pris: 49,50 kr nå og deretter 99 kr hvert år på mobilregningen. Send STOP til 2002 for å avslutte.",
    ],
    [
      "a beginning in the merchant's words",
      startedText({ ...john, price: 4_950, interval: "monthly" }, "Welcome! STOP ends it."),
      "Welcome! STOP ends it. Price: NOK 49.50 each month on your phone bill.",
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

  const monthly = { price: 4_900, interval: "monthly" } as const;

  it.each([
    "Velkommen! 49 kr i måneden. Send STOP til 2002.",
    "kr 49,- pr måned. STOPP FJELL til 2002 avslutter",
    "NOK 49.00/month, STOP to end",
    "Fra 49 kroner (STOP avslutter)",
  ])("in the merchant's words that name price and STOP is left alone: %s", (own) => {
    expect(startedText({ ...ola, amount: 4_900, ...monthly }, own)).toBe(own);
  });

  it("in the merchant's words that name a price is read by the decimals of its currency", () => {
    const yen = { ...john, amount: 4_900, currency: "JPY", ...monthly };
    expect(startedText(yen, "JPY 4900 a month. STOP ends it.")).toBe("JPY 4900 a month. STOP ends it.");
    expect(startedText(yen, "JPY 49 a month. STOP ends it.")).toBe(
      "JPY 49 a month. STOP ends it. Price: JPY 4900 each month on your phone bill.",
    );
  });

  it.each(["Du fikk 49 spill", "149 kr", "49,50 kr", "kr 490", "2490 kr", "Ring 4900 4900", "Gratis!"])(
    "in the merchant's words that name another price, or none, is told ours: %s",
    (own) => {
      const text = startedText({ ...ola, amount: 4_900, ...monthly }, `${own} STOP til 2002.`);
      expect(text).toBe(`${own} STOP til 2002. Pris: 49 kr hver måned på mobilregningen.`);
    },
  );

  it.each(["Stopp når du vil", "Nonstop moro", "stop"])(
    "in the merchant's words that name STOP in no capitals is told how it is ended: %s",
    (own) => {
      expect(startedText({ ...ola, amount: 4_900, ...monthly }, `49 kr. ${own}`)).toBe(
        `49 kr. ${own}. Send STOP til 2002 for å avslutte.`,
      );
    },
  );

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
