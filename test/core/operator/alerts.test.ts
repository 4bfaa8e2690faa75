/** The operator is called when a carrier goes down and when it is back: once, signed, and again where the call failed. */

import { describe, expect, it } from "vitest";
import { STANDARD_SECRET, standardHeaders } from "../../../src/adapters/standard-webhooks.ts";
import type { HttpAnswer, HttpRequest } from "../../../src/core/kernel/ports.ts";
import { tellOfOutages } from "../../../src/core/operator/alerts.ts";
import { outageStore } from "../../../src/store/operator/outages.ts";
import { openDatabase } from "../../support/database.ts";
import { NOON, stoppedAt } from "../../support/rows.ts";

const OUTAGE = { carrier: "norway", since: NOON, until: NOON + 5_000, wait: 5_000 };

function anOperator() {
  const calls: HttpRequest[] = [];
  const events: string[] = [];
  const outages = outageStore(openDatabase().d1);
  const is = { answer: { outcome: "answered", status: 204, body: "", milliseconds: 1 } as HttpAnswer };
  const ports = {
    alert: { url: "https://ops.example/alerts", headers: async (id: string) => ({ "webhook-id": id }) },
    outages,
    clock: stoppedAt(NOON + 60_000),
    log: { event: (name: string) => void events.push(name) },
    http: {
      send: async (request: HttpRequest) => {
        calls.push(request);
        return is.answer;
      },
    },
  };
  return { is, calls, events, outages, ports, round: () => tellOfOutages(ports) };
}

describe("an operator", () => {
  it("is told once that a carrier is down, and once that it is back", async () => {
    const { calls, outages, round, events } = anOperator();
    await round();
    await outages.begin(OUTAGE);
    await round();
    await round();
    await outages.claimTrial("norway", NOON + 6_000, NOON + 26_000);
    await round();
    await outages.end("norway", NOON + 7_000);
    await round();
    await round();
    expect(calls.map(({ body }) => JSON.parse(String(body)))).toEqual([
      {
        type: "carrier.down",
        timestamp: "2026-11-22T12:00:00.000Z",
        data: {
          carrier: "norway",
          since: "2026-11-22T12:00:00.000Z",
          reason: "its answers are lost",
        },
      },
      {
        type: "carrier.up",
        timestamp: "2026-11-22T12:00:07.000Z",
        data: { carrier: "norway", since: "2026-11-22T12:00:07.000Z", reason: "it answers again" },
      },
    ]);
    expect(events).toEqual(["alert.told", "alert.told"]);
  });

  it.each([
    ["answers 500", { outcome: "answered", status: 500, body: "", milliseconds: 1 }],
    ["is away", { outcome: "failed", error: "could not connect", milliseconds: 1 }],
  ] as const)("is told again, under the same id, where it %s", async (_, answer) => {
    const { is, calls, outages, round, events } = anOperator();
    await outages.begin(OUTAGE);
    is.answer = answer as HttpAnswer;
    await round();
    is.answer = { outcome: "answered", status: 200, body: "", milliseconds: 1 } as HttpAnswer;
    await round();
    await round();
    expect(calls.map(({ headers }) => headers?.["webhook-id"])).toEqual(Array(2).fill(`carrier-down-norway-${NOON}`));
    expect(events).toEqual(["alert.failed", "alert.told"]);
  });

  it("is told nothing of what was over before it could be told", async () => {
    const { calls, outages, round } = anOperator();
    await outages.begin(OUTAGE);
    await outages.end("norway", NOON + 1_000);
    await round();
    expect(calls).toEqual([]);
  });

  it("who gave no address is not called, and is told when there is one", async () => {
    const { calls, outages, ports, round } = anOperator();
    await outages.begin(OUTAGE);
    await tellOfOutages({ ...ports, alert: undefined });
    expect(calls).toEqual([]);
    await round();
    expect(calls).toHaveLength(1);
  });
});

describe("a call by Standard Webhooks", () => {
  // The example of the specification's reference libraries.
  const [secret, id, at] = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330];

  it("is signed as the reference libraries sign it", async () => {
    expect(await standardHeaders(secret, { id, at, body: '{"test": 2432232314}' })).toEqual({
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(at),
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  it("is not signed without a secret", async () => {
    expect(Object.keys(await standardHeaders(undefined, { id, at, body: "" }))).not.toContain("webhook-signature");
  });

  it.each([
    [secret, true],
    ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false],
    ["whsec_c2hvcnQ=", false],
    ["whsec_!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!", false],
  ])("takes the secret %s: %s", (given, isTaken) => {
    expect(STANDARD_SECRET.test(given)).toBe(isTaken);
  });
});
