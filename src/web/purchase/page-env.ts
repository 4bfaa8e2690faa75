/** What a purchase page knows of its request. */

import type { Context } from "hono";
import type { Gateway } from "../../core/gateway.ts";
import type { ClaimKey } from "../../core/idempotency/key.ts";
import type { Ports } from "../../core/ports.ts";

export type PageEnv = {
  Bindings: Record<never, never>;
  Variables: {
    gateway: Gateway;
    ports: Pick<Ports, "clock" | "ids" | "codes">;
    publicUrls: readonly string[];
    /** The person's number, if a trusted mobile network has given it. */
    networkNumber: string | undefined;
    /** The network that the browser calls from, which its PINs are counted by; empty where that is not known. */
    clientNetwork: string;
    /** Its address. */
    clientAddress: string;
    /** Waits, after a mistake from this address: the longer, the more of them there were. */
    slowDown: () => Promise<void>;
    /** Likewise for addresses of purchases that are tried out: `missed` counts one where nothing was, `holdUp` waits for those before. */
    guesses: { missed: () => Promise<void>; holdUp: () => Promise<void> };
    /** Whether the first part of a path is one of our own, and no service or account. */
    isReserved: (name: string) => boolean;
    /** Set where the request carries an Idempotency-Key: claims it. The gateway and the ports are others from then on. */
    claimKey: ClaimKey | undefined;
    /** Logs a fault of ours, under an id that the page shows. */
    fault: (error: unknown) => string;
  };
};

export type C = Context<PageEnv>;
