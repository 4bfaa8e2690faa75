/** Ids of charges that customers may not choose: a reversal's, and a period's. */

import { GatewayError } from "../../kernel/errors.ts";

/**
 * Reversals have the id of what they reverse with `-` before it, and periods the id of their subscription.
 * @throws GatewayError bad-request
 */
export function checkChargeId(theirId: string): void {
  if (/^(-|sub_)/.test(theirId)) {
    throw new GatewayError(
      "bad-request",
      "ids that begin with - or sub_ are reserved for reversals and renewals; choose another",
      "theirId",
    );
  }
}
