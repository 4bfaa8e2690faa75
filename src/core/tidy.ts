/** Housekeeping, once a minute: deletes rows whose time of keeping is over, and pauses endpoints that do not answer. */

import type { AccountStore } from "./accounts/store.ts";
import { CODES_COUNTED_MS } from "./billing/codes/code-guard.ts";
import type { WindowStore } from "./billing/purchases/store.ts";
import type { CampaignStore } from "./campaigns/campaign.ts";
import type { KeyStore } from "./idempotency/store.ts";
import type { InboundStore } from "./inbound/inbound.ts";
import { PARTS_REMEMBERED_MS } from "./inbound/parts.ts";
import type { Clock } from "./kernel/clock.ts";
import type { Before, KeptKind } from "./kernel/kept.ts";
import type { Digests, Jobs, Log } from "./kernel/ports.ts";
import type { Carrier } from "./messages/carrier.ts";
import type { MessageStore } from "./messages/store.ts";
import { type AlertPorts, tellOfOutages } from "./operator/alerts.ts";
import { type AuditStore, cutAudit, type Hash } from "./operator/audit.ts";
import type { CarrierPorts } from "./operator/carrier-sight.ts";
import { forgetRetired, resealCarriers } from "./operator/carriers.ts";
import type { ExchangeStore } from "./operator/exchanges.ts";
import { forgetPeopleInCharges, type PeopleStore } from "./operator/people.ts";
import { resealEndpoints } from "./operator/reseal-endpoints.ts";
import { inTurn } from "./sweep.ts";
import type { WebhookFormat } from "./webhooks/format.ts";
import type { EventStore, NamedEndpointStore } from "./webhooks/named.ts";
import { PATIENCE_DAYS as NAMED_PATIENCE_DAYS, STANDARD } from "./webhooks/standard.ts";
import type { Patience, WebhookStore } from "./webhooks/store.ts";

/** For each kind of row that no other row needs: what is older than this is forgotten. Epoch ms; for allowances a day, `2026-11-30`. */
export type ShortLivedTimes = {
  sessions: number;
  /** Requests that still wait for a second operator become *expired*. */
  approvals: number;
  /** Requests that were decided, or expired. */
  decided: number;
  /** Codes, unless the message that one went with is still there. */
  pins: number;
  pinBudgets: number;
  joinedParts: number;
  allowances: string;
  codes: number;
  carrierAnswers: number;
};

export interface ShortLivedStore {
  forget(before: ShortLivedTimes): Promise<void>;
}

type TidyPorts = {
  shortLived: ShortLivedStore;
  clock: Clock;
  accounts: AccountStore;
  messages: MessageStore;
  campaigns: CampaignStore;
  inbounds: InboundStore;
  webhooks: WebhookStore;
  windows: WindowStore;
  exchanges: ExchangeStore;
  people: PeopleStore;
  codes: Digests;
  audit: AuditStore;
  auditRetention: number;
  hash: Hash;
  keys: KeyStore;
  formats: ReadonlyMap<string, WebhookFormat>;
  namedEndpoints: NamedEndpointStore;
  events: EventStore;
  jobs: Jobs;
  log: Log;
  retention: number;
  carriers: ReadonlyMap<string, Carrier>;
} & Pick<CarrierPorts, "carrierTable" | "sealer"> &
  AlertPorts;

const DAY = 86_400_000;
/** In one statement, so that none holds the database for long. */
const FORGOTTEN_AT_ONCE = 2_000;
/** Each person's pseudonym is a digest to be made. Of each account that keeps people in charges for a time. */
const PEOPLE_AT_ONCE = 200;
/** How long anybody counts how many codes a person or a network was sent, and a little more. Milliseconds. */
const CODES_ARE_COUNTED = 2 * DAY;
/** How long kept requests stay. By real time, so that moving the sandbox's clock deletes none. */
const EXCHANGES_ARE_KEPT = DAY;
/** How long it is known how carriers answered in each minute. */
const ANSWERS_ARE_KEPT = DAY;
const MOST_EXCHANGES = 5_000;
/** How long an account's events can be fetched. */
const EVENTS_ARE_KEPT = 30 * DAY;
/** How long an endpoint may fail without a single success before it is paused, unless its dialect says otherwise. */
const PATIENCE_DAYS = 3;

/** Looks after endpoints and carriers: pauses dead endpoints, asks carriers again that were left alone, and reports outages. */
export async function lookAfter(ports: TidyPorts): Promise<void> {
  await inTurn<unknown>([() => pauseTheDead(ports), () => lookAgain(ports), () => tellOfOutages(ports)]);
}

export async function tidy(given: TidyPorts): Promise<void> {
  const ports = readingOnce(given);
  await inTurn<unknown>([
    () => forgetAll((most) => ports.accounts.forgetNonces(ports.clock.wall(), most)),
    () => forgetShortLived(ports),
    () => forgetAll((most) => ports.messages.blankCodes(ports.clock.now(), most)),
    () => forgetExchanges(ports),
    () => forgetCharged(ports),
    () => forgetAll((most) => ports.keys.forget({ at: ports.clock.now(), wall: ports.clock.wall() }, most)),
    () => forgetTheOld(ports),
    () => lookAfter(ports),
    () => forgetRetired(ports),
    () => resealCarriers(ports),
    () => resealEndpoints(ports),
    () => forgetAll((most) => ports.events.forget(ports.clock.now() - EVENTS_ARE_KEPT, most)),
    () => cutAudit(ports),
  ]);
}

/** Four of the steps go by how long each account keeps what, and two by what carriers there are: that is read once for all of them. */
function readingOnce(ports: TidyPorts): TidyPorts {
  const { accounts, carrierTable } = ports;
  const [retentions, all] = [once(accounts.retentions), once(carrierTable.all)];
  return { ...ports, accounts: { ...accounts, retentions }, carrierTable: { ...carrierTable, all } };
}

