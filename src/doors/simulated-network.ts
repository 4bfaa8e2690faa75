/** The simulated network's door: its Durable Object, with a gateway to send receipts to. */

import { hearClock, sandboxClock } from "../adapters/clock.ts";
import { Network } from "../carriers/simulator/network.ts";
import type { ChargeReceipt } from "../core/billing/carrier.ts";
import type { Receipt } from "../core/messages/carrier.ts";
import type { Env } from "../env.ts";
import { gatewayOf } from "../wire.ts";

export class SimulatedNetwork extends Network<Env> {
  protected override async settle(receipts: readonly Receipt[], times?: readonly number[]): Promise<void> {
    await gatewayOf(this.env).settle(receipts, times);
  }

  protected override async settleCharges(receipts: readonly ChargeReceipt[]): Promise<void> {
    await gatewayOf(this.env).settleCharges(receipts);
  }

  protected override async now(): Promise<number> {
    await hearClock(this.env.DB);
    return sandboxClock.now();
  }
}
