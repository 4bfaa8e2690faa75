/** One message, one trace: from the customer's request to the webhook that tells what became of it. */

import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, useGateway } from "../support/gateway.ts";
import { useReceiver } from "../support/receiver.ts";

type Attribute = { key: string; value: { stringValue?: string; intValue?: string } };
type Span = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: Attribute[];
};

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const THEIRS = `00-${TRACE}-00f067aa0ba902b7-01`;

describe("a trace", () => {
  const collector = useReceiver();
  const customer = useReceiver();
  const settings: Record<string, string> = { TRACES_HEADERS: "authorization=Bearer%20collectors-key" };
  beforeAll(() => {
    settings.TRACES_URL = `${collector.url}/v1/traces`;
  });
  const gateway = useGateway(settings);
  const spans = () =>
    collector.received.flatMap(({ json }) => {
      const { resourceSpans } = json as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
      return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    });
  const ofTrace = () => spans().filter(({ traceId }) => traceId === TRACE);

  it("begins with the customer's own, and ends with the webhook, which carries it on", async () => {
    const account = await gateway.account();
    const recipient = newNumber();
    const content = "The word is Shibboleth";
    const sent = await gateway.fetch("/api/out-messages", {
      method: "POST",
      headers: { "x-apikey": account.apiKey, traceparent: THEIRS },
      json: {
        transactionId: "ordre-9081726354",
        sender: "Shop",
        recipient,
        content,
        deliveryReportUrl: `${customer.url}/r?token=Sesam`,
      },
    });
    expect(sent.status).toBe(201);
    await gateway.advance(60);
    const [report] = await customer.next(1);

    const names = ["accept", "carrier call", "http call", "receipt", "request", "webhook"];
    await expect.poll(() => [...new Set(ofTrace().map(({ name }) => name))].sort(), { timeout: 15_000 }).toEqual(names);
    const one = (name: string) => ofTrace().find((span) => span.name === name);
    expect(one("request")?.parentSpanId).toBe("00f067aa0ba902b7");
    for (const name of ["accept", "carrier call", "receipt", "webhook"]) {
      expect(one(name)?.parentSpanId, name).toBe(one("request")?.spanId);
    }
    expect(one("http call")?.parentSpanId).toBe(one("webhook")?.spanId);
    const call = ofTrace().filter(({ name }) => name === "http call");
    expect(call.map(({ spanId }) => `00-${TRACE}-${spanId}-01`)).toContain(report?.headers.traceparent);

    const attributes = one("request")?.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]);
    expect(attributes).toEqual([
      ["http.request.method", "POST"],
      ["stafett.dialect", "target365"],
      ["http.response.status_code", "201"],
      ["http.route", "/api/out-messages"],
    ]);
    expect(collector.received[0]?.headers.authorization).toBe("Bearer collectors-key");
    const all = JSON.stringify(collector.received.map(({ body }) => body));
    for (const secret of [recipient.slice(1), "Shibboleth", "9081726354", "Sesam", account.apiKey, "collectors-key"]) {
      expect(all, secret).not.toContain(secret);
    }
  });

  it("of a charge goes from the request to the carrier", async () => {
    const id = `00-${"c".repeat(32)}-00f067aa0ba902b7-01`;
    const account = await gateway.account();
    await gateway.operator("PUT", `/admin/v1/accounts/${account.id}/senders/2002`, {
      kind: "short-number",
      country: "NO",
    });
    await gateway.operator("PUT", `/admin/v1/accounts/${account.id}/merchants/shop`, { shortNumberIds: ["2002"] });
    const made = await gateway.fetch("/api/strex/transactions", {
      method: "POST",
      headers: { "x-apikey": account.apiKey, traceparent: id },
      json: {
        ...{ transactionId: "order-1", merchantId: "shop", shortNumber: "2002", recipient: newNumber() },
        ...{ price: 10, serviceCode: "14002", invoiceText: "A song" },
      },
    });
    expect(await made.text()).toBe("");
    expect(made.status).toBe(201);
    await gateway.advance(10);
    const of = () => spans().filter(({ traceId }) => traceId === "c".repeat(32));
    await expect
      .poll(() => of().map(({ name }) => name), { timeout: 15_000 })
      .toEqual(expect.arrayContaining(["request", "accept", "carrier call"]));
  });

  it("holds up no answer, whatever the collector does", async () => {
    collector.behave(() => "hang");
    const failed = () => gateway.log.some((line) => line.includes("traces.export_failed"));
    const account = await gateway.account();
    const id = await gateway.send(account, { recipient: newNumber() });
    expect(await gateway.outMessage(account, id)).toMatchObject({ transactionId: id });
    expect(failed(), "answered before the collector was given up").toBe(false);
    await expect.poll(failed, { timeout: 20_000 }).toBe(true);
    collector.behave(() => ({ status: 200 }));
  });
});

describe("where no traces are wanted", () => {
  const gateway = useGateway();
  const customer = useReceiver();

  it("nothing of one is kept with a message, nor sent on", async () => {
    const account = await gateway.account();
    const json = { sender: "Shop", recipient: newNumber(), content: "Hello", deliveryReportUrl: customer.url };
    const headers = { "x-apikey": account.apiKey, traceparent: THEIRS };
    const sent = await gateway.fetch("/api/out-messages", { method: "POST", headers, json });
    await gateway.advance(60);
    const [report] = await customer.next(1);
    expect(report?.headers).not.toHaveProperty("traceparent");
    const timeline = await gateway.timeline(account, sent.headers.get("location")?.split("/").at(-1) ?? "");
    expect(timeline[0]).not.toHaveProperty("trace");
  });
});
