/** What an operator is told of a carrier that did not answer. */

import { expect, it } from "vitest";
import type { Carrier, CarrierHealth } from "../../../src/core/messages/carrier.ts";
import { explainRoute } from "../../../src/core/operator/explain.ts";
import { surroundings } from "../../support/ports.ts";
import { withAccounts } from "../../support/rows.ts";

it.each(["down", "probing"] as const)(
  "a carrier that is %s is passed over, and the next one is asked",
  async (state) => {
    const { database, ports } = surroundings();
    await withAccounts(database, "acme");
    const carrier = (name: string, health: CarrierHealth): Carrier => ({
      ...{ name, kind: "test", submit: async () => [], query: async () => [], health: async () => health },
    });
    const all = [carrier("first", { state, reason: "its answers were lost" }), carrier("second", { state: "up" })];
    const carriers = new Map(all.map((one) => [one.name, one]));
    const explained = await explainRoute({ ...ports, carriers }, { account: "acme", recipient: "+4798079008" });
    expect(explained.carriers).toMatchObject([
      { name: "first", usable: false, why: "it is down: its answers were lost" },
      { name: "second", usable: true },
    ]);
  },
);
