/** Carriers: set up, switched off and retired by the operator. */

import { GatewayError } from "../kernel/errors.ts";
import { given } from "../kernel/given.ts";
import { pagesOf } from "../kernel/pages.ts";
import type { Http } from "../kernel/ports.ts";
import { present } from "../kernel/present.ts";
import { type CarrierRow, type CarrierSecrets, type CarrierState, ownerOf } from "../messages/carrier-table.ts";
import type { RouteStore } from "../messages/route.ts";
import { type CarrierInSight, type CarrierPorts, findCarrier, noCarrier, openSecrets } from "./carrier-sight.ts";

/**
 * Secrets that are not named stay as they are; one that is null is removed. So it is with the pace, in parts of texts a second:
 * whoever changes a setting does not lift what the provider allows.
 */
export type CarrierWanted = {
  name: string;
  kind: string;
  settings: Record<string, unknown>;
  secrets?: Record<string, string | null>;
  maxPerSecond?: number | null;
  isEnabled?: boolean;
};

/**
 * Sets up a carrier, or changes it; it holds here at once, and elsewhere within seconds. One that was retired, and is not
 * forgotten yet, is in use again. Logs `carrier.put`.
 * @throws GatewayError bad-request where the kind, the settings, a secret or an address is wrong; already-exists where the
 * name is another kind's, or somebody else changed it meanwhile; not-allowed where no key is there to seal secrets with
 */
export async function putCarrier(ports: CarrierPorts, wanted: CarrierWanted): Promise<CarrierInSight> {
  const { name, kind, isEnabled } = wanted;
  const form = ports.carrierForms.get(kind);
  if (!form) {
    const known = [...ports.carrierForms.keys()].join(", ");
    throw new GatewayError("bad-request", `kind: there is no kind ${kind}; there is ${known}`, "kind");
  }
  if (!ports.sealer.key) {
    throw new GatewayError("not-allowed", "no SECRETS_KEY is set, so a carrier's secrets cannot be kept: set one");
  }
  const known = await ports.carrierTable.byName(name);
  checkName(ports, wanted, known);
  const kept = known ? await openSecrets(ports, known) : undefined;
  const { settings, secrets, addresses } = form.check({
    settings: wanted.settings,
    secrets: merged(kept?.secrets ?? {}, wanted.secrets ?? {}),
  });
  checkAddresses(ports.http, addresses);
  const now = ports.clock.wall();
  const state = isEnabled === undefined && known && known.state !== "retired" ? known.state : toState(isEnabled);
  const whole: CarrierSecrets = { secrets, doorKey: kept?.doorKey ?? ports.newDoorKey() };
  const maxPerSecond = wanted.maxPerSecond === undefined ? known?.maxPerSecond : wanted.maxPerSecond;
  const row: CarrierRow = {
    name,
    kind,
    settings,
    state,
    ...present({ maxPerSecond }),
    sealed: await ports.sealer.seal(JSON.stringify(whole), ownerOf({ name, kind })),
    version: (known?.version ?? 0) + 1,
    createdAt: known?.createdAt ?? now,
    changedAt: now,
  };
  const isPut = known ? await ports.carrierTable.change(row, known.version) : await ports.carrierTable.add(row);
  if (!isPut) throw changedMeanwhile(name);
  // It may be down because of what was just set right.
  if (state === "on") await ports.outages.end(name, ports.clock.now());
  ports.log.event("carrier.put", { carrier: name, kind, state });
  return findCarrier(ports, name);
}

function toState(isEnabled = true): CarrierState {
  return isEnabled ? "on" : "off";
}

/** @throws GatewayError already-exists */
function checkName({ carriers }: CarrierPorts, { name, kind }: CarrierWanted, known: CarrierRow | undefined): void {
  if (!known && carriers.has(name)) {
    throw new GatewayError("already-exists", `name: ${name} is a carrier that is part of the gateway`, "name");
  }
  if (!known || known.kind === kind) return;
  const isRetired = known.state === "retired" ? " that is retired, and has messages that are not settled" : "";
  throw new GatewayError("already-exists", `name: ${name} is a carrier of kind ${known.kind}${isRetired}`, "name");
}

