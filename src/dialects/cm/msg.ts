/** One MSG as both gateways read it, and the messages that it makes: one for each recipient. */

import type { Caller } from "../../core/accounts/account.ts";
import type { GatewayError } from "../../core/errors.ts";
import type { NewMessage } from "../../core/messages/new-message.ts";

/** What is written, with its types seen to, and nothing else: absent where it was not given, or was null. */
export type Msg = {
  from?: string;
  /** As they were sent. */
  to: readonly string[];
  body?: { content?: string; type?: string };
  dcs?: string | number;
  reference?: string;
  minimumNumberOfMessageParts?: string | number;
  maximumNumberOfMessageParts?: string | number;
  appKey?: string;
  allowedChannels?: readonly string[];
  richContent?: { conversation?: readonly unknown[]; suggestions?: readonly unknown[] };
  customGrouping?: string;
  customGrouping2?: string;
  customGrouping3?: string;
  validity?: string;
};

/** What a message of ours carries along for this dialect. */
export type Kept = Pick<Msg, "reference" | "appKey" | "customGrouping" | "customGrouping2" | "customGrouping3"> & {
  /** The recipient as it was written. */
  to: string;
};

/**
 * What each recipient is to get, or why not; as many as there are recipients, in their order.
 * @param now epoch ms
 */
export function toNewMessages(_msg: Msg, _caller: Caller, _now: number): (NewMessage | GatewayError)[] {
  throw new Error("not yet");
}
