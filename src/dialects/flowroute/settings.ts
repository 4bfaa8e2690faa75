/** The settings that an account has in this dialect, and the prices of its messages there. */

import { z } from "zod";
import { either, type Field } from "../../core/operator/field.ts";
import { type Chosen, readerOf, type SettingsForm } from "../settings.ts";

const Rate = z.int("must be a whole number of nanodollars, like 4000000").min(0).max(1_000_000_000_000);

const schemas = {
  international: z.enum(["on", "off"]).describe("whether Flowroute takes numbers outside North America"),
  perSecond: z
    .int("must be a whole number of messages")
    .min(1)
    .max(10_000)
    .describe("the most messages over Flowroute in a second; as many as come, unless set"),
  /** For each segment of a text, or for each picture message. `surcharge` is the carriers' fee on top, for each segment. */
  rates: z
    .object({ longCode: Rate, tollFree: Rate, mms: Rate, inbound: Rate, surcharge: Rate })
    .describe(
      "the price of a segment over Flowroute, and of a picture message, in nanodollars (a billionth of a dollar)",
    ),
};

export const settingsOf = readerOf(schemas);

export type Rates = NonNullable<Chosen<typeof schemas>["rates"]>;

const rate = (name: keyof Rates, label: string, hint?: string): Field => ({
  name: `rates.${name}`,
  label,
  kind: "dollars",
  size: 12,
  ...(hint ? { hint } : {}),
});

export const settingsForm: SettingsForm = {
  schemas,
  groups: [
    {
      legend: "Flowroute",
      fields: [
        either("international", "Numbers outside North America", "refused", ["on", "taken"], ["off", "refused"]),
        {
          name: "perSecond",
          label: "The most messages in a second",
          kind: "whole",
          size: 8,
          hint: "Up to 10000. Empty: as many as come.",
        },
      ],
    },
    {
      legend: "What messages cost over Flowroute",
      hint: "In US dollars, with up to nine decimals. Shown to the customer, and not charged. Empty: no price is shown.",
      fields: [
        rate("longCode", "From a long number", "For each segment."),
        rate("tollFree", "From a toll-free number", "For each segment."),
        rate("mms", "A picture message"),
        rate("inbound", "A text that comes in", "For each segment."),
        rate("surcharge", "What carriers take on top", "For each segment."),
      ],
    },
  ],
};
