/**
 * 10,000 endpoints, each at a host of its own, of which some are dead and some hang: how long the webhooks to the healthy ones take,
 * from the moment that their text is sent until they are called.
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import type { BenchGateway } from "./gateways.ts";
import { load } from "./load.ts";

export const ENDPOINTS = 10_000;
/** Of them, so many refuse connections, and so many take a call and never answer. */
const DEAD = 0.1;
const HANGING = 0.01;
/** How long the last webhooks may take to come. Milliseconds. */
const PATIENCE = 30_000;

export type Wanted = { perSecond: number; seconds: number; ill: boolean };

/**
 * Sends texts at a rate, the report on each to the next of the endpoints.
 * @returns milliseconds of the webhooks to healthy ones, sorted, and how many never came
 */
export async function callsToMany(gateway: BenchGateway, { perSecond, seconds, ill }: Wanted) {
  const receivers = await openReceivers();
  try {
    const times: number[] = [];
    receivers.came = (sentAt) => void times.push(performance.now() - sentAt);
    let sent = 0;
    let healthy = 0;
    const next = () => {
      const kind = ill ? kindOf(sent) : "healthy";
      if (kind === "healthy") healthy++;
      return gateway.single({ deliveryReportUrl: receivers.urlOf(sent++, kind) });
    };
    const { refused } = await load(gateway.url, { next, connections: 20, seconds, rate: perSecond });
    if (refused > 0) throw new Error(`${refused} texts were refused`);
    const until = performance.now() + PATIENCE;
    while (times.length < healthy && performance.now() < until) await wait(50);
    return { times: Float64Array.from(times).sort(), missing: healthy - times.length };
  } finally {
    await receivers.stop();
  }
}

type Kind = "healthy" | "dead" | "hanging";

/** The ill ones are spread evenly over the endpoints. */
function kindOf(n: number): Kind {
  if (n % (1 / HANGING) === 3) return "hanging";
  return n % (1 / DEAD) === 7 ? "dead" : "healthy";
}

/** One server stands for all that listen: every address of 127.0.0.0/8 is a host of its own to whoever calls it. */
async function openReceivers() {
  const receivers = { came: (_sentAt: number) => {} };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://receiver");
    request.resume();
    if (pathname === "/hanging") return;
    receivers.came(Number(searchParams.get("sent")));
    response.writeHead(200, { "content-length": 0 }).end();
  });
  await new Promise<void>((listening) => server.listen(0, "0.0.0.0", listening));
  const { port } = server.address() as AddressInfo;
  const urlOf = (n: number, kind: Kind) => {
    const host = `127.1.${Math.floor((n % ENDPOINTS) / 250)}.${((n % ENDPOINTS) % 250) + 1}`;
    // Nothing listens at port 1.
    return `http://${host}:${kind === "dead" ? 1 : port}/${kind}?sent=${performance.now()}`;
  };
  return Object.assign(receivers, {
    urlOf,
    async stop() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  });
}
