/** Changing or cancelling a scheduled message. */

import type { Caller } from "../accounts/account.ts";
import { type Asked, giveBack, take, tellOfLimits } from "../accounts/limits.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { Log } from "../kernel/ports.ts";
import { type AcceptPorts, merchantsOf } from "./accept.ts";
import type { Message } from "./message.ts";
import { type NewMessage, toMessage } from "./new-message.ts";
import type { Edit, MessageStore } from "./store.ts";

/**
 * Changes a scheduled message.
 * @throws GatewayError too-late when it has left, and whatever `accept` would refuse
 */
export async function edit(ports: AcceptPorts, caller: Caller, known: Message, wanted: NewMessage): Promise<Message> {
  const to = toMessage(
    ports,
    caller,
    { ...wanted, theirId: known.theirId },
    await merchantsOf(ports, caller, [wanted]),
  );
  const needed = dearerBy(known, to);
  const taken = await take(ports, caller, needed);
  const now = ports.clock.now();
  const change: Edit = {
    sender: to.sender,
    recipient: to.recipient,
    text: to.text,
    encoding: to.encoding,
    parts: to.parts,
    priority: to.priority,
    lane: to.lane,
    deliveryMode: to.deliveryMode,
    sendAt: to.sendAt,
    expiresAt: to.expiresAt,
    echo: to.echo,
    ...(to.binary ? { binary: to.binary } : {}),
    ...(to.quiet ? { quiet: to.quiet } : {}),
    ...(known.rich ? { rich: known.rich } : {}),
    ...(to.isSealed === undefined ? {} : { isSealed: to.isSealed }),
    ...(to.charge ? { charge: to.charge } : {}),
    state: to.state === "scheduled" ? "scheduled" : "accepted",
    ...(to.reportUrl ? { reportUrl: to.reportUrl } : {}),
  };
  const isChanged = await ports.messages.edit(known.id, change, now);
  if (taken && !isChanged) await giveBack(ports, taken, needed);
  if (!isChanged) throw tooLate(known, "changed");
  await tellOfLimits(ports, taken, caller.account);
  const dueAt = Math.min(to.sendAt, to.expiresAt);
  await ports.jobs.submit([known.id], Math.max(0, (dueAt - now) / 1000), to.lane);
  ports.log.event("message.edited", { id: known.id, theirId: known.theirId, sendAt: to.sendAt });
  const { binary: _binary, quiet: _quiet, isSealed: _isSealed, ...rest } = known;
  return { ...rest, ...change, dueAt, changedAt: now };
}

/** What the change costs more than what was counted before. Another currency is counted from nothing. */
function dearerBy({ charge: before }: Message, { charge: after }: Message): Asked {
  if (!after) return { messages: 0, spend: [] };
  const counted = before?.currency === after.currency ? before.amount : 0;
  const amount = Math.max(0, after.amount - counted);
  return { messages: 0, spend: [{ amount, currency: after.currency }] };
}

/**
 * Cancels a scheduled message.
 * @throws GatewayError too-late when it has left
 */
export async function cancel(ports: { clock: Clock; messages: MessageStore; log: Log }, known: Message): Promise<void> {
  if (!(await ports.messages.cancel(known.id, ports.clock.now()))) throw tooLate(known, "deleted");
  ports.log.event("message.cancelled", { id: known.id, theirId: known.theirId });
}

function tooLate(message: Message, what: string): GatewayError {
  return new GatewayError(
    "too-late",
    `${message.theirId} can no longer be ${what}: only a message that waits for its time can`,
  );
}
