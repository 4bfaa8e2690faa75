/**
 * The tables that have something sealed, in the order in which they are moved to a key: first those that others are copied from, so that what
 * is copied meanwhile is moved after them.
 */

import type { HistoryEntry } from "../../core/history.ts";
import type { Seals } from "../../core/kernel/ports.ts";
import { isSealedNumber, SEALED } from "../../core/messages/sealed.ts";
import { NOT_KEPT, NOT_KNOWN_WHOSE, withoutContent } from "../../core/operator/exchanges.ts";
import type { ReportEvent } from "../../core/webhooks/webhook.ts";
import { BLANK } from "../messaging/messages/rows.ts";
import { openAttempts, sealAttempt } from "./attempts.ts";
import { recipientOwner } from "./campaigns.ts";
import { openPart, partOwner } from "./inbounds.ts";
import { openMessage, openSealed, sealMessage } from "./message.ts";
import { wantsSealed } from "./stored-as.ts";

/** SQL for one value. */
type Sql = string;

/** A row as the database has it. */
export type StoredRow = Record<string, string | number | null>;

export type SealedTable = {
  name: string;
  /** Its primary key, and what comes before all of its rows. */
  key: readonly string[];
  first: readonly (string | number)[];
  /** What is read beside the key. */
  columns: readonly string[];
  /** Which rows are to be sealed anew. ?1 is the name of the key that seals now. */
  needs: Sql;
  /** The values that are written. */
  seal(row: StoredRow, seals: Seals): Promise<Record<string, unknown>>;
  /**
   * Leaves one row of a person who has several, each with another form of the number, so that `write` makes none twice. ?1 as for `write`,
   * which comes after them in one batch. What is deleted is answered by its key.
   */
  dropDuplicates?: readonly Sql[];
  /** ?1 is a list of rows, each with what it `was`. */
  write: Sql;
};

/** Sealed by another key than the one that seals now. */
const OTHER = (column: Sql) =>
  `(substr(${column}, 1, ${SEALED.length}) = '${SEALED}' AND substr(${column}, ${SEALED.length + 1}, length(?1) + 1) <> ?1 || '.')`;
/** A number as it is; of a person who was erased there is none. */
const PLAIN = (column: Sql) => `(${column} IS NOT NULL AND substr(${column}, 1, 7) NOT IN ('${SEALED}', 'erased.'))`;
const SEALED_EVENTS = ["message", "inbound", "suppression"] as const;
/** Events, and webhooks about them, that tell of what is sealed: what belongs to a charge is not. */
const IS_SEALED_EVENT = (type: Sql) => `(${SEALED_EVENTS.map((one) => `${type} GLOB '${one}.*'`).join(" OR ")})`;

/** What we write about charges and purchases is not sealed; what answers STOP, START and HELP is. */
const IS_OF_A_CHARGE =
  "(charge IS NOT NULL OR (dialect = 'stafett' AND priority = 2 AND their_id NOT GLOB 'inb_*-answer'))";

const text = (value: string | number | null | undefined) => String(value ?? "");

const MESSAGE: SealedTable = {
  name: "message",
  key: ["id"],
  first: [""],
  columns: ["recipient", "text", "echo", "rich", "seal"],
  needs: `iif(seal IS NULL, NOT ${IS_OF_A_CHARGE} AND ${PLAIN("recipient")} AND ${wantsSealed("message.account_id")},
    ${OTHER("recipient")} OR substr(seal, 1, length(?1) + 1) <> ?1 || '.')`,
  async seal(row, seals) {
    const stored = { id: text(row.id), recipient: text(row.recipient), text: text(row.text) };
    // A code in it was blanked by a statement: there is nothing left to open.
    if (row.seal !== null && stored.text === BLANK) {
      const recipient = await seals.number(await seals.openNumber(stored.recipient));
      return { recipient, text: BLANK, echo: row.echo, seal: await seals.mark(BLANK) };
    }
    const whole = { ...stored, rich: row.rich, echo: row.echo };
    const opened = row.seal === null ? whole : await openMessage(whole, seals);
    const { rich, echo, ...rest } = opened;
    const shown = typeof rich === "string" ? { rich: JSON.parse(rich) } : {};
    const sealed = await sealMessage({ ...rest, ...shown, echo: JSON.parse(text(echo)) }, seals);
    return { recipient: sealed.recipient, text: sealed.text, echo: JSON.stringify(sealed.echo), seal: sealed.seal };
  },
  // The words of a refusal may have the number in them: of a sealed message they are not written down.
  write: `
    UPDATE message
    SET recipient = new.value->>'recipient', text = new.value->>'text', echo = new.value->>'echo', rich = NULL,
      seal = new.value->>'seal', history = iif(new.value->'was'->>'seal' IS NULL AND history->>'$[0].event' = 'refused',
        json_set(history, '$[0].why', coalesce(reason, 'refused')), history)
    FROM json_each(?1) AS new
    WHERE message.id = new.value->'was'->>'id' AND message.recipient = new.value->'was'->>'recipient'
      AND message.text = new.value->'was'->>'text' AND message.echo = new.value->'was'->>'echo'
      AND message.rich IS new.value->'was'->>'rich' AND message.seal IS new.value->'was'->>'seal'`,
};

