/** The promises against the real process: killed in the middle of the work and started again, it owes nobody anything. */

import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { DEMO_API_KEY } from "../../scripts/local-settings.ts";
import type { HandsetMessage } from "../support/gateway.ts";
import { type GatewayProcess, untilEmpty, useStateDir } from "../support/process.ts";
import { useReceiver } from "../support/receiver.ts";

const MESSAGES = 2_000;
const HANDSETS = Array.from({ length: 40 }, (_, index) => `+47980790${String(index + 10)}`);
const CALLERS = 24;
const BATCH = 25;
/** Recovery takes a lease or two of real time; this only says when to stop hoping. Milliseconds. */
const PATIENCE = 240_000;

type Wanted = {
  transactionId: string;
  recipient: string;
  content: string;
  deliveryMode: "AtMostOnce" | "AtLeastOnce";
  deliveryReportUrl?: string;
};

describe("a gateway that is killed", () => {
  const state = useStateDir();
  const receiver = useReceiver();

  it(
    "loses nothing that it took, and sends nothing at-most-once twice",
    async () => {
      const wanted = Array.from({ length: MESSAGES }, (_, index) => aMessage(index, `${receiver.url}/reports`));
      const requests = inRequests(wanted);
      const acknowledged: Wanted[] = [];

      let gateway = await state.start();
      // Some messages the carrier takes without an answer: they are in hand when the power goes, and it must be asked.
      const slow = { hang: true, receiptDelaySeconds: 35, share: 0.01 };
      await gateway.operator("PUT", "/sandbox/v1/faults/simulator", slow);
      await accept(gateway, requests, acknowledged, MESSAGES / 2);
      await gateway.kill();
      expect(acknowledged.length).toBeLessThan(MESSAGES);

      gateway = await state.start();
      await gateway.operator("DELETE", "/sandbox/v1/faults/simulator");
      await accept(gateway, requests, acknowledged, MESSAGES);
      await gateway.kill();
      expect(acknowledged.length).toBeGreaterThan(MESSAGES * 0.9);

      gateway = await state.start();
      await settled(gateway);
      const shown = await textsOnHandsets(gateway);
      expect(acknowledged.filter(({ content }) => !shown.has(content))).toEqual([]);
      expect(
        wanted.filter(({ deliveryMode, content }) => deliveryMode === "AtMostOnce" && (shown.get(content) ?? 0) > 1),
      ).toEqual([]);
      const told = new Set(receiver.received.map(({ json }) => json.transactionId));
      expect(
        acknowledged.filter(({ transactionId, deliveryReportUrl }) => deliveryReportUrl && !told.has(transactionId)),
      ).toEqual([]);
      const { items: dead } = await gateway.operator<{ items: unknown[] }>("GET", "/admin/v1/webhooks?state=dead");
      expect(dead).toEqual([]);
      expect(await gateway.end()).toBe(0);
    },
    PATIENCE + 120_000,
  );
});

describe("a gateway that is ended", () => {
  const state = useStateDir();

  it("ends cleanly, and knows its accounts and messages when it is started again", async () => {
    let gateway = await state.start();
    await gateway.operator("POST", "/admin/v1/accounts", { id: "kept", name: "Kept" });
    const sent = { ...aMessage(0), recipient: "+4798079099", content: "Kept" };
    expect((await send(gateway, "/api/out-messages", sent)).status).toBe(201);
    await handset(gateway, "+4798079099", "wait=30");
    expect(await gateway.end()).toBe(0);

    gateway = await state.start();
    expect(await gateway.operator("GET", "/admin/v1/accounts/kept")).toMatchObject({ name: "Kept" });
    const kept = await fetch(`${gateway.url}/api/out-messages/${sent.transactionId}`, {
      headers: { "x-apikey": DEMO_API_KEY },
    });
    expect(await kept.json()).toMatchObject({ transactionId: sent.transactionId, recipient: "+4798079099" });
    expect((await handset(gateway, "+4798079099", "wait=30")).map(({ text }) => text)).toEqual(["Kept"]);
    expect((await send(gateway, "/api/out-messages", sent)).status).toBe(201);
    expect(await gateway.end()).toBe(0);
  }, 120_000);
});

