/** POST /v1.0/message: each recipient of each message is taken or refused on its own. Guide, "Responses and errors". */

import type { Context } from "hono";
import type { z } from "zod";
import type { Caller } from "../../core/accounts/account.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Taken } from "../../core/messages/each.ts";
import type { NewMessage } from "../../core/messages/new-message.ts";
import type { DialectEnv } from "../dialect.ts";
import { readBytes } from "../read.ts";
import { callerOf } from "./auth.ts";
import { JSON_TYPE, RequestError, toMessageError } from "./errors.ts";
import { LONGEST, toNewMessages } from "./msg.ts";
import { type AnswerShape, type ReadMsg, readMsgs, readRequest } from "./schema.ts";

/** So many recipients are in hand at once: a request may have far more than there is room for as messages. */
const AT_ONCE = 5_000;

type Answer = z.output<typeof AnswerShape>;
type Entry = Answer["messages"][number];

/** What one recipient is to get, or why not; with what its entry says in either case. */
type Wanted = { to: string; reference: string | null; message: NewMessage | GatewayError };

export async function sendJson(c: Context<DialectEnv>): Promise<Response> {
  const { token, msg } = readRequest(await readBytes(c.req.raw));
  const caller = await callerOf(c, token || c.req.header("x-cm-producttoken"));
  const read = readMsgs(msg);
  if (c.get("gateway").carriers().length === 0) throw new RequestError(999, "Message is unrouteable.");

  const messages = await takeIn(c, caller, read);
  const created = messages.filter(({ status }) => status === "Accepted").length;
  const answer: Answer = {
    details: `Created ${created} message(s)`,
    errorCode: created === messages.length ? 0 : 201,
    messages,
  };
  return c.json(answer, created > 0 ? 200 : 400, JSON_TYPE);
}

/** Whatever is in our care by now is told of, even if a fault of ours keeps us from the rest. */
async function takeIn(c: Context<DialectEnv>, caller: Caller, read: readonly ReadMsg[]): Promise<Entry[]> {
  const gateway = c.get("gateway");
  const entries: Entry[] = [];
  for (const some of inPieces(wantedOf(read, caller, gateway.wallClock()))) {
    const messages = some.map(({ message }) => message);
    const taken = await gateway.acceptEach(caller, messages).catch((error: unknown) => {
      if (!entries.some(({ status }) => status === "Accepted")) throw error;
      return messages.map((message) => lostUnlessRefused(message, error));
    });
    const lost = taken.find((one) => one.outcome === "lost");
    if (lost) c.get("fault")(lost.error);
    entries.push(...some.map((wanted, index) => toEntry(wanted, taken[index] as Taken)));
  }
  return entries;
}

function* wantedOf(read: readonly ReadMsg[], caller: Caller, now: number): Generator<Wanted> {
  for (const { msg, fault } of read) {
    // Who has no recipient that can be read is told so in an entry of its own.
    const to = msg.to.length > 0 ? msg.to : [""];
    const messages = fault ? to.map(() => fault) : toNewMessages({ ...msg, to }, caller, now);
    const isKept = msg.reference !== undefined && msg.reference.length <= LONGEST.reference;
    const reference = isKept ? (msg.reference ?? null) : null;
    for (const [index, message] of messages.entries()) yield { to: to[index] ?? "", reference, message };
  }
}

function* inPieces(all: Iterable<Wanted>): Generator<Wanted[]> {
  let some: Wanted[] = [];
  for (const one of all) {
    some.push(one);
    if (some.length < AT_ONCE) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}

function lostUnlessRefused(message: NewMessage | GatewayError, error: unknown): Taken {
  return message instanceof GatewayError ? { outcome: "refused", error: message } : { outcome: "lost", error };
}

function toEntry({ to, reference }: Wanted, taken: Taken): Entry {
  if (taken.outcome === "accepted") {
    const { parts } = taken.message;
    return { to, status: "Accepted", reference, parts, messageDetails: null, messageErrorCode: 0 };
  }
  const { code, text } =
    taken.outcome === "refused" ? toMessageError(taken.error) : { code: 500, text: "Unknown error" };
  return { to, status: "Rejected", reference, parts: 0, messageDetails: text, messageErrorCode: code };
}
