/** What every dialect promises, at the gateway of the first years: in XML, and by GET. */

import { describe } from "vitest";
import { MOST_PIECES as MOST_XML_PIECES } from "../../../src/dialects/cm/xml-tree.ts";
import { BODY_CAP } from "../../../src/doors/body.ts";
import { useGateway } from "../../support/gateway.ts";
import { type Answer, conforms, type DialectUnderTest, type Text } from "../conformance.ts";
import { aDocument, aMsgXml } from "./ashx.ts";
import { openTokenAccount, type TokenAccount } from "./support.ts";

const says =
  (...texts: string[]) =>
  ({ status, headers, text }: Answer) =>
    status === 200 &&
    headers.get("content-type") === "text/plain; charset=utf-8" &&
    texts.some((one) => text === `Error: ERROR ${one}`);

/** What is the same in both. */
const common = {
  secretsOf: ({ token }) => [token],
  impostorOf: (account) => ({ ...account, token: "01234567-89ab-4cde-8f01-23456789abcd" }),
  sendBytes: (_, body) => ({ method: "POST", path: "/gateway.ashx", body }),
  malformed: { empty: "", JSON: '{"messages":{}}', "cut off": "<MESSAGES><MSG>", "of another root": "<MSG/>" },
  smallest: {
    piece: "<MSG></MSG>",
    around: ({ token }) => [
      `<MESSAGES><AUTHENTICATION><PRODUCTTOKEN>${token}</PRODUCTTOKEN></AUTHENTICATION>`,
      "</MESSAGES>",
    ],
  },
  most: { bytes: BODY_CAP, pieces: MOST_XML_PIECES },
  idOf: ({ id }) => id,
  nobodys: "nobodys-id",
  byId: {},
  unknownPath: () => ({ method: "GET", path: "/v1.0/gateway.ashx" }),
  wrongMethod: () => ({ method: "PUT", path: "/gateway.ashx" }),
  isAccepted: ({ status, text }) => status === 200 && text === "",
} as const satisfies Omit<DialectUnderTest<TokenAccount>, "open" | "send" | "refuses">;

const refuses = {
  "wrong credential": says("No account found for the given authentication"),
  malformed: says("Unknown error"),
  "not UTF-8": says("Unknown error"),
  "too large": says("the body is larger than 10 MB; send it in several requests"),
  "too many pieces": says("the body has too many elements; send it in several requests"),
  "not there": () => false,
  "unknown path": ({ status }: Answer) => status === 404,
  "wrong method": ({ status, text }: Answer) => status === 400 && text === "",
  "country closed": says("the number is of NO, and this account sends only to SE, DK"),
  duplicate: says("the same text was sent to this person less than 3600 s ago"),
} as const;

describe("CM.com, in XML", () => {
  const gateway = useGateway();
  conforms<TokenAccount>(gateway, {
    ...common,
    open: () => openTokenAccount(gateway),
    send: (account, { id, recipient, text }: Text) => {
      const body = `<BODY><![CDATA[${text}]]></BODY>`;
      const msg = aMsgXml(recipient, { body, more: `<REFERENCE>${id}</REFERENCE>` });
      return { method: "POST", path: "/gateway.ashx", body: aDocument({ token: account?.token ?? "" }, msg) };
    },
    refuses: { ...refuses, "no credential": says("Invalid product token.") },
  });
});

describe("CM.com, by GET", () => {
  const gateway = useGateway();
  conforms<TokenAccount>(gateway, {
    ...common,
    open: () => openTokenAccount(gateway),
    send: (account, { id, recipient, text }: Text) => {
      const query = new URLSearchParams({ from: "Shop", to: recipient, body: text, reference: id });
      if (account) query.set("producttoken", account.token);
      return { method: "GET", path: `/gateway.ashx?${query}` };
    },
    refuses: { ...refuses, "no credential": says("The parameter 'producttoken' contains an invalid value") },
  });
});
