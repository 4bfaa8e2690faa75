/** What Twilio tells by itself: statuses and texts, by form, signed with the account's auth token. */

import { type Context, Hono, type MiddlewareHandler } from "hono";
import { GatewayError } from "../../core/kernel/errors.ts";
import { addressesOf, type DoorEnv, type Doors, isMessageId } from "../carrier.ts";
import { formPairs, isSameSecret, readBytes, toText } from "../read.ts";
import { signatureOf, withAndWithoutPort } from "./signature.ts";
import { outcomeOf } from "./status.ts";

const BODY_CAP = 64 * 1024;
/** Nothing is answered to the person. */
const NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

type Env = DoorEnv & { Variables: { fields: ReadonlyMap<string, string> } };
type Given = { publicUrls: readonly string[]; authToken: string; now: () => number };

export function doors({ publicUrls, authToken, now }: Given): Doors {
  const onlySigned: MiddlewareHandler<Env> = async (c, next) => {
    const pairs = formPairs(toText(await readBytes(c.req.raw, BODY_CAP)));
    const given = c.req.header("x-twilio-signature") ?? "";
    let isTheirs = false;
    for (const address of addressesOf(publicUrls, c.req.url).flatMap(withAndWithoutPort)) {
      isTheirs ||= isSameSecret(given, await signatureOf(authToken, address, pairs));
    }
    if (!isTheirs) throw new GatewayError("unauthorised", "X-Twilio-Signature is missing, or not of this account");
    c.set("fields", new Map(pairs));
    await next();
  };
  const field = (c: Context<Env>, name: string) => c.get("fields").get(name) ?? "";

  const receipts = new Hono<Env>();
  receipts.post("/", onlySigned, async (c) => {
    const settled = outcomeOf(field(c, "MessageStatus") || field(c, "SmsStatus"), Number(field(c, "ErrorCode")) || 0);
    const id = c.req.query("id") ?? "";
    if (settled && isMessageId(id)) {
      const reference = field(c, "MessageSid") || field(c, "SmsSid");
      await c.get("port").settle([{ message: id, reference, ...settled, at: now() }]);
    }
    return c.body(null, 204);
  });

  const inbound = new Hono<Env>();
  inbound.post("/", onlySigned, async (c) => {
    const theirId = field(c, "MessageSid") || field(c, "SmsSid");
    if (theirId === "" || field(c, "From") === "")
      throw new GatewayError("bad-request", "MessageSid and From are needed");
    const text = { sender: field(c, "From"), recipient: field(c, "To"), text: field(c, "Body") };
    await c.get("port").receive([{ theirId, ...text }]);
    return c.body(NO_REPLY, 200, { "content-type": "text/xml" });
  });

  return { receipts: receipts as unknown as Hono<DoorEnv>, inbound: inbound as unknown as Hono<DoorEnv> };
}
