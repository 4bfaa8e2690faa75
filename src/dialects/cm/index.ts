/** CM.com Business Messaging: the dialect is this file. */

import { Hono } from "hono";
import type { Dialect, DialectEnv } from "../dialect.ts";
import { anyCase } from "./any-case.ts";
import { callbackForm } from "./callback-form.ts";
import { credentials } from "./credentials.ts";
import { notFound, toErrorResponse } from "./errors.ts";
import { fieldWords } from "./field-words.ts";
import { ashx } from "./gateway.ts";
import { sendJson } from "./json.ts";
import { numbers } from "./numbers.ts";
import { otp } from "./otp.ts";
import { preview } from "./preview.ts";
import { groups, paths, securitySchemes } from "./reference.ts";
import { settingsForm } from "./settings.ts";
import { smpp } from "./smpp/speech.ts";
import { swagger } from "./swagger.ts";
import { webhooks } from "./webhooks.ts";

/** The JSON gateway; last, so that it answers for every unknown address of this API. */
const json = new Hono<DialectEnv>();

json.onError(toErrorResponse);

json.post(anyCase("/v1.0/message"), sendJson);
json.all(anyCase("/v1.0/message"), (c) => c.body(null, 405, { allow: "POST" }));
json.all(anyCase("/v1.0/*"), notFound);

const app = new Hono<DialectEnv>();

app.route("/", ashx);
app.route("/", otp);
app.route("/", numbers);
app.route("/", swagger);
app.route("/", json);

export const cm: Dialect = {
  name: "cm",
  title: "CM.com",
  app,
  webhooks,
  preview,
  credentials,
  callbackForm,
  settingsForm,
  securitySchemes,
  paths,
  fieldWords,
  groups,
  smpp,
};