/**
 * Of each person in a list of rows (?1) of `table`, all rows but the first, in whichever forms their number is stored.
 * @param of columns that are the same in rows which are duplicates of one another
 * @param rank SQL for ORDER BY, which tells the first
 */
const duplicatesIn = (table: string, of: readonly string[], rank: Sql) => `
    SELECT DISTINCT * FROM (
      SELECT own.*, row_number() OVER (PARTITION BY new.key ORDER BY ${rank}) AS nth
      FROM json_each(?1) AS new CROSS JOIN json_each(new.value, '$.forms') AS form CROSS JOIN ${table} AS own
      WHERE ${of.map((column) => `own.${column} = new.value->'was'->>'${column}'`).join(" AND ")}
        AND own.recipient = form.value)
    WHERE nth > 1`;

/** A line that was released or skipped stays, otherwise the one that came first: as if the others had come later. */
const LISTED_TWICE = duplicatesIn("campaign_recipient", ["campaign_id"], "own.state = 'waiting', own.place");

const RECIPIENT: SealedTable = {
  name: "campaign_recipient",
  key: ["campaign_id", "recipient"],
  first: ["", ""],
  columns: ["text"],
  needs: `${OTHER("recipient")} OR (${PLAIN("recipient")}
    AND ${wantsSealed("(SELECT campaign.account_id FROM campaign WHERE campaign.id = campaign_recipient.campaign_id)")})`,
  async seal(row, seals) {
    const [campaign, stored] = [text(row.campaign_id), text(row.recipient)];
    const { sealed: recipient = stored, all: forms } = await seals.numberForms(await seals.openNumber(stored));
    if (row.text === null) return { recipient, text: null, forms };
    const own = text(row.text);
    const opened = isSealedNumber(stored) ? await seals.openText(own, recipientOwner(campaign, stored)) : own;
    return { recipient, text: await seals.text(opened, recipientOwner(campaign, recipient)), forms };
  },
  // As in a list that is taken in, a duplicate is counted and has no row.
  dropDuplicates: [
    `UPDATE campaign SET waiting = waiting - gone.times,
      skipped = json_set(skipped, '$.duplicate', coalesce(skipped->>'duplicate', 0) + gone.times)
    FROM (SELECT campaign_id, count(*) AS times FROM (${LISTED_TWICE}) WHERE state = 'waiting' GROUP BY campaign_id) AS gone
    WHERE campaign.id = gone.campaign_id`,
    `DELETE FROM campaign_recipient WHERE (campaign_id, recipient) IN (SELECT campaign_id, recipient FROM (${LISTED_TWICE}))
    RETURNING campaign_id, recipient`,
  ],
  write: `
    UPDATE campaign_recipient SET recipient = new.value->>'recipient', text = new.value->>'text'
    FROM json_each(?1) AS new
    WHERE campaign_recipient.campaign_id = new.value->'was'->>'campaign_id'
      AND campaign_recipient.recipient = new.value->'was'->>'recipient'
      AND campaign_recipient.text IS new.value->'was'->>'text'`,
};

const INBOUND: SealedTable = {
  name: "inbound",
  key: ["id"],
  first: [""],
  columns: ["sender", "text"],
  needs: `${OTHER("sender")} OR (${PLAIN("sender")} AND ${wantsSealed("inbound.account_id")})`,
  async seal(row, seals) {
    const [id, stored, said] = [text(row.id), text(row.sender), text(row.text)];
    const opened = isSealedNumber(stored) ? await seals.openText(said, id) : said;
    return { sender: await seals.number(await seals.openNumber(stored)), text: await seals.text(opened, id) };
  },
  write: `
    UPDATE inbound SET sender = new.value->>'sender', text = new.value->>'text' FROM json_each(?1) AS new
    WHERE inbound.id = new.value->'was'->>'id' AND inbound.sender = new.value->'was'->>'sender'
      AND inbound.text = new.value->'was'->>'text'`,
};

