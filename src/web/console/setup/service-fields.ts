/** What is asked of a service: what it costs, what is said of it, and by what rules it is sold. */

import { REPEAT_GUARD } from "../../../core/billing/service.ts";
import { INTERVALS } from "../../../core/billing/subscriptions/anchor.ts";
import type { Group, Typed } from "../ui/form.tsx";

/** How a service begins in the form. */
export const NEW_SERVICE: Typed = {
  currency: "NOK",
  age: "0",
  timeZone: "Europe/Oslo",
  repeatGuardSeconds: String(REPEAT_GUARD),
};

/** @param given what the account has to choose from; @param isNew whether its id is still to be given */
export function serviceFields(
  given: { merchants: readonly string[]; shortNumbers: readonly string[] },
  isNew: boolean,
): readonly Group[] {
  return [
    {
      legend: "What is sold",
      fields: [
        {
          name: "serviceId",
          isApart: true,
          label: "Id",
          hint: "Its purchase page lies at this address. It never changes, and no other account can have it.",
          required: true,
          fixed: !isNew,
        },
        { name: "merchantId", label: "Merchant", kind: "choice", options: same(given.merchants), required: true },
        {
          name: "shortNumber",
          label: "Short number",
          kind: "choice",
          options: same(given.shortNumbers),
          required: true,
        },
        { name: "serviceCode", label: "Service code", hint: "The operators’, like 14002.", required: true, size: 12 },
        { name: "invoiceText", label: "On the phone bill", hint: "The text shown beside the amount.", required: true },
      ],
    },
    {
      legend: "Price",
      fields: [
        {
          name: "price",
          label: "The purchase costs",
          kind: "money",
          hint: "In kroner, like 49 or 49.50.",
          required: true,
          size: 12,
        },
        { name: "currency", label: "Currency", required: true, size: 6 },
        {
          name: "tariffs",
          label: "Other amounts",
          kind: "amounts",
          hint: "What a merchant who bills by itself may charge, with spaces between them. Empty: the prices here.",
        },
        { name: "age", label: "Lowest age", kind: "whole", hint: "0: anybody.", size: 6 },
        {
          name: "repeatGuardSeconds",
          label: "An identical charge is refused for",
          kind: "whole",
          hint: "Seconds. 0: never refused.",
          size: 10,
        },
      ],
    },
    {
      legend: "The purchase page",
      fields: [
        {
          name: "redirectUrl",
          label: "Afterwards the person goes to",
          kind: "address",
          hint: "{TransactionId} in it is filled in.",
          required: true,
        },
        { name: "onlineText", label: "What it says where the number is known", kind: "area" },
        { name: "offlineText", label: "What it says where the number is asked for", kind: "area" },
        { name: "consentDescription", label: "What a person agrees to", kind: "area" },
        {
          name: "pinsPerHour",
          label: "PINs it may send in an hour",
          kind: "whole",
          hint: "Empty: as many as the account’s settings say.",
          size: 10,
        },
      ],
    },
    {
      legend: "Subscription",
      fields: [
        { name: "recurring", label: "Recurring subscription", kind: "check" },
        {
          name: "interval",
          label: "How often",
          kind: "choice",
          options: [["", "once"], ...same(INTERVALS)],
          hint: "Required for a recurring subscription.",
        },
        {
          name: "subscriptionPrice",
          label: "Each further period costs",
          kind: "money",
          hint: "In kroner. Empty: the same as the purchase.",
          size: 12,
        },
        {
          name: "autoRebill",
          label: "Stafett charges each period",
          kind: "check",
          hint: "Otherwise the merchant charges them.",
        },
        {
          name: "timeZone",
          label: "Time zone",
          hint: "By which days and months are counted.",
          required: true,
          size: 20,
        },
        { name: "startSms", label: "SMS at the beginning", kind: "area" },
        { name: "renewalSms", label: "SMS at each renewal", kind: "area", hint: "Empty: Stafett’s own words." },
        { name: "noRenewalSms", label: "No SMS at renewals", kind: "check", isApart: true },
      ],
    },
    {
      legend: "STOP",
      fields: [
        { name: "keyword", label: "Keyword", hint: "One word: STOP and this word end it.", size: 16 },
        {
          name: "stopStyle",
          label: "Form of the merchant's STOP webhook",
          kind: "choice",
          options: [
            ["raw", "as it was written"],
            ["ask", "as ask <campaign> stop"],
          ],
        },
      ],
    },
  ];
}

function same(values: readonly string[]): (readonly [string, string])[] {
  return values.map((value) => [value, value]);
}
