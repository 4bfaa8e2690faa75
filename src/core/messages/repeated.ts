/** Whether a request that names a known id is the one that it was used for: then it gets the same answer, and nothing is sent. */

import { nextAllowed } from "../quiet/quiet.ts";
import { canonical } from "./echo.ts";
import type { Message } from "./message.ts";
import type { NewMessage } from "./new-message.ts";

/** Whether a message that came under a known id is the very same request. A cancelled one is not sent after all. */
export function isRepeated(known: Message, again: Message, wanted: NewMessage): boolean {
  return (
    known.state !== "cancelled" &&
    known.sender === again.sender &&
    known.recipient === again.recipient &&
    known.text === again.text &&
    canonical(known.binary ?? null) === canonical(again.binary ?? null) &&
    known.priority === again.priority &&
    known.deliveryMode === again.deliveryMode &&
    known.reportUrl === again.reportUrl &&
    sameTime(known, again, wanted) &&
    // The validity of a paid message begins when it was paid for.
    (known.billed === true || isSameValidity(known, again, wanted)) &&
    canonical(known.charge ?? null) === canonical(again.charge ?? null) &&
    canonical(known.echo) === canonical(again.echo)
  );
}

function isSameValidity(known: Message, again: Message, { validUntil }: NewMessage): boolean {
  if (validUntil !== undefined) return known.expiresAt === validUntil;
  return known.expiresAt - known.sendAt === again.expiresAt - again.sendAt;
}

/**
 * A repeat that says "now", or names a time that is past, is no different request once the first has left. Where quiet hours moved the
 * first, they move what it asked for to the same time still, whatever the account's hours are by now.
 */
function sameTime(known: Message, again: Message, { sendAt = 0 }: NewMessage): boolean {
  const { quiet } = known;
  if (quiet && known.sendAt === again.sendAt) return true;
  if (quiet && known.sendAt === nextAllowed(quiet, Math.max(sendAt, known.acceptedAt))) return true;
  return known.sendAt === sendAt || (known.state !== "scheduled" && sendAt <= again.acceptedAt);
}
