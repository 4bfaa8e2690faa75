/** What a webhook's row says is to be told, held against what a customer was told. */

import { recordIdOf } from "../../src/dialects/flowroute/ids.ts";
import type { Row } from "./oracle.ts";
import { cmNumberOf, type Told } from "./wire.ts";

/** What a webhook tells of: its row as it is now, and the states it was ever in. */
export type Subject = { row: Row; states: Set<string> };

/** By which name the customer knows what this webhook tells of. */
export function aboutOf(webhook: Row, subject: Row | undefined): string {
  const event = JSON.parse(String(webhook.event));
  switch (webhook.kind) {
    case "report":
      return webhook.dialect === "cm"
        ? cmNumberOf(String(webhook.subject))
        : String(subject?.their_id ?? event.message?.theirId);
    case "charge":
      return String(webhook.dialect === "stafett" ? webhook.subject : event.transaction.theirId);
    case "event":
      return `${event.id} ${webhook.endpoint}`;
    case "inbound":
      return aboutText(String(webhook.dialect), subject);
    default:
      return String(webhook.id);
  }
}

function aboutText(dialect: string, text: Row | undefined): string {
  const id = String(text?.id);
  switch (dialect) {
    case "target365":
      return String(text?.their_id);
    case "txtnation":
      return String(text?.number);
    case "flowroute":
      return recordIdOf(id as never, "v2");
    default:
      return id;
  }
}

const GOOD = ["delivered", "billed", "reversed"];
const UNDERWAY = ["sent"];

/** Whether a call tells just this. */
export function isSameNews(told: Told, webhook: Row, subject: Subject | undefined): boolean {
  const { state, reason } = JSON.parse(String(webhook.event));
  if (webhook.kind === "event") return told.kind === "event" && told.says === state;
  if (webhook.kind === "inbound") return told.kind === "inbound";
  if (told.dialect === "stafett") return told.kind === webhook.kind && told.says === state;
  if (webhook.kind === "subscription" || told.kind === "inbound") return false;
  if (told.dialect === "target365" && reason === "no-receipt") return told.says === "unknown";
  // A paid text that got lost was billed all the same, and that is what it was for.
  const isBilled = webhook.dialect === "txtnation" && webhook.kind === "report" && subject?.row.billed === 1;
  const says =
    GOOD.includes(state) || (isBilled && !UNDERWAY.includes(state))
      ? "good"
      : UNDERWAY.includes(state)
        ? "underway"
        : "bad";
  return told.says === says;
}

/** What of a call is not as the customer's own thing has it; undefined if all of it is. */
export function contentOf(told: Told, webhook: Row, subject: Subject | undefined): string | undefined {
  // One that was refused as it came is nowhere but in its news.
  const row = subject?.row ?? (JSON.parse(String(webhook.event)).message as Row | undefined);
  if (!row) return undefined;
  const isText = webhook.kind === "inbound";
  const wanted: Partial<Record<"person" | "number" | "text", unknown>> = {
    person: isText ? row.sender : row.recipient,
    number: isText ? row.recipient : row.sender,
    text: row.text,
  };
  for (const name of ["person", "number", "text"] as const) {
    const said = told[name];
    if (said === undefined || wanted[name] === undefined || wanted[name] === null) continue;
    if (said.replace(/^\+/, "") !== String(wanted[name]).replace(/^\+/, ""))
      return `${name} ${said}, not ${wanted[name]}`;
  }
  return undefined;
}