function merged(kept: Record<string, string>, wanted: Record<string, string | null>): Record<string, string> {
  return given(
    Object.fromEntries(Object.entries({ ...kept, ...wanted }).map(([name, secret]) => [name, secret ?? undefined])),
  ) as Record<string, string>;
}

/** @throws GatewayError bad-request */
function checkAddresses(http: Http, addresses: readonly { field: string; url: string }[]): void {
  for (const { field, url } of addresses) {
    const why = http.whyRefused?.(url, "secrets");
    if (why) throw new GatewayError("bad-request", `${field}: ${why}`, field);
  }
}

/**
 * Takes a carrier out of use. It takes nothing new from now on, and is heard and asked about what it has; once all of that
 * is settled it is forgotten, and its name is free. Logs `carrier.retired`.
 * @throws GatewayError not-found; not-allowed where it is part of the gateway; already-exists where a route names it
 */
export async function retireCarrier(ports: CarrierPorts, name: string): Promise<CarrierInSight> {
  const row = await ports.carrierTable.byName(name);
  if (!row) {
    if (!ports.carriers.has(name)) throw noCarrier(name);
    throw new GatewayError("not-allowed", `${name} is part of the gateway: it cannot be removed`);
  }
  await checkUnrouted(ports.routeTable, name);
  if (row.state !== "retired") {
    const retired: CarrierRow = { ...row, state: "retired", version: row.version + 1, changedAt: ports.clock.wall() };
    if (!(await ports.carrierTable.change(retired, row.version))) throw changedMeanwhile(name);
    ports.log.event("carrier.retired", { carrier: name });
  }
  return findCarrier(ports, name);
}

/** @throws GatewayError already-exists */
async function checkUnrouted(routes: RouteStore, name: string): Promise<void> {
  for await (const some of pagesOf(500, (page) => routes.list(page))) {
    const by = some.find(({ carriers }) => carriers.includes(name));
    if (by) throw new GatewayError("already-exists", `route ${by.id} names ${name}: change that route first`, "name");
  }
}

/** How long a retired carrier stays at least: who did not know yet may be handing it something. Milliseconds. */
const RETIRED_AT_LEAST = 60_000;

/** Forgets retired carriers whose messages and charges are all settled. Logs `carrier.forgotten`. */
export async function forgetRetired(ports: Pick<CarrierPorts, "carrierTable" | "clock" | "log">): Promise<void> {
  const before = ports.clock.wall() - RETIRED_AT_LEAST;
  for (const row of await ports.carrierTable.all()) {
    if (row.state !== "retired" || row.changedAt > before || (await ports.carrierTable.hasUnsettled(row.name)))
      continue;
    if (await ports.carrierTable.remove(row.name, row.version)) {
      ports.log.event("carrier.forgotten", { carrier: row.name });
    }
  }
}

/** Seals anew what an older key sealed, so that it can be taken out of SECRETS_KEY. Logs `carrier.resealed`. */
export async function resealCarriers(ports: Pick<CarrierPorts, "carrierTable" | "sealer" | "log">): Promise<void> {
  const { sealer, carrierTable } = ports;
  if (!sealer.key) return;
  for (const row of await carrierTable.all()) {
    if (sealer.keyOf(row.sealed) === sealer.key) continue;
    try {
      const opened = await sealer.open(row.sealed, ownerOf(row));
      const sealed = await sealer.seal(opened, ownerOf(row));
      if (await carrierTable.change({ ...row, sealed, version: row.version + 1 }, row.version)) {
        ports.log.event("carrier.resealed", { carrier: row.name, sealedWith: sealer.key });
      }
    } catch (error) {
      ports.log.event("carrier.unreadable", { carrier: row.name, error: String(error) });
    }
  }
}

function changedMeanwhile(name: string): GatewayError {
  return new GatewayError("already-exists", `carrier ${name} was changed meanwhile: look at it, and try again`, "name");
}
