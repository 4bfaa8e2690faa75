/** Webhooks: the owed, the tried, their replay, and the endpoints they go to. */

import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId, WebhookId } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Jobs } from "../kernel/ports.ts";
import type { NamedEndpointStore } from "../webhooks/named.ts";
import type { Endpoint, ReplayState, WebhookFilter, WebhookStore } from "../webhooks/store.ts";
import type { Webhook } from "../webhooks/webhook.ts";
import { type AccountPorts, findAccount } from "./accounts.ts";
import { findNamedEndpoint } from "./named-endpoints.ts";

type LookPorts = { webhooks: WebhookStore };
type ReplayPorts = LookPorts & { clock: Clock; jobs: Jobs };

/** A page of the webhooks, newest first. */
export function listWebhooks(ports: LookPorts, filter: WebhookFilter, page: Page): Promise<PageOf<Webhook>> {
  return ports.webhooks.list(filter, page);
}

/** @throws GatewayError not-found */
export async function findWebhook(ports: LookPorts, id: WebhookId): Promise<Webhook> {
  const webhook = await ports.webhooks.byId(id);
  if (!webhook) throw new GatewayError("not-found", `there is no webhook ${id}`);
  return webhook;
}

/**
 * Owes webhooks of a span of time again: the dead, the answered, or both. The store is changed first; then jobs are written, and
 * the sweep finds those whose job is lost. Answers how many.
 */
export async function replayWebhooks(
  ports: ReplayPorts,
  which: Omit<WebhookFilter, "state">,
  state: ReplayState,
): Promise<number> {
  const ids = await ports.webhooks.replay(which, state, ports.clock.now());
  await ports.jobs.deliver(ids);
  return ids.length;
}

/**
 * Owes one anew, be it dead or answered.
 * @throws GatewayError not-found; too-late where it is owed as it is
 */
export async function replayWebhook(ports: ReplayPorts, id: WebhookId): Promise<void> {
  await findWebhook(ports, id);
  if (!(await ports.webhooks.replayOne(id, ports.clock.now()))) {
    throw new GatewayError("too-late", `webhook ${id} is already queued`);
  }
  await ports.jobs.deliver([id]);
}

/** A page of the endpoints where a webhook has ever failed, with their health. */
export function listEndpoints(ports: LookPorts, page: Page & { account?: AccountId }): Promise<PageOf<Endpoint>> {
  return ports.webhooks.endpoints(page);
}

/**
 * Stops calling an endpoint: everything owed there goes to the dead list, with the reason. It may be paused before
 * anything has failed there.
 * @throws GatewayError not-found where there is no such account, already-exists where it is paused
 */
export async function pauseEndpoint(
  ports: ReplayPorts & AccountPorts & { namedEndpoints: NamedEndpointStore },
  { account, endpoint, reason }: { account: AccountId; endpoint: string; reason: string },
): Promise<void> {
  await findAccount(ports, account, "account");
  if (!endpoint.includes("://")) await findNamedEndpoint(ports, account, endpoint);
  const { paused, owed } = await ports.webhooks.pause([{ account, endpoint, reason }], ports.clock.now());
  if (paused === 0) throw new GatewayError("already-exists", `${endpoint} is paused already`);
  if (owed.length > 0) await ports.jobs.deliver(owed);
}

/**
 * Calls an endpoint again, beginning with what the pause held back. Answers how many are owed anew: none where it was
 * not paused.
 * @throws GatewayError not-found where there is no such account
 */
export async function resumeEndpoint(
  ports: ReplayPorts & AccountPorts,
  { account, endpoint }: { account: AccountId; endpoint: string },
): Promise<number> {
  await findAccount(ports, account, "account");
  const ids = await ports.webhooks.resume(account, endpoint, ports.clock.now());
  await ports.jobs.deliver(ids);
  return ids.length;
}
