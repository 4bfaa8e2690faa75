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
      legend: "Product",
      fields: [
        {
          name: "serviceId",
          isApart: true,
          label: "Id",
          hint: "Path of its purchase page. Unique across accounts; cannot be changed.",
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
        { name: "serviceCode", label: "Service code", hint: "Operators' code, like 14002.", required: true, size: 12 },
        {
          name: "invoiceText",
          label: "Text on the phone bill",
          hint: "The text shown beside the amount.",
          required: true,
        },
      ],
    },
    {
      legend: "Price",
      fields: [
        {
          name: "price",
          label: "Purchase price",
          kind: "money",
          hint: "NOK, like 49 or 49.50.",
          required: true,
          size: 12,
        },
        { name: "currency", label: "Currency", required: true, size: 6 },
        {
          name: "tariffs",
          label: "Other allowed amounts",
          kind: "amounts",
          hint: "Amounts that a self-billing merchant may charge, separated by spaces. Default: the prices above.",
        },
        { name: "age", label: "Lowest age", kind: "whole", hint: "0: anybody.", size: 6 },
        {
          name: "repeatGuardSeconds",
          label: "Refuse identical charges for",
          kind: "whole",
          hint: "Seconds; 0 turns this off.",
          size: 10,
        },
      ],
    },
    {
      legend: "Purchase page",
      fields: [
        {
          name: "redirectUrl",
          label: "Redirect URL after purchase",
          kind: "address",
          hint: "{TransactionId} is replaced.",
          required: true,
        },
        { name: "onlineText", label: "Text when the number is known", kind: "area" },
        { name: "offlineText", label: "Text when the number is asked for", kind: "area" },
        { name: "consentDescription", label: "Consent text", kind: "area" },
        {
          name: "pinsPerHour",
          label: "PINs per hour",
          kind: "whole",
          hint: "Default: the account’s setting.",
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
          label: "Price of each further period",
          kind: "money",
          hint: "NOK. Default: same as the purchase.",
          size: 12,
        },
        {
          name: "autoRebill",
          label: "Stafett charges each period",
          kind: "check",
          hint: "If off, the merchant charges each period.",
        },
        {
          name: "timeZone",
          label: "Time zone",
          hint: "Time zone in which days and months are counted.",
          required: true,
          size: 20,
        },
        { name: "startSms", label: "Welcome SMS", kind: "area" },
        { name: "renewalSms", label: "Renewal SMS", kind: "area", hint: "Default: Stafett’s own text." },
        { name: "noRenewalSms", label: "No renewal SMS", kind: "check", isApart: true },
      ],
    },
    {
      legend: "STOP",
      fields: [
        { name: "keyword", label: "Keyword", hint: "One word. STOP plus this word ends the subscription.", size: 16 },
        {
          name: "stopStyle",
          label: "STOP webhook format",
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
