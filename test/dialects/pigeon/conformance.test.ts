import { describe } from "vitest";
import { BODY_CAP, MOST_PIECES } from "../../../src/doors/body.ts";
import { type Answer, conforms, type Text, type Wanted } from "../conformance.ts";
import { type Loft, openLoft, usePigeons } from "./support.ts";

const coos =
  (...statuses: number[]) =>
  ({ status, text }: Answer) =>
    statuses.includes(status) && typeof JSON.parse(text).coo === "string";

describe("Pigeon Post", () => {
  const gateway = usePigeons();
  const PATH = "/pigeon/messages";
  const headersOf = (loft: Loft | undefined): Record<string, string> => (loft ? { "x-ring": loft.ring } : {});
  const post = (loft: Loft | undefined, body: NonNullable<Wanted["body"]>): Wanted => ({
    method: "POST",
    path: PATH,
    headers: headersOf(loft),
    body,
  });

  conforms<Loft>(gateway, {
    open: () => openLoft(gateway),
    secretsOf: ({ ring }) => [ring],
    impostorOf: (loft) => ({ ...loft, ring: "a ring that nobody wears" }),

    send: (loft, { id, recipient, text }: Text) =>
      post(loft, JSON.stringify({ id, to: recipient, from: "Loft", text })),
    sendBytes: post,
    malformed: {
      empty: "",
      "not JSON": "coo",
      "not an object": "[]",
      "without a text": '{"id": "1", "to": "+4798079008", "from": "Loft"}',
      "for something that is no number": '{"id": "1", "to": "nobody", "from": "Loft", "text": "coo"}',
    },
    smallest: { piece: ",0", around: () => ["[0", "]"] },
    most: { bytes: BODY_CAP, pieces: MOST_PIECES },
    idOf: ({ id }) => id,
    nobodys: "nobodys-letter",
    byId: { "look up": (loft, id) => ({ method: "GET", path: `${PATH}/${id}`, headers: headersOf(loft) }) },
    unknownPath: (loft) => ({ method: "GET", path: "/pigeon/nowhere", headers: headersOf(loft) }),
    wrongMethod: (loft) => ({ method: "PUT", path: PATH, headers: headersOf(loft) }),

    isAccepted: ({ status }) => status === 202,
    refuses: {
      "no credential": coos(401),
      "wrong credential": coos(401),
      malformed: coos(400),
      "not UTF-8": coos(400),
      "too large": coos(413),
      "too many pieces": coos(413),
      "not there": coos(404),
      "unknown path": coos(404),
      "wrong method": coos(405),
      "country closed": coos(403),
      duplicate: coos(409),
    },
    refusesUsedId: coos(409),
  });
});
