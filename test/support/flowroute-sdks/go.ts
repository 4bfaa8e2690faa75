/** cjcox17/flowroute-client-go, which reads into structs: what has another type than its field breaks it. */

import { enveloped, type Habits } from "./sdk.ts";

type Kind = "string" | "int" | "bool" | "receipts" | "prices";

const ATTRIBUTES: Record<string, Kind> = {
  ...{ amount_display: "string", amount_nanodollars: "int", body: "string", delivery_receipts: "receipts" },
  ...{ direction: "string", from: "string", is_mms: "bool", message_callback_url: "string", message_encoding: "int" },
  ...{ message_type: "string", price_details: "prices", status: "string", timestamp: "string", to: "string" },
};
const RECEIPT: Record<string, Kind> = {
  ...{ level: "int", status: "string", status_code: "int", status_code_description: "string", timestamp: "string" },
};
const PRICES: Record<string, Kind> = {
  ...{ base_rate: "string", charged_cost: "string", segment_count: "int", surcharge_rate: "string" },
};

type Read = Record<string, unknown>;

/** Members that it does not know are passed over, and null leaves a field as it is. */
function decode(kinds: Record<string, Kind>, value: unknown): void {
  for (const [name, given] of Object.entries((value ?? {}) as Read)) {
    const kind = kinds[name];
    if (kind === undefined || given === null) continue;
    if (kind === "prices") decode(PRICES, given);
    else if (kind === "receipts") for (const receipt of given as unknown[]) decode(RECEIPT, receipt);
    else if (!isOf(kind, given)) {
      throw new Error(`json: cannot unmarshal ${JSON.stringify(given)} into field ${name} of type ${kind}`);
    }
  }
}

function isOf(kind: "string" | "int" | "bool", given: unknown): boolean {
  if (kind === "int") return Number.isInteger(given);
  return typeof given === (kind === "bool" ? "boolean" : "string");
}

const JSON_API = "application/vnd.api+json";

export const go: Habits = {
  name: "Go",
  version: "v2.2",
  headers: {
    POST: { "user-agent": "Go-http-client/1.1", "content-type": JSON_API, accept: JSON_API, "accept-encoding": "gzip" },
    GET: { "user-agent": "Go-http-client/1.1", accept: JSON_API, "accept-encoding": "gzip" },
  },
  write: enveloped,
  canLookUp: true,
  // time.RFC3339Nano, of a machine in Seattle
  date: (at) => encodeURIComponent(new Date(at - 8 * 3_600_000).toISOString().replace("Z", "000001-08:00")),
  succeeds: (status) => status >= 200 && status < 300,
  read(body) {
    const read = JSON.parse(body) as { data: Read | Read[] };
    for (const { attributes } of [read.data].flat()) decode(ATTRIBUTES, attributes);
    return read;
  },
  fail(_, status, body) {
    const [error] = (JSON.parse(body) as { errors: Read[] }).errors;
    decode({ status: "int", id: "string", title: "string" }, error);
    if (!error) throw new Error(`API error: status code ${status}`);
    const detail = JSON.stringify(error.detail);
    throw new Error(
      `Flowroute API error: status=${error.status}, id=${error.id}, title=${error.title}, detail=${detail}`,
    );
  },
  hears: {
    wrongKey: /status=401, id=[0-9a-f-]{36}, title=Unauthorized, detail="/,
    badNumber: /status=422, .*, detail=\{"data":\{"attributes":\{"to":\[/,
    nobodys: /status=404, /,
  },
};
