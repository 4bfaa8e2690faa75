/** The table `message`: its columns, a row as a message, and a message as a row. */

import type { MessageId } from "../../../core/kernel/ids.ts";
import { LANES } from "../../../core/kernel/lane.ts";
import { present } from "../../../core/kernel/present.ts";
import type { Message } from "../../../core/messages/message.ts";
import { NOBODY } from "../../../core/messages/route.ts";
import type { Encoding } from "../../../core/messages/text.ts";

export const PRIORITY = { low: 0, normal: 1, high: 2 } as const;

const PRIORITIES = ["low", "normal", "high"] as const;

/** A row of the table; also what the intake writes. */
export type MessageRow = {
  id: MessageId;
  account_id: string;
  dialect: string;
  their_id: string;
  sender: string;
  recipient: string;
  text: string;
  encoding: Encoding;
  parts: number;
  state: Message["state"];
  reason: Message["reason"] | null;
  priority: 0 | 1 | 2;
  lane: 0 | 1 | 2;
  delivery_mode: Message["deliveryMode"];
  send_at: number;
  expires_at: number;
  accepted_at: number;
  changed_at: number;
  due_at: number | null;
  waits_until: number | null;
  attempts: number;
  report_url: string | null;
  echo: string;
  charge: string | null;
  billed: 0 | 1 | null;
  carrier: string | null;
  reference: string | null;
  operator: string | null;
  history: string;
  channel: string | null;
  rich: string | null;
  rerouted_from: string | null;
  binary: string | null;
  quiet: string | null;
  reroutes: 1 | null;
  campaign_id: Message["campaign"] | null;
  seal: string | null;
};

/** A message as it is to be written: where it is sealed, with its mark. */
export type Storable = Message & { seal?: string };

/** What stands in place of a text that carried a code. */
export const BLANK = "•••";

/** Such a text is blanked when it is settled. SQL, for SET. @param isSettled SQL */
export function blankCodes(isSettled: string): string {
  return `text = iif(is_code = 1 AND ${isSettled}, '${BLANK}', text), is_code = iif(is_code = 1 AND ${isSettled}, 0, is_code)`;
}

/** The columns of a new row, as `toNewRow` names them. */
export const MESSAGE_COLUMNS = [
  "id",
  "account_id",
  "dialect",
  "their_id",
  "sender",
  "recipient",
  "text",
  "encoding",
  "parts",
  "state",
  "reason",
  "priority",
  "lane",
  "delivery_mode",
  "send_at",
  "expires_at",
  "accepted_at",
  "changed_at",
  "due_at",
  "attempts",
  "report_url",
  "echo",
  "charge",
  "history",
  "channel",
  "rich",
  "binary",
  "quiet",
  "seal",
] as const satisfies readonly (keyof MessageRow)[];

/** Columns that most new rows have nothing in. */
export const RARE_COLUMNS = [
  "reason",
  "charge",
  "channel",
  "rich",
  "binary",
  "quiet",
  "seal",
] as const satisfies readonly (keyof Storable & (typeof MESSAGE_COLUMNS)[number])[];

export function toMessage(row: MessageRow): Message {
  return {
    id: row.id,
    account: row.account_id,
    dialect: row.dialect,
    theirId: row.their_id,
    sender: row.sender,
    recipient: row.recipient,
    text: row.text,
    encoding: row.binary === null ? row.encoding : "binary",
    parts: row.parts,
    state: row.state,
    priority: PRIORITIES[row.priority],
    lane: LANES[row.lane],
    deliveryMode: row.delivery_mode,
    sendAt: row.send_at,
    expiresAt: row.expires_at,
    acceptedAt: row.accepted_at,
    changedAt: row.changed_at,
    attempts: row.attempts,
    echo: JSON.parse(row.echo),
    history: JSON.parse(row.history),
    ...(row.reroutes === 1 ? { reroutes: true } : {}),
    ...(row.seal === null ? {} : { isSealed: true }),
    ...present({
      reason: row.reason,
      dueAt: row.waits_until ?? row.due_at,
      reportUrl: row.report_url,
      carrier: row.carrier === NOBODY ? null : row.carrier,
      reroutedFrom: row.rerouted_from,
      reference: row.reference,
      operator: row.operator,
      charge: row.charge === null ? null : JSON.parse(row.charge),
      channel: row.channel,
      rich: row.rich === null ? null : JSON.parse(row.rich),
      binary: row.binary === null ? null : JSON.parse(row.binary),
      quiet: row.quiet === null ? null : JSON.parse(row.quiet),
      campaign: row.campaign_id,
      billed: row.billed === null ? null : row.billed === 1,
    }),
  };
}

/** Octets are in no alphabet: what its column says of them is not read. */
export function alphabetOf({ encoding }: Pick<Message, "encoding">): Encoding {
  return encoding === "binary" ? "gsm7" : encoding;
}

/** The values of a new row, in the order of its columns: as a list they are read in half the time, and half as long. */
export function toNewValues(message: Storable): unknown[] {
  const row = toNewRow(message);
  return MESSAGE_COLUMNS.map((name) => row[name]);
}

/** The other way round: a new message as a statement writes it. `echo` and `history` stay objects until the database has them. */
export function toNewRow(message: Storable): Record<(typeof MESSAGE_COLUMNS)[number], unknown> {
  return {
    id: message.id,
    account_id: message.account,
    dialect: message.dialect,
    their_id: message.theirId,
    sender: message.sender,
    recipient: message.recipient,
    text: message.text,
    encoding: alphabetOf(message),
    parts: message.parts,
    state: message.state,
    reason: message.reason ?? null,
    priority: PRIORITY[message.priority],
    lane: LANES.indexOf(message.lane),
    delivery_mode: message.deliveryMode,
    send_at: message.sendAt,
    expires_at: message.expiresAt,
    accepted_at: message.acceptedAt,
    changed_at: message.changedAt,
    due_at: message.dueAt ?? null,
    attempts: message.attempts,
    report_url: message.reportUrl ?? null,
    echo: message.echo,
    charge: message.charge ?? null,
    history: message.history,
    channel: message.channel ?? null,
    rich: message.rich ?? null,
    binary: message.binary ?? null,
    quiet: message.quiet ?? null,
    seal: message.seal ?? null,
  };
}
