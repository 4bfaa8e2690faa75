/** The account that benches send from, and what a request that sends one text looks like in each dialect. */

export type Send = { method: "GET" | "POST"; path: string; headers: Record<string, string>; body?: string };
export type Message = { deliveryReportUrl?: string; sendTime?: string; recipient?: string };

export const API_KEY = "the-bench-has-a-key-of-its-own";
/** What the bench calls by in all dialects but the first: a key that is long enough for each. */
const SECRET = "6f1c2d8e-0b57-4a39-9c64-2f5d7e8a1b30";
const NUMBER = "12065550100";
const CONTENT = "Your parcel is at the shop by the station until Friday. Bring this code: 4711.";
const BASIC = `Basic ${Buffer.from(`12345678:${SECRET}`).toString("base64")}`;

/** @param operator calls the admin API */
export async function openAccount(
  operator: (method: string, path: string, body: unknown) => Promise<void>,
  publicKey?: string,
): Promise<void> {
  const account = "/admin/v1/accounts";
  await operator("POST", account, { id: "bench", name: "The bench" });
  const credentials = [
    { dialect: "target365", name: "bench", kind: "api-key", secret: API_KEY },
    ...(publicKey ? [{ dialect: "target365", name: "bench", kind: "public-key", publicKey }] : []),
    { dialect: "txtnation", kind: "campaign", name: "bench", secret: SECRET },
    { dialect: "cm", kind: "product-token", name: "bench", secret: SECRET },
    { dialect: "flowroute", kind: "access-key", name: "12345678", secret: SECRET },
  ];
  for (const one of credentials) await operator("POST", `${account}/bench/credentials`, one);
  await operator("PUT", `${account}/bench/senders/Shop`, { kind: "alphanumeric", country: "NO" });
  await operator("PUT", `${account}/bench/senders/${NUMBER}`, { kind: "long-number", country: "US" });
}

let count = 0;

const somebody = () => `47980${String(10_000 + (count++ % 50_000))}`;

export function toBody(message: Message = {}): Record<string, unknown> {
  return { transactionId: `bench-${count}`, sender: "Shop", recipient: `+${somebody()}`, content: CONTENT, ...message };
}

const json = (path: string, headers: Record<string, string>, body: unknown): Send => ({
  method: "POST",
  path,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});

export const target365 = (message: Message = {}): Send =>
  json("/api/out-messages", { "x-apikey": API_KEY }, toBody(message));

export const target365Batch = (messages: readonly Message[]): Send =>
  json("/api/out-messages/batch", { "x-apikey": API_KEY }, messages.map(toBody));

/** Each sends one text; those of these dialects cannot be told to wait for their time. */
export const others = {
  txtNation(): Send {
    const query = {
      cc: "bench",
      ekey: SECRET,
      number: somebody(),
      id: `bench-${count}`,
      title: "Shop",
      message: CONTENT,
    };
    return { method: "GET", path: `/gateway.php?${new URLSearchParams(query)}`, headers: {} };
  },
  "CM.com": (): Send =>
    json(
      "/v1.0/message",
      {},
      {
        messages: {
          authentication: { productToken: SECRET },
          msg: [{ from: "Shop", to: [{ number: `00${somebody()}` }], body: { type: "AUTO", content: CONTENT } }],
        },
      },
    ),
  Flowroute: (): Send =>
    json(
      "/v2.1/messages",
      { authorization: BASIC },
      { from: NUMBER, to: `1206${2_000_000 + (count++ % 900_000)}`, body: CONTENT },
    ),
};
