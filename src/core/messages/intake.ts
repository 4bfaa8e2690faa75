/** Where accepted messages are committed, in groups. */

import type { MessageId } from "../kernel/ids.ts";
import type { Once } from "../kernel/ports.ts";
import type { Webhook } from "../webhooks/webhook.ts";
import type { Message } from "./message.ts";

/** The result of an arrival: which of its messages are new, or that the request was made before. */
export type Arrived = { outcome: "stored"; added: ReadonlySet<MessageId> } | { outcome: "replayed" };

/**
 * Commits arrivals in groups. Resolves only after the commit; rejects if nothing of this arrival was stored, or, where
 * there are more messages than one commit holds, not all of it.
 */
export interface Intake {
  /**
   * @param more.once the nonce of the request, spent in the same commit
   * @param more.owed webhooks for messages that failed as they came in; written with them, and not without
   * @param more.unless each message is left out if it is so
   * @param more.atomic all of the messages are stored, or none, however many they are; of `unless`, only `alikeSince` is heeded then
   * @throws GatewayError too-large where they are more than can be stored as one
   */
  add(account: string, messages: readonly Message[], more: InOneGo | InPieces): Promise<Arrived>;
}

/** Who has asked to be left alone: looked up in the commit itself, so that it costs no question of its own. */
export type Unless = {
  /** What recipients may have opted out of: the sender, its group, all that the account sends. */
  optedOutOf: readonly string[];
  /** A consent of the recipient's that they may have ended by STOP; empty: any. */
  stopped?: string;
  /** What may stand for the recipient, if they were erased after that. */
  formerly?: readonly string[];
  /** The account sent its recipient the same text from the same sender since then (epoch ms). */
  alikeSince?: number;
  /** Of a message whose account has sealed texts: its text, and each mark by which the same one may be known. */
  said?: string;
  marks?: readonly string[];
};

export type UnlessOf = (message: Message) => Unless;

type InPieces = { once?: Once | undefined; owed?: readonly Webhook[]; unless?: UnlessOf; atomic?: false };
type InOneGo = { atomic: true; once?: undefined; owed?: undefined; unless?: UnlessOf };
