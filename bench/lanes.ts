/** Urgent texts while bulk comes in: how long each waits for its answer, and until its handset shows it. */

import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { ADMIN_TOKEN, type BenchGateway } from "./gateways.ts";
import { API_KEY, toBody } from "./sends.ts";

/** Urgent texts a second, whether or not the answers keep up. */
const RATE = 10;

export type Urgent = { accept: Float64Array; handset: Float64Array };

/**
 * Sends an urgent text ten times a second for so long, and longer while bulk is under way.
 * @param bulk how many requests of 10,000 come in meanwhile
 * @returns milliseconds from the moment that each was to be sent, sorted
 */
export async function urgentTexts(
  gateway: BenchGateway,
  { seconds, bulk }: { seconds: number; bulk: number },
): Promise<Urgent> {
  const accept: number[] = [];
  const handset: number[] = [];
  let bulkLeft = bulk;
  const sendBulk = async () => {
    const texts = Array.from({ length: 10_000 }, () => toBody());
    const headers = { "x-apikey": API_KEY, "content-type": "application/json" };
    const body = JSON.stringify(texts);
    const answer = await fetch(`${gateway.url}/api/out-messages/batch`, { method: "POST", headers, body });
    if (!answer.ok) throw new Error(`the batch was answered ${answer.status}`);
    bulkLeft--;
  };
  const under: Promise<void>[] = Array.from({ length: bulk }, sendBulk);
  const begun = performance.now();
  for (let n = 0; n < seconds * RATE || bulkLeft > 0; n++) {
    const since = begun + (n * 1000) / RATE;
    if (performance.now() < since) await wait(since - performance.now());
    under.push(urgent(gateway, n, since, accept, handset));
  }
  await Promise.all(under);
  return { accept: Float64Array.from(accept).sort(), handset: Float64Array.from(handset).sort() };
}

let series = 0;

async function urgent(
  gateway: BenchGateway,
  n: number,
  since: number,
  accept: number[],
  handset: number[],
): Promise<void> {
  if (n === 0) series++;
  const number = `+4799${String(series).padStart(2, "0")}${String(n).padStart(4, "0")}`;
  const headers = { "x-apikey": API_KEY, "content-type": "application/json" };
  const body = JSON.stringify({
    ...toBody(),
    transactionId: `urgent-${series}-${n}`,
    recipient: number,
    priority: "High",
  });
  // Asked first, so that the answer comes when the text does.
  const shown = fetch(`${gateway.url}/sandbox/v1/handsets/${number}/messages?wait=60`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  }).then(async (answer) => {
    const { items } = (await answer.json()) as { items: unknown[] };
    if (items.length === 0) throw new Error("an urgent text did not come within a minute");
    handset.push(performance.now() - since);
  });
  const answer = await fetch(`${gateway.url}/api/out-messages`, { method: "POST", headers, body });
  if (answer.status !== 201) throw new Error(`an urgent text was answered ${answer.status}`);
  accept.push(performance.now() - since);
  await shown;
}
