/** Flowroute Messaging v2, v2.1 and v2.2: the dialect is this file. */

import { Hono } from "hono";
import { GatewayError } from "../../core/kernel/errors.ts";
import type { Dialect, DialectEnv } from "../dialect.ts";
import { authenticate } from "./auth.ts";
import { callbackForm } from "./callback-form.ts";
import { CALLBACK_NAMES, callbacks } from "./callbacks.ts";
import { credentials } from "./credentials.ts";
import { toErrorResponse } from "./errors.ts";
import { fieldWords } from "./field-words.ts";
import { list } from "./list.ts";
import { createMessage } from "./messages.ts";
import { preview } from "./preview.ts";
import { lookUp } from "./records.ts";
import { groups, paths, securitySchemes } from "./reference.ts";
import { settingsForm } from "./settings.ts";
import { NAME, VERSIONS } from "./version.ts";
import { webhooks } from "./webhooks.ts";

/** One client lists at `messages/`. */
const app = new Hono<DialectEnv>({ strict: false });

app.onError(toErrorResponse);

for (const version of VERSIONS) app.use(`/${version}/*`, authenticate);

// Before the records: the words in its paths stand where ids do.
app.route("/", callbacks);

for (const version of VERSIONS) {
  app.post(`/${version}/messages`, createMessage);
  app.get(`/${version}/messages`, list);
  app.get(`/${version}/messages/:id`, lookUp);
}

const NAMES = CALLBACK_NAMES.join("|");

/** The methods of each address; a known path with another method is a wrong method, not an unknown path. */
const METHODS: [path: RegExp, known: readonly string[]][] = [
  [/^\/v2(\.[12])?\/messages$/, ["GET", "POST"]],
  [new RegExp(`^/v2\\.[12]/messages/(${NAMES})$`), ["GET", "PUT", "DELETE"]],
  [/^\/v2(\.[12])?\/messages\/[^/]+$/, ["GET"]],
  [new RegExp(`^/v2/numbers/[^/]+/relationships/(${NAMES})$`), ["POST", "DELETE"]],
];

for (const version of VERSIONS) {
  app.all(`/${version}/*`, (c) => {
    const path = c.req.path.replace(/\/$/, "");
    const known = METHODS.find(([pattern]) => pattern.test(path))?.[1];
    // A request that gets here although its method is known has an unknown path after all: two slashes, say.
    if (!known || known.includes(c.req.method)) {
      throw new GatewayError("not-found", `${c.req.path} is not an address of this API`);
    }
    const allowed = known.join(", ");
    c.header("Allow", allowed);
    throw new GatewayError("wrong-method", `${c.req.path} takes ${allowed}, not ${c.req.method}`);
  });
}

export const flowroute: Dialect = {
  name: NAME,
  title: "Flowroute",
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
};
