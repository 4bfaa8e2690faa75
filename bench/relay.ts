/** Texts handed to a carrier: the simulator in the same process, and providers over HTTP, each a stub that takes everything. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { ADMIN_TOKEN, type BenchGateway } from "./gateways.ts";
import { load } from "./load.ts";

/** A provider for each way of being called: a list of texts in a call, and a call for each text. */
const RELAYS = {
  "one by one": { kind: "sinch", settings: { servicePlanId: "bench" }, secrets: { apiToken: "bench" } },
  "in lists": { kind: "target365", settings: {}, secrets: { apiKey: "bench" } },
} as const;

export type Relay = "simulator" | "smpp" | keyof typeof RELAYS;
export const RELAY_NAMES = ["simulator", ...(Object.keys(RELAYS) as (keyof typeof RELAYS)[])] as const;

/** Sets the providers up, beside the simulator. */
export async function openRelays(gateway: BenchGateway): Promise<{ stop(): Promise<void> }> {
  const stub = createServer((request, response) => {
    request.resume();
    request.on("end", () => response.writeHead(201, { "content-type": "application/json" }).end('{"id":"stub"}'));
  });
  await new Promise<void>((listening) => stub.listen(0, "127.0.0.1", listening));
  const baseUrl = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`;
  for (const [name, { settings, ...relay }] of Object.entries(RELAYS)) {
    const whole = { ...relay, settings: { ...settings, baseUrl } };
    await gateway.operator("PUT", `/admin/v1/carriers/${nameOf(name as Relay)}`, whole);
  }
  return {
    async stop() {
      stub.closeAllConnections();
      await new Promise((closed) => stub.close(closed));
    },
  };
}

/** Texts a second that this carrier takes, of so many that come in one request. */
export async function relayed(gateway: BenchGateway, relay: Relay, count: number): Promise<number> {
  const carrier = nameOf(relay);
  const route = { account: "*", kind: "message", prefix: "", carriers: [carrier] };
  await gateway.operator("PUT", "/admin/v1/routes/bench", route);
  const before = await takenBy(gateway, carrier);
  const one = [gateway.batch(Array.from({ length: count }, () => ({})))];
  const from = performance.now();
  const { refused } = await load(gateway.url, { next: () => one.pop(), connections: 1, seconds: 30 });
  if (refused > 0) throw new Error("the batch was refused");
  while ((await takenBy(gateway, carrier)) < before + count) {
    if (performance.now() - from > 60_000) throw new Error(`${carrier} did not take ${count} texts within a minute`);
    await wait(20);
  }
  return (count / (performance.now() - from)) * 1000;
}

function nameOf(relay: Relay): string {
  return relay.replaceAll(" ", "-");
}

/** By the operator's figures: how many texts it took in the last hour. */
async function takenBy(gateway: BenchGateway, carrier: string): Promise<number> {
  const answer = await fetch(`${gateway.url}/admin/v1/carriers`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  const { items } = (await answer.json()) as { items: { name: string; lastHour: { taken: number } }[] };
  return items.find(({ name }) => name === carrier)?.lastHour.taken ?? 0;
}
