import { describe } from "vitest";
import { FORM_CAP, MOST_PAIRS } from "../../../src/doors/body.ts";
import { useGateway } from "../../support/gateway.ts";
import { type Answer, conforms, type Text, type Wanted } from "../conformance.ts";
import { type Campaign, formOf, openCampaign } from "./campaign.ts";

const isWord =
  (status: number, ...words: string[]) =>
  (answer: Answer) =>
    answer.status === status &&
    words.includes(answer.text) &&
    /^text\/html/.test(answer.headers.get("content-type") ?? "");

const isEnvelope = (status: number, code: number) => (answer: Answer) =>
  answer.status === status && JSON.parse(answer.text).code === code && JSON.parse(answer.text).status === false;

describe("txtNation", () => {
  const gateway = useGateway();
  conforms<Campaign>(gateway, {
    open: () => openCampaign(gateway),
    secretsOf: ({ ekey }) => [ekey],
    impostorOf: (campaign) => ({ ...campaign, ekey: "0123456789abcdef0123456789abcdef" }),

    send: (campaign, text) => post(campaign, toForm(text)),
    sendBytes: (campaign, body) => post(campaign, body),
    malformed: {
      empty: "",
      "not a form": '{"number": "4798079008", "message": "hello"}',
      "without a number": "message=hello&id=1",
      "without a text": "number=4798079008&id=1",
      "for something that is no number": "number=nobody&message=hello",
    },
    smallest: { piece: "a&" },
    most: { bytes: FORM_CAP, pieces: MOST_PAIRS },
    idOf: ({ id }) => id,
    nobodys: "nobodys-id",
    byId: {},
    unknownPath: () => ({ method: "GET", path: "/no/nowhere" }),
    wrongMethod: () => ({ method: "PUT", path: "/gateway.php" }),

    isAccepted: ({ status, text }) => status === 200 && text === "SUCCESS",
    refuses: {
      "no credential": isWord(200, "IR-414"),
      "wrong credential": isWord(200, "IR-103"),
      malformed: isWord(200, "IR-404", "IR-405", "IR-416"),
      "not UTF-8": isWord(200, "E-103"),
      "too large": isWord(413, "E-103"),
      "too many pieces": isWord(413, "E-103"),
      "not there": () => false,
      "unknown path": isEnvelope(404, 1),
      "wrong method": isWord(405, "E-103"),
      "country closed": isWord(200, "E-100"),
      duplicate: isWord(200, "IR-101"),
    },
    refusesUsedId: isWord(200, "IR-101"),
  });
});

function post(campaign: Campaign | undefined, body: NonNullable<Wanted["body"]>): Wanted {
  const query = campaign ? `?${formOf({ cc: campaign.cc, ekey: campaign.ekey })}` : "";
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return { method: "POST", path: `/gateway.php${query}`, headers, body };
}

/** A question mark stands for itself, as it may. */
function toForm({ id, recipient, text }: Text): string {
  return formOf({ id, number: recipient.slice(1), message: text }).replaceAll("%3F", "?");
}
