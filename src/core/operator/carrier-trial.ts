/** One text through one carrier, to see whether it works: it belongs to no account, and is in no list. */

import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import { type Carrier, LOST, type SubmitResult } from "../messages/carrier.ts";
import type { Message } from "../messages/message.ts";
import { toMsisdn } from "../messages/msisdn.ts";
import { measure } from "../messages/text.ts";

type TrialPorts = {
  carriers: ReadonlyMap<string, Carrier>;
  refreshCarriers(): Promise<void>;
  beginOutside(): Promise<void>;
  clock: Clock;
  ids: Ids;
};

export type Trial = { recipient: string; text: string; sender: string };

/** No account has this number. */
const OF_NO_ACCOUNT = 0;
/** How long it may take to arrive. Milliseconds. */
const VALIDITY = 3_600_000;

/**
 * Hands one text to this carrier alone, also where it is switched off, and answers what it said. What is told of the text
 * later is heard and belongs to nothing.
 * @throws GatewayError not-found, bad-number, bad-text; too-late where it may have been handed over before
 */
export async function tryCarrier(
  ports: TrialPorts,
  name: string,
  { recipient, text, sender }: Trial,
): Promise<SubmitResult> {
  await ports.refreshCarriers();
  const carrier = ports.carriers.get(name);
  if (!carrier) throw new GatewayError("not-found", `there is no carrier ${name}`);
  const to = toMsisdn(recipient);
  if (!to)
    throw new GatewayError("bad-number", `recipient: ${recipient} is no number in the form +4791000000`, "recipient");
  if (text === "") throw new GatewayError("bad-text", "text: is empty", "text");
  const id = ports.ids.message(OF_NO_ACCOUNT);
  const now = ports.clock.now();
  const { encoding, parts } = measure(text);
  const message: Message = {
    id,
    account: "",
    dialect: "",
    theirId: id,
    sender,
    recipient: to,
    text,
    encoding,
    parts,
    state: "submitting",
    priority: "high",
    lane: "urgent",
    deliveryMode: "at-most-once",
    sendAt: now,
    expiresAt: now + VALIDITY,
    acceptedAt: now,
    changedAt: now,
    attempts: 1,
    echo: {},
    history: [],
  };
  await ports.beginOutside();
  try {
    const [result] = await carrier.submit([message]);
    return result ?? LOST;
  } catch (error) {
    return { outcome: "unknown", detail: String(error) };
  }
}
