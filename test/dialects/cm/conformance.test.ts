import { describe } from "vitest";
import { BODY_CAP, MOST_PIECES } from "../../../src/doors/body.ts";
import { useGateway } from "../../support/gateway.ts";
import { type Answer, conforms, type Text, type Wanted } from "../conformance.ts";
import { openTokenAccount, type TokenAccount } from "./support.ts";

const isRefusal = (status: number, ...codes: number[]) => {
  return (answer: Answer) =>
    answer.status === status &&
    answer.headers.get("content-type") === "application/json; charset=utf-8" &&
    codes.includes(JSON.parse(answer.text).errorCode);
};

describe("CM.com", () => {
  const gateway = useGateway();
  conforms<TokenAccount>(gateway, {
    open: () => openTokenAccount(gateway),
    secretsOf: ({ token }) => [token],
    impostorOf: (account) => ({ ...account, token: "01234567-89ab-4cde-8f01-23456789abcd" }),

    send: (account, text) => post(account, toBody(text)),
    sendBytes: (account, body) => post(account, body),
    malformed: {
      empty: "",
      "not JSON": "from=Shop&to=0047910000000",
      "cut off": '{"messages": {"msg": [',
      "a list": "[]",
      "without a message": '{"messages": {}}',
      "of a message that is in no list": '{"messages": {"msg": {"from": "Shop"}}}',
      "of a message of another form": '{"messages": {"msg": [{"from": {}}]}}',
    },
    smallest: { piece: ",0", around: () => ['{"messages": {"msg": [0', "]}}"] },
    most: { bytes: BODY_CAP, pieces: MOST_PIECES },
    idOf: ({ id }) => id,
    nobodys: "nobodys-id",
    byId: {},
    unknownPath: (account) => ({ ...post(account, "{}"), path: "/v1.0/nowhere" }),
    wrongMethod: () => ({ method: "GET", path: "/v1.0/message" }),

    isAccepted: ({ status, text }) => status === 200 && JSON.parse(text).errorCode === 0,
    refuses: {
      "no credential": isRefusal(400, 103),
      "wrong credential": isRefusal(400, 101),
      malformed: isRefusal(400, 202, 203),
      "not UTF-8": isRefusal(400, 202),
      "too large": isRefusal(413, 202),
      "too many pieces": isRefusal(413, 202),
      "not there": () => false,
      "unknown path": isRefusal(404, 999),
      "wrong method": ({ status, text }) => status === 405 && text === "",
      "country closed": ({ text }) => text.includes('"messageErrorCode":403') && text.includes("only to SE, DK"),
      duplicate: ({ text }) => text.includes('"messageErrorCode":305') && text.includes("less than 3600 s ago"),
    },
  });
});

function post(account: TokenAccount | undefined, body: NonNullable<Wanted["body"]>): Wanted {
  const token = account ? { "x-cm-producttoken": account.token } : {};
  return { method: "POST", path: "/v1.0/message", headers: { "content-type": "application/json", ...token }, body };
}

function toBody({ id, recipient, text }: Text): string {
  const msg = [{ from: "Shop", to: [{ number: recipient }], body: { content: text }, reference: id }];
  return JSON.stringify({ messages: { msg } });
}
