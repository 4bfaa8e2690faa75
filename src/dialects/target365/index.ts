/** Target365 / Strex: the dialect is this file. */

import { Hono } from "hono";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { Dialect, DialectEnv } from "../dialect.ts";
import { methodsAt } from "../methods.ts";
import { authenticate, onlyOnce } from "./auth.ts";
import { callbackForm } from "./callback-form.ts";
import { credentials } from "./credentials.ts";
import { toErrorResponse } from "./errors.ts";
import { exported } from "./export.ts";
import { fieldWords } from "./field-words.ts";
import { inMessages } from "./in-messages.ts";
import { keywords } from "./keywords.ts";
import { lookup } from "./lookup.ts";
import { merchants } from "./merchants.ts";
import { oneClick } from "./one-click.ts";
import { oneTimePasswords } from "./one-time-passwords.ts";
import { outMessages } from "./out-messages.ts";
import { pincodes } from "./pincodes.ts";
import { prepare } from "./prepare.ts";
import { preview } from "./preview.ts";
import { publicKeys } from "./public-keys.ts";
import { groups, paths, securitySchemes } from "./reference.ts";
import { JSON_TYPE } from "./schema.ts";
import { settingsForm } from "./settings.ts";
import { strexTransactions } from "./strex-transactions.ts";
import { tokens } from "./tokens.ts";
import { userInfo } from "./user-info.ts";
import { webhooks } from "./webhooks.ts";
import { windows } from "./windows.ts";

const app = new Hono<DialectEnv>();

app.onError(toErrorResponse);

// No credential: .NET does not sign it. Java and PHP compare the answer with its quotes.
app.get("/api/ping", (c) => c.body('"pong"', 200, JSON_TYPE));

// No SDK asks for these; the guides name both.
app.on("GET", ["/api", "/api/swagger.json"], (c) => c.json(c.get("reference")(target365), 200, JSON_TYPE));

app.use("/api/*", authenticate);
app.route("/api/out-messages", outMessages);
app.route("/api/keywords", keywords);
app.route("/api/in-messages", inMessages);
app.route("/api", strexTransactions);
app.route("/api/strex/one-time-passwords", oneTimePasswords);
app.route("/api/strex/merchants", merchants);
app.route("/api/strex/token", tokens);
app.route("/api/strex", userInfo);
app.route("/api/one-click/configs", oneClick);
app.route("/api", publicKeys);
app.route("/api/lookup", lookup);
app.route("/api/pincodes", pincodes);
app.route("/api/prepare-msisdns", prepare);
app.route("/api/export", exported);

app.all("/api/*", onlyOnce, (c) => {
  // A known path with another method is a wrong method, not an unknown path.
  const allowed = methodsAt(app, c.req.path).join(", ");
  if (!allowed) throw new GatewayError("not-found", `${c.req.path} is not an address of this API`);
  c.header("Allow", allowed);
  throw new GatewayError("wrong-method", `${c.req.path} takes ${allowed}, not ${c.req.method}`);
});

export const target365: Dialect = {
  name: "target365",
  title: "Target365 / Strex",
  app,
  webhooks,
  windows,
  preview,
  credentials,
  callbackForm,
  settingsForm,
  securitySchemes,
  paths,
  fieldWords,
  groups,
};
