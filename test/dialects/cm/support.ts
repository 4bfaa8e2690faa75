/** A customer with a product token: its account, and its requests. */

import { type AdminMessage, newNumber, type TestGateway } from "../../support/gateway.ts";

export type TokenAccount = { account: string; token: string };

/** What the JSON gateway answers, and what it says of each recipient. */
export type Answered = { details: string; errorCode: number; messages: Entry[] };
export type Entry = {
  to: string;
  status: "Accepted" | "Rejected";
  reference: string | null;
  parts: number;
  messageDetails: string | null;
  messageErrorCode: number;
};

/** Opens an account whose product token may send. */
export async function openTokenAccount(gateway: TestGateway): Promise<TokenAccount> {
  const { id: account } = await gateway.account("A shop");
  const { secret } = await gateway.operator<{ secret: string }>("POST", `/admin/v1/accounts/${account}/credentials`, {
    dialect: "cm",
    kind: "product-token",
    name: "test",
  });
  return { account, token: secret };
}

/** Posts a body to the JSON gateway: a text as it is, anything else as JSON. */
export function postJson(gateway: TestGateway, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return gateway.fetch("/v1.0/message", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** Posts messages with a token; answers the status and what the gateway says. */
export async function send(
  gateway: TestGateway,
  { token }: TokenAccount,
  ...msg: unknown[]
): Promise<{ status: number } & Answered> {
  const answer = await postJson(gateway, { messages: { authentication: { productToken: token }, msg } });
  return { status: answer.status, ...((await answer.json()) as Answered) };
}

/** A message to one person, who is new unless it is said otherwise. */
export function aMsg(more: Record<string, unknown> = {}): Record<string, unknown> {
  return { from: "Shop", to: [{ number: newGsm() }], body: { content: "Your parcel is here" }, ...more };
}

/** A number that no other test has, as this wire has it. */
export function newGsm(): string {
  return newNumber().replace("+", "00");
}

/** The account's messages as the operator sees them, the first to be accepted first. */
export async function messagesOf(gateway: TestGateway, { account }: TokenAccount): Promise<AdminMessage[]> {
  const path = `/admin/v1/messages?account=${account}&limit=500`;
  return (await gateway.operator<{ items: AdminMessage[] }>("GET", path)).items.reverse();
}

/** Sends one message that is taken; answers it as the operator sees it. */
export async function sent(
  gateway: TestGateway,
  account: TokenAccount,
  more: Record<string, unknown> = {},
): Promise<AdminMessage> {
  const { status, messages } = await send(gateway, account, aMsg(more));
  if (status !== 200) throw new Error(`it was refused: ${JSON.stringify(messages)}`);
  const all = await messagesOf(gateway, account);
  return all.at(-1) as AdminMessage;
}
