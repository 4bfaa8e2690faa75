import { describe } from "vitest";
import { BODY_CAP, MOST_PIECES } from "../../../src/doors/body.ts";
import { type TestGateway, useGateway } from "../../support/gateway.ts";
import { type Answer, conforms, type Text, type Wanted } from "../conformance.ts";
import { basic, type KeyAccount, openAccessKey, type Refused } from "./support.ts";

const isError =
  (...statuses: number[]) =>
  (answer: Answer) => {
    const { errors } = JSON.parse(answer.text) as Refused;
    return statuses.includes(answer.status) && errors.length === 1 && errors[0]?.status === answer.status;
  };

describe.each(["v2", "v2.1", "v2.2"])("Flowroute %s", (version) => {
  const gateway = useGateway();
  const path = `/${version}/messages`;

  const post = (caller: KeyAccount | undefined, body: NonNullable<Wanted["body"]>): Wanted => ({
    method: "POST",
    path,
    headers: { "content-type": "application/json", ...(caller ? { authorization: basic(caller) } : {}) },
    body,
  });

  conforms<KeyAccount>(withoutErrorIds(gateway), {
    // The suite writes to Norwegian numbers.
    open: () => openAccessKey(gateway, { settings: { international: "on" } }),
    secretsOf: ({ secretKey }) => [secretKey],
    impostorOf: (caller) => ({ ...caller, secretKey: "0123456789abcdef0123456789abcdef" }),

    send: (caller, { recipient, text }: Text) =>
      post(caller, JSON.stringify({ to: recipient.slice(1), from: caller?.digits ?? "12065550001", body: text })),
    sendBytes: (caller, body) => post(caller, body),
    malformed: {
      empty: "",
      "not JSON": '{"to": "12065550001", ',
      "not an object": '["to", "from", "body"]',
      "a text": '"hello"',
      null: "null",
      "an empty object": "{}",
      "for something that is no number": '{"to": "nobody", "from": "12065550001", "body": "hello"}',
      "of the wrong types": '{"to": {}, "from": [], "body": 7}',
    },
    smallest: { piece: ",0", around: () => ["[0", "]"] },
    most: { bytes: BODY_CAP, pieces: MOST_PIECES },
    idOf: (_, { text }) => (JSON.parse(text) as { data: { id: string } }).data.id,
    nobodys: "mdr2-00112233445566778899aabbccddeeff",
    byId: {
      "look up": (caller, id) => ({ method: "GET", path: `${path}/${id}`, headers: { authorization: basic(caller) } }),
    },
    unknownPath: (caller) => ({
      method: "GET",
      path: `/${version}/nowhere`,
      headers: { authorization: basic(caller) },
    }),
    wrongMethod: (caller) => ({ method: "DELETE", path, headers: { authorization: basic(caller) } }),

    isAccepted: ({ status }) => status === (version === "v2" ? 200 : 202),
    refuses: {
      "no credential": isError(401),
      "wrong credential": isError(401),
      malformed: isError(400, 403, 422),
      "not UTF-8": isError(400),
      "too large": isError(413),
      "too many pieces": isError(413),
      "not there": isError(404),
      "unknown path": isError(404),
      "wrong method": isError(405),
      "country closed": isError(403),
      duplicate: isError(409),
    },
  });
});

/** Each error has an id of its own, which is all that may differ between an id of another account's and one of nobody's. */
function withoutErrorIds(gateway: TestGateway): TestGateway {
  const fetch: TestGateway["fetch"] = async (path, init) => {
    const answer = await gateway.fetch(path, init);
    const text = (await answer.text()).replace(/"id":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"/g, '"id":""');
    return new Response(text, { status: answer.status, headers: answer.headers });
  };
  return Object.create(gateway, { fetch: { value: fetch } }) as TestGateway;
}
