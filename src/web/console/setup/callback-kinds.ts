/** The dialects' callbacks: which addresses each has, and what else can be said of them. */

import type { Field } from "../ui/form.tsx";

const MESSAGE: Field = { name: "messageUrl", label: "Texts that come in", kind: "address" };
const REPORT: Field = { name: "reportUrl", label: "Reports", kind: "address" };
const SUBSCRIPTION: Field = {
  name: "subscriptionUrl",
  label: "News of subscriptions",
  kind: "address",
  hint: "In Stafett’s own form, since no provider has one.",
};
const method = (unset: string): Field => ({
  name: "method",
  label: "Called by",
  kind: "choice",
  options: [
    ["", `as the dialect does: ${unset}`],
    ["POST", "POST"],
    ["GET", "GET"],
  ],
});

export type CallbackKind = { title: string; told?: string; fields: readonly Field[] };

export const CALLBACKS: Readonly<Record<string, CallbackKind>> = {
  target365: {
    title: "Target365",
    told: "Reports go to the deliveryReportUrl of each message. A keyword’s own address goes before this one.",
    fields: [MESSAGE, SUBSCRIPTION],
  },
  txtnation: {
    title: "txtNation",
    fields: [
      { ...MESSAGE, hint: "The gateway URL." },
      { ...REPORT, hint: "Hears of messages and of charges." },
      SUBSCRIPTION,
      method("POST"),
    ],
  },
  flowroute: {
    title: "Flowroute",
    told: "A number’s own address goes before the account’s, and a message’s dlr_callback before both.",
    fields: [
      MESSAGE,
      { ...REPORT, label: "Delivery receipts" },
      { name: "mmsMessageUrl", label: "Picture messages that come in", kind: "address" },
      { name: "mmsReportUrl", label: "Receipts of picture messages", kind: "address" },
      SUBSCRIPTION,
      {
        name: "form",
        label: "In the form of version",
        kind: "choice",
        options: ["v2", "v2.1", "v2.2"].map((version) => [version, version]),
      },
    ],
  },
  cm: {
    title: "CM.com",
    told: "The address for reports is called once before it is kept, and must answer 200.",
    fields: [
      MESSAGE,
      { ...REPORT, hint: "[NAMES] like [REFERENCE] and [STATUS] are filled in." },
      SUBSCRIPTION,
      method("GET, or POST where there is a template"),
      {
        name: "template",
        label: "Template of reports",
        kind: "area",
        hint: "A body of XML or JSON with [NAMES] in it, which then comes by POST. Empty: CM’s own.",
      },
    ],
  },
  stafett: {
    title: "Stafett",
    told: "News in Stafett’s own form, signed: for what no provider’s dialect tells of.",
    fields: [MESSAGE, { ...REPORT, label: "What became of charges" }, SUBSCRIPTION],
  },
};

/** Addresses that may have been set for any dialect, by a program. */
const ANY: readonly Field[] = [
  MESSAGE,
  REPORT,
  { name: "mmsMessageUrl", label: "Picture messages that come in", kind: "address" },
  { name: "mmsReportUrl", label: "Reports of picture messages", kind: "address" },
  SUBSCRIPTION,
];

/** What is asked for this dialect; with what was set beside it, so that saving takes nothing away unseen. */
export function callbackFields({ fields }: CallbackKind, has: Readonly<Record<string, unknown>> = {}): Field[] {
  const others = ANY.filter(({ name }) => has[name] && !fields.some((field) => field.name === name));
  return [...fields, ...others];
}
