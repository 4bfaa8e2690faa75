/** What a session is made of: what is known of its connection, and what it needs from whoever holds that. */

import type { SmppPorts, SmppSpeech } from "../../dialects/smpp.ts";
import type { Pace } from "./pace.ts";

/** What is known of a connection; it outlives the memory of whoever keeps it. Times are epoch ms of real time. */
export type Link = {
  /** As the bridge names it, for people to tell connections apart. */
  id: string;
  address: string;
  isSecure: boolean;
  systemId: string;
  openedAt: number;
  heardAt: number;
  /** The bind that was accepted; `credential` is the id of the one that it gave. */
  bound?: { as: Mode; account: string; credential: string; at: number };
  /** The last sequence number that we used. */
  sequence: number;
  /** When we asked whether anybody is there, and were not answered since. */
  askedAt?: number;
  /** Deliveries in a row that were not answered in time. */
  unanswered: number;
};

export type Mode = "transmitter" | "receiver" | "transceiver";

export type SessionPorts = SmppPorts & {
  /** The dialect that is spoken, by name. */
  dialect: string;
  speech: SmppSpeech;
  /** Reads what the gateway has to know before it does anything: the time of a sandbox, the carriers. */
  awake(): Promise<unknown>;
  /** Keeps the link, which has changed. */
  keep(link: Link): void;
  send(octets: Uint8Array): void;
  /** @param isGuess a wrong password was given: whoever took the connection slows its address down */
  close(why: string, isGuess?: boolean): void;
  /** Runs something after so many milliseconds of real time, unless it is called off by what it answers. */
  after(milliseconds: number, run: () => void): () => void;
  /** How many other connections of this system_id are bound. */
  boundOthers(): number;
  /** When something could last not be told to any connection of this system_id: epoch ms of real time. */
  missedAt(): number;
  /** Shared by all connections of this system_id. */
  pace: Pace;
  guesses: Guesses;
  log(name: string, fields: Record<string, unknown>): void;
};

/** Wrong passwords for this system_id lately: while there are too many, none is looked at. */
export interface Guesses {
  isTooMany(address: string, now: number): boolean;
  wrong(address: string, now: number): void;
}

/** An answer of the customer's program to what it was told. *full*: it was not told, for too much waits for its answers. */
export type Told =
  | { outcome: "answered"; status: number }
  | { outcome: "silent" }
  | { outcome: "gone" }
  | { outcome: "full" };
