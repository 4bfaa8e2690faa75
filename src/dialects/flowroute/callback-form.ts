/** The fields in which an operator says where webhooks go. */

import {
  type CallbackForm,
  MESSAGE_URL,
  MMS_MESSAGE_URL,
  MMS_REPORT_URL,
  REPORT_URL,
  SUBSCRIPTION_URL,
} from "../../core/accounts/callback-fields.ts";

export const callbackForm: CallbackForm = {
  title: "Flowroute",
  note: "A number’s own address goes before the account’s, and a message’s dlr_callback before both.",
  fields: [
    MESSAGE_URL,
    { ...REPORT_URL, label: "Delivery receipts" },
    MMS_MESSAGE_URL,
    { ...MMS_REPORT_URL, label: "Receipts of picture messages" },
    SUBSCRIPTION_URL,
    {
      name: "form",
      label: "In the form of version",
      kind: "choice",
      options: ["v2", "v2.1", "v2.2"].map((version) => [version, version]),
    },
  ],
};
