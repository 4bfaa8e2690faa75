/** /pigeon/messages: a text to a person, and what became of it. */

import { type Context, Hono } from "hono";
import { addressFor } from "../../../src/core/accounts/callback.ts";
import { GatewayError } from "../../../src/core/kernel/errors.ts";
import type { NewMessage } from "../../../src/core/messages/accept.ts";
import type { DialectEnv } from "../../../src/dialects/dialect.ts";
import { parse, parseJson } from "../../../src/dialects/read.ts";
import { Letter } from "./schema.ts";
import { settingsOf } from "./settings.ts";
import { toFate } from "./status.ts";

const DAY = 86_400;
const FOOTER = " (by pigeon)";

const app = new Hono<DialectEnv>();
export const messages = app;

app.post("/", async (c) => {
  const letter = parse(Letter, parseJson(c.get("body")));
  const { theirId } = await c.get("gateway").accept(c.get("caller"), toNewMessage(c, letter));
  return c.json({ id: theirId }, 202);
});

app.get("/:id", async (c) => {
  const id = c.req.param("id");
  const message = await c.get("gateway").message(c.get("caller"), id);
  if (!message) throw new GatewayError("not-found", `there is no letter ${id.slice(0, 60)}`);
  return c.json({ id: message.theirId, ...toFate(message) });
});

function toNewMessage(c: Context<DialectEnv>, { id, to, from, text }: Letter): NewMessage {
  const { account, callbacks } = c.get("caller");
  const reportUrl = addressFor(callbacks, "", "reportUrl")?.url;
  return {
    theirId: id,
    sender: from,
    recipient: to,
    text: settingsOf(account.settings).pigeonFooter === "on" ? text + FOOTER : text,
    priority: "normal",
    deliveryMode: "at-most-once",
    validitySeconds: DAY,
    ...(reportUrl ? { reportUrl } : {}),
    echo: {},
  };
}
