/** Taking in what people write: STOP ends, OK confirms, and the account that has the number is told. */

import type { Account } from "../accounts/account.ts";
import type { AccountStore } from "../accounts/store.ts";
import type { Service } from "../billing/service.ts";
import { makeMoves } from "../billing/settle.ts";
import { endingOf, meaningOf } from "../billing/stop.ts";
import type { ServiceStore, SubscriptionStore, TransactionStore } from "../billing/store.ts";
import { untilNothingIsUnderWay } from "../billing/subscribe.ts";
import type { Clock, Ids, Jobs, Log } from "../ports.ts";
import type { Inbound, InboundStore, NewInbound, Reported } from "./inbound.ts";
import { wordsOf } from "./stop.ts";

type ReceivePorts = {
  clock: Clock;
  ids: Ids;
  accounts: AccountStore;
  inbounds: InboundStore;
  services: ServiceStore;
  transactions: TransactionStore;
  subscriptions: SubscriptionStore;
  jobs: Jobs;
  log: Log;
};

/**
 * Takes texts in. One that was reported before changes nothing. When this resolves, what a STOP has ended is over: no
 * charge for it is with a carrier any more, and none will be.
 */
export async function receive(ports: ReceivePorts, reported: readonly Reported[]): Promise<void> {
  const services = await servicesAt(ports, reported);
  const accounts = await accountsOf(ports, [...services.values()].flat());
  const texts = reported.map((one) => toInbound(ports, one, services.get(one.recipient) ?? [], accounts));
  const { added, ended, owed, messages } = await ports.inbounds.add(texts);
  for (const { id, account, sender, recipient, isStop } of added) {
    const more = { ...(account ? { account } : {}), ...(isStop ? { stop: true } : {}) };
    ports.log.event("inbound.received", { id, from: sender, to: recipient, ...more });
  }
  if (owed.length > 0) await ports.jobs.deliver(owed);
  if (messages.length > 0) await ports.jobs.submit(messages);
  for (const inbound of added) if (isOk(inbound)) await confirm(ports, inbound);
  await untilNothingIsUnderWay(ports, ended);
}

async function servicesAt(ports: ReceivePorts, reported: readonly Reported[]): Promise<Map<string, Service[]>> {
  const numbers = [...new Set(reported.map(({ recipient }) => recipient))];
  return new Map(
    await Promise.all(numbers.map(async (number) => [number, await ports.services.servicesAt(number)] as const)),
  );
}

async function accountsOf(ports: ReceivePorts, services: readonly Service[]): Promise<Map<string, Account>> {
  const found = await Promise.all(
    [...new Set(services.map(({ account }) => account))].map((id) => ports.accounts.byId(id)),
  );
  return new Map(found.flatMap((account) => (account ? [[account.id, account] as const] : [])));
}

function toInbound(
  ports: ReceivePorts,
  reported: Reported,
  services: readonly Service[],
  accounts: ReadonlyMap<string, Account>,
): NewInbound {
  const id = ports.ids.inbound();
  const { isStop, keyword, service, ended } = meaningOf(reported.text, services);
  // Where several accounts share a number, the keyword tells whose text it is; a STOP for all of them ends at each.
  const account = accounts.get(service?.account ?? "");
  const endings = [...Map.groupBy(ended, (one) => one.account)].flatMap(([owner, theirs]) => {
    const whose = accounts.get(owner);
    return whose ? [endingOf(ports, whose, { recipient: reported.sender, inbound: id }, theirs)] : [];
  });
  return {
    ...reported,
    id,
    ...(account ? { account: account.id } : {}),
    ...(keyword ? { keyword } : {}),
    isStop,
    receivedAt: ports.clock.now(),
    endings,
    ...(service ? { service: { id: service.id, merchant: service.merchant, stopStyle: service.stopStyle } } : {}),
  };
}

function isOk({ text }: Inbound): boolean {
  return wordsOf(text)[0] === "ok";
}

/** OK confirms the charge that this person was asked about at this number; there is at most one. */
async function confirm(ports: ReceivePorts, inbound: Inbound): Promise<void> {
  const waiting = await ports.transactions.waitingForOk(inbound.sender, inbound.recipient);
  const now = ports.clock.now();
  if (!waiting || waiting.expiresAt <= now) return;
  const entry = { at: now, what: "confirmed by the person", inbound: inbound.id };
  await makeMoves(ports, [{ id: waiting.id, to: "ready", from: ["waiting"], at: now, dueAt: now, entry }]);
  await ports.jobs.charge([waiting.id]);
}
