/** A webhook: its event, each attempt, and sending it again. */

import { Hono } from "hono";
import { withoutSecrets } from "../../../core/kernel/secrets.ts";
import { type Answer, ask } from "../api.ts";
import { type C, type ConsoleEnv, formIn } from "../console-env.ts";
import { badge } from "../ui/badge.tsx";
import { attempted, noticeOf } from "../ui/done.ts";
import { facts } from "../ui/facts.tsx";
import { tried } from "../ui/form.tsx";
import { type Entry, sentence } from "../ui/history-words.ts";
import { type Notice, page } from "../ui/layout.tsx";
import { dialectName, when } from "../ui/words.tsx";
import { attemptShown } from "./attempt.tsx";
import { type Check, signatureCheck } from "./signature.tsx";
import { eventInWords, isAttempt, KIND_WORDS, subjectOf, times } from "./webhook-words.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const webhookPage = app;

const HERE = "/console/webhooks";

const DONE: Record<string, Notice> = {
  replayed: { said: "Webhook queued again; it is sent at once." },
  late: { said: "Already queued: nothing was sent twice." },
};

app.get("/:id", (c) => show(c));

/** What a receiver may say of a call, beside its body. */
const SEEN = ["url", "signature", "id", "timestamp", "secret"] as const;

/** The check is of the form, and answered on this page: it sends nothing, and leaves nothing behind. */
app.post("/:id/check", async (c) => {
  const { body, ...lines } = await formIn(c);
  // A form sends line breaks as two characters; and what is left empty is as we sent it.
  const typed = SEEN.map((name) => [name, lines[name]?.trim() ?? ""]);
  const seen = { ...Object.fromEntries(typed), body: (body ?? "").replaceAll("\r\n", "\n") };
  const json = Object.fromEntries(Object.entries(seen).filter(([, value]) => value));
  const checked = await tried(() =>
    ask(c, "POST /admin/v1/webhooks/{id}/check-signature", { params: { id: c.req.param("id") }, json }),
  );
  return show(c, { seen, ...checked });
});

async function show(c: C, check: Check = {}) {
  const webhook = await ask(c, "GET /admin/v1/webhooks/{id}", { params: { id: c.req.param("id") ?? "" } });
  const { id, account, dialect, kind, url, state, reason, attempts, dueAt, createdAt, history } = webhook;
  const subject = subjectOf(c, webhook);
  const canReplay = state === "dead" || state === "answered";
  return page(
    c,
    {
      title: "Webhook",
      reload: `${HERE}/${id}`,
      styles: ["messages", "forms", "lists", "webhooks"],
      notice: noticeOf(c, DONE),
    },
    <>
      <h1>{eventInWords(webhook)}</h1>
      <div id="webhook" data-live="webhooks" data-watch={id}>
        <p class="row">
          {badge("webhooks", state)}
          <span>{times(attempts)}</span>
          {dueAt && state === "owed" && (
            <span>
              {attempts > 0 ? "next attempt" : "due"} {when(dueAt)}
            </span>
          )}
        </p>
        {reason && <p class="notice bad">{reason}</p>}
        {facts([
          ["Event", KIND_WORDS[kind]],
          ["Subject", subject.href && <a href={subject.href}>{subject.name}</a>],
          [
            "Endpoint",
            kind === "event" && (
              <a href={`/console/setup/${account}/endpoints/${webhook.endpoint}`}>{webhook.endpoint}</a>
            ),
          ],
          ["URL", <span class="mono">{withoutSecrets(url)}</span>],
          ["Account", <a href={`/console/setup/${account}`}>{account}</a>],
          ["Dialect", dialectName(c, dialect)],
          ["Created", when(createdAt)],
          ["Id", <span class="mono">{id}</span>],
        ])}
        <h2>Attempts</h2>
        {history.length === 0 ? (
          <p class="empty">No attempts yet.</p>
        ) : (
          <ol class="attempts">{history.map((entry) => step(entry))}</ol>
        )}
        {canReplay && (
          <form method="post" action={`${HERE}/${id}/replay`}>
            <p class="row">
              <button type="submit">Send again</button>
              {state === "answered" && <span class="hint">The receiver already acknowledged it.</span>}
            </p>
          </form>
        )}
      </div>
      {signatureCheck(`${HERE}/${id}`, check, isStandard(webhook) ? "standard" : "dialect")}
      <details>
        <summary>Stored event</summary>
        <pre class="box" tabindex={0}>
          {withoutSecrets(JSON.stringify(webhook.event, null, 2))}
        </pre>
      </details>
    </>,
  );
}

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

/** Whether its calls are signed as Standard Webhooks says: those about events are, unless their endpoint asks for a dialect's form. */
function isStandard({ kind, history }: Answer<"GET /admin/v1/webhooks/{id}">): boolean {
  const headers = history.filter(isAttempt).findLast((one) => one.headers)?.headers;
  return kind === "event" && (headers === undefined || "webhook-id" in headers);
}

function step(entry: Entry) {
  if (isAttempt(entry)) return <li>{attemptShown(entry)}</li>;
  return (
    <li>
      <p>
        <strong>{sentence(entry)}</strong> {when(entry.at)} {typeof entry.why === "string" && entry.why}
      </p>
    </li>
  );
}
