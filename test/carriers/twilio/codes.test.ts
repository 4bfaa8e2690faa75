/** Twilio's answers and codes, as its documentation has them. */

import { describe, expect, it } from "vitest";
import { signatureOf } from "../../../src/carriers/twilio/signature.ts";
import { outcomeOf } from "../../../src/carriers/twilio/status.ts";
import { twilio } from "../../../src/carriers/twilio/twilio.ts";
import { answered, aText, open } from "../support.ts";

const given = { settings: { accountSid: `AC${"a".repeat(32)}` }, secrets: { authToken: "token" } };

describe("Twilio", () => {
  it("is asked by form, with our id in the address that it calls", async () => {
    const { carrier, sent } = open(twilio, given, () => answered(201, { sid: `SM${"1".repeat(32)}` }));
    const text = aText({ sender: "+12065550100", recipient: "+14255550123", text: "1 & 2 + 3 = 🙂" });
    expect(await carrier.submit([text])).toEqual([{ outcome: "taken", reference: `SM${"1".repeat(32)}` }]);
    const [request] = sent;
    expect(request?.url).toBe(`https://api.twilio.com/2010-04-01/Accounts/AC${"a".repeat(32)}/Messages.json`);
    expect(request?.headers.authorization).toBe(`Basic ${btoa(`AC${"a".repeat(32)}:token`)}`);
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      ...{ To: "+14255550123", From: "+12065550100", Body: "1 & 2 + 3 = 🙂", ValidityPeriod: "7200" },
      StatusCallback: `https://sms.example/carriers/relay/receipts/door-key?id=${text.id}`,
    });
  });

  it("picks the sender by a messaging service, and is called with an API key, where these are set", async () => {
    const [mg, sk] = [`MG${"b".repeat(32)}`, `SK${"c".repeat(32)}`];
    const settings = { ...given.settings, messagingServiceSid: mg, keySid: sk };
    const { carrier, sent } = open(twilio, { settings, secrets: { ...given.secrets, keySecret: "s" } }, () =>
      answered(201),
    );
    await carrier.submit([aText()]);
    const form = new URLSearchParams(sent[0]?.body);
    expect([form.get("MessagingServiceSid"), form.get("From")]).toEqual([mg, null]);
    expect(sent[0]?.headers.authorization).toBe(`Basic ${btoa(`${sk}:s`)}`);
  });

  it.each([
    { status: 400, code: 21211, is: { outcome: "refused", reason: "bad-number" } },
    { status: 400, code: 21610, is: { outcome: "refused", reason: "opted-out" } },
    { status: 400, code: 21617, is: { outcome: "refused", reason: "too-many-parts" } },
    { status: 400, code: 21606, is: { outcome: "refused", reason: "bad-sender", own: true } },
    { status: 400, code: 21408, is: { outcome: "refused", own: true } },
    { status: 401, code: 20003, is: { outcome: "refused", reason: "carrier-offline", own: true } },
    { status: 429, code: 20429, is: { outcome: "busy", retryAfterSeconds: 1 } },
    { status: 400, code: 21611, is: { outcome: "busy", retryAfterSeconds: 60 } },
    { status: 400, code: 99999, is: { outcome: "refused", reason: "rejected" } },
    { status: 500, code: 20500, is: { outcome: "unknown" } },
    { status: 503, code: 20503, is: { outcome: "unknown" } },
  ])("answers $status with code $code: $is.outcome", async ({ status, code, is }) => {
    const { carrier } = open(twilio, given, () => answered(status, { code, message: "why", status }));
    const [result] = await carrier.submit([aText()]);
    expect(result).toMatchObject(is);
    expect(result?.outcome === "refused" && result.own === true).toBe("own" in is);
  });

  it.each([
    ["delivered", 0, { outcome: "delivered" }],
    ["read", 0, { outcome: "delivered" }],
    ["undelivered", 30005, { outcome: "failed", reason: "unknown-subscriber" }],
    ["undelivered", 12345, { outcome: "failed", reason: "undelivered" }],
    ["failed", 30036, { outcome: "expired", reason: "validity-over" }],
    ["failed", 30410, { outcome: "expired", reason: "no-receipt" }],
    ["canceled", 0, { outcome: "failed", reason: "ended" }],
    ["queued", 0, undefined],
    ["sending", 0, undefined],
    ["sent", 0, undefined],
    ["whatever comes", 0, undefined],
  ])("says %s %i", (status, code, outcome) => {
    expect(outcomeOf(status, code)).toEqual(outcome);
  });

  it("is asked by its own id what became of a text, once that is known", async () => {
    const { carrier, sent } = open(twilio, given, () => answered(200, { status: "undelivered", error_code: 30003 }));
    const [unknown, known] = await carrier.query([aText(), aText({ reference: "SM1" })]);
    expect(unknown).toEqual({ outcome: "cannot-tell" });
    expect(known).toMatchObject({
      outcome: "settled",
      receipt: { outcome: "failed", reason: "subscriber-unavailable" },
    });
    expect(sent.map(({ url }) => url)).toEqual([expect.stringMatching(/Messages\/SM1\.json$/)]);
  });

  it("signs an address and the fields of a form as its own library does", async () => {
    const fields = [
      ["Digits", "1234"],
      ["CallSid", "CA1"],
      ["From", "+14158675309"],
    ] as const;
    const url = "https://example.com/myapp.php?foo=1&bar=2";
    expect(await signatureOf("12345", url, fields)).toBe("Y43DTbAfObm3g6XOzSFTTjlS6bw=");
  });
});
