/** The gateway of the first years: messages in XML by POST, or one in a query by GET. All are sent, or none. */

import { type Context, Hono } from "hono";
import type { Caller } from "../../core/accounts/account.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { DialectEnv } from "../dialect.ts";
import { readBytes, toText } from "../read.ts";
import { anyCase } from "./any-case.ts";
import { callerOf, callerOfOld } from "./auth.ts";
import { MessageError, RequestError, toMessageError, UNROUTEABLE } from "./errors.ts";
import { readQuery, toMsg } from "./get.ts";
import { MOST_MSGS, type Msg, toNewMessages } from "./msg.ts";
import { envelopeOf, type ReadMsg, readXml, type XmlRequest } from "./xml.ts";
import { toErrorLine } from "./xml-errors.ts";
import { isForKnownCallers } from "./xml-tree.ts";

/** All in one commit, or none: so many are no more than there is room for in it. */
const MOST_TOGETHER = 10_000;

const app = new Hono<DialectEnv>({ strict: false });

app.onError(toErrorLine);

const send = async (c: Context<DialectEnv>): Promise<Response> => {
  if (c.req.method === "POST") return sendXml(c);
  if (c.req.method === "GET") return sendQuery(c);
  // A HEAD too, which must not send the message that a GET would.
  return c.body(null, 400);
};

app.on(["GET", "POST"], anyCase("/gateway.ashx"), send);
// The last two are those of older hosts; the double s is theirs.
for (const path of ["/gateway.ashx", "/cm/gateway.ashx", "/smssgateway/cm/gateway.ashx"]) app.all(anyCase(path), send);

export const ashx = app;

async function sendXml(c: Context<DialectEnv>): Promise<Response> {
  const text = toText(await readBytes(c.req.raw));
  // A large body is parsed for known callers only: its envelope is read first, without the messages.
  if (isForKnownCallers(text)) await callerIn(c, readXml(envelopeOf(text)));
  const request = readXml(text);
  const { msgs } = request;
  const caller = await callerIn(c, request);
  if (msgs.length === 0) throw new RequestError(203, "A MESSAGES node requires at least one MSG node");
  if (msgs.length > MOST_MSGS) throw new RequestError(203, `A MESSAGES node may have ${MOST_MSGS} MSG nodes`);
  if (recipientsOf(msgs) > MOST_TOGETHER) {
    const why = `MESSAGES may have ${MOST_TOGETHER} TO nodes in all; send it in several requests`;
    throw new GatewayError("too-large", why);
  }
  await acceptAll(c, caller, msgs);
  return taken(c);
}

function callerIn(c: Context<DialectEnv>, { token, old }: XmlRequest): Promise<Caller> {
  return token === undefined && old ? callerOfOld(c, old) : callerOf(c, token);
}

async function sendQuery(c: Context<DialectEnv>): Promise<Response> {
  const query = readQuery(new URL(c.req.url).search);
  const caller = await callerOf(c, query.producttoken);
  await acceptAll(c, caller, [toMsg(query)]);
  return taken(c);
}

/** @throws MessageError the first fault of them; RequestError where there is no carrier, or they cannot be stored */
async function acceptAll(c: Context<DialectEnv>, caller: Caller, msgs: readonly (Msg | GatewayError)[]): Promise<void> {
  const gateway = c.get("gateway");
  if (gateway.carriers().length === 0) throw new RequestError(999, UNROUTEABLE);
  const now = gateway.now();
  const wanted = msgs.flatMap((msg) => (msg instanceof GatewayError ? msg : toNewMessages(msg, caller, now)));
  for (const one of await gateway.acceptEach(caller, wanted, { atomic: true })) {
    if (one.outcome === "refused") {
      if (one.error instanceof MessageError) throw one.error;
      if (one.error.refusal === "no-carrier") throw new RequestError(999, UNROUTEABLE);
      const { code, text } = toMessageError(one.error);
      throw new MessageError(code, text);
    }
    if (one.outcome === "lost") {
      c.get("fault")(one.error);
      throw new RequestError(999);
    }
  }
}

function recipientsOf(msgs: readonly ReadMsg[]): number {
  return msgs.reduce((sum, msg) => sum + (msg instanceof GatewayError ? 0 : msg.to.length), 0);
}

/** Nothing at all: clients take any text for an error. */
function taken(c: Context<DialectEnv>): Response {
  return c.body(null, 200, { "cache-control": "no-store" });
}
