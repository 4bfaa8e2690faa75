/** The fields in which an operator says where webhooks go. */

import {
  type CallbackForm,
  MESSAGE_URL,
  methodField,
  REPORT_URL,
  SUBSCRIPTION_URL,
} from "../../core/accounts/callback-fields.ts";

export const callbackForm: CallbackForm = {
  title: "CM.com",
  note: "The address for reports is called once before it is kept, and must answer 200.",
  fields: [
    MESSAGE_URL,
    { ...REPORT_URL, hint: "[NAMES] like [REFERENCE] and [STATUS] are filled in." },
    SUBSCRIPTION_URL,
    methodField("GET, or POST where there is a template"),
    {
      name: "template",
      label: "Template of reports",
      kind: "area",
      hint: "A body of XML or JSON with [NAMES] in it, which then comes by POST. Empty: CM’s own.",
    },
  ],
};
