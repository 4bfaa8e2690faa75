/**
 * SMPP as an operator sees it: the sessions of customers by their system_id, the binds of carriers, what goes wrong on them, and for a
 * time the PDUs themselves, with neither texts nor whole numbers. All times are epoch ms of the real clock.
 */

import type { Caller, CredentialKind } from "../accounts/account.ts";
import type { AccountStore } from "../accounts/store.ts";
import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { AccountId } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";

export type SmppMode = "transmitter" | "receiver" | "transceiver";

/** Requests that wait for their answers, and how many may. */
export type SmppWindow = { used: number; most: number };

/** One connection. `requests`: those heard on it and sent on it within the last minute. */
export type SmppConnection = {
  id: string;
  /** Absent while it is not bound. */
  as?: SmppMode;
  /** Of a customer's program; absent where we connected. */
  address?: string;
  isSecure: boolean;
  openedAt: number;
  boundAt?: number;
  heardAt: number;
  /** The customer's requests, or our submits; and of a customer, our deliveries. */
  window: SmppWindow;
  deliveries?: SmppWindow;
  requests: { heard: number; sent: number };
};

/**
 * What went wrong, how often, and when last. *answered*: we said so; *was-answered*: they did; *refused*: a bind; *ended*: a connection.
 * `what` has the command and its status, or a sentence.
 */
export type SmppTrouble = {
  kind: "answered" | "was-answered" | "refused" | "ended";
  what: string;
  times: number;
  at: number;
};

/** A PDU as it is shown. `fields` has neither texts, nor passwords, nor whole numbers. */
export type TracedPdu = {
  at: number;
  connection: string;
  way: "heard" | "sent";
  command: string;
  status: number;
  sequence: number;
  octets: number;
  fields: Record<string, string | number>;
};

/** `until`: PDUs are traced until then; 0: they are not, or never were. The oldest PDU first. */
export type SmppTrace = { until: number; pdus: TracedPdu[] };

/** `fault`: why it could not be asked; then nothing is known of it. */
export type SmppLine = {
  connections: SmppConnection[];
  troubles: SmppTrouble[];
  tracedUntil: number;
  fault?: string;
};

/** A bind of a carrier, which counts from 0. */
export type SmppBindLine = SmppLine & { state: "up" | "down"; reason?: string; since?: number };

/** An object that holds connections, as seen from here: calls that may fail. */
type Line<Seen> = {
  look(): Promise<Seen>;
  /** Traces PDUs from now on, until then; 0: no more, and what was traced is forgotten. */
  trace(until: number): Promise<void>;
  traced(): Promise<SmppTrace>;
};

export type SmppPort = {
  /** The kind of credential that customers bind with, and its dialect; undefined where no dialect is spoken over SMPP. */
  credential: { dialect: string; kind: CredentialKind } | undefined;
  sessions(systemId: string): Line<SmppLine>;
  /** The carriers that are bound to, each with its number of binds. */
  binds(): { carrier: string; count: number }[];
  bind(carrier: string, bind: number): Line<SmppBindLine>;
};

export type SmppSight = { systemId: string; account: AccountId } & SmppLine;
export type SmppBindSight = { carrier: string; bind: number } & SmppBindLine;

type Ports = { smpp: SmppPort; accounts: AccountStore; clock: Clock };

const SILENT: SmppLine = { connections: [], troubles: [], tracedUntil: 0 };

/** System_ids in the order of their names, each with its connections: few at a time, for each is asked. */
export async function listSmppSessions(
  { smpp, accounts }: Ports,
  { account }: { account?: AccountId | undefined },
  page: Page,
): Promise<PageOf<SmppSight>> {
  if (!smpp.credential) return { items: [] };
  const { dialect, kind } = smpp.credential;
  const { items, next } = await accounts.credentialNames({ dialect, kind, account }, page);
  const seen = await Promise.all(
    items.map(async ({ name, account }) => {
      const line = await lookAt(smpp.sessions(name), SILENT);
      return { systemId: name, account, ...line };
    }),
  );
  return { items: seen, ...(next === undefined ? {} : { next }) };
}

/** @throws GatewayError not-found */
export async function findSmppSessions(ports: Ports, systemId: string): Promise<SmppSight> {
  const { account } = await callerOf(ports, systemId);
  return { systemId, account: account.id, ...(await lookAt(ports.smpp.sessions(systemId), SILENT)) };
}

export async function listSmppBinds({ smpp }: Ports): Promise<SmppBindSight[]> {
  const all = smpp
    .binds()
    .flatMap(({ carrier, count }) => Array.from({ length: count }, (_, bind) => ({ carrier, bind })));
  return Promise.all(
    all.map(async ({ carrier, bind }) => ({ carrier, bind, ...(await lookAt(smpp.bind(carrier, bind), DOWN)) })),
  );
}

const DOWN: SmppBindLine = { ...SILENT, state: "down" };

/** @throws GatewayError not-found */
export async function findSmppBind({ smpp }: Ports, carrier: string, bind: number): Promise<SmppBindSight> {
  checkBind(smpp, carrier, bind);
  return { carrier, bind, ...(await lookAt(smpp.bind(carrier, bind), DOWN)) };
}

/** Traces the PDUs of a system_id for so long; 0: no more. @throws GatewayError not-found */
export async function traceSmppSessions(ports: Ports, systemId: string, seconds: number): Promise<void> {
  await callerOf(ports, systemId);
  await ports.smpp.sessions(systemId).trace(untilIn(ports, seconds));
}

/** @throws GatewayError not-found */
export async function traceSmppBind(ports: Ports, carrier: string, bind: number, seconds: number): Promise<void> {
  checkBind(ports.smpp, carrier, bind);
  await ports.smpp.bind(carrier, bind).trace(untilIn(ports, seconds));
}

/** @throws GatewayError not-found */
export async function tracedSmppSessions(ports: Ports, systemId: string): Promise<SmppTrace> {
  await callerOf(ports, systemId);
  return ports.smpp.sessions(systemId).traced();
}

/** @throws GatewayError not-found */
export async function tracedSmppBind({ smpp }: Ports, carrier: string, bind: number): Promise<SmppTrace> {
  checkBind(smpp, carrier, bind);
  return smpp.bind(carrier, bind).traced();
}

/** One that cannot be asked does not hide the others. */
async function lookAt<Seen extends SmppLine>(line: Line<Seen>, otherwise: Seen): Promise<Seen> {
  try {
    return await line.look();
  } catch (error) {
    return { ...otherwise, fault: error instanceof Error ? error.message : String(error) };
  }
}

function untilIn({ clock }: Pick<Ports, "clock">, seconds: number): number {
  return seconds === 0 ? 0 : clock.wall() + seconds * 1000;
}

async function callerOf({ smpp, accounts }: Ports, systemId: string): Promise<Caller> {
  const { credential } = smpp;
  const caller = credential && (await accounts.byKeyName(credential.dialect, credential.kind, systemId));
  if (!caller)
    throw new GatewayError("not-found", `there is no credential with the system_id ${systemId.slice(0, 64)}`);
  return caller;
}

function checkBind(smpp: SmppPort, carrier: string, bind: number): void {
  const known = smpp.binds().find((one) => one.carrier === carrier);
  if (!known || !Number.isInteger(bind) || bind < 0 || bind >= known.count) {
    throw new GatewayError("not-found", `there is no bind ${bind} of a carrier ${carrier.slice(0, 64)}`);
  }
}
