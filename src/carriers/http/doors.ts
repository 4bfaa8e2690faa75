/** What an API tells by itself, read as its description says. Nothing is signed: the address is a secret, and callers may be listed. */

import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Part } from "../../core/inbound/parts.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import { type DoorEnv, type Doors, isMessageId } from "../carrier.ts";
import { parseJson, readBytes, readForm, toText } from "../read.ts";
import { allAt, outcomeBy, Pointer, Status, textAt } from "./reading.ts";

const BODY_CAP = 1024 * 1024;

/** What it wants to hear from us. */
const Reply = z.strictObject({
  status: z.int().min(200).max(299).default(200),
  body: z.string().max(1_000).default(""),
  type: z.string().max(100).default("text/plain"),
});
const Common = {
  /** *form* also where it comes as a GET. */
  form: z.boolean().default(false),
  each: Pointer.default("").describe("where the list is, if it tells of many at once, ending with /*"),
  reply: Reply.prefault({}),
};
export const Receipts = z.strictObject({
  ...Common,
  id: Pointer.describe("where our id stands"),
  reference: Pointer.optional().describe("where its own id stands"),
  status: Status,
});
export const Inbound = z.strictObject({
  ...Common,
  id: Pointer.describe("where its id of the text stands: the same one is taken once"),
  from: Pointer,
  to: Pointer,
  text: Pointer,
  parts: z
    .strictObject({ reference: Pointer, number: Pointer, total: Pointer })
    .optional()
    .describe("where a part of a long text says which it is; absent: the API joins them"),
});
type Receipts = z.output<typeof Receipts>;
type Inbound = z.output<typeof Inbound>;

/** @param now epoch ms */
export function doors(
  { receipts, inbound }: { receipts?: Receipts | undefined; inbound?: Inbound | undefined },
  now: () => number,
): Doors {
  return {
    ...(receipts ? { receipts: both((c) => hearReceipts(c, receipts, now)) } : {}),
    ...(inbound ? { inbound: both((c) => hearTexts(c, inbound)) } : {}),
  };
}

function both(hear: (c: Context<DoorEnv>) => Promise<Response>): Hono<DoorEnv> {
  return new Hono<DoorEnv>().get("/", hear).post("/", hear);
}

async function hearReceipts(c: Context<DoorEnv>, told: Receipts, now: () => number): Promise<Response> {
  const settled = (await itemsOf(c, told)).flatMap((item) => {
    const id = textAt(item, told.id) ?? "";
    const outcome = outcomeBy(item, told.status);
    if (!outcome || !isMessageId(id)) return [];
    return [{ message: id, reference: textAt(item, told.reference) ?? id, ...outcome, at: now() }];
  });
  if (settled.length > 0) await c.get("port").settle(settled);
  return reply(told);
}

async function hearTexts(c: Context<DoorEnv>, told: Inbound): Promise<Response> {
  const texts = (await itemsOf(c, told)).flatMap((item) => {
    const theirId = textAt(item, told.id);
    const [from, to] = [textAt(item, told.from), textAt(item, told.to)];
    // A trial call, which some make when an address is set, has none of it.
    if (!theirId || !from || !to) return [];
    return [
      {
        theirId: theirId.slice(0, 200),
        sender: toNumber(from),
        recipient: toNumber(to),
        text: textAt(item, told.text) ?? "",
        ...partOf(item, told),
      },
    ];
  });
  if (texts.length > 0) await c.get("port").receive(texts);
  return reply(told);
}

/** Which part of a long text it is, if it is one. */
function partOf(item: unknown, { parts }: Inbound): { part?: Part } {
  if (!parts) return {};
  const reference = textAt(item, parts.reference);
  const [number, total] = [Number(textAt(item, parts.number)), Number(textAt(item, parts.total))];
  if (!reference || !Number.isInteger(number) || !Number.isInteger(total)) return {};
  return { part: { reference: reference.slice(0, 200), number, total } };
}

/** @throws GatewayError bad-request, too-large */
async function itemsOf(c: Context<DoorEnv>, { form, each }: Receipts | Inbound): Promise<unknown[]> {
  const search = readForm(new URL(c.req.url).search.slice(1));
  const bytes = c.req.method === "GET" ? new Uint8Array() : await readBytes(c.req.raw, BODY_CAP);
  if (form || c.req.method === "GET") return allAt({ ...search, ...readForm(toText(bytes)) }, each);
  if (bytes.length === 0) throw new GatewayError("bad-request", "the body is empty; JSON was expected");
  return allAt(parseJson(bytes), each);
}

function reply({ reply: { status, body, type } }: Receipts | Inbound): Response {
  return new Response(status === 204 ? null : body, { status, headers: { "content-type": type } });
}

/** `4791…` and `004791…` are `+4791…`; a short number and a name are as they are. */
function toNumber(number: string): string {
  const digits = number.replace(/^(\+|00)/, "");
  return /^\d{8,15}$/.test(digits) ? `+${digits}` : number;
}
