/** The carriers that are in use: those built in, and those of the table, which is read every few seconds. */

import type { CarrierKind, Ground, OpenCarrier } from "../carriers/carrier.ts";
import type { Sealer } from "../core/kernel/ports.ts";
import { withBreaker } from "../core/messages/breaker.ts";
import { type CarrierRow, type CarrierSecrets, type CarrierTable, ownerOf } from "../core/messages/carrier-table.ts";
import type { Outage, OutageStore } from "../core/messages/outage.ts";
import { type Pace, withPace } from "../core/messages/pace.ts";

/** Beyond `FRESH` one request reads the table again; beyond `STALE` every request does. Milliseconds. */
const FRESH = 2_000;
const STALE = 4_000;
/** How long a text waits whose carrier cannot be opened. Seconds. */
const UNREADABLE_FOR = 30;

type Given = {
  builtIn: ReadonlyMap<string, OpenCarrier>;
  kinds: readonly CarrierKind[];
  table: Pick<CarrierTable, "all">;
  outages: OutageStore;
  pace: Pace;
  sealer: Sealer;
  ground: Ground;
  /** Set in the sandbox, so that no text reaches a real carrier by accident. */
  isByRouteOnly: boolean;
};

export type CarriersInUse = {
  /** Changed in place: a reference to it always sees the carriers in use now. */
  readonly carriers: ReadonlyMap<string, OpenCarrier>;
  /** Reads the table if it was not read recently. */
  keepFresh(): Promise<void>;
  /** Reads the table. */
  refresh(): Promise<void>;
};

export function carriersInUse(given: Given): CarriersInUse {
  const carriers = new Map<string, OpenCarrier>(given.builtIn);
  const versions = new Map<string, string>();
  const known = new Map<string, Outage>();
  let readAt = Number.NEGATIVE_INFINITY;
  let readingSince = Number.NEGATIVE_INFINITY;

  const refresh = async () => {
    const begun = given.ground.wall();
    readingSince = begun;
    const [rows, outages] = await Promise.all([given.table.all(), given.outages.all()]);
    known.clear();
    for (const outage of outages) known.set(outage.carrier, outage);
    for (const row of rows) {
      // An open carrier is kept until its row changes: it may have cached something, a public key say. One that was removed
      // and set up anew begins with the same version, but nothing is ever sealed the same twice.
      const version = `${row.version} ${row.sealed}`;
      if (versions.get(row.name) === version || given.builtIn.has(row.name)) continue;
      const opened = await open(given, row, known);
      carriers.set(row.name, opened);
      versions.set(row.name, version);
    }
    const names = new Set(rows.map(({ name }) => name));
    for (const name of versions.keys()) {
      if (names.has(name)) continue;
      carriers.delete(name);
      versions.delete(name);
    }
    readAt = Math.max(readAt, begun);
  };

  return {
    carriers,
    refresh,
    async keepFresh() {
      const now = given.ground.wall();
      const age = now - readAt;
      // A read under way is not awaited: on this platform one request may not wait for another's.
      if (age < FRESH || (age < STALE && now - readingSince < FRESH)) return;
      await refresh();
    },
  };
}

async function open(
  { kinds, sealer, ground, isByRouteOnly, outages, pace }: Given,
  row: CarrierRow,
  known: Map<string, Outage>,
): Promise<OpenCarrier> {
  const flags = {
    ...(row.state === "on" ? {} : { isOff: true }),
    ...(row.state === "retired" ? { isRetired: true } : {}),
    ...(isByRouteOnly ? { isByRouteOnly } : {}),
  };
  try {
    const kind = kinds.find(({ kind }) => kind === row.kind);
    if (!kind) throw new Error(`there is no kind ${row.kind}`);
    const { secrets, doorKey }: CarrierSecrets = JSON.parse(await sealer.open(row.sealed, ownerOf(row)));
    const opened = kind.open({ ...ground, name: row.name, settings: row.settings, secrets, doorKey });
    const { maxPerSecond: perSecond } = row;
    const { now, wall, log } = ground;
    const paced = perSecond === undefined ? opened : withPace(opened, { perSecond, pace, wall });
    // The breaker is asked first: what a carrier that is down cannot take goes to the next one, and waits for no room.
    const guarded = withBreaker(paced, { now, wall, log, known, outages });
    return { ...guarded, doorKey, ...flags };
  } catch (error) {
    const reason =
      error instanceof Error && error.name !== "ZodError"
        ? error.message
        : "its settings are not those of its kind any more";
    ground.log.event("carrier.unreadable", { carrier: row.name, error: reason });
    return { ...unreadable(row, reason), ...flags };
  }
}

/** A carrier that takes nothing: messages for it wait, or go to the next carrier. */
function unreadable({ name, kind }: CarrierRow, reason: string): OpenCarrier {
  return {
    name,
    kind,
    submit: async (messages) => messages.map(() => ({ outcome: "busy", retryAfterSeconds: UNREADABLE_FOR })),
    query: async (messages) => messages.map(() => ({ outcome: "cannot-tell" })),
    health: async () => ({ state: "down", reason }),
  };
}
