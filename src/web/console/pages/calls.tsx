/** The webhooks about one message or charge: each with its attempts, and a button to send it again. */

import { withoutSecrets } from "../../../core/kernel/secrets.ts";
import { ask } from "../api.ts";
import type { C } from "../console-env.ts";
import { badge } from "../ui/badge.tsx";
import type { Entry } from "../ui/history-words.ts";
import { attemptShown } from "./attempt.tsx";
import { exact } from "./story.tsx";
import { isAttempt, type Webhook } from "./webhook-words.tsx";

/** The webhooks that a timeline names, in its order. */
export async function callsOf(c: C, story: readonly Entry[]): Promise<Webhook[]> {
  const ids = new Set(story.flatMap(({ webhook }) => (typeof webhook === "string" ? webhook : [])));
  return Promise.all([...ids].map((id) => ask(c, "GET /admin/v1/webhooks/{id}", { params: { id } })));
}

/** @param here the page of the message or charge; "Send again" posts to an address under it */
export function callsSection(here: string, calls: readonly Webhook[]) {
  return (
    <section aria-labelledby="calls">
      <h2 id="calls">Webhooks</h2>
      {calls.length === 0 && <p class="hint">No webhooks for this.</p>}
      {calls.map((webhook) => (
        <article class="call" id={webhook.id} aria-label={`Webhook: ${webhook.event.state}`}>
          <header>
            <h3>{webhook.event.state}</h3>
            {badge("webhooks", webhook.state)}
            <code>{withoutSecrets(webhook.url)}</code>
            {["dead", "answered"].includes(webhook.state) && (
              <form method="post" action={`${here}/webhooks/${webhook.id}/replay`}>
                <button type="submit" class="quiet">
                  Send again
                </button>
              </form>
            )}
          </header>
          {webhook.reason && <p class="hint">{webhook.reason}</p>}
          {webhook.state === "owed" && webhook.dueAt && <p class="hint">Next attempt {exact(webhook.dueAt)}</p>}
          <ol class="attempts">
            {webhook.history.filter(isAttempt).map((attempt) => (
              <li>{attemptShown(attempt, `${webhook.event.state}, `)}</li>
            ))}
          </ol>
        </article>
      ))}
    </section>
  );
}
