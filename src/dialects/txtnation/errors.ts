/**
 * Our refusal → their error, twice: a code in the envelope of `/no/*`, a word of gateway.php. Both come with status 200,
 * as clients of gateway.php insist; only a request that is none of this API has a status of its own.
 */

import type { Context } from "hono";
import { GatewayError, type Refusal } from "../../core/kernel/errors.ts";
import type { DialectEnv } from "../dialect.ts";
import { HTML_TYPE, JSON_TYPE } from "./schema.ts";

/** Guide, "Error Codes": 1 parameters, 2 credentials, 3 Strex, 4 short number or tariff. 5 is ours: the charge is a repeat. */
const CODE = {
  "bad-request": 1,
  "bad-number": 1,
  "bad-sender": 4,
  "bad-text": 1,
  "too-large": 1,
  unauthorised: 2,
  replayed: 2,
  "not-allowed": 3,
  "not-found": 1,
  "wrong-method": 1,
  "already-exists": 1,
  repeated: 5,
  "too-late": 1,
  "too-many-requests": 3,
  "opted-out": 3,
  "quiet-hours": 3,
  "country-closed": 3,
  "no-carrier": 3,
  "key-reused": 1,
  "key-in-progress": 3,
} as const satisfies Record<Refusal, 1 | 2 | 3 | 4 | 5>;

/** The answers of gateway.php other than SUCCESS. */
export const WORDS = [
  ...["IR-101", "IR-102", "IR-103", "IR-104", "IR-401", "IR-403", "IR-404", "IR-405", "IR-409", "IR-410", "IR-412"],
  ...["IR-413", "IR-414", "IR-415", "IR-416", "IR-417", "IR-419", "IR-420", "E-100", "E-103", "BARRED"],
] as const;
export type Word = (typeof WORDS)[number];

const WORD = {
  "bad-request": "E-103",
  "bad-number": "IR-405",
  "bad-sender": "E-100",
  "bad-text": "IR-417",
  "too-large": "E-103",
  unauthorised: "IR-103",
  replayed: "E-103",
  "not-allowed": "E-100",
  "not-found": "E-103",
  "wrong-method": "E-103",
  // The code of a second answer to one text: a client that knows it sends nothing again.
  "already-exists": "IR-101",
  repeated: "IR-101",
  "too-late": "E-103",
  "too-many-requests": "E-100",
  "opted-out": "BARRED",
  "quiet-hours": "E-100",
  "country-closed": "E-100",
  "no-carrier": "E-100",
  "key-reused": "E-103",
  "key-in-progress": "E-100",
} as const satisfies Record<Refusal, Word>;

const STATUS: { readonly [Which in Refusal]?: 405 | 409 | 413 | 422 | 429 | 503 } = {
  "wrong-method": 405,
  "too-large": 413,
  // Nothing is wrong with the request, and it may be made again.
  "too-many-requests": 429,
  "no-carrier": 503,
  // Only a client that sends an Idempotency-Key gets these, and the provider has no word for them.
  "key-reused": 422,
  "key-in-progress": 409,
};

/** Words for a campaign that is missing or not known, and for a wrong key. */
const UNAUTHORISED: readonly Word[] = ["IR-103", "IR-414", "IR-415"];

/** A refusal in gateway.php's own word. */
export class WordError extends GatewayError {
  readonly word: Word;

  constructor(word: Word) {
    super(UNAUTHORISED.includes(word) ? "unauthorised" : "bad-request", word);
    this.name = "WordError";
    this.word = word;
  }
}

/** Members with another name on this wire. */
const FIELD: Record<string, string> = {
  service: "service_id",
  recipient: "to",
  shortNumber: "shortcode",
  theirId: "id",
  price: "tariff",
};

export function toEnvelope(error: unknown, c: Context<DialectEnv>): Response {
  if (!(error instanceof GatewayError)) {
    const id = c.get("fault")(error);
    const message = `Something went wrong on our side, and it may have been done or not: look before asking again. Fault ${id}.`;
    return refusal(c, 3, message, 500);
  }
  const field = FIELD[error.field ?? ""];
  const message = field ? `${field}: ${error.message}` : error.message;
  return refusal(c, CODE[error.refusal], message, STATUS[error.refusal] ?? 200);
}

/** An address we do not have. */
export function notFound(c: Context<DialectEnv>): Response {
  return refusal(c, 1, `${c.req.path} is not an address of this API`, 404);
}

function refusal(
  c: Context<DialectEnv>,
  code: number,
  message: string,
  status: 200 | 404 | 405 | 409 | 413 | 422 | 429 | 500 | 503,
): Response {
  const envelope = { requestId: crypto.randomUUID(), status: false, code, message, data: {} };
  return c.json(envelope, status, { ...JSON_TYPE, "cache-control": "no-store" });
}

export function toWord(error: unknown, c: Context<DialectEnv>): Response {
  if (error instanceof WordError) return c.body(error.word, 200, HTML_TYPE);
  if (error instanceof GatewayError) return c.body(WORD[error.refusal], STATUS[error.refusal] ?? 200, HTML_TYPE);
  c.get("fault")(error);
  return c.body("E-100", 500, HTML_TYPE);
}
