/** What an account has chosen for itself. */

import { Hono } from "hono";
import { PINS_PER_HOUR } from "../../../core/billing/purchases/pin-budget.ts";
import { type Field as DialectField, either } from "../../../core/operator/field.ts";
import { type ApiError, ask } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { type Field, form, type Group, type Typed, toBody, toTyped, tried, typedIn } from "../ui/form.tsx";
import { accountOf, accountPage, inSetup } from "./frame.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const settings = app;

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
const OWN: readonly Group[] = [
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
];

/** Its own settings, and those of each dialect, as that asks for them. */
function groupsOf(c: C): readonly Group[] {
  const forms = c.get("dialects").flatMap(({ settingsForm }) => settingsForm ?? []);
  const most = ["66", ...forms.flatMap(({ notes }) => notes?.maxParts ?? [])].join(", and ");
  const texts: Group = {
    legend: "Texts",
    fields: [
      {
        name: "settings.maxParts",
        label: "The most parts of a text",
        kind: "whole",
        size: 6,
        hint: `1 to 255. Empty: ${most}.`,
      },
      either(
        "settings.pincodes",
        "Pincodes in the sandbox",
        "always 1234",
        ["fixed", "always 1234"],
        ["random", "random"],
      ),
    ],
  };
  const ofDialects = forms.flatMap(({ groups }) =>
    groups.map((group): Group => ({ ...group, fields: group.fields.map(inSettings) })),
  );
  return [...OWN, texts, ...ofDialects];
}

function inSettings(field: DialectField): Field {
  return { ...field, name: `settings.${field.name}` };
}

app.get("/", async (c) =>
  show(c, toTyped(groupsOf(c), await ask(c, "GET /admin/v1/accounts/{id}", { params: { id: accountOf(c) } }))),
);

async function show(c: C, typed: Typed, refused?: ApiError) {
  return accountPage(
    c,
    {
      tab: "settings",
      title: "Settings",
      status: refused?.status,
      done: { saved: { said: "The settings are saved." } },
    },
    form({ action: inSetup(c, "settings"), groups: groupsOf(c), typed, refused, submit: "Save" }),
  );
}

app.post("/", async (c) => {
  const typed = await typedIn(c);
  // What is left empty is taken back.
  const saved = await tried(async () =>
    ask(c, "PATCH /admin/v1/accounts/{id}", {
      params: { id: accountOf(c) },
      json: toBody(groupsOf(c), typed, null),
    }),
  );
  if ("refused" in saved) return show(c, typed, saved.refused);
  return c.redirect(`${inSetup(c, "settings")}?done=saved`, 303);
});
