/** submit_sm and data_sm: a text, or a part of one. Standard 3.4, clauses 4.4 and 4.7. */

import type { Caller } from "../../../core/accounts/account.ts";
import { OverLimit } from "../../../core/accounts/limits.ts";
import { GatewayError } from "../../../core/kernel/errors.ts";
import { type Comparison, join, type KeptPart } from "../../../core/messages/joining.ts";
import type { NewMessage } from "../../../core/messages/new-message.ts";
import { STATUS } from "../../../smpp/fields.ts";
import { type Pdu, type PduOf, respond } from "../../../smpp/pdu.ts";
import type { Heard, SmppPorts } from "../../smpp.ts";
import { SmppError } from "./errors.ts";
import { keptOf, toNewMessage } from "./message.ts";
import { Slip, slipOf } from "./slip.ts";

/** How long the other parts of a text are waited for. Milliseconds. */
const PATIENCE = 60_000;
/** So many parts may wait for others: a customer who sends only first parts must not fill the disk. */
const MOST_WAITING = 10_000;
/** Texts that are passed on incomplete in one go. */
const LATE_AT_ONCE = 50;
/** A part that comes again on another connection within this is a repeat: its answer was lost with the first one. Milliseconds. */
const REPEATED_MS = 120_000;
/** Such a repeat may wait here for as long before it is looked at: until then what came before is remembered. */
const REMEMBERED_MS = 2 * REPEATED_MS;

/** The end of a part's id: what stands before it is the id of the whole text. */
const OF_PART = /p\d{3}$/;

/** The id of the message that a message_id of ours belongs to. */
export function theirIdOf(messageId: string): string {
  return messageId.replace(OF_PART, "");
}

/** @throws whatever `accept` throws, and SmppError */
export async function submit(
  request: PduOf<"submit_sm" | "data_sm">,
  caller: Caller,
  ports: SmppPorts,
  heard: Heard,
): Promise<Pdu> {
  const now = ports.now();
  const waited = Math.max(0, ports.wall() - heard.at);
  const { slip, part } = slipOf(request, ports.newId(), now);
  const said = (messageId: string) => respond(request, STATUS.ok, { body: { messageId } });
  if (!part) {
    await ports.accept(caller, toNewMessage([slip], { theirId: slip.id, caller, now }), heard.isGivenUp);
    return said(slip.id);
  }
  // What would be refused as a whole is refused at its first part, before anything of it is acknowledged.
  await ports.gateway.checkOwner(caller, toNewMessage([slip], { theirId: slip.id, caller, now }));
  // It may have come again meanwhile, been taken, and be known no more.
  if (ports.wall() - heard.at > REPEATED_MS) throw new SmppError(STATUS.systemError, "it waited here for too long");
  const { source, destination } = slip;
  const credential = caller.credential.id;
  // A system_id that was withdrawn, and given to another account, must not join what both of them sent.
  const key = [credential, source.address, destination.address, part.width, part.reference, part.total].join(" ");
  // One that makes its text whole is taken all the same: it is what there will be fewer by.
  const isFull = ports.parts.count() >= MOST_WAITING && ports.parts.of(key).length < part.total - 1;
  if (isFull) throw new SmppError(STATUS.queueFull, "too many parts wait for others");
  const own = { ...slip, id: partId(ports, key, part.number, slip), credential, link: heard.link };
  const kept = { number: part.number, total: part.total, value: JSON.stringify(own), at: now };
  const joined = join(ports.parts, key, kept, asideKey, comparisonAfter(waited));
  const mine = joined.parts.find(({ number }) => number === part.number);
  if (joined.outcome === "whole") {
    await passOn(joined.parts, { key, cameBy: key }, caller, ports, (error) => {
      if (!(error instanceof OverLimit) || !mine) return;
      // It is throttled, and may come again: until then its text is not whole.
      for (const one of [key, asideKey(joined.parts)]) ports.parts.remove(one, mine);
      throw error;
    });
  }
  return said(mine ? readSlip(mine).id : own.id);
}

/**
 * Passes on what is there of texts whose other parts have not come; answers when there is something to do again, epoch ms.
 * @param callerOf whose a credential is, or was: what was acknowledged is sent, though the credential is withdrawn
 */
