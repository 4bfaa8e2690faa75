/** What every kind of carrier makes of answers: nothing that may have been taken is called refused, or goes again on a guess. */

import { describe, expect, it } from "vitest";
import type { CarrierKind } from "../../src/carriers/carrier.ts";
import { cm } from "../../src/carriers/cm/cm.ts";
import { flowroute } from "../../src/carriers/flowroute/flowroute.ts";
import { http, presets } from "../../src/carriers/http/http.ts";
import { target365 } from "../../src/carriers/target365/target365.ts";
import { twilio } from "../../src/carriers/twilio/twilio.ts";
import { txtnation } from "../../src/carriers/txtnation/txtnation.ts";
import type { HttpRequest } from "../../src/core/kernel/ports.ts";
import { answered, aText, failed, open } from "./support.ts";

const preset = (kind: string): CarrierKind => {
  const found = presets.find((one) => one.kind === kind);
  if (!found) throw new Error(`there is no kind ${kind}`);
  return found;
};
const SID = `AC${"0".repeat(32)}`;

/** Each kind: how it is set, and the answer with which it takes a text. */
const KINDS = [
  { kind: target365, settings: {}, secrets: { apiKey: "hush" }, taken: () => answered(201) },
  {
    kind: cm,
    settings: {},
    secrets: { productToken: "hush" },
    taken: ({ body }: HttpRequest) => {
      const { msg } = JSON.parse(body ?? "").messages as { msg: { reference: string }[] };
      const messages = msg.map(({ reference }) => ({ status: "Accepted", reference, messageErrorCode: 0 }));
      return answered(200, { errorCode: 0, details: "", messages });
    },
  },
  {
    kind: flowroute,
    settings: {},
    secrets: { accessKey: "1", secretKey: "hush" },
    taken: () => answered(202, { data: { id: "mdr2-1", type: "message" } }),
  },
  {
    kind: txtnation,
    settings: { companyCode: "acme" },
    secrets: { ekey: "hush" },
    taken: () => answered(200, "SUCCESS"),
  },
  {
    kind: twilio,
    settings: { accountSid: SID },
    secrets: { authToken: "hush" },
    taken: () => answered(201, { sid: `SM${"1".repeat(32)}`, status: "queued" }),
  },
  {
    kind: preset("vonage"),
    settings: { apiKey: "key" },
    secrets: { apiSecret: "hush" },
    taken: () => answered(200, { "message-count": "1", messages: [{ status: "0", "message-id": "0A1" }] }),
  },
  {
    kind: preset("infobip"),
    settings: { baseUrl: "https://x.api.infobip.com" },
    secrets: { apiKey: "hush" },
    taken: () => answered(200, { messages: [{ messageId: "m", status: { groupId: 1, groupName: "PENDING" } }] }),
  },
  {
    kind: preset("sinch"),
    settings: { servicePlanId: "plan" },
    secrets: { apiToken: "hush" },
    taken: () => answered(201, { id: "01FC66621XXXXX119Z8PMV1QPQ" }),
  },
  {
    kind: http,
    settings: {
      baseUrl: "https://sms.example.org",
      send: { path: "/send", headers: { "x-key": "{{secret.key}}" }, json: { ref: "{{id}}", text: "{{text}}" } },
      answers: [{ status: 201, at: "/ok", is: [true], means: "taken" }],
    },
    secrets: { key: "hush" },
    taken: () => answered(201, { ok: true }),
  },
];

