/** The webhooks about one message or charge: each with its attempts, and a button to send it again. */

import { withoutSecrets } from "../../../core/kernel/secrets.ts";
import { ask } from "../api.ts";
import type { C } from "../console-env.ts";
import { badge, statusBadge } from "../ui/badge.tsx";
import type { Entry } from "../ui/history-words.ts";
import { bytes } from "./exchange.tsx";
import { exact } from "./story.tsx";
import { type Attempt, isAttempt, type Webhook } from "./webhook-words.tsx";

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
          {webhook.state === "owed" && webhook.dueAt && <p class="hint">Next try {exact(webhook.dueAt)}</p>}
          <ol class="attempts">
            {webhook.history.filter(isAttempt).map((attempt) => (
              <li>{tried(webhook.event.state, attempt)}</li>
            ))}
          </ol>
        </article>
      ))}
    </section>
  );
}

/** @param news what the call tells of: a page may show several, each with its first attempt, and the first again if asked */
function tried(news: string, { at, attempt, status, error, milliseconds, answer, again, sent }: Attempt) {
  const which = `attempt ${attempt} at ${news}, ${at}`;
  return (
    <>
      <p class="line">
        <span>Attempt {attempt}</span> {statusBadge(status, error)}{" "}
        <span class="hint">
          in {milliseconds} ms, {exact(at)}
          {again && <>, again {exact(again)}</>}
        </span>
      </p>
      {(sent || answer) && (
        <details>
          <summary>{sent ? "Request and answer" : "Answer"}</summary>
          {sent && (
            <>
              <p class="line">
                <code>
                  {sent.method} {withoutSecrets(sent.url)}
                </code>
              </p>
              {sent.body && bytes(`Request of ${which}`, sent.body)}
            </>
          )}
          {answer ? bytes(`Answer to ${which}`, answer) : <p class="hint">An empty answer.</p>}
        </details>
      )}
    </>
  );
}
