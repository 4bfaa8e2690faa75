/**
 * What may be put into the operator's and the sandbox's operations: bodies that the world of `npm start` takes, and values for
 * the parts of addresses. Nothing here is deleted that comes with the demo account.
 */

type Example = { path?: Readonly<Record<string, string>>; body?: unknown };

const ACME = { id: "acme" };
const DEMO = { id: "demo" };
const PERSON = "+4798079008";

/** By operation, in the order of the reference: what an earlier one makes, a later one may need. */
const BY_OPERATION: Readonly<Record<string, Example>> = {
  "POST /admin/v1/accounts": { body: { id: "acme", name: "Acme" } },
  "PATCH /admin/v1/accounts/{id}": { path: ACME, body: { name: "Acme Ltd", settings: { maxParts: 4 } } },
  "DELETE /admin/v1/accounts/{id}": { path: ACME },
  "POST /admin/v1/accounts/{id}/credentials": {
    path: ACME,
    body: { dialect: "target365", kind: "api-key", name: "webshop" },
  },
  "PATCH /admin/v1/accounts/{id}/credentials/{credentialId}": {
    body: { scopes: ["send", "read"], addresses: ["192.0.2.0/24"] },
  },
  "PUT /admin/v1/accounts/{id}/credentials/{credentialId}/limits": {
    body: { messagesPerSecond: 50, messagesPerDay: 100_000 },
  },
  "PUT /admin/v1/accounts/{id}/senders/{sender}": {
    path: { ...ACME, sender: "Acme" },
    body: { kind: "alphanumeric", country: "NO" },
  },
  "DELETE /admin/v1/accounts/{id}/senders/{sender}": { path: { ...ACME, sender: "Acme" } },
  "PUT /admin/v1/accounts/{id}/merchants/{merchantId}": {
    path: { ...DEMO, merchantId: "books" },
    body: {
      name: "Books and More",
      shortNumberIds: ["NO-2002"],
      termsUrl: "https://books.example.org/terms",
      contact: "help@books.example.org",
    },
  },
  "DELETE /admin/v1/accounts/{id}/merchants/{merchantId}": { path: { ...DEMO, merchantId: "books" } },
  "GET /admin/v1/accounts/{id}/merchants/{merchantId}": { path: { ...DEMO, merchantId: "demo" } },
  "PUT /admin/v1/accounts/{id}/services/{serviceId}": {
    path: { ...DEMO, serviceId: "weather" },
    body: {
      shortNumber: "2002",
      merchantId: "demo",
      serviceCode: "05008",
      price: 4900,
      invoiceText: "Weather",
      keyword: "WEATHER",
      redirectUrl: "https://example.com/thanks",
      recurring: true,
      interval: "monthly",
      autoRebill: true,
    },
  },
  "GET /admin/v1/accounts/{id}/services/{serviceId}": { path: { ...DEMO, serviceId: "demo-games" } },
  "DELETE /admin/v1/accounts/{id}/services/{serviceId}": { path: { ...DEMO, serviceId: "weather" } },
  "PUT /admin/v1/accounts/{id}/callbacks/{dialect}": {
    path: { ...DEMO, dialect: "stafett" },
    body: { reportUrl: "https://shop.example/charges", subscriptionUrl: "https://shop.example/subscriptions" },
  },
  "GET /admin/v1/accounts/{id}/callbacks/{dialect}": { path: { ...DEMO, dialect: "stafett" } },
  "DELETE /admin/v1/accounts/{id}/callbacks/{dialect}": { path: { ...DEMO, dialect: "stafett" } },
  "PUT /admin/v1/accounts/{id}/endpoints/{name}": {
    path: { ...DEMO, name: "billing" },
    body: { url: "https://shop.example/events", events: ["charge.*", "subscription.*"] },
  },
  "GET /admin/v1/accounts/{id}/endpoints/{name}": { path: { ...DEMO, name: "billing" } },
  "DELETE /admin/v1/accounts/{id}/endpoints/{name}": { path: { ...DEMO, name: "billing" } },
  "POST /admin/v1/accounts/{id}/endpoints/{name}/rotate": {
    path: { ...DEMO, name: "billing" },
    body: { overlapSeconds: 86_400 },
  },
  "POST /admin/v1/accounts/{id}/endpoints/{name}/disable": {
    path: { ...DEMO, name: "billing" },
    body: { reason: "it moves tonight" },
  },
  "POST /admin/v1/accounts/{id}/endpoints/{name}/enable": { path: { ...DEMO, name: "billing" } },
  "POST /admin/v1/accounts/{id}/endpoints/{name}/test": { path: { ...DEMO, name: "billing" } },
  "POST /admin/v1/accounts/{id}/endpoints/{name}/catch-up": {
    path: { ...DEMO, name: "billing" },
    body: { after: 0 },
  },
  "PUT /admin/v1/accounts/{id}/events": { path: DEMO, body: { isKept: true } },
  "POST /admin/v1/campaigns": {
    body: {
      account: "demo",
      name: "Spring sale",
      sender: "Stafett",
      text: "Hello {{name}}, our sale begins today",
      perMinute: 600,
      window: { hours: "09:00-20:00" },
      recipients: [{ recipient: "+4791000060", name: "Kari" }],
    },
  },
  "POST /admin/v1/campaigns/{id}/recipients": { body: "recipient,name\n+4791000061,Ola\n" },
  "POST /admin/v1/messages/cancel": { body: { account: "acme" } },
  "POST /admin/v1/subscriptions/cancel": { body: { account: "acme" } },
  "PUT /admin/v1/smpp/sessions/{systemId}/trace": { body: { seconds: 300 } },
  "PUT /admin/v1/smpp/binds/{carrier}/{bind}/trace": { body: { seconds: 300 } },
  "DELETE /admin/v1/accounts/{id}/code-areas/{area}/block": { path: { ...DEMO, area: "+479100" } },
  "POST /admin/v1/accounts/{id}/suppressions/import": {
    path: DEMO,
    body: `recipient,number,reason\n+4791000050,,asked for it elsewhere\n`,
  },
  "PUT /admin/v1/accounts/{id}/suppressions/{msisdn}": {
    path: { ...DEMO, msisdn: "+4791000051" },
    body: { reason: "asked for it by mail" },
  },
  "GET /admin/v1/accounts/{id}/suppressions/{msisdn}": { path: { ...DEMO, msisdn: "+4791000051" } },
  "DELETE /admin/v1/accounts/{id}/suppressions/{msisdn}": { path: { ...DEMO, msisdn: "+4791000051" } },
  "POST /admin/v1/accounts/{id}/consents/import": {
    path: DEMO,
    body: {
      items: [
        {
          merchantId: "demo",
          serviceId: "demo-games",
          recipient: "+4791000052",
          token: "7K2B9QX4M1ZC8T5R3W6Y0HJN",
          since: "2024-05-02T09:00:00Z",
        },
      ],
    },
  },
  "POST /admin/v1/accounts/{id}/keywords/import": {
    path: DEMO,
    body: {
      dialect: "target365",
      items: [
        { id: "4711", shortNumber: "2002", mode: "exact", text: "NEWS", forwardUrl: "https://shop.example/texts" },
      ],
    },
  },
  "PUT /admin/v1/tokens/{id}/passkeys/{passkeyId}": {
    path: { id: "tok_7c1e9a3b5d2f4e6a8c0b1d3f5a7c9e1b", passkeyId: "YWdhaW4gYW5kIGFnYWlu" },
    body: {
      name: "laptop",
      kept: "eyJwdXJwb3NlIjoibWFrZSJ9~0123abcd",
      answer: { id: "YWdhaW4gYW5kIGFnYWlu", rawId: "YWdhaW4gYW5kIGFnYWlu", type: "public-key", response: {} },
    },
  },
  "POST /admin/v1/tokens": { body: { name: "dashboard", role: "viewer" } },
  "PUT /admin/v1/carriers/{name}": {
    path: { name: "norway" },
    body: { kind: "cm", settings: {}, secrets: { productToken: "your-product-token" }, maxPerSecond: 50 },
  },
  "GET /admin/v1/carriers/{name}": { path: { name: "simulator" } },
  "POST /admin/v1/carriers/{name}/test": {
    path: { name: "simulator" },
    body: { recipient: PERSON, sender: "Stafett", text: "Hello" },
  },
  "PUT /admin/v1/carriers/{name}/prices": { path: { name: "norway" }, body: `prefix,price,currency\n47,0.045,EUR\n` },
  "GET /admin/v1/carriers/{name}/prices": { path: { name: "norway" } },
  "PUT /admin/v1/routes/{id}": {
    path: { id: "norwegian-texts" },
    body: { account: "*", kind: "message", prefix: "47", carriers: ["simulator"] },
  },
  "GET /admin/v1/routes/{id}": { path: { id: "norwegian-texts" } },
  "DELETE /admin/v1/routes/{id}": { path: { id: "norwegian-texts" } },
  "POST /admin/v1/routes/explain": {
    body: { account: "demo", recipient: PERSON, sender: "Stafett", text: "Hello" },
  },
  "POST /admin/v1/messages": {
    body: { account: "demo", sender: "Stafett", recipient: PERSON, text: "Hello" },
  },
  "POST /admin/v1/subscriptions": { body: { account: "demo", service: "demo-games", recipient: PERSON } },
  "GET /admin/v1/people/{msisdn}/export": { path: { msisdn: PERSON } },
  "POST /admin/v1/people/{msisdn}/erase": { path: { msisdn: "+4791000059" } },
  "POST /admin/v1/sealing/move": { body: {} },
  "POST /admin/v1/messages/preview": {
    body: { account: "demo", sender: "Stafett", recipient: "+4798079008", text: "Hello" },
  },
  "POST /admin/v1/preview": { body: { account: "demo", text: "It’s five – time for tea ☕" } },
  "POST /admin/v1/webhooks/replay": { body: { account: "demo", since: "2026-01-01T00:00:00Z", state: "dead" } },
  "POST /admin/v1/webhooks/{id}/check-signature": {
    body: {
      method: "POST",
      url: "https://shop.example/reports",
      signature: "key:1764000000:nonce:the-header-as-it-came",
      body: '{"transactionId":"order-1"}',
    },
  },
  "POST /admin/v1/endpoints/pause": {
    body: { account: "demo", endpoint: "https://shop.example/texts", reason: "it moves tonight" },
  },
  "POST /admin/v1/endpoints/resume": { body: { account: "demo", endpoint: "https://shop.example/texts" } },
  "GET /sandbox/v1/handsets/{msisdn}/messages": { path: { msisdn: PERSON } },
  "DELETE /sandbox/v1/handsets/{msisdn}/messages": { path: { msisdn: PERSON } },
  "POST /sandbox/v1/handsets/{msisdn}/messages": { path: { msisdn: PERSON }, body: { to: "2002", text: "STOP GAMES" } },
  "GET /sandbox/v1/faults/{carrier}": { path: { carrier: "simulator" } },
  "PUT /sandbox/v1/faults/{carrier}": { path: { carrier: "simulator" }, body: { loseReceipt: true, times: 1 } },
  "DELETE /sandbox/v1/faults/{carrier}": { path: { carrier: "simulator" } },
  "PUT /sandbox/v1/forwarding": { body: { to: "http://127.0.0.1:3000", seconds: 60 } },
  "PUT /sandbox/v1/snapshot": {
    body: {
      stafett: 1,
      schema: "0068_refused_keys.sql",
      now: "2027-01-01T08:00:00.000Z",
      tables: { keyword: { columns: [], rows: [] } },
      network: {
        subscriber: {
          columns: ["rowid", "msisdn", "profile", "balance"],
          rows: [[1, "+4791234567", "{}", 10_000]],
        },
      },
    },
  },
  "GET /sandbox/v1/subscribers/{msisdn}": { path: { msisdn: PERSON } },
  "PUT /sandbox/v1/subscribers/{msisdn}": {
    path: { msisdn: "+4791234567" },
    body: { age: 17, prepaidBalance: 10_000 },
  },
  "DELETE /sandbox/v1/subscribers/{msisdn}": { path: { msisdn: "+4791234567" } },
  "PUT /sandbox/v1/clock": { body: { now: "2027-01-01T08:00:00Z" } },
  "POST /sandbox/v1/clock/advance": { body: { seconds: 3600 } },
};

/** The example of an operation. @param path as the reference writes it */
export function exampleOf(method: string, path: string): Example {
  const given = BY_OPERATION[`${method.toUpperCase()} ${path}`];
  const ofDemo = path.startsWith("/admin/v1/accounts/{id}") && method !== "delete" ? DEMO : {};
  return { ...given, path: { ...ofDemo, ...given?.path } };
}

/** Those that have one, for a test that none is left behind. */
export const WITH_EXAMPLES = Object.keys(BY_OPERATION);
