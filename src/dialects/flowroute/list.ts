/** GET messages: the records of a time, newest first, page after page. */

import type { Context } from "hono";
import type { DialectEnv } from "../dialect.ts";
import { answer, versionOf } from "./answer.ts";
import { toTime } from "./dates.ts";
import { badQuery } from "./errors.ts";
import { toMdr } from "./mdr.ts";
import { viewOf } from "./records.ts";

/** The default is not documented: it is the value that npm's client sends. */
const DEFAULT_LIMIT = 250;
/** More are served in pages of so many. */
const MOST = 1_000;
/** Later than any record. Epoch ms. */
const EVER = 8.64e15;

type Asked = { from: number; to: number | undefined; limit: number; offset: number };

export async function list(c: Context<DialectEnv>): Promise<Response> {
  const asked = readQuery(c);
  const served = Math.min(asked.limit, MOST);
  const found = await c
    .get("gateway")
    .records(c.get("caller"), { from: asked.from, to: asked.to ?? EVER }, { limit: served + 1, offset: asked.offset });
  const records = found.slice(0, served);
  const view = viewOf(c);
  const shown = records.map((sent) => toMdr(sent, view));
  const included = shown.flatMap((one) => one.included);
  // Without an end the later pages show the records of the time of the first: newer texts must not shift them.
  const [newest] = records;
  const until = asked.to ?? (newest ? timeOf(newest) + 1 : EVER);
  return answer(c, {
    data: shown.map(({ data }) => data),
    ...(included.length > 0 ? { included } : {}),
    links: found.length > served ? { next: nextOf(c, { ...asked, to: until, offset: asked.offset + served }) } : {},
  });
}

type Found = Awaited<ReturnType<DialectEnv["Variables"]["gateway"]["records"]>>[number];

function timeOf(sent: Found): number {
  return sent.direction === "out" ? sent.message.acceptedAt : sent.inbound.receivedAt;
}

/** @throws RequestError */
function readQuery(c: Context<DialectEnv>): Asked {
  const from = timeInQuery(c, "start_date");
  const to = timeInQuery(c, "end_date");
  if (from === undefined) throw badQuery(c, "start_date", "is missing");
  if (to !== undefined && from > to) throw badQuery(c, "start_date", "is later than end_date");
  return {
    from,
    to,
    limit: countInQuery(c, "limit", 1) ?? DEFAULT_LIMIT,
    offset: countInQuery(c, "offset", 0) ?? 0,
  };
}

/** An empty parameter counts as absent. */
function timeInQuery(c: Context<DialectEnv>, name: string): number | undefined {
  const given = c.req.query(name);
  if (!given) return undefined;
  const at = toTime(given);
  if (at === undefined) throw badQuery(c, name, "is not a date like 2017-12-01 or 2017-12-01T00:00:00.00Z");
  return at;
}

function countInQuery(c: Context<DialectEnv>, name: string, least: 0 | 1): number | undefined {
  const given = c.req.query(name);
  if (!given) return undefined;
  const count = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (!Number.isSafeInteger(count) || count < least) throw badQuery(c, name, `is not a whole number from ${least}`);
  return count;
}

/** In the order of the vendor's samples. */
function nextOf(c: Context<DialectEnv>, { limit, from, to, offset }: Asked & { to: number }): string {
  const query = new URLSearchParams({
    limit: String(limit),
    start_date: toDate(from),
    end_date: toDate(to),
    offset: String(offset),
  });
  return `${c.get("publicUrls")[0]}/${versionOf(c)}/messages?${query}`;
}

function toDate(at: number): string {
  return new Date(at).toISOString().replace(".000Z", "Z").replace("Z", "+00:00");
}
