/** txtNation / MessageCloud: the dialect is this file. */

import { Hono } from "hono";
import type { Dialect, DialectEnv } from "../dialect.ts";
import { onlyGetAndPost } from "./auth.ts";
import { callbackForm } from "./callback-form.ts";
import { credentials } from "./credentials.ts";
import { sendDob } from "./dob.ts";
import { notFound, toEnvelope, toWord } from "./errors.ts";
import { fieldWords } from "./field-words.ts";
import { newWindow } from "./one-click.ts";
import { preview } from "./preview.ts";
import { groups, paths, securitySchemes } from "./reference.ts";
import { sendText } from "./send.ts";
import { viewStatus } from "./status-view.ts";
import { webhooks } from "./webhooks.ts";
import { windows } from "./windows.ts";

const METHODS = ["GET", "POST"];

/** Strex one-click: answers in an envelope. */
const no = new Hono<DialectEnv>();

no.onError(toEnvelope);

no.on(METHODS, "/no/one-click/new", onlyGetAndPost, newWindow);
no.on(METHODS, "/no/status/view", onlyGetAndPost, viewStatus);
no.on(METHODS, "/no/dob/send", onlyGetAndPost, sendDob);
for (const path of ["/no/one-click/new", "/no/status/view", "/no/dob/send"]) no.all(path, onlyGetAndPost);

no.all("/no/*", notFound);

/** mGateway: answers with a word. */
const mGateway = new Hono<DialectEnv>();

mGateway.onError(toWord);

for (const path of ["/gateway.php", "/mbill.php", "/ir_response.php"]) {
  mGateway.on(METHODS, path, onlyGetAndPost, sendText);
  mGateway.all(path, onlyGetAndPost);
}

const app = new Hono<DialectEnv>();

app.route("/", no);
app.route("/", mGateway);

export const txtnation: Dialect = {
  name: "txtnation",
  title: "txtNation / MessageCloud",
  app,
  webhooks,
  windows,
  preview,
  credentials,
  callbackForm,
  securitySchemes,
  paths,
  fieldWords,
  groups,
};
