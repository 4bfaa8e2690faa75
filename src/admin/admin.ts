/** The operator's API: accounts and their credentials, what happened to messages, what is owed. */

import { GatewayError } from "../core/errors.ts";
import { accounts } from "./accounts.ts";
import { assumeJson, makeApi, requireAdmin } from "./api.ts";
import { inbounds } from "./inbounds.ts";
import { messages } from "./messages.ts";
import { webhooks } from "./webhooks.ts";

const app = makeApi();

app.use(async (c, next) => {
  await requireAdmin(c);
  assumeJson(c);
  await next();
});
app.route("/", accounts);
app.route("/", messages);
app.route("/", inbounds);
app.route("/", webhooks);
app.all("/*", (c) => {
  throw new GatewayError("not-found", `${c.req.method} ${c.req.path} is not an address of this API`);
});

export const admin = app;
