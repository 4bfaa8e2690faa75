/** What an account has chosen for itself. */

import { Hono } from "hono";
import { CODE_GUARD } from "../../../core/billing/codes/code-guard.ts";
import { PINS_PER_HOUR } from "../../../core/billing/purchases/pin-budget.ts";
import { LOOP_GUARD } from "../../../core/messages/loop.ts";
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
const guard = (name: string, label: string, unset?: number): Field => ({
  name: `settings.codeGuard.${name}`,
  label,
  kind: "whole",
  size: 8,
  hint: unset === undefined ? "Empty: any number." : `Empty: ${unset}.`,
});
const limit = (name: string, label: string): Field => ({
  name: `settings.limits.${name}`,
  label,
  kind: "whole",
  size: 10,
});
const answer = (name: string, label: string): Field => ({
  name: `settings.optOut.${name}`,
  label,
  hint: "Empty: ours, with the account's name, in the person's language.",
});
const days = (name: string, label: string): Field => ({
  name: `settings.retention.${name}`,
  label,
  kind: "whole",
  size: 8,
});
const OWN: readonly Group[] = [
  {
    legend: "Limits per subscriber",
    hint: "NOK, for this account over all its merchants. Default: the operator's limit.",
    fields: [
      cap("transaction", "At once"),
      cap("day", "In a day"),
      cap("month", "In a month"),
      {
        name: "settings.timeZone",
        label: "Time zone",
        kind: "text",
        size: 24,
        hint: "IANA time zone, like Europe/Stockholm. Default: Europe/Oslo.",
      },
    ],
  },
  {
    legend: "Rate limits",
    hint: "Over all its credentials; requests beyond that get 429. Default: no limit.",
    fields: [
      limit("requestsPerSecond", "Requests a second"),
      limit("messagesPerSecond", "Messages a second"),
      limit("messagesPerDay", "Messages a day"),
      { name: "settings.limits.spendPerDay.NOK", label: "NOK charged per day", kind: "money", size: 12 },
    ],
  },
  {
    legend: "Quiet hours of marketing texts",
    hint: "Of senders that are for marketing, by the clock where the recipient is. Others are sent at any hour.",
    fields: [
      {
        name: "settings.quietHours.hours",
        label: "No marketing text between",
        kind: "text",
        size: 14,
        hint: "Two local times, like 21:00-08:00. Empty: at any hour.",
      },
      { name: "settings.quietHours.byCountry", label: "Keep the rules of the recipient's country, too", kind: "check" },
      {
        name: "settings.quietHours.timeZone",
        label: "Recipients are in",
        kind: "text",
        size: 24,
        hint: "A time zone, like Europe/Stockholm. Empty: where their number says.",
      },
      either(
        "settings.quietHours.action",
        "During quiet hours, a text",
        "waits until they are over",
        ["wait", "waits until they are over"],
        ["refuse", "is refused"],
      ),
    ],
  },
  {
    legend: "STOP, START and HELP",
    hint: "Written to one of its numbers where nothing is sold. Answers are one part at most.",
    fields: [
      either(
        "settings.optOut.scope",
        "STOP ends",
        "the texts of that number",
        ["number", "the texts of that number"],
        ["group", "the texts of its sender's group"],
        ["account", "all texts of the account"],
      ),
      either(
        "settings.optOut.transactional",
        "Senders marked as transactional",
        "are stopped, too",
        ["stopped", "are stopped, too"],
        ["exempt", "go on, outside of North America"],
      ),
      either(
        "settings.optOut.replies",
        "People who write these words",
        "are answered",
        ["on", "are answered"],
        ["off", "are not answered"],
      ),
      answer("stopText", "Answer to STOP"),
      answer("startText", "Answer to START"),
      answer("helpText", "Answer to HELP"),
    ],
  },
  {
    legend: "Guards",
    hint: "Refuse texts that are sent by mistake or by abuse.",
    fields: [
      {
        name: "settings.countries",
        label: "Texts and codes only to",
        kind: "list",
        size: 24,
        hint: "Countries, like NO, SE. Empty: any.",
      },
      {
        name: "settings.duplicateSeconds",
        label: "Refuse duplicates for (seconds)",
        kind: "whole",
        size: 8,
        hint: "The same text from the same sender to the same person. Up to 86400. Empty: duplicates are sent.",
      },
      {
        name: "settings.loopGuard.most",
        label: "Most identical texts to one person",
        kind: "whole",
        size: 8,
        hint: `More, in the time below, are stopped as a loop. Empty: ${LOOP_GUARD.most}.`,
      },
      {
        name: "settings.loopGuard.seconds",
        label: "Within (seconds)",
        kind: "whole",
        size: 8,
        hint: `Up to 3600. Empty: ${LOOP_GUARD.seconds}.`,
      },
    ],
  },
  {
    legend: "Guard of codes",
    hint: "Codes that are never entered are a sign of SMS pumping: a fraudster earns from each text. Counted by country, and by the first six digits of numbers. All empty: off.",
    fields: [
      guard("leastSent", "At least so many codes", CODE_GUARD.leastSent),
      guard("minutes", "In so many minutes", CODE_GUARD.minutes),
      guard("alarmBelow", "Alarm below (percent confirmed)", CODE_GUARD.alarmBelow),
      guard("blockBelow", "Block below (percent confirmed)", CODE_GUARD.blockBelow),
      guard("blockMinutes", "Block for (minutes)", CODE_GUARD.blockMinutes),
      guard("budget", "Most codes to one country in that time"),
      {
        name: "settings.codeGuard.texts",
        label: "Treat high-priority texts as codes",
        kind: "check",
        hint: "The account must confirm which codes were entered, or they will be blocked.",
      },
      {
        name: "settings.codeGuard.trusted",
        label: "Not watched",
        kind: "list",
        size: 24,
        hint: "Countries, like NO, SE.",
      },
    ],
  },
  {
    legend: "Sealed at rest",
    hint: "A copy of the database then does not show them. Sealed texts cannot be searched by words; whole numbers can. Charges, purchases and subscriptions are not sealed.",
    fields: [
      {
        name: "settings.sealed",
        label: "Seal the numbers and texts of messages, replies and opt-outs in the database",
        kind: "check",
      },
    ],
  },
  {
    legend: "PINs per hour on purchase pages",
    hint: "Each PIN is an SMS at the seller's cost, to any number a visitor enters. Beyond the limit they are refused, logged and counted.",
    fields: [
      pins("address", "To one network", PINS_PER_HOUR.address),
      pins("service", "From one service", PINS_PER_HOUR.service),
      pins("account", "From all services", PINS_PER_HOUR.account),
    ],
  },
  {
    legend: "Retention in days",
    hint: "What is over is deleted after so many days. Empty: the operator's RETENTION_DAYS; for requests, one day; for charges, the person stays. Charges themselves stay: after the days given (90 or more) a pseudonym takes the person's place.",
    fields: [
      days("messages", "Texts that were sent"),
      days("inbound", "Texts that came in"),
      days("webhooks", "Webhooks"),
      days("purchases", "Purchases that nobody confirmed"),
      days("charges", "The person in settled charges"),
      days("requests", "Requests of programs"),
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
        label: "Maximum parts per message",
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
      done: { saved: { said: "Settings saved." } },
    },
    form({ action: inSetup(c, "settings"), groups: groupsOf(c), typed, refused, submit: "Save" }),
  );
}