describe.each(KINDS)("$kind.kind", ({ kind, settings, secrets, taken }) => {
  const given = { settings, secrets };
  const texts = [aText(), aText({ sender: "+12065550100", recipient: "+14255550123", text: '& = "ä" 🙂\n' })];

  it("takes texts, each under a reference, and our id goes along", async () => {
    const { carrier, sent } = open(kind, given, taken);
    for (const result of await carrier.submit(texts)) expect(result.outcome).toBe("taken");
    for (const { id } of texts) expect(sent.some(({ body }) => body?.includes(id))).toBe(true);
  });

  it.each([
    ["nothing, within the time", failed("no answer within 10 s")],
    ["nothing, and the connection breaks", failed("could not connect: Network connection lost.")],
    ["500", answered(500, "oops")],
    ["503, for a minute", answered(503, "", { retryAfter: 60 })],
    ["504", answered(504)],
    ["522", answered(522)],
    ["408", answered(408)],
    ["a page", answered(200, "<html>Welcome</html>")],
    ["nothing, with 200", answered(200)],
    ["another place, with 302", answered(302)],
    ["204", answered(204)],
    ["a list that is cut", answered(200, '{"errorCode":0,"messages":[{"status":"Acc', { isCut: true })],
  ])("does not know what became of texts when the answer is %s", async (_, answer) => {
    const { carrier } = open(kind, given, () => answer);
    for (const result of await carrier.submit(texts)) expect(result.outcome).toBe("unknown");
  });

  it.each([401, 402, 403, 404])("lets another carrier have texts when the answer is %i", async (status) => {
    const { carrier } = open(kind, given, () => answered(status));
    for (const result of await carrier.submit(texts)) expect(result).toMatchObject({ outcome: "refused", own: true });
  });

  it("lets another carrier have texts where its address may not be called", async () => {
    const { carrier } = open(kind, given, () => failed("10.0.0.1 is not a public address", { isUnsent: true }));
    for (const result of await carrier.submit(texts)) expect(result).toMatchObject({ outcome: "refused", own: true });
  });

  it.each([
    [undefined, 1],
    [20, 20],
    [86_400, 300],
  ])("waits when it is told of too many, with Retry-After %s", async (retryAfter, retryAfterSeconds) => {
    const more = retryAfter === undefined ? {} : { retryAfter };
    const { carrier } = open(kind, given, () => answered(429, "", more));
    for (const result of await carrier.submit(texts)) expect(result).toEqual({ outcome: "busy", retryAfterSeconds });
  });

  it("answers in time however many there are: what was not begun with goes again", async () => {
    const many = Array.from({ length: 300 }, () => aText());
    const { carrier, sent, time } = open(kind, given, (request, passing) => {
      passing.wall += 500;
      return taken(request as never);
    });
    const begun = time.wall;
    const results = await carrier.submit(many);
    expect(results).toHaveLength(300);
    const begunWith = results.filter(({ outcome }) => outcome === "taken").length;
    for (const result of results) expect(["taken", "busy"]).toContain(result.outcome);
    if (sent.length > 1) expect(begunWith).toBe(sent.length);
    expect(time.wall - begun).toBeLessThanOrEqual(10_000);
    for (const { timeLimit } of sent) expect(timeLimit ?? 10_000).toBeLessThanOrEqual(10_000);
  });

  it("puts no secret into an address", async () => {
    const { carrier, sent } = open(kind, given, taken);
    await carrier.submit(texts);
    await carrier.health();
    await carrier.query(texts);
    for (const { url } of sent) expect(url).not.toContain("hush");
  });

  it("cannot tell of a text, or asks, but never says for a slow one that it was never seen", async () => {
    const { carrier } = open(kind, given, () => answered(404));
    const [word] = await carrier.query([aText()]);
    expect(word).toEqual({ outcome: "cannot-tell" });
  });

  it.each([failed("no answer"), answered(500), answered(200, "<html>")])(
    "cannot tell of a text when the answer is lost: %j",
    async (answer) => {
      const { carrier } = open(kind, given, () => answer);
      for (const word of await carrier.query([aText({ reference: "r-1" })]))
        expect(word).toEqual({ outcome: "cannot-tell" });
    },
  );

  it("is down when it cannot be reached", async () => {
    const { carrier } = open(kind, given, () => failed("could not connect"));
    expect(await carrier.health()).toEqual({ state: "down", reason: "could not connect" });
  });
});
