import { randomUUID } from "node:crypto";
import { describe } from "vitest";
import { BODY_CAP, MOST_PIECES } from "../../../src/doors/body.ts";
import { useGateway } from "../../support/gateway.ts";
import { authorization, newKeyPair, registerKey } from "../../support/target365-client.ts";
import { type Answer, conforms, type DialectUnderTest, type Text, type Wanted } from "../conformance.ts";

/** How a caller proves who it is: the headers that go with a request. */
type Caller = { headers: (request: Wanted) => Record<string, string>; secrets: string[]; impostor: () => Caller };

const OUT_MESSAGES = "/api/out-messages";

const isRefusal = (status: number) => (answer: Answer) =>
  answer.status === status &&
  answer.headers.get("content-type") === "application/json; charset=utf-8" &&
  typeof JSON.parse(answer.text).Message === "string";

const dialect = {
  secretsOf: (caller: Caller) => caller.secrets,
  impostorOf: (caller: Caller) => caller.impostor(),

  send: (caller: Caller | undefined, text: Text) => withCredential(caller, "POST", OUT_MESSAGES, toBody(text)),
  sendBytes: (caller: Caller, body: Uint8Array<ArrayBuffer>) => withCredential(caller, "POST", OUT_MESSAGES, body),
  malformed: {
    empty: "",
    "cut short": '{"sender": "Shop", "recipient"',
    "not JSON": "sender=Shop",
    "a list where one message belongs": "[]",
    "a text where a message belongs": '"hello"',
    null: "null",
    "without a recipient": '{"sender": "Shop", "content": "hello"}',
    "of wrong types": '{"sender": {}, "recipient": [], "content": 7}',
  },
  smallest: { piece: ",0", around: () => ["[0", "]"] as const },
  most: { bytes: BODY_CAP, pieces: MOST_PIECES },
  idOf: ({ id }: Text) => id,
  nobodys: "nobodys-id",
  byId: {
    GET: (caller: Caller, id: string) => withCredential(caller, "GET", `${OUT_MESSAGES}/${id}`),
    PUT: (caller: Caller, id: string) =>
      withCredential(caller, "PUT", `${OUT_MESSAGES}/${id}`, toBody({ id, recipient: "+4792999999", text: "Other" })),
    DELETE: (caller: Caller, id: string) => withCredential(caller, "DELETE", `${OUT_MESSAGES}/${id}`),
  },
  unknownPath: (caller: Caller) => withCredential(caller, "GET", "/api/nowhere"),
  wrongMethod: (caller: Caller) => withCredential(caller, "PATCH", OUT_MESSAGES, "{}"),

  isAccepted: ({ status }: Answer) => status === 201,
  refuses: {
    "no credential": isRefusal(401),
    "wrong credential": isRefusal(401),
    malformed: isRefusal(400),
    "not UTF-8": isRefusal(400),
    "too large": isRefusal(413),
    "too many pieces": isRefusal(413),
    "not there": isRefusal(404),
    "unknown path": isRefusal(404),
    "wrong method": isRefusal(405),
    "country closed": isRefusal(403),
    duplicate: isRefusal(409),
  },
  refusesUsedId: isRefusal(409),
} satisfies Omit<DialectUnderTest<Caller>, "open">;

describe("Target365 with an API key", () => {
  const gateway = useGateway();
  conforms(gateway, { ...dialect, open: async () => byApiKey((await gateway.account()).apiKey) });
});

describe("Target365 with signed requests", () => {
  const gateway = useGateway();
  conforms(gateway, {
    ...dialect,
    open: async () => {
      const account = await gateway.account();
      const pair = newKeyPair();
      const keyName = await registerKey(gateway, account, pair);
      return bySignature(keyName, pair);
    },
  });

  function bySignature(keyName: string, pair: ReturnType<typeof newKeyPair>): Caller {
    return {
      headers: ({ method, path, body }) => ({
        authorization: authorization(keyName, pair, {
          method,
          url: gateway.url + path,
          ...(body === undefined ? {} : { body }),
        }),
      }),
      secrets: [pair.privateKey.export({ format: "der", type: "pkcs8" }).toString("base64")],
      impostor: () => bySignature(keyName, newKeyPair()),
    };
  }
});

function byApiKey(apiKey: string): Caller {
  return {
    headers: () => ({ "x-apikey": apiKey }),
    secrets: [apiKey],
    impostor: () => byApiKey(`${randomUUID()}${randomUUID()}`),
  };
}

function withCredential(caller: Caller | undefined, method: string, path: string, body?: Wanted["body"]): Wanted {
  const request = { method, path, ...(body === undefined ? {} : { body }) };
  return caller ? { ...request, headers: caller.headers(request) } : request;
}

function toBody({ id, recipient, text }: Text): string {
  return JSON.stringify({ transactionId: id, sender: "Shop", recipient, content: text });
}
