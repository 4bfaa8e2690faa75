/** The settings that an account has in this dialect. */

import { z } from "zod";
import { either } from "../../core/operator/field.ts";
import { readerOf, type SettingsForm } from "../settings.ts";

const NETWORK = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/** Addresses and networks, as an operator writes them in one line. */
export function networksIn(text: string): string[] {
  return text.split(",").flatMap((one) => one.trim() || []);
}

const few = (most: number, what: string) => z.int(`must be a whole number of ${what}`).min(1).max(most);

const smpp = z
  .object({
    binds: few(50, "binds").describe("how many connections may be bound at once; 4"),
    window: few(1_000, "requests").describe("how many requests of a connection may wait for their answer; 100"),
    perSecond: few(10_000, "requests").describe("how many submits are taken in a second; 200"),
    networks: z
      .string()
      .max(2_000)
      .refine((text) => networksIn(text).every((one) => NETWORK.safeParse(one).success), {
        error: "must be addresses or networks with commas between them, like 203.0.113.0/24",
      })
      .describe("the addresses and networks that it may bind from, with commas between them; any"),
    receipts: z
      .enum(["cm", "classic"])
      .describe("the form of receipts: CM.com's, or the standard's with sub, dlvrd and text; cm"),
    pdu: z.enum(["deliver_sm", "data_sm"]).describe("what receipts come in; deliver_sm"),
    vendorTlvs: z
      .enum(["off", "on"])
      .describe("whether CM.com's own parameters are sent, which end some programs; off"),
  })
  .describe("SMPP sessions over CM.com");

const schemas = {
  smpp,
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
    {
      legend: "SMPP sessions",
      fields: [
        { name: "smpp.binds", label: "Most connections", kind: "whole", size: 6, hint: "Empty: 4." },
        {
          name: "smpp.window",
          label: "Requests that wait on a connection",
          kind: "whole",
          size: 6,
          hint: "Empty: 100.",
        },
        { name: "smpp.perSecond", label: "Submits a second", kind: "whole", size: 6, hint: "Empty: 200." },
        {
          name: "smpp.networks",
          label: "Addresses it may bind from",
          hint: "Addresses and networks, with commas between them. Empty: any.",
        },
        either(
          "smpp.receipts",
          "Form of receipts",
          "CM.com’s",
          ["cm", "CM.com’s"],
          ["classic", "the standard’s, with sub, dlvrd and text"],
        ),
        either("smpp.pdu", "Receipts come in", "deliver_sm", ["deliver_sm", "deliver_sm"], ["data_sm", "data_sm"]),
        either("smpp.vendorTlvs", "CM.com’s own parameters", "not sent", ["off", "not sent"], ["on", "sent"]),
      ],
    },
  ],
  notes: { maxParts: "8 where CM.com splits by itself" },
};
