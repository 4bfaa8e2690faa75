/** The doors of carriers: each has its own, which pass receipts and inbound texts to the port. */

import { type Context, Hono } from "hono";
import { isAmong } from "../adapters/client-address.ts";
import { problem } from "../admin/problem.ts";
import type { CarrierPort, DoorEnv, OpenCarrier } from "../carriers/carrier.ts";
import { isSameSecret } from "../carriers/read.ts";
import type { Gateway } from "../core/gateway.ts";
import { GatewayError } from "../core/kernel/errors.ts";

/** The port of a carrier of this name: its receipts and texts count under its own name only. */
export function carrierPort(gateway: Pick<Gateway, keyof CarrierPort>, carrier: string): CarrierPort {
  const named = <Said extends object>(said: readonly Said[]) => said.map((one) => ({ ...one, carrier }));
  return {
    settle: (receipts, times) => gateway.settle(named(receipts), times),
    settleCharges: (receipts) => gateway.settleCharges(named(receipts)),
    receive: (texts) => gateway.receive(named(texts)),
  };
}

/** `address`: where the request comes from. */
type Call = {
  gateway: Gateway;
  fault: (error: unknown) => string;
  address: string;
  requestId: string | undefined;
};

/**
 * Answers a request to `/carriers/{name}/{door}/…`; `carrier` is undefined where there is none of the name. A carrier
 * that an operator set up has a key at the end of its addresses: a request without it, or from an address that its provider
 * does not call from, is refused even if it is signed.
 */
export async function hear(
  c: Context,
  carrier: OpenCarrier | undefined,
  { gateway, fault, address, requestId }: Call,
): Promise<Response> {
  const app = new Hono<DoorEnv>();
  if (carrier) {
    const { name: carrierName, doorKey, callers } = carrier;
    app.use(async (door, next) => {
      door.set("port", carrierPort(gateway, carrierName));
      await next();
    });
    for (const [name, door] of Object.entries(carrier.doors ?? {})) {
      const at = `/carriers/${carrierName}/${name}`;
      if (doorKey !== undefined) {
        app.use(`${at}/:key`, async (door, next) => {
          if (!isSameSecret(door.req.param("key"), doorKey))
            throw new GatewayError("unauthorised", "this address is not the one that the gateway gave out");
          if (callers && !isAmong(address, callers))
            throw new GatewayError("unauthorised", `${carrierName} is not called from ${address}`);
          await next();
        });
      }
      app.route(doorKey === undefined ? at : `${at}/:key`, door);
    }
  }
  app.notFound(() =>
    problem(new GatewayError("not-found", `no carrier has a door at ${c.req.path}`), fault, requestId),
  );
  app.onError((error) => {
    // A client that guesses keys is slowed down, as at any other door.
    c.error = error;
    return problem(error, fault, requestId);
  });
  return app.fetch(c.req.raw, {}, c.executionCtx);
}
