/** How an SMSC is reached, and what it makes of the standard's gaps: an operator finds most of it in the carrier's questionnaire. */

import { z } from "zod";
import type { AlphabetPreset } from "../../smpp/alphabets.ts";
import { LONG_BY } from "../../smpp/parts.ts";

/** As many objects are asked what became of a text: binds that were taken away may have it. */
export const MOST_BINDS = 8;

const whole = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.int(error).min(least, error).max(most, error);
};
const printable = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[\x20-\x7e]*$/, "must be of ASCII");

export const SETTINGS = z.strictObject({
  host: z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9.:_-]+$/, "must be a host's name or address, without a port")
    .describe("the host of the SMSC"),
  port: whole(1, 65_535).default(2775).describe("its port; 2775"),
  tls: z
    .boolean()
    .default(false)
    .describe("whether it speaks TLS there; without it password and texts can be read on the way"),
  systemId: printable(15).min(1).describe("your system_id there"),
  systemType: printable(12).default("").describe("the system_type, where it wants one"),
  bindType: z
    .enum(["transceiver", "pair"])
    .default("transceiver")
    .describe("one connection for both directions, or a transmitter and a receiver"),
  binds: whole(1, MOST_BINDS).default(1).describe("how many transceivers, or pairs, are bound at once"),
  window: whole(1, 1_000).default(10).describe("how many submits of a bind may wait for their answer"),
  enquireSeconds: whole(5, 300).default(30).describe("after so much silence it is asked whether it is there"),
  addressRange: printable(40).default("").describe("the address_range of the bind, where it wants one"),
  alphabet: z
    .enum(["gsm7", "latin1", "ascii"])
    .default("gsm7")
    .describe("what data_coding 0 means there; what it does not have goes as UCS-2"),
  longTexts: z
    .enum(LONG_BY)
    .default("udh")
    .describe("long texts by a header in each part, by sar_ parameters, or whole in message_payload"),
  receiptIds: z
    .enum(["same", "folded", "hex-answers", "hex-receipts"])
    .default("same")
    .describe(
      "the ids of receipts: same as in answers; same but for case and leading zeros; decimal where answers are hexadecimal; " +
        "or the other way round",
    ),
  receiptsInText: z
    .boolean()
    .default(false)
    .describe("whether a text that reads as a receipt is one, though esm_class does not say so"),
  internationalTon: whole(0, 6).default(1).describe("type of number of long numbers; 1"),
  internationalNpi: whole(0, 18).default(1).describe("numbering plan of long numbers; 1"),
  shortTon: whole(0, 6).default(3).describe("type of number of short numbers; 3"),
  shortNpi: whole(0, 18).default(0).describe("numbering plan of short numbers; 0"),
  nameTon: whole(0, 6).default(5).describe("type of number of names; 5"),
  nameNpi: whole(0, 18).default(0).describe("numbering plan of names; 0"),
});
export type SmscSettings = z.output<typeof SETTINGS>;

export const SECRETS = z.strictObject({
  password: printable(64).min(1).describe("the password of your system_id"),
});

/** What the object that holds a bind has to know. */
export const SmscConfig = z.object({ ...SETTINGS.shape, ...SECRETS.shape, carrier: z.string() });
export type SmscConfig = z.output<typeof SmscConfig>;

export function alphabetsOf({ alphabet }: Pick<SmscSettings, "alphabet">): AlphabetPreset {
  return { standard: alphabet, one: "gsm7" };
}
