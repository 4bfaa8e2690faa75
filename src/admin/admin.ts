/** The operator's API: accounts and their settings, messages, charges and subscriptions with their timelines, webhooks. */

import { GatewayError } from "../core/kernel/errors.ts";
import { checkAccess } from "./access.ts";
import type { SettingsOfDialect } from "./account-settings.ts";
import { accounts } from "./accounts.ts";
import { claimFor, makeApi, readJsonBody, requireActor } from "./api.ts";
import { approvals, fourEyes } from "./approvals.ts";
import { audit, writeDown } from "./audit.ts";
import { callbacks } from "./callbacks.ts";
import { campaigns } from "./campaigns.ts";
import { cancels } from "./cancels.ts";
import { carriers } from "./carriers.ts";
import { codeAreas } from "./code-areas.ts";
import { consents } from "./consents.ts";
import { credentials } from "./credentials.ts";
import { endpoints } from "./endpoints.ts";
import { events } from "./events.ts";
import { exchanges } from "./exchanges.ts";
import { figures } from "./figures.ts";
import { imports } from "./imports.ts";
import { inbounds } from "./inbounds.ts";
import { ledger } from "./ledger.ts";
import { limits } from "./limits.ts";
import { merchants } from "./merchants.ts";
import { messagePreview } from "./message-preview.ts";
import { messages } from "./messages.ts";
import { passkeys } from "./passkeys.ts";
import { people } from "./people.ts";
import { preview } from "./preview.ts";
import { prices } from "./prices.ts";
import { pulse } from "./pulse.ts";
import { renewals } from "./renewals.ts";
import { routes } from "./routes.ts";
import { sealing } from "./sealing.ts";
import { search } from "./search.ts";
import { senders } from "./senders.ts";
import { services } from "./services.ts";
import { sessions } from "./sessions.ts";
import { smpp } from "./smpp.ts";
import { statistics } from "./statistics.ts";
import { refuseUnknown } from "./strict.ts";
import { subscriptions } from "./subscriptions.ts";
import { suppressions } from "./suppressions.ts";
import { tokens } from "./tokens.ts";
import { transactions } from "./transactions.ts";
import { webhooks } from "./webhooks.ts";
import { windows } from "./windows.ts";

/** The declarations of the dialects, from the wiring. */
export type Spoken = {
  settings: readonly SettingsOfDialect[];
  /** The names of the kinds of credential. */
  credentialKinds: readonly string[];
};

export function makeAdmin(spoken: Spoken) {
  const app = makeApi();

  app.use(async (c, next) => {
    c.set("actor", await requireActor(c));
    await readJsonBody(c);
    await next();
  });
  app.use(refuseUnknown(app));
  app.use(checkAccess);
  app.use(async (c, next) => {
    await claimFor(c, c.get("actor"), c.get("approved"));
    await next();
  });
  app.use(writeDown);
  app.use(fourEyes());
  app.route("/", accounts(spoken.settings));
  app.route("/", credentials(spoken.credentialKinds));
  app.route("/", senders);
  app.route("/", merchants);
  app.route("/", services);
  app.route("/", callbacks);
  app.route("/", suppressions);
  app.route("/", codeAreas);
  app.route("/", limits);
  app.route("/", imports);
  app.route("/", tokens);
  app.route("/", passkeys);
  app.route("/", audit);
  app.route("/", approvals);
  app.route("/", carriers);
  app.route("/", prices);
  app.route("/", routes);
  app.route("/", cancels);
  app.route("/", campaigns);
  app.route("/", messages);
  app.route("/", inbounds);
  app.route("/", transactions);
  app.route("/", subscriptions);
  app.route("/", windows);
  app.route("/", consents);
  app.route("/", ledger);
  app.route("/", people);
  app.route("/", sealing);
  app.route("/", preview);
  app.route("/", messagePreview);
  app.route("/", pulse);
  app.route("/", search);
  app.route("/", exchanges);
  app.route("/", sessions);
  app.route("/", smpp);
  app.route("/", figures);
  app.route("/", statistics);
  app.route("/", renewals);
  app.route("/", webhooks);
  app.route("/", endpoints);
  app.route("/", events);
  app.all("/*", (c) => {
    throw new GatewayError("not-found", `${c.req.method} ${c.req.path} is not an address of this API`);
  });

  return app;
}
