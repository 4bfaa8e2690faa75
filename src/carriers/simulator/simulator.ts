/** The simulator: a real carrier with a network that is not. It is asked over a wire, may not answer, and reports later. */

import { CARRIER_LIMIT, type Carrier, type QueryResult, type SubmitResult } from "../../core/messages/carrier.ts";
import type { MessageId } from "../../core/messages/message.ts";
import { CARRIER } from "./fates.ts";
import type { Submission } from "./network.ts";

/** The network as seen from here: calls that may fail. */
export type NetworkLink = {
  submit(messages: readonly Submission[]): Promise<SubmitResult[]>;
  query(ids: readonly MessageId[]): Promise<QueryResult[]>;
};

export function simulator(network: NetworkLink): Carrier {
  return {
    name: CARRIER,
    submit: (messages) =>
      withinLimit(
        network.submit(
          messages.map(({ id, sender, recipient, text, encoding, parts }) => {
            return { id, sender, recipient, text, encoding, parts };
          }),
        ),
      ),
    query: (messages) => withinLimit(network.query(messages.map(({ id }) => id))),
  };
}

async function withinLimit<T>(answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CARRIER_LIMIT / 1000} s`)), CARRIER_LIMIT);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
