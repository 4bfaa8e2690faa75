/** /api/export: the messages of a period, as CSV. It is written as it is read, so that no export is too long for memory. */

import { stringify } from "csv-stringify/browser/esm/sync";
import { type Context, Hono } from "hono";
import { z } from "zod";
import { GatewayError } from "../../core/kernel/errors.ts";
import { callingCode } from "../../core/messages/msisdn.ts";
import type { SentMessage } from "../../core/messages/store.ts";
import type { DialectEnv } from "../dialect.ts";
import { parse } from "../read.ts";
import { onlyOnce } from "./auth.ts";
import { query } from "./body.ts";
import { DateInput, toDate } from "./dates.ts";
import { toStatus } from "./status.ts";

/** The vendor's header, in this order. */
const COLUMNS = [
  ...["SendTime", "Sender", "Recipient", "RecipientPrefix", "MessageParts"],
  ...["StatusCode", "DetailedStatusCode", "Operator", "Tags"],
];
const PAGE = 1_000;

const app = new Hono<DialectEnv>();

app.get("/out-messages", onlyOnce, (c) => {
  const [from, to] = [timeInQuery(c, "from"), timeInQuery(c, "to")];
  if (from > to) throw new GatewayError("bad-request", "from: is later than to", "from");
  return c.body(rows(c, { from, to }), 200, { "content-type": "text/csv; charset=utf-8" });
});

export const exported = app;

/**
 * An unescaped plus arrives as a space, so an offset may have a space for its plus.
 * @throws GatewayError bad-request
 */
function timeInQuery(c: Context<DialectEnv>, name: string): number {
  const { [name]: at } = parse(z.object({ [name]: DateInput }), {
    [name]: query(c, name).replace(/ (?=\d{2}:?\d{2}$)/, "+"),
  });
  // The year 1 is .NET's way of saying nothing; as a beginning it means from the beginning.
  if (at === undefined && name === "from" && query(c, name) !== "") return 0;
  if (at === undefined) throw new GatewayError("bad-request", `${name}: is missing from the query`, name);
  return at;
}

/** The header, and page after page, each read when the client is ready for it. */
function rows(c: Context<DialectEnv>, time: { from: number; to: number }): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const [gateway, caller, fault] = [c.get("gateway"), c.get("caller"), c.get("fault")];
  let cursor: string | undefined;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(toCsv([COLUMNS])));
    },
    async pull(controller) {
      try {
        const page = await gateway.sentPage(caller, time, { limit: PAGE, ...(cursor ? { cursor } : {}) });
        if (page.items.length > 0) controller.enqueue(encoder.encode(toCsv(page.items.map(toRow))));
        cursor = page.next;
        if (cursor === undefined) controller.close();
      } catch (error) {
        // The answer has begun, so its status cannot change: the connection breaks, and the file cannot pass for complete.
        fault(error);
        controller.error(error);
      }
    },
  });
}

function toCsv(lines: readonly unknown[]): string {
  return stringify(lines as unknown[][], { record_delimiter: "windows" });
}

/** The guides show no rows: quoting, time, tags and prefix are as the header reads. */
function toRow(message: SentMessage): unknown[] {
  const { statusCode, detailedStatusCode } = toStatus(message);
  const { tags = [] } = message.echo as { tags?: string[] };
  return [
    toDate(message.sendAt),
    harmless(message.sender),
    message.recipient,
    callingCode(message.recipient),
    message.parts,
    statusCode,
    detailedStatusCode,
    message.operator ?? "",
    // Each, since in half of Europe a semicolon begins the next cell.
    tags.map(harmless).join(";"),
  ];
}

/** A text that a spreadsheet would take for a formula, as a text. Numbers stay as the vendor writes them. */
function harmless(text: string): string {
  return /^[=+\-@\t\r\n]/.test(text) && !/^\+\d+$/.test(text) ? `'${text}` : text;
}
