/** The fields in which an operator says where webhooks go. */

import { type CallbackForm, MESSAGE_URL, REPORT_URL, SUBSCRIPTION_URL } from "../../core/accounts/callback-fields.ts";

export const stafettCallbacks: CallbackForm = {
  title: "Stafett",
  note: "Webhooks in Stafett’s own form, signed: for events that no provider’s dialect reports.",
  fields: [MESSAGE_URL, { ...REPORT_URL, label: "Reports of charges" }, SUBSCRIPTION_URL],
};
