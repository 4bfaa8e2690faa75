/** The slow round: what is worn out is put away. Once a minute is plenty. */

import type { AccountStore } from "./accounts/store.ts";
import type { ConsentStore } from "./billing/store.ts";
import type { InboundStore } from "./messages/inbound.ts";
import type { MessageStore } from "./messages/store.ts";
import type { Clock, Log } from "./ports.ts";
import { inTurn } from "./sweep.ts";
import type { WebhookStore } from "./webhooks/store.ts";

type TidyPorts = {
  clock: Clock;
  accounts: AccountStore;
  consents: ConsentStore;
  messages: MessageStore;
  inbounds: InboundStore;
  webhooks: WebhookStore;
  log: Log;
  retention: number;
};

/** A little each minute, so that no round is long: still far more than could have come in that minute, for long. */
const FORGOTTEN_AT_ONCE = 2_000;
/** How long codes are remembered: as long as anybody counts how many a person was sent, and a little. Milliseconds. */
const PINS_ARE_KEPT = 2 * 86_400_000;
/** How long an endpoint may fail, without a single success, before we stop knocking. Milliseconds. */
const PATIENCE_WITH_ENDPOINTS = 3 * 86_400_000;

export async function tidy(ports: TidyPorts): Promise<void> {
  await inTurn<unknown>([
    () => ports.accounts.forgetNonces(ports.clock.wall(), 10 * FORGOTTEN_AT_ONCE),
    () => ports.consents.forgetPins(ports.clock.now() - PINS_ARE_KEPT),
    () => forgetTheOld(ports),
    () => pauseTheDead(ports),
  ]);
}

async function forgetTheOld(ports: TidyPorts): Promise<void> {
  const before = ports.clock.now() - ports.retention;
  const webhooks = await ports.webhooks.forget(before, FORGOTTEN_AT_ONCE);
  const messages = await ports.messages.forget(before, FORGOTTEN_AT_ONCE);
  const inbounds = await ports.inbounds.forget(before, FORGOTTEN_AT_ONCE);
  if (messages + webhooks + inbounds > 0) ports.log.event("retention.forgot", { messages, webhooks, inbounds });
}

async function pauseTheDead(ports: TidyPorts): Promise<void> {
  const now = ports.clock.now();
  for (const endpoint of await ports.webhooks.failingSince(now - PATIENCE_WITH_ENDPOINTS)) {
    // All were given up, and none came since: the next one finds out whether anybody is back.
    if (!(await ports.webhooks.isRetrying(endpoint.account, endpoint.endpoint))) continue;
    const reason = `nothing received there since ${new Date(endpoint.failingSince ?? now).toISOString()}`;
    await ports.webhooks.pause(endpoint.account, endpoint.endpoint, reason, now);
    ports.log.event("endpoint.paused", { account: endpoint.account, endpoint: endpoint.endpoint, reason });
  }
}
