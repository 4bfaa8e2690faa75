/** Where traces go, by the settings. */

import { waitUntil } from "cloudflare:workers";
import { makeHttp } from "../adapters/http-out.ts";
import { shown } from "../adapters/log.ts";
import { otlpExporter } from "../adapters/otlp.ts";
import { runningAt, runsFor } from "../adapters/running.ts";
import { makeTraces, type RootTraces } from "../adapters/traces.ts";
import { noTraces } from "../core/kernel/traces.ts";
import type { Ports } from "../core/ports.ts";
import { type Env, settingsOf } from "../env.ts";
import { traceStore } from "../store/operator/traces.ts";

/** Where none are wanted, work is only done. */
export function tracesTo(env: Env, { clock, log }: Pick<Ports, "clock" | "log">): RootTraces {
  const { TRACES_URL: url, TRACES_HEADERS: headers, TRACES_PERCENT: percent } = settingsOf(env);
  if (url === undefined) return { ...noTraces, begin: (_, __, run) => run() };
  const { wall, sleep } = clock;
  // The operator's own collector may be in the operator's own network.
  const http = makeHttp({ allowPrivate: true, wall });
  const exporter = otlpExporter({ http, url, headers, sleep, wall, keepAlive: waitUntil, log, mask: shown });
  const here = () => runsFor()?.place;
  return makeTraces({ exporter, here, at: runningAt, stored: traceStore(env.DB), percent, wall, keepAlive: waitUntil });
}