function aMessage(index: number, reportUrl?: string): Wanted {
  return {
    transactionId: `kill-${index}`,
    recipient: HANDSETS[index % HANDSETS.length] as string,
    content: `text ${index}.`,
    deliveryMode: index % 3 === 0 ? "AtLeastOnce" : "AtMostOnce",
    ...(reportUrl && index % 4 === 0 ? { deliveryReportUrl: reportUrl } : {}),
  };
}

/** Mostly one message a request; now and then a batch. */
function inRequests(wanted: readonly Wanted[]): Wanted[][] {
  const requests: Wanted[][] = [];
  for (let index = 0; index < wanted.length; ) {
    const size = requests.length % 20 === 19 ? BATCH : 1;
    requests.push(wanted.slice(index, index + size));
    index += size;
  }
  return requests;
}

/**
 * Sends requests, many at once, until so many messages are acknowledged or none is left; then stops at once, with those
 * that are under way still unanswered.
 */
async function accept(gateway: GatewayProcess, requests: Wanted[][], acknowledged: Wanted[], until: number) {
  const callers = Array.from({ length: CALLERS }, async () => {
    for (let next = requests.shift(); next && acknowledged.length < until; next = requests.shift()) {
      const [first] = next;
      const answer = await (next.length > 1
        ? send(gateway, "/api/out-messages/batch", next)
        : send(gateway, "/api/out-messages", first)
      ).catch(whyUnanswered);
      if (!answer) return;
      if (answer.status !== 201) throw new Error(`answered ${answer.status}: ${await answer.text()}`);
      acknowledged.push(...next);
    }
  });
  const all = Promise.all(callers);
  while (acknowledged.length < until && (await Promise.race([all.then(() => "done"), wait(1)])) !== "done");
  void all.catch(() => {});
}

/** Killed before it could answer: that is what this is about. But one that lives and never answers must be told of. */
function whyUnanswered(error: Error): undefined {
  if (error.name === "TimeoutError") throw new Error("a request was never answered", { cause: error });
}

function send(gateway: GatewayProcess, path: string, body: unknown): Promise<Response> {
  const complete = (message: unknown) => ({ sender: "Stafett", ...(message as object) });
  return fetch(gateway.url + path, {
    method: "POST",
    signal: AbortSignal.timeout(90_000),
    headers: { "x-apikey": DEMO_API_KEY, "content-type": "application/json" },
    body: JSON.stringify(Array.isArray(body) ? body.map(complete) : complete(body)),
  });
}

async function handset(gateway: GatewayProcess, number: string, query: string): Promise<HandsetMessage[]> {
  const path = `/sandbox/v1/handsets/${encodeURIComponent(number)}/messages?${query}`;
  return (await gateway.operator<{ items: HandsetMessage[] }>("GET", path)).items;
}

/** How often each text is shown, over all handsets. */
async function textsOnHandsets(gateway: GatewayProcess): Promise<Map<string, number>> {
  const shown = new Map<string, number>();
  for (const number of HANDSETS) {
    for (const { text } of await handset(gateway, number, "limit=1000")) shown.set(text, (shown.get(text) ?? 0) + 1);
  }
  return shown;
}

/** Resolves when no message and no webhook is on its way any more. */
function settled(gateway: GatewayProcess): Promise<void> {
  const messages = ["scheduled", "accepted", "submitting", "unknown", "sent"].map((state) => `messages?state=${state}`);
  const webhooks = ["owed", "delivering"].map((state) => `webhooks?state=${state}`);
  return untilEmpty(gateway, [...messages, ...webhooks], PATIENCE);
}
