/** The guide's own examples, played back: the same request gets an answer of the same form. */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { useGateway } from "../../support/gateway.ts";

const gateway = useGateway();
const CAMPAIGN = "puregaming";
const values: Record<string, string> = {
  "<service_id>": "pure-weekly",
  "<tariff>": "1",
  "<shortcode>": "2172",
  "<to>": "4798888888",
};

type Transcript = { path: string; status: number; type: string; body: Record<string, unknown> };

function read(name: string): Transcript {
  const text = readFileSync(new URL(`transcripts/${name}.http`, import.meta.url), "utf8");
  const [, path = ""] = /^> GET (\S+) HTTP/m.exec(text) ?? [];
  const [, status = ""] = /^< HTTP\/1\.1 (\d+)/m.exec(text) ?? [];
  const [, type = ""] = /^< Content-Type: (.*)$/m.exec(text) ?? [];
  return { path, status: Number(status), type, body: JSON.parse(text.slice(text.indexOf("\n{"))) };
}

/** What differs from one call to the next is compared by its form. */
const FORMS = [
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  /^\d{4}(-\d\d){2}T(\d\d:){2}\d\d\+00:00$/,
  /^https?:\/\//,
];

function formOf(value: unknown): unknown {
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).map(([name, inner]) => [name, formOf(inner)]);
  }
  return FORMS.find((form) => typeof value === "string" && form.test(value))?.source ?? value;
}

async function play({ path }: Transcript): Promise<{ answer: Response; body: Record<string, unknown> }> {
  const here = path.replace(/<\w+>/g, (name) => values[name] ?? name);
  const answer = await gateway.fetch(here, { headers: { "user-agent": "curl/7.64.1", accept: "*/*" } });
  return { answer, body: (await answer.json()) as Record<string, unknown> };
}

function expectLike({ answer, body }: Awaited<ReturnType<typeof play>>, transcript: Transcript): void {
  expect(answer.status).toBe(transcript.status);
  expect(answer.headers.get("content-type")).toBe(transcript.type);
  expect(formOf(body)).toEqual(formOf(transcript.body));
}

describe("the guide's example", () => {
  beforeAll(async () => {
    const { id } = await gateway.account("Pure Gaming");
    const at = `/admin/v1/accounts/${id}`;
    const credential = { dialect: "txtnation", kind: "campaign", name: CAMPAIGN };
    const { secret } = await gateway.operator<{ secret: string }>("POST", `${at}/credentials`, credential);
    values["<api_key>"] = secret;
    await gateway.operator("PUT", `${at}/senders/2172`, { kind: "short-number", country: "NO" });
    await gateway.operator("PUT", `${at}/merchants/pure`, {});
    await gateway.operator("PUT", `${at}/services/pure-weekly`, {
      shortNumber: "2172",
      merchantId: "pure",
      serviceCode: "14002",
      price: 100,
      invoiceText: "Pure Gaming",
      redirectUrl: "https://pure.example/done",
    });
  });

  it("of a new window is answered as it is printed, with one id in three places", async () => {
    const played = await play(read("new"));
    expectLike(played, read("new"));
    const { requestId, data } = played.body as { requestId: string; data: Record<string, string> };
    expect(data.transactionId).toBe(requestId);
    expect(data.windowUrl).toMatch(new RegExp(`/service\\?id=${requestId}$`));
  });

  it("of a charge, and of its status, is answered as it is printed", async () => {
    const charged = await play(read("dob"));
    expectLike(charged, read("dob"));
    const { transactionId = "" } = charged.body.data as Record<string, string>;
    values["<transaction_id>"] = transactionId;
    const viewed = await play(read("view"));
    expectLike(viewed, read("view"));
    expect(viewed.body.data).toEqual(charged.body.data);
  });
});