/** Those that wait; one that was joined has no text. Plain ones of before are gone within two days. */
const PART: SealedTable = {
  name: "inbound_part",
  key: ["carrier", "their_id"],
  first: ["", ""],
  columns: ["sender", "text"],
  needs: OTHER("sender"),
  async seal(row, seals) {
    const part = {
      carrier: text(row.carrier),
      theirId: text(row.their_id),
      sender: text(row.sender),
      text: text(row.text),
    };
    const opened = await openPart(part, seals);
    const sealed = opened.text === "" ? "" : await seals.text(opened.text, partOwner(part));
    return { sender: await seals.number(opened.sender), text: sealed };
  },
  write: `
    UPDATE inbound_part SET sender = new.value->>'sender', text = new.value->>'text' FROM json_each(?1) AS new
    WHERE inbound_part.carrier = new.value->'was'->>'carrier' AND inbound_part.their_id = new.value->'was'->>'their_id'
      AND inbound_part.sender = new.value->'was'->>'sender' AND inbound_part.text = new.value->'was'->>'text'`,
};

const NOTED_TWICE = duplicatesIn("suppression", ["account_id", "number"], "own.created_at, own.recipient");

/** Where a person is noted in two forms, the older one stays, with its proof. */
const SUPPRESSION: SealedTable = {
  name: "suppression",
  key: ["account_id", "number", "recipient"],
  first: ["", "", ""],
  columns: [],
  needs: `${OTHER("recipient")} OR (${PLAIN("recipient")} AND ${wantsSealed("suppression.account_id")})`,
  async seal(row, seals) {
    const stored = text(row.recipient);
    const { sealed: recipient = stored, all: forms } = await seals.numberForms(await seals.openNumber(stored));
    return { recipient, forms };
  },
  dropDuplicates: [
    `DELETE FROM suppression
    WHERE (account_id, number, recipient) IN (SELECT account_id, number, recipient FROM (${NOTED_TWICE}))
    RETURNING account_id, number, recipient`,
  ],
  write: `
    UPDATE suppression SET recipient = new.value->>'recipient' FROM json_each(?1) AS new
    WHERE suppression.account_id = new.value->'was'->>'account_id' AND suppression.number = new.value->'was'->>'number'
      AND suppression.recipient = new.value->'was'->>'recipient'`,
};

type Data = Record<string, unknown>;

/** The facts of an event: a text that a person wrote has its sender and its words, the others a recipient. */
async function sealFacts(data: Data, seals: Seals): Promise<Data> {
  const { id, sender, recipient, text: said } = data;
  if (typeof sender === "string" && typeof said === "string" && typeof id === "string" && id.startsWith("inb_")) {
    const opened = isSealedNumber(sender) ? await seals.openText(said, id) : said;
    return { ...data, sender: await seals.number(await seals.openNumber(sender)), text: await seals.text(opened, id) };
  }
  if (typeof recipient !== "string") return data;
  return { ...data, recipient: await seals.number(await seals.openNumber(recipient)) };
}

const EVENT: SealedTable = {
  name: "event",
  key: ["account_id", "number"],
  first: ["", 0],
  columns: ["recipient", "data"],
  needs: `${OTHER("recipient")} OR (${PLAIN("recipient")} AND ${IS_SEALED_EVENT("type")} AND ${wantsSealed("event.account_id")})`,
  async seal(row, seals) {
    const recipient = await seals.number(await seals.openNumber(text(row.recipient)));
    return { recipient, data: JSON.stringify(await sealFacts(JSON.parse(text(row.data)), seals)) };
  },
  write: `
    UPDATE event SET recipient = new.value->>'recipient', data = new.value->>'data' FROM json_each(?1) AS new
    WHERE event.account_id = new.value->'was'->>'account_id' AND event.number = new.value->'was'->>'number'
      AND event.recipient = new.value->'was'->>'recipient' AND event.data = new.value->'was'->>'data'`,
};

/** Something in this JSON is sealed by another key. @param begins what stands before the name of the key */
const HAS_OTHER = (json: Sql, begins: string) =>
  `instr(replace(${json}, '${begins}' || ?1 || '.', ''), '${begins}') > 0`;
/** What was sent and answered is there as it is. In the JSON of a timeline a name is a member's: in a text its quotes are escaped. */
const HAS_CALLS = ['"sent":{', '"headers":{', '"answerHeaders":{', '"answer":"', '"error":"']
  .map((member) => `instr(history, '${member}') > 0`)
  .join(" OR ");

