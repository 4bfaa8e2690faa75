/** What each Durable Object is asked by others: whoever asks one needs this alone, and not the object. */

import type { SmscConfig } from "../carriers/smpp/config.ts";
import type { Text } from "../carriers/smpp/outgoing.ts";
import type { HeardText } from "../carriers/smpp/texts.ts";
import type { Rate } from "../core/accounts/limits.ts";
import type { MessageId } from "../core/kernel/ids.ts";
import type { CarrierHealth, QueryResult, SubmitResult } from "../core/messages/carrier.ts";
import type { Wish } from "../core/messages/pace.ts";
import type { SmppBindLine, SmppLine, SmppTrace } from "../core/operator/smpp.ts";
import type { Receipt } from "../smpp/receipts.ts";
import type { Arrival } from "../store/messaging/arrival.ts";
import type { Written } from "../store/messaging/arrivals.ts";

/** Commits arrivals in groups. */
export interface IntakeObject extends Rpc.DurableObjectBranded {
  /**
   * Resolves after the commit.
   * @param now the caller's, epoch ms: jobs for messages due by then are queued without delay
   * @param again it was perhaps sent before, and the answer was lost
   * @param requestId of the request that it came in, for the log
   */
  add(item: Arrival, now: number, again?: boolean, requestId?: string): Promise<Written>;
  /** The same for the arrivals of one request that are stored all or none: they are no part of a group. */
  addTogether(arrivals: readonly Arrival[], now: number, again?: boolean, requestId?: string): Promise<Written[]>;
}

/** Keeps a pace. */
export interface PaceObject extends Rpc.DurableObjectBranded {
  take(perSecond: number, wishes: readonly Wish[]): number[];
}

/** Counts what an account asks for in a second. */
export interface RatesObject extends Rpc.DurableObjectBranded {
  take(rates: readonly Rate[]): number | undefined;
}

/** What a delivery came to, as a webhook's answer has it: 200 where all of it was acknowledged. */
export type Delivered = { status: number; why: string };

/** Holds all connections of one system_id. */
export interface SmppSessionsObject extends Rpc.DurableObjectBranded {
  /** A bridge brings a connection, whose first PDU is a bind with this object's system_id. */
  fetch(request: Request): Promise<Response>;
  look(): Promise<SmppLine>;
  /** Keeps PDUs until then, epoch ms of real time; 0: no more. */
  trace(until: number): Promise<void>;
  traced(): Promise<SmppTrace>;
  deliver(systemId: string, body: string): Promise<Delivered>;
}

/** Holds one bind to an SMSC. */
export interface SmppBindObject extends Rpc.DurableObjectBranded {
  submit(config: SmscConfig, bind: number, texts: readonly Text[], until: number): Promise<SubmitResult[]>;
  query(carrier: string, bind: number, ids: readonly MessageId[]): Promise<QueryResult[]>;
  health(config: SmscConfig, bind: number): Promise<CarrierHealth>;
  /** How it stands, and what went wrong on it lately. */
  look(carrier: string, bind: number): Promise<SmppBindLine>;
  /** Keeps PDUs until then, epoch ms of real time; 0: no more. */
  trace(until: number): Promise<void>;
  traced(): Promise<SmppTrace>;
  /** Another bind of this carrier got a receipt: whether its message is known here. */
  hearFor(carrier: string, bind: number, key: string, receipt: Receipt): Promise<boolean>;
  /** A bind of this carrier was told a text, or a part of one. When it resolves, that is taken or kept. */
  hearText(carrier: string, text: HeardText): Promise<void>;
  /** The minute has passed: a bind that nobody used since a start is made. */
  keepUp(config: SmscConfig, bind: number): Promise<void>;
}
