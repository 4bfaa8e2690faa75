/** Where carriers speak to us: each at its own doors, which may do with what they hear what their port allows. */

import { type Context, Hono } from "hono";
import { problem } from "../admin/problem.ts";
import type { CarrierPort, DoorEnv, OpenCarrier } from "../carriers/carrier.ts";
import type { Gateway } from "../core/gateway.ts";
import { GatewayError } from "../core/kernel/errors.ts";

/** What a carrier of this name may do with its words: all that it says is said in its own name. */
export function carrierPort(gateway: Pick<Gateway, keyof CarrierPort>, carrier: string): CarrierPort {
  const named = <Said extends object>(said: readonly Said[]) => said.map((one) => ({ ...one, carrier }));
  return {
    settle: (receipts, times) => gateway.settle(named(receipts), times),
    settleCharges: (receipts) => gateway.settleCharges(named(receipts)),
    receive: (texts) => gateway.receive(named(texts)),
  };
}

type Heard = { gateway: Gateway; fault: (error: unknown) => string };

/** Answers a request to `/carriers/{name}/…`; `carrier` is undefined where there is none of the name. */
export async function hear(c: Context, carrier: OpenCarrier | undefined, { gateway, fault }: Heard): Promise<Response> {
  const app = new Hono<DoorEnv>();
  if (carrier) {
    app.use(async (door, next) => {
      door.set("port", carrierPort(gateway, carrier.name));
      await next();
    });
    for (const [name, door] of Object.entries(carrier.doors ?? {}))
      app.route(`/carriers/${carrier.name}/${name}`, door);
  }
  app.notFound(() => problem(new GatewayError("not-found", `no carrier has a door at ${c.req.path}`), fault));
  app.onError((error) => {
    // Whoever guesses at a door is slowed down, as at any other.
    c.error = error;
    return problem(error, fault);
  });
  return app.fetch(c.req.raw, {}, c.executionCtx);
}
