/** Hosts that no carrier may be at, whatever kind it is of, and receipts of another day. */

import { describe, expect, it } from "vitest";
import { whyPrivate } from "../../src/adapters/http-out.ts";
import { carrierForm } from "../../src/carriers/carrier.ts";
import type { MessageId } from "../../src/core/kernel/ids.ts";
import { toMove } from "../../src/core/messages/settle.ts";
import { carrierKinds } from "../../src/registry.ts";
import { NOON } from "../support/rows.ts";

const kinds = new Map(
  carrierKinds({ network: {} as never, binds: {} as never }).map((one) => [one.kind, carrierForm(one)]),
);

/** Of each kind whose host an operator sets: the settings for a host, and its secrets. */
const SET: Record<string, (host: string) => { settings: Record<string, unknown>; secrets: Record<string, string> }> = {
  target365: (host) => ({ settings: { baseUrl: `https://${host}` }, secrets: { apiKey: "k" } }),
  cm: (host) => ({ settings: { baseUrl: `https://${host}` }, secrets: { productToken: "k" } }),
  flowroute: (host) => ({ settings: { baseUrl: `https://${host}` }, secrets: { accessKey: "1", secretKey: "k" } }),
  txtnation: (host) => ({ settings: { baseUrl: `https://${host}`, companyCode: "c" }, secrets: { ekey: "k" } }),
  twilio: (host) => ({
    settings: { baseUrl: `https://${host}`, accountSid: `AC${"0".repeat(32)}` },
    secrets: { authToken: "k" },
  }),
  http: (host) => ({
    settings: { baseUrl: `https://${host}`, send: { path: "/", json: {} }, answers: [{ status: 200, means: "taken" }] },
    secrets: {},
  }),
  smpp: (host) => ({ settings: { host, systemId: "us" }, secrets: { password: "k" } }),
};
const PRIVATE = [
  "127.0.0.1",
  "localhost",
  "10.0.0.1",
  "172.16.0.1",
  "192.168.1.1",
  "169.254.169.254",
  "0.0.0.0",
  "printer",
];

describe.each(Object.entries(SET))("a carrier of kind %s", (kind, given) => {
  const addressesAt = (host: string) => kinds.get(kind)?.check(given(host)).addresses ?? [];

  it.each(PRIVATE)("is looked at, and refused, where its host is %s", (host) => {
    const refused = addressesAt(host).filter(({ url }) => whyPrivate(url) !== undefined);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.field).toMatch(/^settings\.(?:baseUrl|host)$/);
  });

  it("is taken where it is a public one", () => {
    expect(addressesAt("sms.example.com").map(({ url }) => whyPrivate(url))).toEqual([undefined]);
  });
});

describe("a receipt", () => {
  const receipt = { message: "msg_1" as MessageId, carrier: "norway", reference: "r", outcome: "delivered" } as const;

  it.each([
    ["of last year", NOON - 365 * 86_400_000],
    ["of 1970", 0],
    ["of tomorrow", NOON + 86_400_000],
  ])("%s counts from now on, and is told with its own time", (_, at) => {
    expect(toMove({ ...receipt, at }, NOON)).toMatchObject({
      to: "delivered",
      at: NOON,
      happenedAt: at,
      toldBy: "norway",
    });
  });
});
