/** Carriers as an operator sees them: how each is set, whether it can be reached, and how it answers. */

import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { Http, Log, Sealer } from "../kernel/ports.ts";
import { present } from "../kernel/present.ts";
import type { Carrier, CarrierHealth } from "../messages/carrier.ts";
import {
  type CarrierForm,
  type CarrierRow,
  type CarrierSecrets,
  type CarrierState,
  type CarrierTable,
  ownerOf,
} from "../messages/carrier-table.ts";
import type { Outage, OutageStore } from "../messages/outage.ts";
import type { RouteStore } from "../messages/route.ts";
import { type CarrierTraffic, type Tally, type TallyStore, trafficOf } from "../messages/tally.ts";

export type CarrierPorts = {
  carriers: ReadonlyMap<string, Carrier>;
  carrierTable: CarrierTable;
  outages: OutageStore;
  tallies: TallyStore;
  carrierForms: ReadonlyMap<string, CarrierForm>;
  /** Opens the carriers anew from the table, here and now. */
  refreshCarriers(): Promise<void>;
  sealer: Sealer;
  /** What stands in the addresses of a carrier's doors: nobody can guess it. */
  newDoorKey(): string;
  http: Http;
  routeTable: RouteStore;
  publicUrl: string;
  clock: Clock;
  log: Log;
};

/** `isForFakes`: it is asked for numbers that nobody has, and no route may name it. */
export type CarrierInSight = {
  name: string;
  kind: string;
  bills: boolean;
  isForFakes: boolean;
  health?: HealthInSight;
  /** Its answers of the last hour. */
  lastHour: CarrierTraffic;
  /** Messages and charges whose answer was lost, and which are not settled: how many, and since when (epoch ms) the oldest. */
  unanswered?: { count: number; since: number };
  /** Absent where it is part of the gateway, and not set up by an operator. */
  setUp?: CarrierSetUp;
};

/** *off*: it takes nothing new. `since` is epoch ms; absent where the carrier is part of the gateway and was never down. */
export type HealthInSight = { state: "up" | "down" | "probing" | "off"; since?: number; reason?: string };

/** What an operator sees of a carrier: of its secrets, the names. Times are epoch ms of real time. */
export type CarrierSetUp = {
  state: CarrierState;
  maxPerSecond?: number;
  settings: Record<string, unknown>;
  secrets: readonly string[];
  /** The name of the key that seals its secrets. */
  sealedWith: string;
  /** Where its provider calls; absent where no address of ours is set. */
  doors?: { receipts: string; inbound: string };
  createdAt: number;
  changedAt: number;
};

/** All, in the order in which they are asked where no route says otherwise; each is asked whether it can be reached. */
export async function listCarriers(ports: CarrierPorts): Promise<CarrierInSight[]> {
  await ports.refreshCarriers();
  const rows = new Map((await ports.carrierTable.all()).map((row) => [row.name, row]));
  const known = await learnt(ports);
  return Promise.all(
    [...ports.carriers.values()].map((carrier) => inSight(ports, carrier, rows.get(carrier.name), known)),
  );
}

/** @throws GatewayError not-found */
export async function findCarrier(ports: CarrierPorts, name: string): Promise<CarrierInSight> {
  await ports.refreshCarriers();
  const carrier = ports.carriers.get(name);
  if (!carrier) throw noCarrier(name);
  return inSight(ports, carrier, await ports.carrierTable.byName(name), await learnt(ports));
}

/** What can be set up: each kind with the schemas of its settings and secrets. */
export function listCarrierKinds({ carrierForms }: Pick<CarrierPorts, "carrierForms">): CarrierForm[] {
  return [...carrierForms.values()];
}

/** What all places that run the gateway have learnt of all carriers. */
type Learnt = {
  outages: readonly Outage[];
  tallies: readonly Tally[];
  unanswered: Awaited<ReturnType<TallyStore["unanswered"]>>;
};

async function learnt({
  carriers,
  outages,
  tallies,
  clock,
}: Pick<CarrierPorts, "carriers" | "outages" | "tallies" | "clock">): Promise<Learnt> {
  const now = clock.now();
  const [down, counted, unanswered] = await Promise.all([
    outages.all(),
    tallies.since(now - HOUR),
    tallies.unanswered([...carriers.keys()]),
  ]);
  return { outages: down, tallies: counted, unanswered };
}

const HOUR = 3_600_000;

async function inSight(
  ports: CarrierPorts,
  carrier: Carrier,
  row: CarrierRow | undefined,
  { outages, tallies, unanswered }: Learnt,
): Promise<CarrierInSight> {
  const health = await carrier.health?.();
  const ofIt = <One extends { carrier: string }>(all: readonly One[]) =>
    all.filter((one) => one.carrier === carrier.name);
  const waiting = ofIt(unanswered)[0];
  const cameBack = ofIt(outages).find(({ state }) => state === "up")?.since;
  const since = cameBack ?? row?.createdAt;
  return {
    name: carrier.name,
    kind: carrier.kind,
    bills: carrier.billing !== undefined,
    isForFakes: carrier.answersFor !== undefined,
    ...(health ? { health: healthOf(health, row, { since, now: ports.clock.wall() }) } : {}),
    lastHour: trafficOf(ofIt(tallies)),
    ...(waiting ? { unanswered: { count: waiting.count, since: waiting.since } } : {}),
    ...(row ? { setUp: await setUpOf(ports, row) } : {}),
  };
}

/** @param times epoch ms: since when it would be up, and the time at which it was found to be down */
function healthOf(
  health: CarrierHealth,
  row: CarrierRow | undefined,
  { since, now }: { since: number | undefined; now: number },
): HealthInSight {
  if (row && row.state !== "on") {
    return { state: "off", since: row.changedAt, reason: row.state === "off" ? "it is switched off" : "it is retired" };
  }
  if (health.state === "up") return { state: "up", ...(since === undefined ? {} : { since }) };
  return { state: health.state, since: health.since ?? now, reason: health.reason };
}

async function setUpOf(ports: CarrierPorts, row: CarrierRow): Promise<CarrierSetUp> {
  const opened = await openSecrets(ports, row).catch(() => undefined);
  return {
    state: row.state,
    ...present({ maxPerSecond: row.maxPerSecond }),
    settings: row.settings,
    secrets: Object.keys(opened?.secrets ?? {}).toSorted(),
    sealedWith: ports.sealer.keyOf(row.sealed),
    ...(opened && ports.publicUrl !== "" ? { doors: doorsOf(ports.publicUrl, row.name, opened.doorKey) } : {}),
    createdAt: row.createdAt,
    changedAt: row.changedAt,
  };
}

/** Where a carrier's provider calls. Whoever knows the addresses is heard there, where the provider does not sign. */
export function doorsOf(publicUrl: string, name: string, doorKey: string): { receipts: string; inbound: string } {
  const at = (door: string) => `${publicUrl}/carriers/${name}/${door}/${doorKey}`;
  return { receipts: at("receipts"), inbound: at("inbound") };
}

/** @throws GatewayError not-allowed where they do not open */
export async function openSecrets({ sealer }: Pick<CarrierPorts, "sealer">, row: CarrierRow): Promise<CarrierSecrets> {
  try {
    return JSON.parse(await sealer.open(row.sealed, ownerOf(row)));
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown";
    throw new GatewayError("not-allowed", `the secrets of carrier ${row.name} cannot be opened: ${why}`);
  }
}

export function noCarrier(name: string): GatewayError {
  return new GatewayError("not-found", `there is no carrier ${name}`);
}
