/** The gateway of the first years, as its clients ask it. */

import type { TestGateway } from "../../support/gateway.ts";
import type { TokenAccount } from "./support.ts";

/** Posts a body to the XML gateway; answers the status and the text. */
export async function postXml(
  gateway: TestGateway,
  body: string | Uint8Array<ArrayBuffer>,
  { path = "/gateway.ashx", type = "application/xml" }: { path?: string; type?: string | undefined } = {},
): Promise<{ status: number; text: string; type: string | null }> {
  const answer = await gateway.fetch(path, { method: "POST", body, headers: type ? { "content-type": type } : {} });
  return { status: answer.status, text: await answer.text(), type: answer.headers.get("content-type") };
}

/** Asks for a message by GET; answers the status and the text. */
export async function ask(
  gateway: TestGateway,
  query: Record<string, string> | string,
  path = "/gateway.ashx",
): Promise<{ status: number; text: string; type: string | null }> {
  const answer = await gateway.fetch(`${path}?${typeof query === "string" ? query : new URLSearchParams(query)}`);
  return { status: answer.status, text: await answer.text(), type: answer.headers.get("content-type") };
}

/** A document with these MSG elements. */
export function aDocument({ token }: Pick<TokenAccount, "token">, ...msgs: string[]): string {
  const authentication = `<AUTHENTICATION><PRODUCTTOKEN>${token}</PRODUCTTOKEN></AUTHENTICATION>`;
  return `<MESSAGES>${authentication}${msgs.join("")}</MESSAGES>`;
}

/** A MSG: what is not named is as it should be; what is empty is left out. */
export function aMsgXml(
  to: string,
  { from = "<FROM>Shop</FROM>", body = "<BODY>Your parcel is here</BODY>", more = "" } = {},
): string {
  return `<MSG>${from}${to === "" ? "" : `<TO>${to}</TO>`}${body}${more}</MSG>`;
}
