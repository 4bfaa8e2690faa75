/** The settings that an account has in this dialect. */

import { z } from "zod";
import { either } from "../../core/operator/field.ts";
import { readerOf, type SettingsForm } from "../settings.ts";

const schemas = {
  senders: z.enum(["any", "own"]).describe("whether CM.com's callers may name any sender; they may"),
  longSenders: z.enum(["refuse", "truncate"]).describe("a sender of more than 11 letters over CM.com; it is refused"),
  richLimits: z
    .enum(["guide", "none"])
    .describe("whether rich content is held to the guide's 5 bubbles and 11 buttons; it is"),
};

export const settingsOf = readerOf(schemas);

export const settingsForm: SettingsForm = {
  schemas,
  groups: [
    {
      legend: "CM.com",
      fields: [
        either("senders", "Allowed senders", "any", ["any", "any"], ["own", "only its own senders"]),
        either(
          "longSenders",
          "A sender of more than 11 letters",
          "refused",
          ["refuse", "refused"],
          ["truncate", "cut to 11"],
        ),
        either(
          "richLimits",
          "Rich content",
          "held to the guide",
          ["guide", "held to the guide: 5 bubbles, 11 buttons"],
          ["none", "of any size"],
        ),
      ],
    },
  ],
  notes: { maxParts: "8 where CM.com splits by itself" },
};
