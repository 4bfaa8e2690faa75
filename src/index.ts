/** The Worker: what wakes us, and where each goes. */

import { tick } from "./doors/cron.ts";
import { http } from "./doors/http.ts";
import { consume, type Job } from "./doors/queue.ts";
import { keepBound } from "./doors/smpp/binds.ts";
import type { Env } from "./env.ts";
import { makeDemo } from "./sandbox/demo.ts";
import { awake, gatewayOf } from "./wire.ts";

export { Intake } from "./doors/intake.ts";
export { CarrierPace } from "./doors/pace.ts";
export { SimulatedNetwork } from "./doors/simulated-network.ts";
export { SmppBind } from "./doors/smpp/binds.ts";
export { SmppSessions } from "./doors/smpp/sessions.ts";

export default {
  /** A customer, an operator, a person with a browser. */
  fetch: http.fetch,

  /** A note we left ourselves. */
  async queue(batch, env, ctx) {
    const ports = await awake(env);
    await consume(batch, gatewayOf(env), ports.log, (promise) => ctx.waitUntil(promise));
  },

  /** A minute has passed; or `npm start` is about to open its port, or has just opened it. */
  async scheduled({ cron }, env) {
    const ports = await awake(env);
    if (cron === "@prepare") return makeDemo(env, ports);
    await tick(ports.log, async () => {
      const gateway = gatewayOf(env);
      await keepBound(env);
      if (cron !== "@reboot") return gateway.sweep();
      await makeDemo(env, ports);
      await gateway.takeOver();
    });
  },
} satisfies ExportedHandler<Env, Job>;
