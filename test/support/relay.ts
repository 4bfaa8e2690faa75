/** Two gateways over real HTTP: ours, and a second one that is the provider of a carrier of ours. */

import { beforeAll, beforeEach, expect } from "vitest";
import { type TestAccount, type TestGateway, useGateway } from "./gateway.ts";

export type Relay = {
  ours: TestGateway;
  theirs: TestGateway;
  /** Our customer; new for each test. */
  account: TestAccount;
  /** Sends everything of this customer's to these carriers. */
  route(carriers: readonly string[]): Promise<unknown>;
  carrier(name?: string): Promise<CarrierAnswer>;
  /** Waits until the customer's text is as expected. */
  becomes(id: string, expected: Record<string, unknown>): Promise<void>;
};

export type CarrierAnswer = {
  name: string;
  state?: string;
  settings?: Record<string, unknown>;
  secrets?: string[];
  sealedWith?: string;
  doors?: { receipts: string; inbound: string };
  health?: { state: string; reason?: string };
};

/** A gateway that knows its own address, so that others can call it. */
export const useReachableGateway = (): TestGateway => useGateway({}, { isReachable: true });

/**
 * Use inside `describe`.
 * @param setUp makes an account at the provider, and answers how the carrier that uses it is set
 */
export function useRelay(
  name: string,
  setUp: (
    theirs: TestGateway,
  ) => Promise<{ kind: string; settings: Record<string, unknown>; secrets: Record<string, string> }>,
): Relay {
  const ours = useReachableGateway();
  const theirs = useReachableGateway();
  const relay: Relay = {
    ours,
    theirs,
    account: { id: "", number: 0, apiKey: "" },
    route: (carriers) =>
      ours.operator("PUT", `/admin/v1/routes/of-${relay.account.id}`, {
        account: relay.account.id,
        kind: "message",
        prefix: "",
        carriers,
      }),
    carrier: (of = name) => ours.operator<CarrierAnswer>("GET", `/admin/v1/carriers/${of}`),
    becomes: (id, expected) =>
      expect.poll(() => ours.message(relay.account, id), { timeout: 20_000 }).toMatchObject(expected),
  };
  beforeAll(async () => {
    await ours.operator("PUT", `/admin/v1/carriers/${name}`, await setUp(theirs));
  });
  beforeEach(async () => {
    relay.account = await ours.account();
    await relay.route([name]);
  });
  return relay;
}
