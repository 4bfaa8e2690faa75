/** The simulator: a real carrier with a network that is not. It is asked over a wire, may not answer, and reports later. */

import { z } from "zod";
import type { ChargeQueryResult, ChargeResult, SubscriberInfo } from "../../core/billing/charges/carrier.ts";
import type { Transaction } from "../../core/billing/charges/transaction.ts";
import type { MessageId, TransactionId } from "../../core/kernel/ids.ts";
import { CARRIER_LIMIT, type CarrierHealth, type QueryResult, type SubmitResult } from "../../core/messages/carrier.ts";
import { isFake } from "../../core/messages/msisdn.ts";
import { type CarrierKind, carrierKind, type OpenCarrier, withinLimit } from "../carrier.ts";
import type { Charge, Reversal } from "./books.ts";
import { CARRIER } from "./fates.ts";
import type { Submission } from "./network.ts";

/** The network as seen from here: calls that may fail. */
export type NetworkLink = {
  submit(messages: readonly Submission[]): Promise<SubmitResult[]>;
  query(ids: readonly MessageId[]): Promise<QueryResult[]>;
  /** @param until epoch ms of real time: asked later, it bills nothing, since nobody waits for the answer any more */
  charge(charges: readonly Charge[], until: number): Promise<ChargeResult[]>;
  reverse(reversals: readonly Reversal[], until: number): Promise<ChargeResult[]>;
  queryCharges(ids: readonly TransactionId[]): Promise<ChargeQueryResult[]>;
  subscriber(msisdn: string): Promise<SubscriberInfo>;
  sendRegistration(msisdn: string, shortNumber: string, text: string): Promise<void>;
};

/**
 * The kind. Its words come in by its Durable Object, which is given the port that doors have.
 * @param network the way to the network, which only the wiring knows
 */
export function simulatorKind(network: NetworkLink): CarrierKind {
  return carrierKind({
    kind: CARRIER,
    settings: z.strictObject({
      answers: z
        .enum(["all", "fake-numbers"])
        .describe("whether it takes everything, or only what goes to numbers that nobody has, and bills nothing"),
    }),
    secrets: z.strictObject({}),
    bills: true,
    channels: ["*"],
    isBuiltIn: true,
    lostAnswer: "asked",
    open({ settings: { answers } }) {
      if (answers === "all") return simulator(network);
      // Numbers that nobody has are answered for wherever it runs, so that what is sent there never leaves.
      const { billing: _, ...answering } = simulator(network);
      return { ...answering, answersFor: isFake };
    },
  });
}

export function simulator(network: NetworkLink): OpenCarrier {
  return {
    name: CARRIER,
    kind: CARRIER,
    health: () => healthOf(network),
    hasChannels: true,
    hasBinary: true,
    submit: (messages) =>
      withinLimit(
        network.submit(
          messages.map(({ id, sender, recipient, text, encoding, parts, channel, rich, changedAt: at }) => {
            const submission = { id, sender, recipient, text, encoding, parts, at };
            if (!channel) return submission;
            return {
              ...submission,
              channel,
              ...(rich ? { shown: { bubbles: rich.bubbles, buttons: rich.buttons } } : {}),
            };
          }),
        ),
      ),
    query: (messages) => withinLimit(network.query(messages.map(({ id }) => id))),

    billing: {
      charge: (transactions) => withinLimit(network.charge(transactions.map(toCharge), Date.now() + CARRIER_LIMIT)),
      reverse: (reversals) =>
        withinLimit(
          network.reverse(
            reversals.map(({ id, amount, original }) => ({ id, amount, original })),
            Date.now() + CARRIER_LIMIT,
          ),
        ),
      query: (transactions) => withinLimit(network.queryCharges(transactions.map(({ id }) => id))),
      subscriber: (msisdn) => withinLimit(network.subscriber(msisdn)),
      sendRegistration: ({ msisdn, shortNumber, text }) =>
        withinLimit(network.sendRegistration(msisdn, shortNumber, text)),
    },
  };
}

async function healthOf(network: NetworkLink): Promise<CarrierHealth> {
  try {
    await withinLimit(network.query([]));
    return { state: "up" };
  } catch (error) {
    return { state: "down", reason: error instanceof Error ? error.message : String(error) };
  }
}

export function toCharge(transaction: Transaction): Charge {
  const { id, recipient, merchant, shortNumber, invoiceText, amount, currency, age, registrationMinutes } = transaction;
  const at = transaction.changedAt;
  const charge = { id, merchant, shortNumber, invoiceText, amount, currency, age, registrationMinutes, at };
  return recipient === undefined ? charge : { ...charge, recipient };
}
