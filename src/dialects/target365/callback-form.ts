/** The fields in which an operator says where webhooks go. */

import { type CallbackForm, MESSAGE_URL, SUBSCRIPTION_URL } from "../../core/accounts/callback-fields.ts";

export const callbackForm: CallbackForm = {
  title: "Target365",
  note: "Reports go to the deliveryReportUrl of each message. A keyword’s own address goes before this one.",
  fields: [MESSAGE_URL, SUBSCRIPTION_URL],
};
