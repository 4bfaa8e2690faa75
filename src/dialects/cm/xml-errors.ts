/**
 * Our refusal → their error, for XML and for GET: one line of text, with status 200, as clients look no further than
 * whether it says ERROR. Guide, "Responses and errors".
 */

import type { Context } from "hono";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { DialectEnv } from "../dialect.ts";
import { type Fault, MessageError, REQUEST_ERRORS, RequestError } from "./errors.ts";

/** The error texts of the XML gateway differ between POST and GET. */
type Way = "xml" | "get";

const UNKNOWN = REQUEST_ERRORS[999];

/** The beginning of each of their texts. */
const MARK = "Error: ERROR ";

/** Answers an error. A fault of ours goes to the log. */
export function toErrorLine(error: unknown, c: Context<DialectEnv>): Response {
  if (!(error instanceof GatewayError)) c.get("fault")(error);
  const line = MARK + oneLine(wordsOf(error, c.req.method === "GET" ? "get" : "xml"));
  return c.body(line, 200, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" });
}

/** The text of an error, without the mark. */
function wordsOf(error: unknown, way: Way): string {
  if (error instanceof RequestError) return requestText(error, way);
  if (error instanceof MessageError) return messageText(error, way);
  if (!(error instanceof GatewayError)) return UNKNOWN;
  // They have no text for malformed XML. A body that is too large, or a query that is not UTF-8, has our own.
  return way === "xml" && error.refusal === "bad-request" ? UNKNOWN : error.message;
}

function requestText({ code, message }: RequestError, way: Way): string {
  if (code === 103 && way === "get") return "The parameter 'producttoken' contains an invalid value";
  return code === 202 ? UNKNOWN : message;
}

const BAD_TO = "The parameter 'to' contains an invalid value";
const NO_BODY = "The parameter 'body' is required";

/** Texts that differ from those of the JSON gateway. All others are the same. */
const WORDS: Readonly<Record<Fault, { [Which in Way]?: string }>> = {
  "no-sender": { xml: "No FROM field found in a MSG node.", get: "No sender name" },
  "bad-sender": {},
  "no-recipient": { xml: "No phone numbers found. Message will not be sent.", get: BAD_TO },
  "no-body": { get: NO_BODY },
  "no-content": { get: NO_BODY },
};

function messageText({ code, message, fault }: MessageError, way: Way): string {
  if (code === 500) return UNKNOWN;
  if (code === 303) return way === "get" ? BAD_TO : `Rejected: ${message}`;
  return (fault && WORDS[fault][way]) ?? message;
}

/** A value that they sent may have lines of its own. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ");
}