app.post("/", async (c) => {
  const typed = await typedIn(c);
  const saved = await tried(async () => {
    const params = { id: accountOf(c) };
    const { settings } = await ask(c, "GET /admin/v1/accounts/{id}", { params });
    // What is left empty is taken back.
    const wanted = toBody(groupsOf(c), typed, null);
    return ask(c, "PATCH /admin/v1/accounts/{id}", { params, json: clearUnticked(wanted, settings) });
  });
  if ("refused" in saved) return show(c, typed, saved.refused);
  return c.redirect(`${inSetup(c, "settings")}?done=saved`, 303);
});

/**
 * An unticked box is submitted as false. For an account that never sealed anything, `sealed` is left out; `codeGuard.texts: false` becomes
 * null, because any member turns the guard on.
 */
function clearUnticked(body: Record<string, unknown>, before: { sealed?: unknown }): Record<string, unknown> {
  const { sealed, codeGuard, ...settings } = body.settings as Record<string, unknown> & { codeGuard: object };
  const saysSealed = sealed !== false || before.sealed !== undefined;
  const watchesTexts = "texts" in codeGuard && codeGuard.texts === true;
  return {
    ...body,
    settings: {
      ...settings,
      ...(saysSealed ? { sealed } : {}),
      codeGuard: { ...codeGuard, texts: watchesTexts || null },
    },
  };
}
