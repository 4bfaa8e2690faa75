/** The settings that an account has in this dialect. */

import { z } from "zod";
import { either } from "../../core/operator/field.ts";
import { readerOf, type SettingsForm } from "../settings.ts";

const schemas = {
  webhookRetries: z.enum(["48h", "15h"]).describe("19 retries over 48 hours, or 10 over 15"),
  allowUnicode: z
    .enum(["fold", "allow", "question-marks"])
    .describe("characters outside the GSM alphabet, where a request does not say"),
  fakeNumbers: z
    .enum(["always", "test-in-prod"])
    .describe("whether +47000000xx is taken only with properties.TestInProd"),
  shortRsaKeys: z
    .enum(["on", "off"])
    .describe("whether RSA keys of fewer than 2048 bits may be registered; they may not"),
  lookupNumbers: z.enum(["e164", "national"]).describe("how a lookup writes numbers"),
};

export const settingsOf = readerOf(schemas);

export const settingsForm: SettingsForm = {
  schemas,
  groups: [
    {
      legend: "Target365",
      fields: [
        either(
          "allowUnicode",
          "Characters outside the GSM alphabet, where a request does not say",
          "quotes and the like are replaced, the rest stays",
          ["fold", "quotes and the like are replaced, the rest stays"],
          ["allow", "all stay"],
          ["question-marks", "characters without a replacement become question marks"],
        ),
        either(
          "webhookRetries",
          "How long a webhook that fails is tried again",
          "19 times over 48 hours",
          ["48h", "19 times over 48 hours"],
          ["15h", "10 times over 15 hours"],
        ),
        either(
          "fakeNumbers",
          "Texts to the fake numbers +47000000xx",
          "always in the sandbox, else only with TestInProd",
          ["always", "taken"],
          ["test-in-prod", "taken only with properties.TestInProd"],
        ),
        either(
          "shortRsaKeys",
          "RSA keys of fewer than 2048 bits, which can be broken",
          "refused",
          ["on", "taken"],
          ["off", "refused"],
        ),
        either(
          "lookupNumbers",
          "How a lookup writes numbers",
          "+4798079008",
          ["e164", "+4798079008"],
          ["national", "98079008"],
        ),
      ],
    },
  ],
  // The vendor's suite for PHP registers a key of 1024 bits.
  demo: { shortRsaKeys: "on" },
};
