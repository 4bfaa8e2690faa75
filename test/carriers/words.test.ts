/** The providers' own words, each with what it means here: answers to a text, reports, and records that are asked for. */

import { describe, expect, it } from "vitest";
import { outcomeOf as ofCm, ofMessage, ofRequest } from "../../src/carriers/cm/status.ts";
import { flowroute } from "../../src/carriers/flowroute/flowroute.ts";
import { outcomeOf as ofFlowroute } from "../../src/carriers/flowroute/status.ts";
import { outcomeOf as ofTxtnation, wordOf } from "../../src/carriers/txtnation/status.ts";
import { answered, aText, open } from "./support.ts";

describe("CM.com", () => {
  it.each([
    ["Accepted", 0, { outcome: "taken" }],
    ["Rejected", 301, { outcome: "refused", reason: "bad-sender" }],
    ["Rejected", 303, { outcome: "refused", reason: "bad-number" }],
    ["Rejected", 402, { outcome: "refused", reason: "opted-out" }],
    ["Rejected", 500, { outcome: "refused", own: true }],
    ["Rejected", 12345, { outcome: "refused", own: true }],
    ["Perhaps", 0, { outcome: "unknown" }],
  ])("says of one text: %s, %i", (status, messageErrorCode, means) => {
    expect(ofMessage("msg_1", { status, messageErrorCode })).toMatchObject(means);
  });

  it.each([101, 102, 103, 202, 203])("refuses all of a request with %i, for a reason of its own", (code) => {
    expect(ofRequest(code, "why")).toMatchObject({ outcome: "refused", own: true, detail: "why" });
  });

  it.each([
    [0, 0, undefined],
    [2, 0, { outcome: "delivered" }],
    [3, 8, { outcome: "expired", reason: "validity-over" }],
    [3, 24, { outcome: "failed", reason: "subscriber-unavailable" }],
    [3, 99, { outcome: "failed", reason: "undelivered" }],
    [1, 0, { outcome: "failed", reason: "rejected" }],
    [Number.NaN, 0, undefined],
  ])("reports status %d with code %i", (status, code, means) => {
    expect(ofCm(status, code)).toEqual(means);
  });
});

describe("Flowroute", () => {
  const secrets = { accessKey: "1", secretKey: "hush" };
  const opened = (answer: Parameters<typeof answered>) =>
    open(flowroute, { settings: {}, secrets }, () => answered(...answer));

  it.each([
    [{ level: 1, status_code: 1002 }, undefined],
    [{ level: 2, status_code: 1003 }, undefined],
    [{ level: 2, status_code: null }, undefined],
    [{ level: 2, status_code: 4711 }, undefined],
    [{ level: 2, status_code: 1004 }, { outcome: "delivered" }],
    [
      { level: 2, status_code: 1006 },
      { outcome: "expired", reason: "validity-over" },
    ],
    [
      { level: 2, status_code: 1110 },
      { outcome: "failed", reason: "opted-out" },
    ],
  ])("reports %j", (receipt, means) => {
    expect(ofFlowroute(receipt)).toEqual(means);
  });

  it.each([
    [403, { title: "Forbidden", detail: "the number is not yours" }, { reason: "bad-sender", own: true }],
    [422, { source: { pointer: "/data/attributes/to" } }, { reason: "bad-number" }],
    [422, { source: { pointer: "/data/attributes/from" } }, { reason: "bad-sender" }],
    [400, { code: "1110", detail: "opted out" }, { reason: "opted-out" }],
    [400, { detail: "something else" }, { reason: "rejected" }],
  ])("refuses with %i: %j", async (status, error, means) => {
    const { carrier } = opened([status, { errors: [error] }]);
    expect((await carrier.submit([aText()]))[0]).toMatchObject({ outcome: "refused", ...means });
  });

  it("is asked by its own id, and tells by the receipts that it has", async () => {
    const record = (...delivery_receipts: unknown[]) => ({ data: { attributes: { delivery_receipts } } });
    const text = aText({ reference: "mdr2-1" });
    const delivered = opened([200, record({ level: 1, status_code: null }, { level: 2, status_code: 1004 })]);
    expect(await delivered.carrier.query([text])).toMatchObject([
      {
        outcome: "settled",
        reference: "mdr2-1",
        receipt: { message: text.id, carrier: "relay", outcome: "delivered" },
      },
    ]);
    expect(delivered.sent.map(({ url }) => url)).toEqual(["https://api.flowroute.com/v2.1/messages/mdr2-1"]);
    const underWay = opened([200, record({ level: 1, status_code: 1002 })]);
    expect(await underWay.carrier.query([text])).toEqual([{ outcome: "taken", reference: "mdr2-1" }]);
  });
});

describe("txtNation", () => {
  it.each([
    ["SUCCESS", { outcome: "taken", reference: "msg_1" }],
    [" SUCCESS\n", { outcome: "taken" }],
    ["BARRED", { outcome: "refused", reason: "opted-out" }],
    ["NO CREDITS", { outcome: "refused", own: true }],
    ["IR-103", { outcome: "refused", reason: "carrier-offline", own: true }],
    ["IR-405 bad number", { outcome: "refused", reason: "bad-number" }],
    ["IR-499", { outcome: "refused", reason: "rejected" }],
    ["E-109", { outcome: "refused", own: true }],
    ["SUCCESSFULLY FAILED", { outcome: "unknown" }],
    ["", { outcome: "unknown" }],
    ["<html>", { outcome: "unknown" }],
  ])("answers %j", (body, means) => {
    expect(wordOf("msg_1", body)).toMatchObject(means);
  });

  it.each([
    ["ACKNOWLEDGED", undefined],
    ["ACCEPTED", undefined],
    ["constructor", undefined],
    ["DELIVERED", { outcome: "delivered" }],
    ["VALIDITY_EXPIRED", { outcome: "expired", reason: "validity-over" }],
    ["UNKNOWN", { outcome: "expired", reason: "no-receipt" }],
    ["NO_CREDIT", { outcome: "failed", reason: "insufficient-funds" }],
  ])("reports %s", (report, means) => {
    expect(ofTxtnation(report)).toEqual(means);
  });
});