export async function passOnLate(
  callerOf: (credential: string | undefined) => Promise<Caller | undefined>,
  ports: SmppPorts,
): Promise<number | undefined> {
  for (const key of ports.parts.overdue(ports.now() - PATIENCE, LATE_AT_ONCE)) {
    const [first] = ports.parts.of(key);
    const caller = first && (await callerOf(readSlip(first).credential));
    const parts = ports.parts.of(key);
    if (!caller || parts.length === 0) continue;
    // A part that comes from now on must not count among those that are already on their way.
    const own = asideKey(parts);
    ports.parts.setAside(key, own);
    await passOn(parts, { key: own, cameBy: key }, caller, ports);
  }
  ports.parts.forget(ports.now() - REMEMBERED_MS);
  const next = [
    (ports.parts.oldest() ?? Number.POSITIVE_INFINITY) + PATIENCE,
    // What is remembered has people's texts: it is forgotten though nobody comes back.
    (ports.parts.oldestFinished() ?? Number.POSITIVE_INFINITY) + REMEMBERED_MS + 1,
  ];
  return next.find(Number.isFinite) === undefined ? undefined : Math.min(...next);
}

/**
 * A text whose parts were acknowledged is ours: if it is refused now, it becomes a message that failed, and whoever asked for
 * a receipt gets one. Its parts are forgotten only when it is stored; stored twice it is still one message, by its id.
 * @param refused hears why it is refused; where it throws, the text is left as it is
 */
async function passOn(
  parts: readonly KeptPart[],
  { key, cameBy }: { key: string; cameBy: string },
  caller: Caller,
  ports: SmppPorts,
  refused: (error: GatewayError) => void = () => {},
): Promise<void> {
  const [first, ...others] = parts.map(readSlip);
  if (!first) return;
  const theirId = theirIdOf(first.id);
  const { wanted, refusal } = wantedOf([first, ...others], parts, {
    theirId,
    caller,
    now: parts[0]?.at ?? ports.now(),
  });
  try {
    if (refusal) throw refusal;
    await ports.gateway.accept(caller, wanted);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    refused(error);
    const known = await ports.gateway.message(caller, theirId);
    if (!known) await ports.gateway.acceptMany(caller, [{ ...wanted, theirId, refusal: error }]);
  }
  ports.parts.finish(key, parts, cameBy);
  // Another text with the same reference may have come meanwhile.
  ports.parts.finish(asideKey(parts), parts, cameBy);
}

/** Where the parts of a text are kept that is not waited for any more, or whose reference another text has taken. */
function asideKey([first]: readonly KeptPart[]): string {
  return `aside ${first ? theirIdOf(readSlip(first).id) : ""}`;
}

/** The message of all parts; where there can be none (it is too long, say), that of the first, and why. */
function wantedOf(
  slips: readonly [Slip, ...Slip[]],
  parts: readonly KeptPart[],
  given: { theirId: string; caller: Caller; now: number },
): { wanted: NewMessage; refusal?: GatewayError } {
  const missing = (parts[0]?.total ?? parts.length) - parts.length;
  try {
    return { wanted: toNewMessage(slips, { ...given, missing }) };
  } catch (refusal) {
    if (!(refusal instanceof GatewayError)) throw refusal;
    const wanted = toNewMessage([slips[0]], { ...given, missing });
    const smpp = { ...keptOf(wanted), ids: slips.map(({ id, wants }) => [id, wants]) };
    return { wanted: { ...wanted, echo: { ...wanted.echo, smpp } }, refusal };
  }
}

/** Parts of one text have ids with the same beginning; a text that takes another's reference has ids of its own. */
function partId({ parts }: SmppPorts, key: string, number: number, slip: Slip): string {
  const before = parts.of(key);
  const own = before.find((part) => part.number === number);
  const isOther = own !== undefined && !isSameSlip(own.value, JSON.stringify(slip));
  const whole = before[0] && !isOther ? theirIdOf(readSlip(before[0]).id) : slip.id.slice(0, 27);
  return `${whole}p${String(number).padStart(3, "0")}`;
}

/** @param waited how long the part was here before it was looked at, milliseconds: it counts from when it came */
function comparisonAfter(waited: number): Comparison {
  return {
    isSame: isSameSlip,
    isAgain: (before, part) =>
      isSameSlip(before.value, part.value) &&
      readSlip(before).link !== readSlip(part).link &&
      part.at - waited - before.at <= REPEATED_MS,
  };
}

function isSameSlip(one: string, other: string): boolean {
  const [a, b] = [Slip.parse(JSON.parse(one)), Slip.parse(JSON.parse(other))];
  return a.octets === b.octets && a.coding === b.coding && a.header === b.header;
}

function readSlip({ value }: KeptPart): Slip {
  return Slip.parse(JSON.parse(value));
}
