/** What an operator may say of where calls to a customer go. */

import { type CallbackForm, REPORT_URL } from "../../../src/core/accounts/callback-fields.ts";

export const callbackForm: CallbackForm = {
  title: "Pigeon Post",
  note: "A pigeon comes back once.",
  fields: [{ ...REPORT_URL, label: "Where pigeons come back to" }],
};
