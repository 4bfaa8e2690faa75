/** /api/out-messages: send, look up, change, delete, and many at once. */

import { type Context, Hono } from "hono";
import { mapInTurns } from "../../core/kernel/chunks.ts";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { NewMessage } from "../../core/messages/accept.ts";
import type { NewItem } from "../../core/messages/accept-many.ts";
import type { Message } from "../../core/messages/message.ts";
import type { DialectEnv } from "../dialect.ts";
import { parseJson } from "../read.ts";
import { onlyOnce } from "./auth.ts";
import { byPathId, locationOf, readAs, spelt } from "./body.ts";
import { checkFake } from "./fake-numbers.ts";
import { checkContent, toAnswer, toNewMessage, unknownIn } from "./out-message.ts";
import { BatchItem, BatchItemId, JSON_TYPE, OutMessage, readable } from "./schema.ts";

const MOST_IN_A_BATCH = 10_000;

const app = new Hono<DialectEnv>();

app.post("/", async (c) => {
  const given = parseJson(c.get("body"));
  const wanted = toWanted(c, readAs(OutMessage, given), given);
  const options = { once: c.get("once"), replaceScheduled: true };
  const message = await c.get("gateway").accept(c.get("caller"), wanted, options);
  return c.body(null, 201, { Location: locationOf(c, "out-messages", message.theirId) });
});

app.post("/batch", async (c) => {
  const items = parseJson(c.get("body"));
  if (!Array.isArray(items)) throw new GatewayError("bad-request", "the body must be an array of out-messages");
  if (items.length > MOST_IN_A_BATCH) {
    throw new GatewayError("bad-request", `${items.length} messages are too many; a batch may have ${MOST_IN_A_BATCH}`);
  }
  const wanted = await mapInTurns(items, (item, index) => readItem(c, item, index));
  refuseRepeatedIds(wanted);
  await c.get("gateway").acceptMany(c.get("caller"), wanted, c.get("once"));
  return c.body(null, 201);
});

app.get("/:id", onlyOnce, async (c) => c.json(toAnswer(await find(c)), 200, JSON_TYPE));

app.put("/:id", onlyOnce, async (c) => {
  const known = await find(c);
  const given = parseJson(c.get("body"));
  await c.get("gateway").edit(c.get("caller"), known, toWanted(c, readAs(OutMessage, given), given));
  return c.body(null, 204);
});

app.delete("/:id", onlyOnce, async (c) => {
  await c.get("gateway").cancel(await find(c));
  return c.body(null, 204);
});

export const outMessages = app;

/**
 * @param given the request as it came
 * @throws GatewayError bad-number, bad-text
 */
function toWanted(c: Context<DialectEnv>, body: OutMessage, given: unknown): NewMessage {
  checkFake(c, body.recipient, body.properties);
  checkContent(body, given);
  return { ...toNewMessage(body, c.get("caller").account.settings), unknown: unknownIn(given) };
}

/** A batch fails as a whole only for its ids. An item that is wrong in another way is refused alone, and reported. */
function readItem(c: Context<DialectEnv>, item: unknown, index: number): NewItem {
  try {
    const body = readAs(BatchItem, item);
    return { ...toWanted(c, body, item), theirId: body.transactionId };
  } catch (refusal) {
    if (!(refusal instanceof GatewayError)) throw refusal;
    const theirId = idOf(item, index);
    const rest = readable(spelt(OutMessage, item) as object);
    return { ...toNewMessage(rest, c.get("caller").account.settings), theirId, refusal };
  }
}

function idOf(item: unknown, index: number): string {
  try {
    return readAs(BatchItemId, item).transactionId;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new GatewayError(error.refusal, `item ${index}: ${error.message}`, error.field);
  }
}

function refuseRepeatedIds(wanted: readonly { theirId: string }[]): void {
  const seen = new Set<string>();
  for (const { theirId } of wanted) {
    if (seen.has(theirId)) {
      throw new GatewayError(
        "bad-request",
        `transactionId ${theirId} occurs more than once in the batch`,
        "transactionId",
      );
    }
    seen.add(theirId);
  }
}

async function find(c: Context<DialectEnv>): Promise<Message> {
  const message = await byPathId(c, (id) => c.get("gateway").message(c.get("caller"), id));
  if (!message || message.state === "cancelled") {
    throw new GatewayError("not-found", `there is no out-message with transactionId ${c.req.param("id")}`);
  }
  return message;
}
