/** What an operator may say of an account's callbacks, for dialects to choose from and to put in their own words. */

import type { Field } from "../operator/field.ts";

/** The callbacks of one dialect, as an operator sets them. */
export type CallbackForm = {
  title: string;
  /** What else an operator should know of them. */
  note?: string;
  fields: readonly Field[];
};

export const MESSAGE_URL: Field = { name: "messageUrl", label: "Texts that come in", kind: "address" };
export const REPORT_URL: Field = { name: "reportUrl", label: "Reports", kind: "address" };
export const MMS_MESSAGE_URL: Field = {
  name: "mmsMessageUrl",
  label: "Picture messages that come in",
  kind: "address",
};
export const MMS_REPORT_URL: Field = { name: "mmsReportUrl", label: "Reports of picture messages", kind: "address" };
export const SUBSCRIPTION_URL: Field = {
  name: "subscriptionUrl",
  label: "News of subscriptions",
  kind: "address",
  hint: "In Stafett’s own form, since no provider has one.",
};

/** The method of reports. @param unset the dialect's default */
export const methodField = (unset: string): Field => ({
  name: "method",
  label: "Called by",
  kind: "choice",
  options: [
    ["", `as the dialect does: ${unset}`],
    ["POST", "POST"],
    ["GET", "GET"],
  ],
});
