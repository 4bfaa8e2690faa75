/** Calls as a customer's program reads them: in which dialect, about what, and what they say became of it. */

import { createHash, type KeyObject, verify } from "node:crypto";
import type { Dialect, Kind } from "./customs.ts";

/** A call as it came. */
export type Call = {
  method: string;
  url: string;
  host: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: string;
  at: number;
};

/** *underway*: not over yet; *good* and *bad*: how it ended; *unknown*: it is over, and nobody knows how. */
export type Says = "underway" | "good" | "bad" | "unknown" | string;

export type Told = {
  dialect: Dialect;
  kind: Kind | "probe";
  /** What it is about, by the name that the customer knows. */
  about: string;
  says: Says;
  /** The person's number, ours, and the text, where it tells them. */
  person?: string;
  number?: string;
  text?: string;
};

/** Undefined if no customer's program would know what to do with it. */
export function readCall(call: Call): Told | undefined {
  if (call.headers.has("webhook-signature")) {
    const { id, type } = json(call.body);
    return { dialect: "standard", kind: "event", about: `${id} ${call.path.split("/").at(-1)}`, says: type };
  }
  if (call.headers.has("x-stafett-signature")) return ofStafett(json(call.body));
  if (call.headers.has("x-ecdsa-signature")) return ofTarget365(json(call.body));
  const form = call.method === "GET" ? call.query : new URLSearchParams(call.body);
  if (form.has("action")) return ofTxtnation(form);
  if (call.method === "GET") return ofCmReport(Object.fromEntries(call.query));
  const body = json(call.body);
  if (body.cm) return ofCmReport(body.cm);
  if (Array.isArray(body.groupings)) {
    const { reference, from, to, message } = body;
    return {
      dialect: "cm",
      kind: "inbound",
      about: reference,
      says: "received",
      person: from.number,
      number: to.number,
      text: message.text,
    };
  }
  return ofFlowroute(body);
}

// biome-ignore lint/suspicious/noExplicitAny: what came from outside is what it is.
type Json = any;

function json(body: string): Json {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
}

function ofStafett({ id, type = "", data = {} }: Json): Told {
  const kind = type.startsWith("charge.") ? "charge" : type.startsWith("inbound.") ? "inbound" : "subscription";
  const about = String(
    data[{ charge: "transaction", inbound: "inbound", subscription: "subscription" }[kind as string] ?? ""],
  );
  const { sender, recipient, text } = data;
  const told: Told = {
    dialect: "stafett",
    kind,
    about: kind === "subscription" ? String(id) : about,
    says: type.split(".")[1],
  };
  return kind === "inbound" ? { ...told, person: sender, number: recipient, text } : { ...told, person: recipient };
}

const TARGET365: Record<string, Says> = { Ok: "good", Failed: "bad", Sent: "underway", Queued: "underway" };

function ofTarget365(body: Json): Told {
  const { transactionId: about, sender, recipient, content, statusCode } = body;
  if ("isStopMessage" in body) {
    return {
      dialect: "target365",
      kind: "inbound",
      about,
      says: "received",
      person: sender,
      number: recipient,
      text: content,
    };
  }
  const isLost = statusCode === "Sent" && body.detailedStatusCode === "MissingDeliveryReport";
  const says = isLost ? "unknown" : (TARGET365[statusCode] ?? statusCode);
  const isSound = body.delivered === (says === "good" ? true : says === "bad" ? false : null);
  return {
    dialect: "target365",
    kind: "report",
    about,
    says: isSound ? says : "nonsense",
    person: recipient,
    number: sender,
  };
}

function ofTxtnation(form: URLSearchParams): Told {
  const field = (name: string) => form.get(name) ?? "";
  const told = { dialect: "txtnation" as const, about: field("id"), person: `+${field("number")}` };
  if (field("action") === "mpush_ir_message") {
    return { ...told, kind: "inbound", says: "received", text: field("message") };
  }
  const report = field("report");
  return {
    ...told,
    kind: "report",
    says: report === "ACKNOWLEDGED" ? "underway" : report === "DELIVERED" ? "good" : "bad",
  };
}

const CM: Record<string, Says> = { 0: "underway", 1: "bad", 2: "good", 3: "bad" };

function ofCmReport({ id, gsm, status }: Json): Told | undefined {
  if (id === undefined) return undefined;
  const kind = gsm === "004700000000" ? "probe" : "report";
  return {
    dialect: "cm",
    kind,
    about: String(id),
    says: CM[status] ?? "nonsense",
    person: String(gsm).replace(/^00/, "+"),
  };
}

const FLOWROUTE: Record<string, Says> = { "smsc submit": "underway", "mmsc submit": "underway", delivered: "good" };

function ofFlowroute(body: Json): Told | undefined {
  const { data } = body;
  if (data?.type === "delivery_receipt") {
    const { status, to, body: text } = data.attributes;
    const says = FLOWROUTE[status] ?? (["failed", "message buffered"].includes(status) ? "bad" : "nonsense");
    return { dialect: "flowroute", kind: "report", about: data.id, says, person: plus(to), text };
  }
  if (typeof body.id !== "string" || typeof body.body !== "string") return undefined;
  return {
    dialect: "flowroute",
    kind: "inbound",
    about: body.id,
    says: "received",
    person: plus(body.from),
    number: plus(body.to),
    text: body.body,
  };
}

const plus = (number: unknown) => `+${String(number).replace(/^\+/, "")}`;

/** CM.com's number of a message of ours. */
export function cmNumberOf(id: string): string {
  return String(Number.parseInt(createHash("sha256").update(id).digest("hex").slice(0, 13), 16));
}

/** Some sign with a time that is a little behind, and no clock is quite right. Milliseconds. */
const BEHIND = 5_000;

/**
 * What is wrong with its signature; undefined if nothing is, or if its dialect has none.
 * @param notBefore epoch ms
 * @param published the key that the gateway tells under a name
 */
export function faultInSignature(
  call: Call,
  dialect: Dialect,
  notBefore: number,
  published: (name: string) => KeyObject | undefined,
): string | undefined {
  if (dialect !== "target365" && dialect !== "stafett") return undefined;
  const isTarget365 = dialect === "target365";
  const parts = (call.headers.get(isTarget365 ? "x-ecdsa-signature" : "x-stafett-signature") ?? "").split(":");
  const [timestamp = "", signature = ""] = [parts[1], parts.at(-1)];
  const signedAt = Number(timestamp) * 1_000;
  if (!(signedAt > notBefore - BEHIND && signedAt < call.at + BEHIND)) return `it was signed at ${timestamp}`;
  const signed = isTarget365
    ? `post${call.url.toLowerCase()}${timestamp}${parts[2]}${createHash("sha256").update(call.body).digest("base64")}`
    : `${timestamp}.${json(call.body).id}.${call.body}`;
  const key = published(parts[0] ?? "");
  if (!key) return `no key ${parts[0]} is published`;
  const bytes = Buffer.from(signature, "base64");
  const isRight = verify("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" }, bytes);
  return isRight ? undefined : "its signature does not fit";
}
