/** /api/pincodes: a code sent to a person, and whether the one they bring is right. Guides, "Pincodes". */

import { Hono } from "hono";
import { given } from "../../core/kernel/given.ts";
import type { DialectEnv } from "../dialect.ts";
import { onlyOnce } from "./auth.ts";
import { query, readBody, refuseHead } from "./body.ts";
import { checkFake } from "./fake-numbers.ts";
import { toNewMessage } from "./out-message.ts";
import { JSON_TYPE, OutMessage, Pincode } from "./schema.ts";

/** How long a code is right. */
const LIFE_MINUTES = 5;
const DEFAULT_LENGTH = 4;
const DEFAULT_TRIES = 3;

const app = new Hono<DialectEnv>();

app.post("/", onlyOnce, async (c) => {
  const { transactionId, recipient, sender, prefixText = "", suffixText = "", tags, ...body } = readBody(c, Pincode);
  checkFake(c, recipient);
  const { settings } = c.get("caller").account;
  await c.get("gateway").sendPincode(c.get("caller"), {
    theirId: transactionId,
    digits: body.pincodeLength ?? DEFAULT_LENGTH,
    tries: body.maxAttempts ?? DEFAULT_TRIES,
    seconds: LIFE_MINUTES * 60,
    once: body.verificationMode === "AtMostOnce",
    // An out-message like any other, to be looked up under the same id: the suites of Java and Node read the code off it.
    message: (code) => {
      const content = prefixText + code + suffixText;
      const message = { transactionId, recipient, sender, content, tags, timeToLive: LIFE_MINUTES, priority: "High" };
      const made = toNewMessage(OutMessage.parse(given(message)), settings);
      // The text as it was asked for would keep the code.
      return { ...made, echo: { ...made.echo, content: undefined } };
    },
  });
  return c.body(null, 204);
});

// Exactly these letters: Python compares the text, the others read JSON.
app.get("/verification", onlyOnce, async (c) => {
  refuseHead(c);
  const [id, pincode] = [query(c, "transactionId"), query(c, "pincode")];
  const isRight = await c.get("gateway").verifyPincode(c.get("caller"), id, pincode);
  return c.body(String(isRight), 200, JSON_TYPE);
});

export const pincodes = app;
