/** Housekeeping, once a minute: deletes rows whose time of keeping is over, and pauses endpoints that do not answer. */

import type { AccountStore } from "./accounts/store.ts";
import type { PinStore } from "./billing/codes/store.ts";
import type { WindowStore } from "./billing/purchases/store.ts";
import type { InboundStore } from "./inbound/inbound.ts";
import { forgetParts, type PartStore } from "./inbound/parts.ts";
import type { Clock } from "./kernel/clock.ts";
import type { Log } from "./kernel/ports.ts";
import type { MessageStore } from "./messages/store.ts";
import { type AlertPorts, tellOfOutages } from "./operator/alerts.ts";
import type { CarrierPorts } from "./operator/carrier-sight.ts";
import { forgetRetired, resealCarriers } from "./operator/carriers.ts";
import type { ExchangeStore } from "./operator/exchanges.ts";
import type { SessionStore } from "./operator/sessions.ts";
import { inTurn } from "./sweep.ts";
import type { WebhookFormat } from "./webhooks/format.ts";
import type { Patience, WebhookStore } from "./webhooks/store.ts";

type TidyPorts = {
  clock: Clock;
  accounts: AccountStore;
  pins: PinStore;
  messages: MessageStore;
  inbounds: InboundStore;
  parts: PartStore;
  webhooks: WebhookStore;
  windows: WindowStore;
  exchanges: ExchangeStore;
  sessions: SessionStore;
  formats: ReadonlyMap<string, WebhookFormat>;
  log: Log;
  retention: number;
} & Pick<CarrierPorts, "carrierTable" | "sealer" | "tallies"> &
  AlertPorts;

const DAY = 86_400_000;
/** A little each minute, so that no round is long: still far more than could have come in that minute, for long. */
const FORGOTTEN_AT_ONCE = 2_000;
/** How long anybody counts how many codes a person or a network was sent, and a little more. Milliseconds. */
const CODES_ARE_COUNTED = 2 * DAY;
/** How long kept requests stay. By real time, so that moving the sandbox's clock deletes none. */
const EXCHANGES_ARE_KEPT = DAY;
/** How long it is known how carriers answered in each minute. */
const ANSWERS_ARE_KEPT = DAY;
const MOST_EXCHANGES = 5_000;
/** How long an endpoint may fail without a single success before it is paused, unless its dialect says otherwise. */
const PATIENCE_DAYS = 3;

export async function tidy(ports: TidyPorts): Promise<void> {
  await inTurn<unknown>([
    () => ports.accounts.forgetNonces(ports.clock.wall(), 10 * FORGOTTEN_AT_ONCE),
    () => forgetCodes(ports),
    () => ports.exchanges.forget(ports.clock.wall() - EXCHANGES_ARE_KEPT, MOST_EXCHANGES),
    () => ports.sessions.forget(ports.clock.wall()),
    () => forgetTheOld(ports),
    () => pauseTheDead(ports),
    () => forgetRetired(ports),
    () => resealCarriers(ports),
    () => tellOfOutages(ports),
    () => forgetParts(ports),
    () => ports.tallies.forget(ports.clock.now() - ANSWERS_ARE_KEPT),
  ]);
}

/**
 * A code is remembered as long as the message that it went with, at least: until then the same request with the same id
 * gets the same answer (P11).
 */
async function forgetCodes({ pins, clock, retention }: TidyPorts): Promise<void> {
  const now = clock.now();
  await pins.forget(now - Math.max(CODES_ARE_COUNTED, retention));
  await pins.forgetBudgets(now - CODES_ARE_COUNTED);
}

async function forgetTheOld(ports: TidyPorts): Promise<void> {
  const before = ports.clock.now() - ports.retention;
  const webhooks = await ports.webhooks.forget(before, FORGOTTEN_AT_ONCE);
  const messages = await ports.messages.forget(before, FORGOTTEN_AT_ONCE);
  const inbounds = await ports.inbounds.forget(before, FORGOTTEN_AT_ONCE);
  const windows = await ports.windows.forgetUnconfirmed(before, FORGOTTEN_AT_ONCE);
  const forgotten = { messages, webhooks, inbounds, windows };
  if (messages + webhooks + inbounds + windows > 0) ports.log.event("retention.forgot", forgotten);
}

/** Pauses dead endpoints, but none without a pending webhook: the next webhook will show whether it is back. */
async function pauseTheDead(ports: TidyPorts): Promise<void> {
  const now = ports.clock.now();
  const endpoints = await ports.webhooks.givenUp(patienceOf(ports.formats), now);
  if (endpoints.length === 0) return;
  const paused = endpoints.map(({ account, endpoint, failingSince = now }) => {
    return { account, endpoint, reason: `nothing received there since ${new Date(failingSince).toISOString()}` };
  });
  await ports.webhooks.pause(paused, now);
  for (const one of paused) ports.log.event("endpoint.paused", one);
}

function patienceOf(formats: TidyPorts["formats"]): Patience {
  const said = [...formats].flatMap(([name, { patienceDays }]) =>
    patienceDays === undefined ? [] : [[name, patienceDays * DAY] as const],
  );
  return { byDialect: Object.fromEntries(said), otherwise: PATIENCE_DAYS * DAY };
}
