/** The fields in which an operator says where webhooks go. */

import {
  type CallbackForm,
  MESSAGE_URL,
  methodField,
  REPORT_URL,
  SUBSCRIPTION_URL,
} from "../../core/accounts/callback-fields.ts";

export const callbackForm: CallbackForm = {
  title: "txtNation",
  fields: [
    { ...MESSAGE_URL, hint: "The gateway URL." },
    { ...REPORT_URL, hint: "Hears of messages and of charges." },
    SUBSCRIPTION_URL,
    methodField("POST"),
  ],
};