/** An order key may be moved while others wait with another form of it: they are united before any is claimed. */
const WEBHOOK: SealedTable = {
  name: "webhook",
  key: ["id"],
  first: [""],
  columns: ["kind", "event", "history", "order_key"],
  needs: `${HAS_OTHER("event", `"${SEALED}`)} OR ${HAS_OTHER("history", '"sealed":"')}
    OR ${OTHER("order_key")} OR (order_key GLOB '+*' AND instr(event, '"${SEALED}') > 0)
    OR (${wantsSealed("webhook.account_id")} AND (${HAS_CALLS} OR (instr(event, '"${SEALED}') = 0 AND CASE kind
      WHEN 'inbound' THEN ${PLAIN("event->'inbound'->>'sender'")}
      WHEN 'report' THEN ${PLAIN("event->'message'->>'recipient'")} AND event->'message'->'charge' IS NULL
      WHEN 'event' THEN ${IS_SEALED_EVENT("event->>'state'")}
        AND (${PLAIN("event->'data'->>'recipient'")} OR ${PLAIN("event->'data'->>'sender'")})
      ELSE false END)))`,
  async seal(row, seals) {
    const [id, kind, orderKey] = [text(row.id), text(row.kind), text(row.order_key)];
    const event = await sealTold(kind, text(row.event), seals);
    const history: HistoryEntry[] = JSON.parse(text(row.history));
    const opened = await openAttempts(history, id, seals);
    const isOrdered = isSealedNumber(orderKey) || orderKey.startsWith("+");
    return {
      event: JSON.stringify(event),
      history: JSON.stringify(await Promise.all(opened.map((entry) => sealAttempt(entry, id, seals)))),
      orderKey: isOrdered ? await seals.number(await seals.openNumber(orderKey)) : row.order_key,
    };
  },
  write: `
    UPDATE webhook SET event = new.value->>'event', history = new.value->>'history',
      order_key = new.value->>'orderKey'
    FROM json_each(?1) AS new
    WHERE webhook.id = new.value->'was'->>'id' AND webhook.event = new.value->'was'->>'event'
      AND webhook.history = new.value->'was'->>'history'`,
};

/** What it tells, as it is stored. What tells of a charge stays as it is. */
async function sealTold(kind: string, stored: string, seals: Seals): Promise<object> {
  if (kind === "report") {
    const event: ReportEvent = JSON.parse(stored);
    const { message } = event;
    if (!message || message.charge) return event;
    const opened = message.isSealed ? await openSealed(message, seals) : message;
    return { ...event, message: await sealMessage({ ...opened, isSealed: true }, seals) };
  }
  const event: Data & { data?: Data; inbound?: Data } = JSON.parse(stored);
  if (kind === "inbound" && event.inbound) return { ...event, inbound: await sealFacts(event.inbound, seals) };
  const isSealed = kind === "event" && SEALED_EVENTS.some((one) => String(event.state).startsWith(`${one}.`));
  return isSealed && event.data ? { ...event, data: await sealFacts(event.data, seals) } : event;
}

const IS_EMPTIED = `(request IN (${[NOT_KEPT, NOT_KNOWN_WHOSE].map((why) => `'${why.replaceAll("'", "''")}'`).join(", ")}) AND answer = request)`;

/** Nothing of such an account's requests is kept, nor of those without a valid credential, which may be of any: what was kept before goes. */
const EXCHANGE: SealedTable = {
  name: "exchange",
  key: ["id"],
  first: [""],
  columns: ["account_id", "path", "request", "answer"],
  // ?1 is bound for every table.
  needs: `?1 IS NOT NULL AND NOT ${IS_EMPTIED} AND (${wantsSealed("exchange.account_id")}
    OR (account_id IS NULL AND EXISTS (SELECT 1 FROM account WHERE account.settings->>'sealed')))`,
  seal: async ({ account_id: account, path, request, answer }) =>
    withoutContent({ path: text(path), request, answer }, account === null ? NOT_KNOWN_WHOSE : NOT_KEPT),
  write: `
    UPDATE exchange
    SET path = new.value->>'path', request = new.value->>'request', answer = new.value->>'answer'
    FROM json_each(?1) AS new
    WHERE exchange.id = new.value->'was'->>'id' AND exchange.path = new.value->'was'->>'path'
      AND exchange.request = new.value->'was'->>'request' AND exchange.answer = new.value->'was'->>'answer'`,
};

export const SEALED_TABLES = [MESSAGE, RECIPIENT, INBOUND, PART, SUPPRESSION, EVENT, WEBHOOK, EXCHANGE] as const;
