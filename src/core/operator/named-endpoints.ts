/** Endpoints that an account sets up by name: where its events go, signed with keys of their own. */

import { normalSender } from "../accounts/account.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import { given } from "../kernel/given.ts";
import type { AccountId, Ids } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Http, Jobs, Log, Sealer, Signer } from "../kernel/ports.ts";
import { type EventType, fits, isPattern } from "../webhooks/events.ts";
import type { WebhookFormat } from "../webhooks/format.ts";
import { typesInForm } from "../webhooks/in-form.ts";
import {
  MOST_ENDPOINTS,
  type NamedEndpoint,
  type NamedEndpointStore,
  type NamedInSight,
  type OrderedBy,
} from "../webhooks/named.ts";
import {
  DEFAULT_SCHEDULE,
  openEndpoint,
  type SealedOfEndpoint,
  STANDARD,
  type StandardSigner,
  sealEndpoint,
} from "../webhooks/standard.ts";
import type { WebhookStore } from "../webhooks/store.ts";
import { type AccountPorts, findAccount } from "./accounts.ts";
import { oldKeysOf } from "./reseal-endpoints.ts";

export type NamedPorts = AccountPorts & {
  clock: Clock;
  http: Http;
  ids: Ids;
  jobs: Jobs;
  log: Log;
  sealer: Sealer;
  standard: StandardSigner;
  signer: Signer;
  publicUrl: string;
  formats: ReadonlyMap<string, WebhookFormat>;
  namedEndpoints: NamedEndpointStore;
  webhooks: WebhookStore;
};

/** An endpoint as it is asked for. Absent members are the defaults: all events, in no order, over three days. */
export type NamedWanted = {
  url: string;
  failoverUrl?: string;
  description?: string;
  events?: readonly string[];
  services?: readonly string[];
  numbers?: readonly string[];
  tags?: readonly string[];
  orderedBy?: OrderedBy;
  schedule?: readonly number[];
  /** The most calls in a second. */
  perSecond?: number;
  /** The dialect whose form its calls have; absent: `standard`. */
  format?: string;
  /** null: the value that it has. */
  headers?: Readonly<Record<string, string | null>>;
};

/** What stays out of the headers of a customer's own: they would break the call, or its signature. */
const RESERVED =
  /^(?:host|connection|keep-alive|expect|content-.*|transfer-encoding|trailer|te|upgrade|proxy-connection|webhook-.*|cf-.*)$/i;

/**
 * Sets an endpoint up, or changes it: all of it but its keys. Logs `named_endpoint.put`.
 * @returns the endpoint; with its secret only where it is new
 * @throws GatewayError not-found where there is no such account; bad-request where an address or a pattern is wrong; already-exists where
 * somebody else changed it meanwhile; not-allowed where no key is there to seal its secret with, or the account has as many as it may
 */
export async function putNamedEndpoint(
  ports: NamedPorts,
  accountId: AccountId,
  name: string,
  wanted: NamedWanted,
): Promise<NamedInSight & { secret?: string }> {
  const { id: account } = await findAccount(ports, accountId);
  check(ports, wanted);
  const { format: form = STANDARD } = wanted;
  const known = await ports.namedEndpoints.byName(account, name);
  if (!known) await checkRoom(ports, account);
  const sealed = known && (await openEndpoint(ports.sealer, known, known.sealed));
  const keys = sealed ?? (await ports.standard.newKeys((count) => ports.ids.bytes(count)));
  const headers = headersOf(wanted, known && sealed && { ...known, values: sealed.headers });
  const secrets: SealedOfEndpoint = { secret: keys.secret, privateKey: keys.privateKey, headers };
  const publicKey = known?.publicKey ?? ("publicKey" in keys ? String(keys.publicKey) : "");
  const old = known ? await oldKeysOf(ports, known) : {};
  const now = ports.clock.now();
  const endpoint: NamedEndpoint = {
    account,
    name,
    url: wanted.url,
    publicKey,
    ...old,
    ...given({
      failoverUrl: wanted.failoverUrl,
      perSecond: wanted.perSecond,
      services: wanted.services,
      numbers: wanted.numbers?.map(normalSender),
      tags: wanted.tags,
    }),
    description: wanted.description ?? "",
    events: form === STANDARD ? (wanted.events ?? ["*"]) : eventsIn(ports, form, wanted.events),
    form,
    orderedBy: wanted.orderedBy ?? "none",
    schedule: wanted.schedule ?? DEFAULT_SCHEDULE,
    headers: Object.keys(headers),
    sealed: await sealEndpoint(ports.sealer, { account, name }, secrets),
    sealedWith: ports.sealer.key ?? "",
    version: (known?.version ?? 0) + 1,
    createdAt: known?.createdAt ?? now,
    changedAt: now,
  };
  const isPut = known
    ? await ports.namedEndpoints.change(endpoint, known.version)
    : await ports.namedEndpoints.add(endpoint);
  if (!isPut) throw changedMeanwhile(name);
  ports.log.event("named_endpoint.put", { account, endpoint: name });
  return { ...(await findNamedEndpoint(ports, account, name)), ...(known ? {} : { secret: keys.secret }) };
}

