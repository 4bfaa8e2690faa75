/** What an operator may say of where calls to a customer go. */

import { type CallbackForm, MESSAGE_URL, REPORT_URL, SUBSCRIPTION_URL } from "../../core/accounts/callback-fields.ts";

export const stafettCallbacks: CallbackForm = {
  title: "Stafett",
  note: "News in Stafett’s own form, signed: for what no provider’s dialect tells of.",
  fields: [MESSAGE_URL, { ...REPORT_URL, label: "What became of charges" }, SUBSCRIPTION_URL],
};
