/** What an account has chosen for itself. */

import { Hono } from "hono";
import { PINS_PER_HOUR } from "../../../core/billing/pin-budget.ts";
import { type ApiError, ask, type C, type ConsoleEnv } from "../console-env.ts";
import { type Field, form, type Group, type Typed, toBody, toTyped, tried, typedIn } from "../ui/form.tsx";
import { type Account, accountPage, inApi, inSetup } from "./frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const settings = app;

const either = (name: string, label: string, unset: string, ...options: [string, string][]): Field => ({
  name: `settings.${name}`,
  label,
  kind: "choice",
  options: [["", `not set: ${unset}`], ...options],
});
const cap = (name: string, label: string): Field => ({
  name: `settings.caps.${name}`,
  label,
  kind: "money",
  size: 12,
});
const pins = (name: string, label: string, unset: number): Field => ({
  name: `settings.pinBudgets.${name}`,
  label,
  kind: "whole",
  size: 8,
  hint: `Empty: ${unset}.`,
});
const rate = (name: string, label: string, hint?: string): Field => ({
  name: `settings.rates.${name}`,
  label,
  kind: "dollars",
  size: 12,
  ...(hint ? { hint } : {}),
});

const FIELDS: readonly Group[] = [
  {
    legend: "What one person may be charged",
    hint: "In kroner, by this account, over all its merchants. Empty: as much as the operator allows.",
    fields: [
      cap("transaction", "At once"),
      cap("day", "In a day"),
      cap("month", "In a month"),
      {
        name: "settings.timeZone",
        label: "Days and months begin by the clocks of",
        kind: "text",
        size: 24,
        hint: "A time zone, like Europe/Stockholm. Empty: Europe/Oslo.",
      },
    ],
  },
  {
    legend: "PINs that purchase pages may send in an hour",
    hint: "Each is an SMS that the seller pays for, to any phone that a visitor names. What is spent is refused, logged and counted.",
    fields: [
      pins("address", "To one network", PINS_PER_HOUR.address),
      pins("service", "From one service", PINS_PER_HOUR.service),
      pins("account", "From all services", PINS_PER_HOUR.account),
    ],
  },
  {
    legend: "Texts",
    fields: [
      either(
        "allowUnicode",
        "Characters outside the GSM alphabet, where a request does not say",
        "quotes and the like are replaced, the rest stays",
        ["fold", "quotes and the like are replaced, the rest stays"],
        ["allow", "all stay"],
        ["question-marks", "what cannot be replaced becomes a question mark"],
      ),
      {
        name: "settings.maxParts",
        label: "The most parts of a text",
        kind: "whole",
        size: 6,
        hint: "1 to 255. Empty: 66, and 8 where CM.com splits by itself.",
      },
    ],
  },
  {
    legend: "Webhooks",
    fields: [
      either(
        "webhookRetries",
        "How long one that fails is tried again (Target365)",
        "19 times over 48 hours",
        ["48h", "19 times over 48 hours"],
        ["15h", "10 times over 15 hours"],
      ),
    ],
  },
  {
    legend: "Target365",
    fields: [
      either("pincodes", "Pincodes in the sandbox", "always 1234", ["fixed", "always 1234"], ["random", "random"]),
      either(
        "fakeNumbers",
        "Texts to +47000000xx, which nobody has",
        "always in the sandbox, else only with TestInProd",
        ["always", "taken"],
        ["test-in-prod", "taken only with properties.TestInProd"],
      ),
      either(
        "shortRsaKeys",
        "RSA keys of fewer than 2048 bits, which can be broken",
        "refused",
        ["on", "taken"],
        ["off", "refused"],
      ),
      either(
        "lookupNumbers",
        "How a lookup writes numbers",
        "+4798079008",
        ["e164", "+4798079008"],
        ["national", "98079008"],
      ),
    ],
  },
  {
    legend: "CM.com",
    fields: [
      either(
        "senders",
        "Who may be named as the sender",
        "anybody",
        ["any", "anybody"],
        ["own", "only its own senders"],
      ),
      either(
        "longSenders",
        "A sender of more than 11 letters",
        "refused",
        ["refuse", "refused"],
        ["truncate", "cut to 11"],
      ),
      either(
        "richLimits",
        "Rich content",
        "held to the guide",
        ["guide", "held to the guide: 5 bubbles, 11 buttons"],
        ["none", "of any size"],
      ),
    ],
  },
  {
    legend: "Flowroute",
    fields: [
      either("international", "Numbers outside North America", "refused", ["on", "taken"], ["off", "refused"]),
      {
        name: "settings.perSecond",
        label: "The most messages in a second",
        kind: "whole",
        size: 8,
        hint: "Up to 10000. Empty: as many as come.",
      },
    ],
  },
  {
    legend: "What messages cost over Flowroute",
    hint: "In US dollars, with up to nine decimals. It is told to the customer, and charged to nobody. Empty: nothing is told.",
    fields: [
      rate("longCode", "From a long number", "For each segment."),
      rate("tollFree", "From a toll-free number", "For each segment."),
      rate("mms", "A picture message"),
      rate("inbound", "A text that comes in", "For each segment."),
      rate("surcharge", "What carriers take on top", "For each segment."),
    ],
  },
];

app.get("/", async (c) => show(c, toTyped(FIELDS, await ask<Account>(c, "GET", inApi(c)))));

async function show(c: C, typed: Typed, refused?: ApiError) {
  return accountPage(
    c,
    {
      tab: "settings",
      title: "Settings",
      status: refused?.status,
      done: { saved: { said: "The settings are saved." } },
    },
    form({ action: inSetup(c, "settings"), groups: FIELDS, typed, refused, submit: "Save" }),
  );
}

app.post("/", async (c) => {
  const typed = await typedIn(c);
  // What is left empty is taken back.
  const saved = await tried(() => ask(c, "PATCH", inApi(c), toBody(FIELDS, typed, null)));
  if ("refused" in saved) return show(c, typed, saved.refused);
  return c.redirect(`${inSetup(c, "settings")}?done=saved`, 303);
});
