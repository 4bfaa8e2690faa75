/** The simulated network's door: its Durable Object, with a gateway to send receipts to. */

import { hearClock, sandboxClock } from "../adapters/clock.ts";
import { runningAlone } from "../adapters/running.ts";
import type { CarrierPort } from "../carriers/carrier.ts";
import { CARRIER } from "../carriers/simulator/fates.ts";
import { Network } from "../carriers/simulator/network.ts";
import type { ChargeReceipt } from "../core/billing/charges/carrier.ts";
import type { Receipt } from "../core/messages/carrier.ts";
import type { Env } from "../env.ts";
import { gatewayOf } from "../wire.ts";
import { carrierPort } from "./carriers.ts";

export class SimulatedNetwork extends Network<Env> {
  protected override async settle(receipts: readonly Receipt[], times?: readonly number[]): Promise<void> {
    await runningAlone(() => this.#port().settle(receipts, times));
  }

  protected override async settleCharges(receipts: readonly ChargeReceipt[]): Promise<void> {
    await runningAlone(() => this.#port().settleCharges(receipts));
  }

  #port(): CarrierPort {
    return carrierPort(gatewayOf(this.env), CARRIER);
  }

  protected override async now(): Promise<number> {
    await hearClock(this.env.DB);
    return sandboxClock.now();
  }
}
