/** POST /v1.0/message: each recipient of each message is taken or refused on its own. Guide, "Responses and errors". */

import type { Context } from "hono";
import type { Caller } from "../../core/accounts/account.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { Taken } from "../../core/messages/each.ts";
import type { NewMessage } from "../../core/messages/new-message.ts";
import type { DialectEnv } from "../dialect.ts";
import { isForKnownCallers, readBytes } from "../read.ts";
import { type Entry, toAnswer } from "./answer.ts";
import { callerOf } from "./auth.ts";
import { RequestError, toMessageError, UNROUTEABLE } from "./errors.ts";
import { LONGEST, toNewMessages } from "./msg.ts";
import { type ReadMsg, readMsgs, readRequest, spelledToken } from "./schema.ts";

/**
 * The most in memory at once: a request may have far more recipients than there is room for as messages, and each of these
 * has its text and its rich content for itself. Messages, and characters.
 */
const AT_ONCE = { messages: 5_000, characters: 10_000_000 };

/** The message for one recipient, or its refusal; with the members of its entry in either case. */
type Wanted = { to: string; reference: string | null; message: NewMessage | GatewayError; characters: number };

export async function sendJson(c: Context<DialectEnv>): Promise<Response> {
  const bytes = await readBytes(c.req.raw);
  const inHeader = c.req.header("x-cm-producttoken");
  // A large body is parsed for known callers only: first the token is searched for in its bytes, and read again below.
  if (isForKnownCallers(bytes)) await callerOf(c, spelledToken(bytes) || inHeader);
  const request = readRequest(bytes);
  const caller = await callerOf(c, request.token || inHeader);
  const read = readMsgs(request);
  if (c.get("gateway").carriers().length === 0) throw new RequestError(999, UNROUTEABLE);
  return toAnswer(c, await takeIn(c, caller, read));
}

/** All messages accepted so far are answered for, even if a fault of ours stops the rest. */
async function takeIn(c: Context<DialectEnv>, caller: Caller, read: readonly ReadMsg[]): Promise<Entry[]> {
  const gateway = c.get("gateway");
  const entries: Entry[] = [];
  for (const some of inPieces(wantedOf(read, caller, gateway.now()))) {
    const messages = some.map(({ message }) => message);
    const taken = await gateway.acceptEach(caller, messages).catch((error: unknown) => {
      if (!entries.some(({ status }) => status === "Accepted")) throw error;
      return messages.map((message) => lostUnlessRefused(message, error));
    });
    const lost = taken.find((one) => one.outcome === "lost");
    if (lost) c.get("fault")(lost.error);
    for (const [index, wanted] of some.entries()) entries.push(toEntry(wanted, taken[index] as Taken));
  }
  return entries;
}

function* wantedOf(read: readonly ReadMsg[], caller: Caller, now: number): Generator<Wanted> {
  for (const { msg, fault } of read) {
    // A message without a readable recipient gets an entry that says so.
    const to = msg.to.length > 0 ? msg.to : [""];
    const messages = fault ? to.map(() => fault) : toNewMessages({ ...msg, to }, caller, now);
    const isKept = msg.reference !== undefined && msg.reference.length <= LONGEST.reference;
    const reference = isKept ? (msg.reference ?? null) : null;
    const characters = (msg.body?.content?.length ?? 0) + JSON.stringify(msg.richContent ?? "").length;
    for (const [index, message] of messages.entries()) {
      yield { to: to[index] ?? "", reference, message, characters: message instanceof GatewayError ? 0 : characters };
    }
  }
}

function* inPieces(all: Iterable<Wanted>): Generator<Wanted[]> {
  let some: Wanted[] = [];
  let characters = 0;
  for (const one of all) {
    some.push(one);
    characters += one.characters;
    if (some.length < AT_ONCE.messages && characters < AT_ONCE.characters) continue;
    yield some;
    some = [];
    characters = 0;
  }
  if (some.length > 0) yield some;
}

function lostUnlessRefused(message: NewMessage | GatewayError, error: unknown): Taken {
  if (message instanceof GatewayError) return { outcome: "refused", error: message };
  return error instanceof GatewayError ? { outcome: "refused", error } : { outcome: "lost", error };
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
