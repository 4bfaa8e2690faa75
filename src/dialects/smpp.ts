/**
 * The contract of a dialect that is spoken over SMPP, too: what a bound customer may ask, and the PDUs by which he is told. The
 * conversation itself (binds, windows, silence) is the doors'; a dialect sees one request at a time.
 */

import type { AccountSettings, Caller, Credential, CredentialKind } from "../core/accounts/account.ts";
import type { Gateway } from "../core/gateway.ts";
import type { PartStore } from "../core/messages/joining.ts";
import type { NewMessage } from "../core/messages/new-message.ts";
import type { Pdu, PduOf } from "../smpp/pdu.ts";

/** How much a customer may do at once. `networks`: where he may bind from; absent: anywhere. */
export type SmppLimits = { binds: number; window: number; perSecond: number; networks?: readonly string[] };

/** Requests that a bound customer makes of the dialect. */
export type SmppRequest = PduOf<"submit_sm" | "data_sm" | "query_sm" | "cancel_sm" | "replace_sm">;

/**
 * How a request came: the connection, as no other one is called, and when it was heard, epoch ms of real time. `isGivenUp`: its
 * connection has ended in such a way that its program sends it again.
 */
export type Heard = { link: string; at: number; isGivenUp: () => boolean };

/**
 * What a dialect may use for an answer. `parts` are kept for this system_id, by whatever bind they come; `now` is epoch ms by which
 * messages are due, `wall` of real time; `fault` logs what nobody planned.
 */
export type SmppPorts = {
  gateway: Gateway;
  parts: PartStore;
  /**
   * Accepts a text that came whole, with others that come at the same time, unless it is given up before it is written. Throws
   * whatever `accept` of the gateway does.
   */
  accept: (caller: Caller, wanted: NewMessage, isGivenUp: () => boolean) => Promise<void>;
  now: () => number;
  wall: () => number;
  newId: () => string;
  fault: (error: unknown) => void;
};

export type SmppSpeech = {
  /** The kind of its credentials that opens a session: the name is the system_id. */
  credential: CredentialKind;
  /** Whether this is the password. Takes as long where there is no such credential. */
  isPassword(credential: Credential | undefined, password: string): Promise<boolean>;
  limits(settings: AccountSettings): SmppLimits;
  /** The response. Whatever it answers with status 0 is committed. Never throws. */
  answer(request: SmppRequest, caller: Caller, ports: SmppPorts, heard: Heard): Promise<Pdu>;
  /**
   * Passes on texts of which parts are missing for too long; answers when there is more to do, epoch ms.
   * @param callerOf whose a credential is or was, by its id; of a part from before that was kept, whose the system_id is now
   */
  passOnLate(
    callerOf: (credential: string | undefined) => Promise<Caller | undefined>,
    ports: SmppPorts,
  ): Promise<number | undefined>;
  /**
   * The PDUs of a webhook whose address is a session's, and the number of the account that may be told them; undefined where the
   * body is none of the dialect's.
   */
  toPdus(
    body: string,
    settings: AccountSettings,
  ): { account: number; pdus: PduOf<"deliver_sm" | "data_sm">[] } | undefined;
};
