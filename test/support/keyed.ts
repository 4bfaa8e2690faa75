/** Requests for every address that takes a POST, each as one that is carried out; for the suite of Idempotency-Key. */

import { DEMO_API_KEY } from "../../scripts/local-settings.ts";
import { ADMIN_TOKEN, newNumber, type TestGateway } from "./gateway.ts";
import { formOf, visitor } from "./shop.ts";

export type Posted = { path: string; headers: Record<string, string>; body: string };
/** Prepares what the request needs, and answers the request: another one each time. */
export type Asks = (gateway: TestGateway, nth: number) => Promise<Posted>;

const json = (value: unknown) => JSON.stringify(value);
const api = (path: string, body: unknown): Posted => ({
  path,
  headers: { "x-apikey": DEMO_API_KEY, "content-type": "application/json" },
  body: json(body),
});
const cm = (path: string, body: unknown): Posted => ({
  path,
  headers: { "x-cm-producttoken": DEMO_API_KEY, "content-type": "application/json" },
  body: json(body),
});
const flowroute = (path: string, attributes: unknown): Posted => ({
  path,
  headers: {
    authorization: `Basic ${btoa(`12345678:${DEMO_API_KEY}`)}`,
    "content-type": path.startsWith("/v2/") ? "application/json" : "application/vnd.api+json",
  },
  body: json(attributes),
});
const form = (path: string, fields: Record<string, string>): Posted => ({
  path,
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams(fields).toString(),
});
const campaign = { campaign_name: "demo", api_key: DEMO_API_KEY, service_id: "demo-games" };
const admin = (path: string, body?: unknown): Posted => ({
  path,
  headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
  body: body === undefined ? "" : json(body),
});
const text = () => ({ sender: "Stafett", recipient: newNumber(), content: "Your parcel is here" });
const charge = (transactionId: string) => ({
  ...{ transactionId, merchantId: "demo", shortNumber: "2002", recipient: newNumber(), price: 10 },
  ...{ serviceCode: "14002", invoiceText: "One song" },
});
const xml = () =>
  `<MESSAGES><AUTHENTICATION><PRODUCTTOKEN>${DEMO_API_KEY}</PRODUCTTOKEN></AUTHENTICATION><MSG><FROM>Shop</FROM><TO>00${newNumber().slice(1)}</TO><BODY>Hello</BODY></MSG></MESSAGES>`;

/** Asks, and fails unless it is answered well. */
async function asked(gateway: TestGateway, { path, headers, body }: Posted): Promise<Response> {
  const answer = await gateway.fetch(path, { method: "POST", headers, body });
  if (answer.status >= 400) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}

async function sold(gateway: TestGateway): Promise<{ id: string; state: string }> {
  const body = { account: "demo", service: "demo-games", recipient: newNumber() };
  return gateway.operator("POST", "/admin/v1/subscriptions", body);
}

/** The address of an endpoint that is told of nothing. */
async function endpoint(gateway: TestGateway, nth: number): Promise<string> {
  const path = `/admin/v1/accounts/demo/endpoints/hook-${nth}`;
  await gateway.operator("PUT", path, { url: "http://127.0.0.1:9/hook", events: ["reversal.unknown"] });
  return path;
}

const CAMPAIGN = { account: "demo", name: "Sale", sender: "Stafett", text: "Sale today", perMinute: 1 };

/** A campaign that is not over soon. */
async function running(gateway: TestGateway): Promise<string> {
  const recipients = Array.from({ length: 20 }, newNumber);
  const { id } = await gateway.operator<{ id: string }>("POST", "/admin/v1/campaigns", { ...CAMPAIGN, recipients });
  return id;
}

/** A reversal that waits for a second operator. */
async function asksFor(gateway: TestGateway, nth: number): Promise<string> {
  const token = { name: `asks ${nth}`, role: "operator" };
  const { secret } = await gateway.operator<{ secret: string }>("POST", "/admin/v1/tokens", token);
  const { path } = await toReverse(gateway, nth, 2_000);
  const headers = { authorization: `Bearer ${secret}` };
  const answer = await gateway.fetch(path, { method: "POST", headers });
  if (answer.status !== 202) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { id: string }).id;
}

/** @param price kroner */
export async function toReverse(gateway: TestGateway, nth: number, price = 10): Promise<Posted> {
  await asked(gateway, api("/api/strex/transactions", { ...charge(`to-reverse-${nth}`), price }));
  await gateway.advance(0);
  const query = `/admin/v1/transactions?account=demo&theirId=to-reverse-${nth}`;
  const { items } = await gateway.operator<{ items: { id: string }[] }>("GET", query);
  return admin(`/admin/v1/transactions/${items[0]?.id}/reverse`);
}

