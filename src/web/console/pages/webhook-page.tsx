/** A webhook: its event, each attempt, and sending it again. */

import { Hono } from "hono";
import { withoutSecrets } from "../../../core/kernel/secrets.ts";
import { ask } from "../api.ts";
import type { ConsoleEnv } from "../console-env.ts";
import { badge } from "../ui/badge.tsx";
import { attempted, noticeOf } from "../ui/done.ts";
import { facts } from "../ui/facts.tsx";
import { type Entry, sentence } from "../ui/history-words.ts";
import { type Notice, page } from "../ui/layout.tsx";
import { when } from "../ui/words.tsx";
import { eventInWords, isAttempt, KIND_WORDS, subjectOf, times } from "./webhook-words.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const webhookPage = app;

const HERE = "/console/webhooks";

const DONE: Record<string, Notice> = {
  replayed: { said: "It is owed again, and goes out at once." },
  late: { said: "It is owed already: nothing was sent twice." },
};

app.get("/:id", async (c) => {
  const webhook = await ask(c, "GET /admin/v1/webhooks/{id}", { params: { id: c.req.param("id") } });
  const { id, account, dialect, kind, url, state, reason, attempts, dueAt, createdAt, history } = webhook;
  const subject = subjectOf(c, webhook);
  const canReplay = state === "dead" || state === "answered";
  return page(
    c,
    { title: "Webhook", here: HERE, styles: ["forms", "lists", "webhooks"], notice: noticeOf(c, DONE) },
    <>
      <h1>{eventInWords(webhook)}</h1>
      <div id="webhook" data-live="webhooks" data-watch={id}>
        <p class="row">
          {badge("webhooks", state)}
          <span>{times(attempts)}</span>
          {dueAt && state === "owed" && (
            <span>
              to be tried {attempts > 0 && "again"} {when(dueAt)}
            </span>
          )}
        </p>
        {reason && <p class="notice bad">{reason}</p>}
        {facts([
          ["Event", KIND_WORDS[kind]],
          ["About", subject.href && <a href={subject.href}>{subject.name}</a>],
          ["To", <span class="mono">{withoutSecrets(url)}</span>],
          ["Account", <a href={`/console/setup/${account}`}>{account}</a>],
          ["Dialect", dialect],
          ["Created", when(createdAt)],
          ["Id", <span class="mono">{id}</span>],
        ])}
        <h2>Attempts</h2>
        {history.length === 0 ? (
          <p class="empty">None yet.</p>
        ) : (
          <ol class="attempts">{history.map((entry) => step(entry))}</ol>
        )}
        {canReplay && (
          <form method="post" action={`${HERE}/${id}/replay`}>
            <p class="row">
              <button type="submit">Send it again</button>
              {state === "answered" && <span class="hint">It was received already.</span>}
            </p>
          </form>
        )}
      </div>
      <details>
        <summary>The event, as it is kept</summary>
        <pre class="box" tabindex={0}>
          {withoutSecrets(JSON.stringify(webhook.event, null, 2))}
        </pre>
      </details>
    </>,
  );
});

app.post("/:id/replay", async (c) => {
  const { id } = c.req.param();
  const here = `${HERE}/${encodeURIComponent(id)}`;
  return attempted(
    c,
    () => here,
    { done: "replayed", late: "late" },
    () => ask(c, "POST /admin/v1/webhooks/{id}/replay", { params: { id } }),
  );
});

function step(entry: Entry) {
  if (!isAttempt(entry)) {
    return (
      <li>
        <p>
          <strong>{sentence(entry)}</strong> {when(entry.at)} {typeof entry.why === "string" && entry.why}
        </p>
      </li>
    );
  }
  const { attempt, status, error, milliseconds, answer, again, sent } = entry;
  return (
    <li>
      <p>
        <strong>Attempt {attempt}</strong> {when(entry.at)}
      </p>
      {sent && (
        <div class="said">
          <p class="hint">sent</p>
          <pre class="box" tabindex={0}>
            {`${sent.method} ${withoutSecrets(sent.url)}`}
            {sent.body && `\n\n${sent.body}`}
          </pre>
        </div>
      )}
      <div class="said">
        <p class="hint">
          {error ? "failed" : "answered"} <strong class="outcome">{error ?? status}</strong>
          {milliseconds !== undefined && ` in ${milliseconds} ms`}
        </p>
        {answer && (
          <pre class="box" tabindex={0}>
            {answer}
          </pre>
        )}
      </div>
      {again && <p class="hint">to be tried again {when(again)}</p>}
    </li>
  );
}
