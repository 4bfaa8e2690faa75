/** The parameters of a status report: their names and values. Guide, "Status report webhook", "Parameters". */

import type { Message } from "../../core/messages/message.ts";
import type { ReportEvent } from "../../core/webhooks/webhook.ts";
import { sha256 } from "../read.ts";
import type { Kept } from "./msg.ts";
import { ERRORS, toStatus } from "./status.ts";

/** Sent by default. The guide lists these first, and then begins the alphabet anew. */
export const DEFAULT_PARAMETERS = [
  "CREATED_S",
  "DATETIME_S",
  "GSM",
  "REFERENCE",
  "STANDARDERRORTEXT",
  "STATUS",
  "STATUSDESCRIPTION",
] as const;

export const PARAMETERS = [
  ...DEFAULT_PARAMETERS,
  "+GSM",
  "EXTERNALSTATUSDESCRIPTION",
  "ID",
  "OPERATOR",
  "RECIPIENT",
  "SRCREATED",
  "SRCREATED_S",
  "STATUSCODESTRING",
  "STATUSISSUCCESS",
  "TIME",
  "CUSTOMGROUPING",
  "CUSTOMGROUPING2",
  "CUSTOMGROUPING3",
] as const;

export type Parameter = (typeof PARAMETERS)[number];
export type Values = Record<Parameter, string>;

/** The message of a report. */
export type Reported = Pick<Message, "id" | "recipient" | "echo" | "reference" | "operator">;

/** The values of the parameters for a message. @param now epoch ms, when the report is sent */
export async function toValues(event: ReportEvent, message: Reported, now: number): Promise<Values> {
  const { state, reason, at } = event;
  const { status, error } = toStatus(event, message);
  const { text } = error ? ERRORS[error] : { text: "" };
  const kept = message.echo as Partial<Kept>;
  return {
    CREATED_S: toDate(at),
    DATETIME_S: toDate(now),
    GSM: toGsm(message.recipient),
    REFERENCE: kept.reference ?? "",
    STANDARDERRORTEXT: text,
    STATUS: String(status),
    // Called a description, and read by all clients as the code of the error.
    STATUSDESCRIPTION: error ? String(error) : "",
    "+GSM": message.recipient,
    EXTERNALSTATUSDESCRIPTION: (reason ?? state).replaceAll("-", " "),
    ID: String(await toInteger(message.id)),
    OPERATOR: MCCMNC[message.operator ?? ""] ?? "",
    RECIPIENT: toGsm(message.recipient),
    SRCREATED: `${toAmericanDay(at)} ${toAmericanTime(at)}`,
    SRCREATED_S: toDate(at),
    STATUSCODESTRING: text.toLowerCase(),
    STATUSISSUCCESS: error ? "0" : "1",
    TIME: toAmericanTime(now),
    CUSTOMGROUPING: kept.customGrouping ?? "",
    CUSTOMGROUPING2: kept.customGrouping2 ?? "",
    CUSTOMGROUPING3: kept.customGrouping3 ?? "",
  };
}

/** Country and network of the operators that we have words for. */
const MCCMNC: Record<string, string> = { "no.telenor": "24201", "no.telia": "24202", "no.ice": "24214" };

/** A number with 00; on a channel other than SMS, whatever names the person there. */
function toGsm(recipient: string): string {
  return recipient.replace(/^\+/, "00");
}

/** Their ids are integers. The same message has the same one: the first 52 bits of a hash, which every language can hold. */
async function toInteger(id: string): Promise<number> {
  return Number.parseInt((await sha256(id)).slice(0, 13), 16);
}

/** yyyy-MM-ddTHH:mm:ss in UTC. */
export function toDate(at: number): string {
  return new Date(at).toISOString().slice(0, 19);
}

/** MM/dd/yyyy. */
function toAmericanDay(at: number): string {
  const [year, month, day] = toDate(at).slice(0, 10).split("-");
  return `${month}/${day}/${year}`;
}

/** hh:mm:ss and AM or PM. */
function toAmericanTime(at: number): string {
  const hour = new Date(at).getUTCHours();
  const twelve = String(hour % 12 || 12).padStart(2, "0");
  return `${twelve}${toDate(at).slice(13)} ${hour < 12 ? "AM" : "PM"}`;
}
