/** Carriers as an operator sets them: rows, whose secrets are sealed. What is in use is opened from these. */

export const CARRIER_STATES = ["on", "off", "retired"] as const;
/** *off* and *retired* take nothing new, and are heard and asked about what they have. A retired one is forgotten after that. */
export type CarrierState = (typeof CARRIER_STATES)[number];

export type CarrierRow = {
  /** What routes call it. */
  name: string;
  kind: string;
  settings: Record<string, unknown>;
  /** Its secrets, as a `Sealer` keeps them. */
  sealed: string;
  state: CarrierState;
  /** Counts the changes: who changes it says which one they saw. */
  version: number;
  /** Epoch ms of real time. */
  createdAt: number;
  changedAt: number;
};

/** What is sealed: the secrets by their names, and what stands in the addresses of its doors, which nobody can guess. */
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
  /** Forgets one that is still of this version. */
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

/** Whom the secrets of this carrier open for. */
export function ownerOf({ name, kind }: Pick<CarrierRow, "name" | "kind">): string {
  return `carrier ${name} ${kind}`;
}