function once<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let known: Promise<Value> | undefined;
  return () => (known ??= read());
}

/** Has carriers looked at that are left alone and that nothing comes for: else nothing would tell that they are back. */
async function lookAgain({ carriers }: TidyPorts): Promise<void> {
  const inUse = [...carriers.values()].filter(({ isOff }) => !isOff);
  await Promise.all(inUse.map((carrier) => carrier.lookAgain?.()));
}

/**
 * Forgets the rows that no other row needs. A code is remembered at least as long as the message that it went with: until then the same
 * request with the same id gets the same answer (P11). A message's time begins when it is settled, which may be long after its code was
 * made. A day of an allowance is over everywhere two days after it began.
 */
async function forgetShortLived({ shortLived, accounts, clock, retention, auditRetention }: TidyPorts): Promise<void> {
  const [now, wall] = [clock.now(), clock.wall()];
  const own = (await accounts.retentions()).map(({ retention: { messages = 0 } }) => messages * DAY);
  await shortLived.forget({
    sessions: wall,
    approvals: wall,
    decided: wall - auditRetention,
    pins: now - Math.max(CODES_ARE_COUNTED, retention, ...own),
    pinBudgets: now - CODES_ARE_COUNTED,
    joinedParts: now - PARTS_REMEMBERED_MS,
    allowances: new Date(now - 2 * DAY).toISOString().slice(0, 10),
    codes: now - CODES_COUNTED_MS,
    carrierAnswers: now - ANSWERS_ARE_KEPT,
  });
}

/** Each account's own time of a kind. @param now epoch ms, by the clock that the kind goes by */
async function ownTimes(
  { accounts }: Pick<TidyPorts, "accounts">,
  kind: KeptKind,
  now: number,
): Promise<Before["own"]> {
  return ownIn(await accounts.retentions(), kind, now);
}

function ownIn(
  retentions: Awaited<ReturnType<AccountStore["retentions"]>>,
  kind: KeptKind,
  now: number,
): Before["own"] {
  return retentions.flatMap(({ account, retention: { [kind]: days } }) =>
    days === undefined ? [] : { account, before: now - days * DAY },
  );
}

async function forgetExchanges(ports: TidyPorts): Promise<void> {
  const now = ports.clock.wall();
  const own = await ownTimes(ports, "requests", now);
  await ports.exchanges.forget({ otherwise: now - EXCHANGES_ARE_KEPT, own }, MOST_EXCHANGES);
}

/** Puts a pseudonym in the place of the person, in charges that are settled and older than their account keeps people in them. */
async function forgetCharged(ports: TidyPorts): Promise<void> {
  for (const { account, before } of await ownTimes(ports, "charges", ports.clock.now())) {
    const forgotten = await forgetPeopleInCharges(ports, { account, before, limit: PEOPLE_AT_ONCE });
    if (forgotten > 0) ports.log.event("retention.forgot", { account, people: forgotten });
  }
}

async function forgetTheOld(ports: TidyPorts): Promise<void> {
  const now = ports.clock.now();
  const retentions = await ports.accounts.retentions();
  const before = (kind: KeptKind): Before => ({ otherwise: now - ports.retention, own: ownIn(retentions, kind, now) });
  const webhooks = await forgetAll((most) => ports.webhooks.forget(before("webhooks"), most));
  const messages = await forgetAll((most) => ports.messages.forget(before("messages"), most));
  const inbounds = await forgetAll((most) => ports.inbounds.forget(before("inbound"), most));
  const windows = await forgetAll((most) => ports.windows.forgetUnconfirmed(before("purchases"), most));
  const campaigns = await forgetAll((most) => ports.campaigns.forget(before("messages"), most));
  const forgotten = { messages, webhooks, inbounds, windows, campaigns };
  if (messages + webhooks + inbounds + windows + campaigns > 0) ports.log.event("retention.forgot", forgotten);
}

/** Statements for each kind of row in a minute: 40,000 rows, as many as come in at 667 a second. */
const MOST_ROUNDS = 20;
export const FORGOTTEN_A_MINUTE = MOST_ROUNDS * FORGOTTEN_AT_ONCE;

/** Forgets until fewer are left than are forgotten at once: what comes in faster than that would never be forgotten. */
async function forgetAll(forget: (most: number) => Promise<number>): Promise<number> {
  let all = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const forgotten = await forget(FORGOTTEN_AT_ONCE);
    all += forgotten;
    if (forgotten < FORGOTTEN_AT_ONCE) break;
  }
  return all;
}

/** Pauses dead endpoints, but none without a pending webhook: the next webhook will show whether it is back. */
async function pauseTheDead(ports: TidyPorts): Promise<void> {
  const now = ports.clock.now();
  const endpoints = await ports.webhooks.givenUp(patienceOf(ports.formats), now);
  if (endpoints.length === 0) return;
  const paused = endpoints.map(({ account, endpoint, failingSince = now }) => {
    return { account, endpoint, reason: `nothing received there since ${new Date(failingSince).toISOString()}` };
  });
  const { owed } = await ports.webhooks.pause(paused, now);
  if (owed.length > 0) await ports.jobs.deliver(owed);
  for (const one of paused) ports.log.event("endpoint.paused", one);
}

function patienceOf(formats: TidyPorts["formats"]): Patience {
  const said = [...formats].flatMap(([name, { patienceDays }]) =>
    patienceDays === undefined ? [] : [[name, patienceDays * DAY] as const],
  );
  return {
    byDialect: { ...Object.fromEntries(said), [STANDARD]: NAMED_PATIENCE_DAYS * DAY },
    otherwise: PATIENCE_DAYS * DAY,
  };
}
