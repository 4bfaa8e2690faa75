/** A merchant with a campaign: an account that may charge, its service, and its requests. */

import { newNumber, type TestGateway } from "../../support/gateway.ts";

export type Campaign = {
  account: string;
  cc: string;
  ekey: string;
  shortNumber: string;
  /** Its service: 49 NOK, keyword GAMES. */
  serviceId: string;
};

export type Envelope = {
  requestId: string;
  status: boolean;
  code: number;
  message: string;
  data: Record<string, unknown>;
};

let opened = 0;

/** Each has a short number of its own, so that what people write there is theirs. */
export async function openCampaign(gateway: TestGateway, terms: Record<string, unknown> = {}): Promise<Campaign> {
  const { id: account } = await gateway.account("A merchant");
  const cc = `puregaming${++opened}`;
  const shortNumber = String(2300 + opened);
  const serviceId = `svc-${account}`;
  const at = `/admin/v1/accounts/${account}`;
  const { secret: ekey } = await gateway.operator<{ secret: string }>("POST", `${at}/credentials`, {
    dialect: "txtnation",
    kind: "campaign",
    name: cc,
  });
  await gateway.operator("PUT", `${at}/senders/${shortNumber}`, { kind: "short-number", country: "NO" });
  await gateway.operator("PUT", `${at}/merchants/pure`, { name: "Pure Gaming" });
  const campaign = { account, cc, ekey, shortNumber, serviceId };
  await sell(gateway, campaign, serviceId, { keyword: "GAMES", ...terms });
  return campaign;
}

/** Puts a service of the campaign. */
export async function sell(
  gateway: TestGateway,
  { account, shortNumber }: Campaign,
  id: string,
  terms: Record<string, unknown> = {},
): Promise<void> {
  await gateway.operator("PUT", `/admin/v1/accounts/${account}/services/${id}`, {
    shortNumber,
    merchantId: "pure",
    serviceCode: "14002",
    price: 4900,
    invoiceText: "Pure Gaming",
    redirectUrl: "https://pure.example/done",
    ...terms,
  });
}

/** Calls an address of `/no/*`. A parameter that is undefined is left out. */
export async function ask(
  gateway: TestGateway,
  campaign: Campaign,
  path: string,
  params: Record<string, string | undefined> = {},
  method: "GET" | "POST" = "GET",
): Promise<Envelope> {
  const answer = await call(
    gateway,
    `/no/${path}`,
    {
      campaign_name: campaign.cc,
      api_key: campaign.ekey,
      service_id: campaign.serviceId,
      ...params,
    },
    method,
  );
  return (await answer.json()) as Envelope;
}

/** Charges; answers the envelope. */
export function sendDob(
  gateway: TestGateway,
  campaign: Campaign,
  params: Record<string, string | undefined> = {},
): Promise<Envelope> {
  const defaults = { tariff: "49", shortcode: campaign.shortNumber };
  return ask(gateway, campaign, "dob/send", { ...defaults, to: newDigits(), ...params });
}

/** Sends a text by gateway.php; answers the word. */
export async function sendText(
  gateway: TestGateway,
  campaign: Campaign,
  params: Record<string, string | undefined> = {},
  { method = "GET" as "GET" | "POST", path = "/gateway.php" } = {},
): Promise<string> {
  const defaults = { cc: campaign.cc, ekey: campaign.ekey, number: newDigits(), message: "Hello" };
  return (await call(gateway, path, { ...defaults, ...params }, method)).text();
}

export function call(
  gateway: TestGateway,
  path: string,
  params: Record<string, string | undefined>,
  method: "GET" | "POST",
): Promise<Response> {
  const form = formOf(params);
  if (method === "GET") return gateway.fetch(`${path}?${form}`);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return gateway.fetch(path, { method, headers, body: form });
}

export function formOf(params: Record<string, string | undefined>): string {
  const there = Object.entries(params).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return new URLSearchParams(there).toString();
}

/** A number as this wire has it. */
export function newDigits(): string {
  return newNumber().slice(1);
}

/** What the operator says that it billed. */
export async function billed(gateway: TestGateway, digits: string): Promise<Record<string, unknown>[]> {
  const path = `/sandbox/v1/operator/charges?msisdn=${digits}`;
  return (await gateway.operator<{ items: Record<string, unknown>[] }>("GET", path)).items;
}

/** The person writes to the campaign; answers the id that it is forwarded with. */
export async function write(gateway: TestGateway, campaign: Campaign, digits: string, text: string): Promise<void> {
  await gateway.operator("POST", `/sandbox/v1/handsets/${digits}/messages`, { to: campaign.shortNumber, text });
}
