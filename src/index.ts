/** The Worker: what wakes us, and where each goes. */

import { runningAlone } from "./adapters/running.ts";
import { tick } from "./doors/cron.ts";
import { http } from "./doors/http.ts";
import type { Job } from "./doors/job.ts";
import { consume } from "./doors/queue.ts";
import { keepBound } from "./doors/smpp/binds.ts";
import { takeStream } from "./doors/smpp/stream.ts";
import type { Env } from "./env.ts";
import { makeDemo } from "./sandbox/demo.ts";
import { awake, gatewayOf, tracesOf } from "./wire.ts";

export { Intake } from "./doors/intake.ts";
export { CarrierPace } from "./doors/pace.ts";
export { AccountRates } from "./doors/rates.ts";
export { SimulatedNetwork } from "./doors/simulated-network.ts";
export { SmppBind } from "./doors/smpp/binds.ts";
export { SmppSessions } from "./doors/smpp/sessions.ts";

export default {
  /** A customer, an operator, a person with a browser. */
  fetch: http.fetch,

  /** A customer's SMPP program, where the platform hands TCP connections over. */
  connect: (socket, env) => takeStream(socket, env),

  /** A note we left ourselves. */
  async queue(batch, env, ctx) {
    const ports = await awake(env);
    const work = () => consume(batch, gatewayOf(env), ports.log, (promise) => ctx.waitUntil(promise));
    const facts = { queue: batch.queue, count: batch.messages.length };
    await runningAlone(() => tracesOf(env).begin("job", { facts }, work));
  },

  /** A minute has passed; or `npm start` is about to open its port, or has just opened it. */
  async scheduled({ cron }, env) {
    const ports = await awake(env);
    if (cron === "@prepare") return makeDemo(env, ports);
    const round = async () => {
      const gateway = gatewayOf(env);
      await keepBound(env);
      if (cron !== "@reboot") return gateway.sweep();
      await makeDemo(env, ports);
      await gateway.takeOver();
    };
    await runningAlone(() => tick(ports.log, round));
  },
} satisfies ExportedHandler<Env, Job>;
