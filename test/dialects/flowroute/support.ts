/** A customer with an access key: its account, its number, and its requests. */

import type { TestGateway } from "../../support/gateway.ts";

export type KeyAccount = {
  account: string;
  accessKey: string;
  secretKey: string;
  /** What it may send from, which is nobody else's: in E.164, and as the first two versions write it. */
  number: string;
  digits: string;
};

/** What every refusal looks like. */
export type Refused = { errors: { id: string; status: number; title: string; detail: unknown }[] };

let opened = 0;
let people = 0;

/** Opens an account that may send from a number of its own. */
export async function openAccessKey(
  gateway: TestGateway,
  { settings, number = newOwnNumber() }: { settings?: Record<string, unknown>; number?: string } = {},
): Promise<KeyAccount> {
  const { id: account } = await gateway.account("A company in Seattle");
  const at = `/admin/v1/accounts/${account}`;
  // Some clients refuse a key that is not made of digits.
  const accessKey = String(20_000_000 + ++opened);
  const { secret: secretKey } = await gateway.operator<{ secret: string }>("POST", `${at}/credentials`, {
    dialect: "flowroute",
    kind: "access-key",
    name: accessKey,
  });
  await gateway.operator("PUT", `${at}/senders/${encodeURIComponent(number)}`, { kind: "long-number", country: "US" });
  if (settings) await gateway.operator("PATCH", at, { settings });
  return { account, accessKey, secretKey, number, digits: number.slice(1) };
}

/** Calls an address. A body that is a text goes as it is, anything else as JSON; a header that is empty is left out. */
export function call(
  gateway: TestGateway,
  who: Pick<KeyAccount, "accessKey" | "secretKey"> | undefined,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  const all = {
    ...(who ? { authorization: basic(who) } : {}),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...headers,
  };
  return gateway.fetch(path, {
    method,
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== "")),
    // Bytes, since a text would be given a content type of its own.
    ...(body === undefined
      ? {}
      : { body: new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)) }),
  });
}

export function basic({ accessKey, secretKey }: Pick<KeyAccount, "accessKey" | "secretKey">): string {
  return `Basic ${btoa(`${accessKey}:${secretKey}`)}`;
}

/** Sends a text to a new person; answers the record's id. */
export async function sendText(
  gateway: TestGateway,
  who: KeyAccount,
  more: Record<string, unknown> = {},
  version = "v2.1",
): Promise<string> {
  const wanted = { to: newPerson().slice(1), from: who.digits, body: "Gee, nice marmot!", ...more };
  const answer = await call(gateway, who, "POST", `/${version}/messages`, wanted);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the text was refused: ${answer.status} ${text}`);
  return (JSON.parse(text) as { data: { id: string } }).data.id;
}

/** The account's own numbers, each once. */
export function newOwnNumber(): string {
  return `+1206555${String(++people).padStart(4, "0")}`;
}

/** A person whom no other test knows. */
export function newPerson(): string {
  return `+1425556${String(++people).padStart(4, "0")}`;
}
