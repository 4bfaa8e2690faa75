/** The JSON gateway's answer where messages were looked at: written piece by piece, since it may be longer than a text may. */

import type { Context } from "hono";
import type { z } from "zod";
import type { DialectEnv } from "../dialect.ts";
import { JSON_TYPE } from "./errors.ts";
import type { AnswerShape } from "./schema.ts";

type Answer = z.output<typeof AnswerShape>;
export type Entry = Answer["messages"][number];

/** Entries that are written at once. */
const PIECE = 1_000;

/** 200 if any was accepted, else 400. The count stands before the entries, and so nothing is written before all are known. */
export function toAnswer(c: Context<DialectEnv>, messages: readonly Entry[]): Response {
  const created = messages.filter(({ status }) => status === "Accepted").length;
  const errorCode = created === messages.length ? 0 : 201;
  const answer: Answer = { details: `Created ${created} message(s)`, errorCode, messages: [] };
  const status = created > 0 ? 200 : 400;
  if (messages.length <= PIECE) return c.json({ ...answer, messages }, status, JSON_TYPE);
  return c.body(streamOf(written(answer, messages)), status, JSON_TYPE);
}

function* written(answer: Answer, messages: readonly Entry[]): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  const head = JSON.stringify(answer).replace(/\]\}$/, "");
  yield encoder.encode(head);
  for (let from = 0; from < messages.length; from += PIECE) {
    const piece = JSON.stringify(messages.slice(from, from + PIECE)).slice(1, -1);
    yield encoder.encode(from === 0 ? piece : `,${piece}`);
  }
  yield encoder.encode("]}");
}

/** A piece is made when the client is ready for it, so a slow reader takes no memory. */
function streamOf(pieces: Generator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const { done, value } = pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}
