/** Submits ↔ messages: a text's slips become a message, which keeps what its receipts need. */

import { z } from "zod";
import type { Caller } from "../../../core/accounts/account.ts";
import { measureBinary } from "../../../core/messages/binary.ts";
import type { Message } from "../../../core/messages/message.ts";
import type { NewMessage } from "../../../core/messages/new-message.ts";
import { measure } from "../../../core/messages/text.ts";
import { sessionUrl } from "../../../core/webhooks/session.ts";
import { REGISTERED, STATUS } from "../../../smpp/fields.ts";
import type { Kept } from "../msg.ts";
import { MOST_PARTS } from "../parts.ts";
import { toRecipient } from "../recipient.ts";
import { toSender } from "../sender.ts";
import { settingsOf } from "../settings.ts";
import { SmppError } from "./errors.ts";
import { bodyIn, type Slip, Slip as SlipSchema } from "./slip.ts";

/** Guide, "Validity period". */
const DEFAULT_MS = 4 * 3_600_000;
const LONGEST_MS = 48 * 3_600_000;
const SHORTEST_MS = 60_000;

/** What a message keeps of the submits that it came by: of each, its id and what it wants to be told. */
const KeptOfSmpp = z.object({
  ids: z.array(z.tuple([z.string(), z.number()])),
  source: SlipSchema.shape.source,
  destination: SlipSchema.shape.destination,
  coding: z.number(),
  reference: z.number().optional(),
  operator: z.string().optional(),
  missing: z.number().optional(),
});
export type KeptOfSmpp = z.output<typeof KeptOfSmpp>;

/** What a message keeps for its receipts; undefined where it did not come by SMPP. */
export function keptOf({ echo }: Pick<Message, "echo">): KeptOfSmpp | undefined {
  return KeptOfSmpp.safeParse(echo.smpp).data;
}

/**
 * The message of these slips, which are the parts of one text in order, or its only one.
 * @param theirId by which it is found again
 * @param missing how many parts did not come
 * @param now epoch ms
 * @throws GatewayError
 */
export function toNewMessage(
  slips: readonly [Slip, ...Slip[]],
  { theirId, caller, now, missing = 0 }: { theirId: string; caller: Caller; now: number; missing?: number },
): NewMessage {
  const [first] = slips;
  const { settings } = caller.account;
  const body = bodyIn(slips);
  const { parts } = body.binary ? measureBinary(body.text, body.binary) : measure(body.text, body.encoding);
  if (parts > MOST_PARTS) throw new SmppError(STATUS.messageLength, "the text is too long");
  const kept: KeptOfSmpp = {
    ids: slips.map(({ id, wants }) => [id, wants]),
    source: first.source,
    destination: first.destination,
    coding: first.coding,
    ...(first.reference === undefined ? {} : { reference: first.reference }),
    ...(first.operator ? { operator: first.operator } : {}),
    ...(missing > 0 ? { missing } : {}),
  };
  const wants = slips.some(({ wants }) => (wants & (REGISTERED.final | REGISTERED.intermediate)) !== 0);
  const echo: Kept & { smpp: KeptOfSmpp } = { to: first.destination.address, smpp: kept };
  return {
    theirId,
    sender: toSender(first.source.address, true, caller),
    anySender: settingsOf(settings).senders !== "own",
    recipient: toRecipient(first.destination.address, { takesSms: true }),
    anyNumber: true,
    ...body,
    maxParts: MOST_PARTS,
    priority: "normal",
    deliveryMode: "at-most-once",
    ...timesOf(first, now),
    ...(wants ? { reportUrl: sessionUrl(caller.credential.name) } : {}),
    echo,
  };
}

/** When it is sent, and for how long it is worth delivering. */
export function timesOf(
  { sendAt, validUntil, isMoment }: Pick<Slip, "sendAt" | "validUntil" | "isMoment">,
  now: number,
): Pick<NewMessage, "sendAt" | "validitySeconds" | "validUntil"> {
  const from = Math.max(now, sendAt ?? now);
  const span = validUntil === undefined ? DEFAULT_MS : validUntil - from;
  const lives = Math.min(Math.max(span, SHORTEST_MS), LONGEST_MS);
  return {
    ...(sendAt === undefined ? {} : { sendAt }),
    validitySeconds: Math.ceil(lives / 1000),
    ...(isMoment ? { validUntil: from + lives } : {}),
  };
}
