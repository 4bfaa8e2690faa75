/** Twilio's own validator, as it is published: it finds our signatures right, and our doors find its own right. */

import { createRequire } from "node:module";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import type { DoorEnv } from "../../../src/carriers/carrier.ts";
import { doors } from "../../../src/carriers/twilio/doors.ts";
import { signatureOf } from "../../../src/carriers/twilio/signature.ts";

type Fields = Record<string, string | string[]>;
type Validator = {
  getExpectedTwilioSignature(authToken: string, url: string, params: Fields): string;
  validateRequest(authToken: string, signature: string, url: string, params: Fields): boolean;
};
// CommonJS, and its one file without the rest of the package, which has its types in the index alone.
const twilio = createRequire(import.meta.url)("twilio/lib/webhooks/webhooks.js") as Validator;

const TOKEN = "12345";
const DOOR = "https://sms.example/carriers/america/receipts/door-key";
const STATUS = { MessageSid: `SM${"1".repeat(32)}`, MessageStatus: "delivered", AccountSid: `AC${"a".repeat(32)}` };
const ID = `msg_${"0".repeat(25)}`;

const requests: { name: string; url: string; fields: Fields }[] = [
  {
    name: "the example of the documentation",
    url: "https://mycompany.com/myapp.php?foo=1&bar=2",
    fields: {
      CallSid: "CA1234567890ABCDE",
      Caller: "+14158675309",
      Digits: "1234",
      From: "+14158675309",
      To: "+18005551212",
    },
  },
  { name: "a status", url: `${DOOR}?id=${ID}`, fields: STATUS },
  { name: "letters beyond ASCII", url: DOOR, fields: { ...STATUS, Body: "Blåbær & €uro = 😀" } },
  { name: "a field without a value", url: DOOR, fields: { ...STATUS, ErrorCode: "" } },
  { name: "names that differ by case", url: DOOR, fields: { b: "1", B: "2", a: "3", _: "4" } },
  { name: "a field that comes twice", url: DOOR, fields: { ...STATUS, Media: ["b", "a", "b"] } },
  { name: "no field", url: DOOR, fields: {} },
  { name: "a port of its own", url: "http://sms.example:8787/carriers/america/inbound/key", fields: STATUS },
];

function pairsOf(fields: Fields): [string, string][] {
  return Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one]));
}

describe("Twilio's validator", () => {
  it.each(requests)("makes the signature that we make, and finds ours right: $name", async ({ url, fields }) => {
    const ours = await signatureOf(TOKEN, url, pairsOf(fields));
    expect(ours).toBe(twilio.getExpectedTwilioSignature(TOKEN, url, fields));
    expect(twilio.validateRequest(TOKEN, ours, url, fields)).toBe(true);
    expect(twilio.validateRequest("54321", ours, url, fields)).toBe(false);
    expect(twilio.validateRequest(TOKEN, ours, url, { ...fields, More: "1" })).toBe(false);
  });

  it.each([DOOR, DOOR.replace("sms.example", "sms.example:443")])(
    "signs what our door takes, with and without the port that goes without saying: %s",
    async (signed) => {
      const signature = twilio.getExpectedTwilioSignature(TOKEN, `${signed}?id=${ID}`, STATUS);
      expect(await told(signature)).toMatchObject({ status: 204, settled: [{ message: ID, outcome: "delivered" }] });
    },
  );

  it.each([
    ["by another token", twilio.getExpectedTwilioSignature("54321", `${DOOR}?id=${ID}`, STATUS)],
    ["for another address", twilio.getExpectedTwilioSignature(TOKEN, `${DOOR}?id=${ID}1`, STATUS)],
    ["for other fields", twilio.getExpectedTwilioSignature(TOKEN, `${DOOR}?id=${ID}`, { ...STATUS, To: "+1" })],
    ["not at all", ""],
  ])("signs %s what our door refuses", async (_, signature) => {
    expect(await told(signature)).toEqual({ status: 401, settled: [] });
  });
});

/** A status that comes to our door with this signature. */
async function told(signature: string): Promise<{ status: number; settled: unknown[] }> {
  const settled: unknown[] = [];
  const { receipts } = doors({ publicUrls: ["https://sms.example"], authToken: TOKEN, now: () => 0 });
  const app = new Hono<DoorEnv>()
    .use(async (c, next) => {
      c.set("port", { settle: async (some) => void settled.push(...some) } as DoorEnv["Variables"]["port"]);
      await next();
    })
    .onError((_, c) => c.text("", 401))
    .route("/carriers/america/receipts/door-key", receipts ?? new Hono<DoorEnv>());
  const headers = { "x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded" };
  const body = new URLSearchParams(STATUS).toString();
  const { status } = await app.request(`${DOOR}?id=${ID}`, { method: "POST", headers, body });
  return { status, settled };
}
