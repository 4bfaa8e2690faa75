/** query_sm, cancel_sm and replace_sm: a customer's own message by its id. Standard 3.4, clauses 4.8 to 4.10. */

import type { Caller } from "../../../core/accounts/account.ts";
import { GatewayError } from "../../../core/kernel/errors.ts";
import type { Message, MessageState } from "../../../core/messages/message.ts";
import { isFinal } from "../../../core/messages/message.ts";
import { ESM, MESSAGE_STATES, type MessageStateName, STATUS } from "../../../smpp/fields.ts";
import { type Pdu, type PduOf, respond } from "../../../smpp/pdu.ts";
import { toAbsolute } from "../../../smpp/times.ts";
import type { SmppPorts } from "../../smpp.ts";
import { toStatus } from "../status.ts";
import { SmppError } from "./errors.ts";
import { type KeptOfSmpp, keptOf, timesOf, toNewMessage } from "./message.ts";
import { codingOf, type Slip, slipOf } from "./slip.ts";
import { theirIdOf } from "./submit.ts";

type Found = { message: Message; kept: KeptOfSmpp };

/**
 * The message, if it is this customer's and was sent from this address.
 * @throws SmppError with `otherwise` where there is none
 */
async function find(
  { messageId, source }: { messageId: string; source: string },
  caller: Caller,
  { gateway }: SmppPorts,
  otherwise: number,
): Promise<Found> {
  const message = messageId === "" ? undefined : await gateway.message(caller, theirIdOf(messageId));
  const kept = message && keptOf(message);
  if (message && kept?.ids.some(([id]) => id === messageId) && kept.source.address === source) {
    return { message, kept };
  }
  throw new SmppError(otherwise, `there is no message ${messageId.slice(0, 64)} from that address`);
}

export async function query(request: PduOf<"query_sm">, caller: Caller, ports: SmppPorts): Promise<Pdu> {
  const { body: asked } = request;
  const { message } = await find(asked, caller, ports, STATUS.messageId);
  const body = {
    messageId: asked.messageId,
    finalDate: isFinal(message.state) ? toAbsolute(message.changedAt) : "",
    messageState: MESSAGE_STATES[stateOf(message, message)],
    errorCode: toStatus(message, message).error ?? 0,
  };
  return respond(request, STATUS.ok, { body });
}

/** Only a message that waits for its time can be cancelled; which ones, a customer says one by one. */
export async function cancel(request: PduOf<"cancel_sm">, caller: Caller, ports: SmppPorts): Promise<Pdu> {
  const { body } = request;
  const { message, kept } = await find(body, caller, ports, STATUS.messageId);
  if (body.destination !== "" && kept.destination.address !== body.destination) {
    throw new SmppError(STATUS.cancelFailed, "it goes to another destination");
  }
  await ports.gateway.cancel(message).catch(tooLate(STATUS.cancelFailed));
  return respond(request, STATUS.ok);
}

/** Another text, and other times, for a message that waits for its time. What is left out stays as it was. */
export async function replace(request: PduOf<"replace_sm">, caller: Caller, ports: SmppPorts): Promise<Pdu> {
  const { body } = request;
  const { message, kept } = await find(body, caller, ports, STATUS.messageId);
  const [only, ...others] = kept.ids;
  if (!only || others.length > 0) throw new SmppError(STATUS.replaceFailed, "it came in parts");
  const now = ports.now();
  const slip = replaced(request, message, kept, now);
  const wanted = toNewMessage([slip], { theirId: message.theirId, caller, now });
  const moments = { ...slip, ...keptTimes(request, message) };
  if (moments.validUntil !== undefined && moments.validUntil <= (moments.sendAt ?? now)) {
    throw new SmppError(STATUS.validity, "its validity_period is over before it is sent");
  }
  const times = timesOf(moments, now);
  await ports.gateway.edit(caller, message, { ...wanted, ...times }).catch(tooLate(STATUS.replaceFailed));
  return respond(request, STATUS.ok);
}

/** The submit that would have made the message as it shall be. */
function replaced({ body, tlvs }: PduOf<"replace_sm">, message: Message, kept: KeptOfSmpp, now: number): Slip {
  const { source, destination, reference, operator } = kept;
  const as = {
    command: "submit_sm" as const,
    status: 0,
    sequence: 0,
    tlvs,
    body: {
      ...body,
      serviceType: "",
      sourceTon: source.ton,
      sourceNpi: source.npi,
      source: source.address,
      destinationTon: destination.ton,
      destinationNpi: destination.npi,
      destination: destination.address,
      // It has none of its own: what began with a header does so still.
      esmClass: message.binary?.header ? ESM.udh : 0,
      protocolId: 0,
      priorityFlag: 0,
      replaceIfPresent: 0,
      dataCoding: codingOf(kept),
    },
  };
  const { slip } = slipOf(as, kept.ids[0]?.[0] ?? message.theirId, now);
  return { ...slip, ...(reference === undefined ? {} : { reference }), ...(operator ? { operator } : {}) };
}

function keptTimes({ body }: PduOf<"replace_sm">, message: Message): Pick<Slip, "sendAt" | "validUntil" | "isMoment"> {
  return {
    ...(body.scheduleDeliveryTime === "" ? { sendAt: message.sendAt } : {}),
    ...(body.validityPeriod === "" ? { validUntil: message.expiresAt, isMoment: true } : {}),
  };
}

/** The standard has a status of its own for what can no longer be done. */
function tooLate(status: number) {
  return (error: unknown): never => {
    if (error instanceof GatewayError && error.refusal === "too-late") throw new SmppError(status, error.message);
    throw error;
  };
}

const STATE = {
  scheduled: "enroute",
  accepted: "enroute",
  held: "enroute",
  submitting: "enroute",
  unknown: "enroute",
  sent: "enroute",
  delivered: "delivered",
  failed: "undeliverable",
  expired: "expired",
  cancelled: "deleted",
} as const satisfies Record<MessageState, MessageStateName>;

/** The state as SMPP says it. One that no carrier took was rejected. */
export function stateOf(
  { state, reason }: Pick<Message, "state"> & { reason?: Message["reason"] | undefined },
  { reference }: Pick<Message, "reference"> = {},
): MessageStateName {
  return state === "failed" && toStatus({ state, reason }, { ...(reference ? { reference } : {}) }).status === 1
    ? "rejected"
    : STATE[state];
}