/** A purchase page that asks for a number: the form that gives it. */
async function page(gateway: TestGateway, open: string): Promise<Posted> {
  const person = visitor(gateway);
  const first = await person.open(open);
  const { to, fields } = formOf(first, "number");
  const filled = form(to, { ...fields, action: "number", number: newNumber().slice(3) });
  return { ...filled, headers: { ...filled.headers, cookie: person.cookie ?? "" } };
}

export const ASKS: Readonly<Record<string, Asks>> = {
  "target365 /api/out-messages": async () => api("/api/out-messages", text()),
  "target365 /api/out-messages/batch": async (_, n) =>
    api("/api/out-messages/batch", [{ transactionId: `batch-${n}`, ...text() }]),
  "target365 /api/keywords": async (_, n) =>
    api("/api/keywords", {
      ...{ shortNumberId: "NO-2002", keywordText: `WORD${n}`, mode: "Text", enabled: true },
      forwardUrl: "https://shop.example/in",
    }),
  "target365 /api/strex/transactions": async (_, n) => api("/api/strex/transactions", charge(`charge-${n}`)),
  "target365 /api/strex/one-time-passwords": async (_, n) =>
    api("/api/strex/one-time-passwords", {
      ...{ transactionId: `otp-${n}`, merchantId: "demo", recipient: newNumber(), sender: "Stafett", recurring: false },
    }),
  "target365 /api/strex/registrationsms": async (_, n) =>
    api("/api/strex/registrationsms", { transactionId: `reg-${n}`, merchantId: "demo", recipient: newNumber() }),
  "target365 /api/pincodes": async (_, n) =>
    api("/api/pincodes", {
      transactionId: `pin-${n}`,
      recipient: newNumber(),
      sender: "Stafett",
      prefixText: "Code: ",
    }),
  "target365 /api/prepare-msisdns": async () => api("/api/prepare-msisdns", [newNumber()]),

  "txtnation /no/one-click/new": async () => form("/no/one-click/new", campaign),
  "txtnation /no/status/view": async (gateway) => {
    const opened = await asked(gateway, form("/no/one-click/new", campaign));
    const { data } = (await opened.json()) as { data: { transactionId: string } };
    return form("/no/status/view", { ...campaign, transaction_id: data.transactionId });
  },
  "txtnation /no/dob/send": async () =>
    form("/no/dob/send", { ...campaign, tariff: "49", shortcode: "2002", to: newNumber().slice(1) }),
  ...Object.fromEntries(
    ["/gateway.php", "/mbill.php", "/ir_response.php"].map((path) => [
      `txtnation ${path}`,
      async (_: TestGateway, n: number) =>
        form(path, {
          ...{ action: "ir_gateway", cc: "demo", ekey: DEMO_API_KEY, number: newNumber().slice(1), message: "Hello" },
          ...{ id: `text-${n}`, network: "INTERNATIONAL", title: "Stafett", value: "0", currency: "NOK", reply: "0" },
        }),
    ]),
  ),

  "flowroute /v2/messages": async () =>
    flowroute("/v2/messages", { from: "12065550100", to: "12065550199", content: "Hello" }),
  "flowroute /v2.1/messages": async () =>
    flowroute("/v2.1/messages", { from: "12065550100", to: "12065550199", body: "Hello" }),
  "flowroute /v2.2/messages": async () =>
    flowroute("/v2.2/messages", { from: "12065550100", to: "12065550199", body: "Hello" }),
  "flowroute /v2/numbers/:number/relationships/:name": async (_, n) =>
    flowroute("/v2/numbers/12065550100/relationships/sms_callback", {
      data: { attributes: { callback_url: `https://shop.example/texts-${n}` } },
    }),

  "cm /gateway.ashx": async () => ({
    path: "/gateway.ashx",
    headers: { "content-type": "application/xml" },
    body: xml(),
  }),
  "cm /v1.0/message": async () =>
    cm("/v1.0/message", {
      messages: {
        authentication: { productToken: DEMO_API_KEY },
        msg: [{ from: "Shop", to: [{ number: `00${newNumber().slice(1)}` }], body: { content: "Hello" } }],
      },
    }),
  "cm /otp/v2/otp": async () => cm("/otp/v2/otp", { from: "Shop", to: newNumber(), message: "Your code is {code}" }),
  "cm /otp/v2/otp/:id/verify": async (gateway) => {
    const sent = await asked(gateway, cm("/otp/v2/otp", { from: "Shop", to: newNumber() }));
    const { id } = (await sent.json()) as { id: string };
    return cm(`/otp/v2/otp/${id}/verify`, { code: "12345" });
  },
  "cm /v1.0/otp/generate": async () =>
    cm("/v1.0/otp/generate", { sender: "Shop", recipient: `00${newNumber().slice(1)}`, message: "Code {code}" }),
  "cm /v1.0/otp/verify": async (gateway) => {
    const wanted = { sender: "Shop", recipient: `00${newNumber().slice(1)}` };
    const { id } = (await (await asked(gateway, cm("/v1.0/otp/generate", wanted))).json()) as { id: string };
    return cm("/v1.0/otp/verify", { id, code: "12345" });
  },
  "cm /v1.1/numbervalidation": async () => cm("/v1.1/numbervalidation", { phonenumber: newNumber() }),
  "cm /v1.1/numberlookup": async () => cm("/v1.1/numberlookup", { phonenumber: newNumber() }),

  "admin /accounts": async (_, n) => admin("/admin/v1/accounts", { id: `keyed-${n}`, name: "Keyed" }),
  "admin /accounts/:id/credentials": async (_, n) =>
    admin("/admin/v1/accounts/demo/credentials", { dialect: "cm", kind: "product-token", name: `keyed-${n}` }),
  "admin /accounts/:id/consents/import": async (_, n) =>
    admin("/admin/v1/accounts/demo/consents/import", {
      items: [
        {
          ...{ merchantId: "demo", serviceId: "demo-games", recipient: newNumber(), token: `brought-${n}` },
          ...{ shortNumber: "2002", since: "2026-01-01T00:00:00Z" },
        },
      ],
    }),
  "admin /accounts/:id/keywords/import": async (_, n) =>
    admin("/admin/v1/accounts/demo/keywords/import", {
      dialect: "target365",
      items: [
        {
          ...{ id: String(770_000 + n), shortNumber: "2002", mode: "exact", text: `BROUGHT${n}` },
          forwardUrl: "https://shop.example/in",
        },
      ],
    }),
  "admin /accounts/:id/suppressions/import": async () => ({
    ...admin("/admin/v1/accounts/demo/suppressions/import"),
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "text/csv" },
    body: `${newNumber()},,,\n`,
  }),
  "admin /people/:msisdn/erase": async () => admin(`/admin/v1/people/${encodeURIComponent(newNumber())}/erase`),
  "admin /sealing/move": async () => admin("/admin/v1/sealing/move", {}),
  "admin /approvals/:id/approve": async (gateway, n) =>
    admin(`/admin/v1/approvals/${await asksFor(gateway, n)}/approve`),
  "admin /approvals/:id/reject": async (gateway, n) => admin(`/admin/v1/approvals/${await asksFor(gateway, n)}/reject`),
  "admin /tokens": async (_, n) => admin("/admin/v1/tokens", { name: `keyed ${n}`, role: "viewer" }),
  "admin /carriers/:name/test": async () =>
    admin("/admin/v1/carriers/simulator/test", { recipient: newNumber(), text: "A try", sender: "Stafett" }),
  "admin /routes/explain": async () => admin("/admin/v1/routes/explain", { account: "demo", recipient: newNumber() }),
  "admin /messages": async () =>
    admin("/admin/v1/messages", { account: "demo", sender: "Stafett", recipient: newNumber(), text: "Hello" }),
  "admin /messages/:id/cancel": async (gateway) => {
    const { id } = await gateway.operator<{ id: string }>("POST", "/admin/v1/messages", {
      ...{ account: "demo", sender: "Stafett", recipient: newNumber(), text: "Later", sendAt: "2040-01-01T12:00:00Z" },
    });
    return admin(`/admin/v1/messages/${id}/cancel`);
  },
  "admin /messages/:id/confirm-code": async (gateway) => {
    const wanted = { account: "demo", sender: "Stafett", recipient: newNumber(), text: "Your code is 1234" };
    const { id } = await gateway.operator<{ id: string }>("POST", "/admin/v1/messages", wanted);
    return admin(`/admin/v1/messages/${id}/confirm-code`);
  },
  "admin /messages/cancel": async () => admin("/admin/v1/messages/cancel", { account: "demo", sender: "None" }),
  "admin /campaigns": async () => admin("/admin/v1/campaigns", { ...CAMPAIGN, recipients: [newNumber(), newNumber()] }),
  "admin /campaigns/:id/recipients": async (gateway) => {
    const { id } = await gateway.operator<{ id: string }>("POST", "/admin/v1/campaigns", CAMPAIGN);
    return admin(`/admin/v1/campaigns/${id}/recipients`, [newNumber(), newNumber(), "no number"]);
  },
  "admin /campaigns/:id/start": async (gateway) => {
    const { id } = await gateway.operator<{ id: string }>("POST", "/admin/v1/campaigns", CAMPAIGN);
    await gateway.operator("POST", `/admin/v1/campaigns/${id}/recipients`, [newNumber()]);
    return admin(`/admin/v1/campaigns/${id}/start`);
  },
  "admin /campaigns/:id/pause": async (gateway) => admin(`/admin/v1/campaigns/${await running(gateway)}/pause`),
  "admin /campaigns/:id/resume": async (gateway) => {
    const id = await running(gateway);
    await gateway.operator("POST", `/admin/v1/campaigns/${id}/pause`);
    return admin(`/admin/v1/campaigns/${id}/resume`);
  },
  "admin /campaigns/:id/cancel": async (gateway) => admin(`/admin/v1/campaigns/${await running(gateway)}/cancel`),
  "admin /subscriptions/cancel": async () =>
    admin("/admin/v1/subscriptions/cancel", { account: "demo", service: "none" }),
  "admin /transactions/:id/reverse": (gateway, n) => toReverse(gateway, n),
  "admin /subscriptions": async () =>
    admin("/admin/v1/subscriptions", { account: "demo", service: "demo-games", recipient: newNumber() }),
  "admin /subscriptions/:id/cancel": async (gateway) => {
    const { id } = await sold(gateway);
    await gateway.advance(0);
    return admin(`/admin/v1/subscriptions/${id}/cancel`);
  },
  "admin /messages/preview": async () =>
    admin("/admin/v1/messages/preview", {
      account: "demo",
      sender: "Stafett",
      recipient: "+4798079008",
      text: "Hello",
    }),
  "admin /preview": async () => admin("/admin/v1/preview", { text: "Hello" }),
  "admin /webhooks/replay": async () => admin("/admin/v1/webhooks/replay", { since: "2026-01-01T00:00:00Z" }),
  "admin /webhooks/:id/check-signature": async (gateway) => {
    await asked(gateway, api("/api/out-messages", { ...text(), deliveryReportUrl: "http://127.0.0.1:9/checked" }));
    await gateway.advance(60);
    const list = "/admin/v1/webhooks?account=demo&limit=1";
    const { items } = await gateway.operator<{ items: { id: string }[] }>("GET", list);
    return admin(`/admin/v1/webhooks/${items[0]?.id}/check-signature`, {});
  },
  "admin /webhooks/:id/replay": async (gateway, n) => {
    const endpoint = `http://127.0.0.1:9/dead-${n}`;
    await gateway.operator("POST", "/admin/v1/endpoints/pause", { account: "demo", endpoint });
    await asked(gateway, api("/api/out-messages", { ...text(), deliveryReportUrl: endpoint }));
    await gateway.advance(60);
    const { items } = await gateway.operator<{ items: { id: string; endpoint: string }[] }>(
      "GET",
      "/admin/v1/webhooks?account=demo&state=dead&limit=500",
    );
    return admin(`/admin/v1/webhooks/${items.find((one) => one.endpoint === endpoint)?.id}/replay`);
  },
  "admin /endpoints/pause": async (_, n) =>
    admin("/admin/v1/endpoints/pause", { account: "demo", endpoint: `http://127.0.0.1:9/paused-${n}` }),
  "admin /endpoints/resume": async (_, n) =>
    admin("/admin/v1/endpoints/resume", { account: "demo", endpoint: `http://127.0.0.1:9/paused-${n}` }),

  "admin /accounts/:id/endpoints/:name/rotate": async (gateway, n) => admin(`${await endpoint(gateway, n)}/rotate`, {}),
  "admin /accounts/:id/endpoints/:name/test": async (gateway, n) => admin(`${await endpoint(gateway, n)}/test`),
  "admin /accounts/:id/endpoints/:name/disable": async (gateway, n) =>
    admin(`${await endpoint(gateway, n)}/disable`, {}),
  "admin /accounts/:id/endpoints/:name/enable": async (gateway, n) => admin(`${await endpoint(gateway, n)}/enable`),
  "admin /accounts/:id/endpoints/:name/catch-up": async (gateway, n) =>
    admin(`${await endpoint(gateway, n)}/catch-up`, { after: 0 }),

  "sandbox /handsets/:msisdn/messages": async () =>
    admin(`/sandbox/v1/handsets/${newNumber()}/messages`, { to: "2002", text: "HELLO" }),
  "sandbox /clock/advance": async () => admin("/sandbox/v1/clock/advance", { seconds: 90 }),

  "page /:service": (gateway) => page(gateway, "/demo-games"),
  "page /service": async (gateway) => {
    const opened = await asked(gateway, form("/no/one-click/new", campaign));
    const { data } = (await opened.json()) as { data: { windowUrl: string } };
    const { pathname, search } = new URL(data.windowUrl);
    return page(gateway, pathname + search);
  },
  "page /:account/:id": async (gateway) => {
    const opened = await asked(gateway, form("/no/one-click/new", campaign));
    const { data } = (await opened.json()) as { data: { transactionId: string } };
    return page(gateway, `/demo/${data.transactionId}`);
  },

  // The last one: it forgets all that the others made.
  "sandbox /reset": async () => admin("/sandbox/v1/reset"),
};
