/** Carriers as an operator sets them up: rows, whose secrets are sealed. The carriers in use are opened from these. */

export const CARRIER_STATES = ["on", "off", "retired"] as const;
/**
 * *off* and *retired* take nothing new; their receipts, and answers about messages they have, still count. A retired one is
 * deleted after that.
 */
export type CarrierState = (typeof CARRIER_STATES)[number];

export type CarrierRow = {
  /** Its name in routes. */
  name: string;
  kind: string;
  settings: Record<string, unknown>;
  /** Its secrets, as a `Sealer` keeps them. */
  sealed: string;
  state: CarrierState;
  /** So many parts of texts it may be handed in a second; absent: any number. */
  maxPerSecond?: number;
  /** Counts the changes: a change names the version it is made to. */
  version: number;
  /** Epoch ms of real time. */
  createdAt: number;
  changedAt: number;
};

/** The sealed part: the secrets by their names, and the random key in the addresses of its doors. */
export type CarrierSecrets = { secrets: Record<string, string>; doorKey: string };

export interface CarrierTable {
  /** All, by name. */
  all(): Promise<CarrierRow[]>;
  byName(name: string): Promise<CarrierRow | undefined>;
  /** False where the name is taken. */
  add(row: CarrierRow): Promise<boolean>;
  /** Replaces the row of its name, if that is still of this version. */
  change(row: CarrierRow, from: number): Promise<boolean>;
  /** Whether it has messages or charges that are not settled. */
  hasUnsettled(name: string): Promise<boolean>;
  /** Deletes one that is still of this version. */
  remove(name: string, version: number): Promise<boolean>;
}

/** A kind of carrier, as far as an operator sets one up. */
export type CarrierForm = {
  kind: string;
  bills: boolean;
  channels: readonly string[];
  lostAnswer: "asked" | "waited-for";
  /** JSON Schemas. */
  settings: Record<string, unknown>;
  secrets: Record<string, unknown>;
  /**
   * The settings and secrets as they are kept, and the addresses among them that will be called.
   * @throws GatewayError bad-request, by the member
   */
  check(given: { settings: unknown; secrets: unknown }): {
    settings: Record<string, unknown>;
    secrets: Record<string, string>;
    addresses: readonly { field: string; url: string }[];
  };
};

/** The name under which this carrier's secrets are sealed. */
export function ownerOf({ name, kind }: Pick<CarrierRow, "name" | "kind">): string {
  return `carrier ${name} ${kind}`;
}
