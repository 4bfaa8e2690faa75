/**
 * Pigeon Post, a provider that is not there: the least that a dialect needs. It is wired in by `registry.ts` beside it, as a
 * real one is by a line of `src/registry.ts`, and shows that nothing else of the source has to know it.
 */

import { Hono } from "hono";
import { GatewayError } from "../../../src/core/kernel/errors.ts";
import type { Dialect, DialectEnv } from "../../../src/dialects/dialect.ts";
import { methodsAt } from "../../../src/dialects/methods.ts";
import { authenticate } from "./auth.ts";
import { callbackForm } from "./callback-form.ts";
import { credentials } from "./credentials.ts";
import { toErrorResponse } from "./errors.ts";
import { messages } from "./messages.ts";
import { paths, securitySchemes } from "./reference.ts";
import { settingsForm } from "./settings.ts";
import { webhooks } from "./webhooks.ts";

const app = new Hono<DialectEnv>();

app.onError(toErrorResponse);
app.use("/pigeon/*", authenticate);
app.route("/pigeon/messages", messages);
app.all("/pigeon/*", (c) => {
  const allowed = methodsAt(app, c.req.path).join(", ");
  if (!allowed) throw new GatewayError("not-found", `${c.req.path} is not an address of this API`);
  c.header("Allow", allowed);
  throw new GatewayError("wrong-method", `${c.req.path} takes ${allowed}, not ${c.req.method}`);
});

export const pigeon: Dialect = {
  name: "pigeon",
  title: "Pigeon Post",
  app,
  webhooks,
  credentials,
  callbackForm,
  settingsForm,
  securitySchemes,
  paths,
};
