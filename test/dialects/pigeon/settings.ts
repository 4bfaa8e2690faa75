/** What an account may choose of this dialect. */

import { z } from "zod";
import { either } from "../../../src/core/operator/field.ts";
import { readerOf, type SettingsForm } from "../../../src/dialects/settings.ts";

const schemas = { pigeonFooter: z.enum(["on", "off"]).describe("whether texts of Pigeon Post say how they came") };

export const settingsOf = readerOf(schemas);

export const settingsForm: SettingsForm = {
  schemas,
  groups: [
    {
      legend: "Pigeon Post",
      fields: [either("pigeonFooter", "How the text came", "not said", ["on", "said"], ["off", "not said"])],
    },
  ],
};