/** The types that a dialect has a form for, of those that are asked for. @throws GatewayError bad-request where there are none */
function eventsIn({ formats }: NamedPorts, form: string, patterns: readonly string[] = ["*"]): EventType[] {
  const format = formats.get(form);
  if (!format) {
    const known = [STANDARD, ...formats.keys()].join(", ");
    throw new GatewayError("bad-request", `format: must be one of ${known}`, "format");
  }
  const types = typesInForm(format).filter((type) => patterns.some((pattern) => fits(pattern, type)));
  if (types.length > 0) return types;
  const why = `events: ${form} has no form for ${patterns.join(", ")}; it has one for ${typesInForm(format).join(", ")}`;
  throw new GatewayError("bad-request", why, "events");
}

/** @throws GatewayError not-allowed */
async function checkRoom({ namedEndpoints }: NamedPorts, account: AccountId): Promise<void> {
  if ((await namedEndpoints.count(account)) < MOST_ENDPOINTS) return;
  const why = `account ${account} has ${MOST_ENDPOINTS} endpoints, which is as many as it may have: remove one first`;
  throw new GatewayError("not-allowed", why);
}

/** @throws GatewayError bad-request */
function check({ http }: NamedPorts, wanted: NamedWanted): void {
  const { events = [], headers = {} } = wanted;
  const carrying = Object.keys(headers).length > 0 ? "secrets" : undefined;
  for (const field of ["url", "failoverUrl"] as const) {
    const url = wanted[field];
    const why = url === undefined ? undefined : http.whyRefused?.(url, carrying);
    if (why) throw new GatewayError("bad-request", `${field}: ${why}`, field);
  }
  const unknown = events.find((pattern) => !isPattern(pattern));
  if (unknown !== undefined) {
    const why = `events: ${unknown} is no type of event; use a type, a group like message.*, or *`;
    throw new GatewayError("bad-request", why, "events");
  }
  const reserved = Object.keys(headers).find((header) => RESERVED.test(header));
  if (reserved !== undefined) {
    throw new GatewayError("bad-request", `headers: ${reserved} is set by the gateway`, "headers");
  }
}

/**
 * The values of its headers. One is kept only for the servers that have it: whoever may change an address must not learn it that way.
 * @throws GatewayError bad-request
 */
function headersOf(
  wanted: NamedWanted,
  known: { url: string; failoverUrl?: string; values: Record<string, string> } | undefined,
): Record<string, string> {
  const serversOf = ({ url, failoverUrl }: { url: string; failoverUrl?: string }) =>
    [url, ...(failoverUrl === undefined ? [] : [failoverUrl])].map((one) => new URL(one).origin);
  const had = known ? serversOf(known) : [];
  const isElsewhere = serversOf(wanted).some((server) => !had.includes(server));
  const values = Object.entries(wanted.headers ?? {}).map(([header, value]) => {
    if (value !== null) return [header, value] as const;
    const kept = Object.entries(known?.values ?? {}).find(([name]) => name.toLowerCase() === header.toLowerCase())?.[1];
    if (kept === undefined) {
      throw new GatewayError("bad-request", `headers: ${header} has no value to keep: give it one`, "headers");
    }
    if (isElsewhere) {
      const why = `headers: ${header} would go to another server than before: give its value again`;
      throw new GatewayError("bad-request", why, "headers");
    }
    return [header, kept] as const;
  });
  return Object.fromEntries(values);
}

