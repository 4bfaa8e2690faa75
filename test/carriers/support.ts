/** A carrier of a kind, opened on an HTTP that answers as it is told, without a gateway. */

import type { CarrierKind, OpenCarrier } from "../../src/carriers/carrier.ts";
import type { HttpAnswer, HttpRequest } from "../../src/core/kernel/ports.ts";
import type { Message } from "../../src/core/messages/message.ts";
import { aMessage, NOON } from "../support/rows.ts";

export const answered = (status: number, body: unknown = "", more: Partial<HttpAnswer> = {}): HttpAnswer =>
  ({
    outcome: "answered",
    status,
    body: typeof body === "string" ? body : JSON.stringify(body),
    milliseconds: 1,
    ...more,
  }) as HttpAnswer;

export const failed = (error: string, more: object = {}): HttpAnswer => ({
  outcome: "failed",
  error,
  milliseconds: 1,
  ...more,
});

export type Opened = { carrier: OpenCarrier; sent: HttpRequest[]; time: { wall: number } };

/** @param answer what comes back of each call; it may let time pass */
export function open(
  kind: CarrierKind,
  given: { settings: Record<string, unknown>; secrets: Record<string, unknown> },
  answer: (request: HttpRequest, time: { wall: number }) => HttpAnswer,
): Opened {
  const sent: HttpRequest[] = [];
  const time = { wall: NOON };
  const carrier = kind.open({
    ...{ name: "relay", doorKey: "door-key", publicUrls: ["https://sms.example"] },
    ...given,
    http: {
      send: async (request) => {
        sent.push(request);
        return answer(request, time);
      },
    },
    wall: () => time.wall,
    now: () => time.wall,
    log: { event: () => {} },
  });
  return { carrier, sent, time };
}

let made = 0;

/** A text that is being handed over. */
export function aText(given: Partial<Message> = {}): Message {
  const id = `msg_${String(++made).padStart(25, "0")}` as const;
  return aMessage({ id, state: "submitting", changedAt: NOON, expiresAt: NOON + 7_200_000, ...given });
}
