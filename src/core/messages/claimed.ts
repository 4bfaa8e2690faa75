/** A message as it is claimed to be sent, with what its claim found about it. */

import type { Sender } from "../accounts/account.ts";
import type { OptOutRule } from "../accounts/rules.ts";
import type { Message } from "./message.ts";

/** What holds for a sender when its message is claimed: as its account has it then. */
export type OptOutTerms = Pick<Sender, "group" | "purpose"> & { rule?: OptOutRule };

/**
 * `isInLoop`: more identical ones than its account allows precede it. `optedOutOf`: what its recipient has opted out of at the account;
 * absent: nothing. `hasErasedOptOuts`: its account has opt-outs of people who were erased since, and this may be one of them. With either
 * come the terms.
 */
export type Claimed = Message & {
  isInLoop?: true;
  optedOutOf?: readonly string[];
  hasErasedOptOuts?: true;
  optOutTerms?: OptOutTerms;
};