function changedMeanwhile(name: string): GatewayError {
  return new GatewayError("already-exists", `endpoint ${name} was changed by another request meanwhile: try again`);
}

/** @throws GatewayError not-found */
export async function findNamedEndpoint(
  ports: Pick<NamedPorts, "namedEndpoints">,
  account: AccountId,
  name: string,
): Promise<NamedInSight> {
  const endpoint = await ports.namedEndpoints.byName(account, name);
  if (!endpoint) throw new GatewayError("not-found", `account ${account} has no endpoint ${name}`);
  return endpoint;
}

/** @throws GatewayError not-found */
export async function listNamedEndpoints(
  ports: NamedPorts,
  accountId: AccountId,
  page: Page,
): Promise<PageOf<NamedInSight>> {
  const { id: account } = await findAccount(ports, accountId);
  return ports.namedEndpoints.list(account, page);
}

/**
 * Removes an endpoint; what is owed there goes to the dead list. Logs `named_endpoint.removed`.
 * @throws GatewayError not-found
 */
export async function removeNamedEndpoint(ports: NamedPorts, account: AccountId, name: string): Promise<void> {
  await findNamedEndpoint(ports, account, name);
  await ports.namedEndpoints.remove(account, name, ports.clock.now(), "its endpoint was removed");
  ports.log.event("named_endpoint.removed", { account, endpoint: name });
}

/**
 * Gives an endpoint new keys. For the given time calls are signed with the old ones too, so that a receiver with either set accepts them.
 * Logs `named_endpoint.rotated`.
 * @returns the endpoint, with its new secret
 * @throws GatewayError not-found, already-exists, not-allowed as of `putNamedEndpoint`
 */
export async function rotateNamedEndpoint(
  ports: NamedPorts,
  account: AccountId,
  name: string,
  overlapSeconds: number,
): Promise<NamedInSight & { secret: string }> {
  const known = await findNamedEndpoint(ports, account, name);
  const before = await openEndpoint(ports.sealer, known, known.sealed);
  const { publicKey, ...keys } = await ports.standard.newKeys((count) => ports.ids.bytes(count));
  const now = ports.clock.now();
  const rotated: NamedEndpoint = {
    ...known,
    sealed: await sealEndpoint(ports.sealer, known, { ...keys, headers: before.headers }),
    sealedWith: ports.sealer.key ?? "",
    publicKey,
    oldSealed: await sealEndpoint(ports.sealer, known, before),
    oldPublicKey: known.publicKey,
    oldUntil: now + overlapSeconds * 1000,
    version: known.version + 1,
    changedAt: now,
  };
  const isRotated = await ports.namedEndpoints.change(rotated, known.version);
  const found = await findNamedEndpoint(ports, account, name);
  // A request that is taken up again makes the same keys anew: then it was this one that changed it.
  if (!isRotated && found.publicKey !== publicKey) throw changedMeanwhile(name);
  ports.log.event("named_endpoint.rotated", { account, endpoint: name, overlapSeconds });
  return { ...found, secret: keys.secret };
}

/**
 * Switches an endpoint off: events wait for it in the dead list.
 * @throws GatewayError not-found; already-exists where it is off
 */
export async function disableNamedEndpoint(
  ports: NamedPorts,
  account: AccountId,
  name: string,
  reason: string,
): Promise<NamedInSight> {
  await findNamedEndpoint(ports, account, name);
  const { paused, owed } = await ports.webhooks.pause([{ account, endpoint: name, reason }], ports.clock.now());
  if (paused === 0) throw new GatewayError("already-exists", `endpoint ${name} is switched off already`);
  if (owed.length > 0) await ports.jobs.deliver(owed);
  ports.log.event("endpoint.paused", { account, endpoint: name, reason });
  return findNamedEndpoint(ports, account, name);
}

/**
 * Switches an endpoint on again, beginning with what waits for it.
 * @throws GatewayError not-found
 */
export async function enableNamedEndpoint(ports: NamedPorts, account: AccountId, name: string): Promise<NamedInSight> {
  await findNamedEndpoint(ports, account, name);
  const owed = await ports.webhooks.resume(account, name, ports.clock.now());
  if (owed.length > 0) await ports.jobs.deliver(owed);
  ports.log.event("endpoint.resumed", { account, endpoint: name });
  return findNamedEndpoint(ports, account, name);
}
