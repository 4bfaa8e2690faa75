/** One attempt at a webhook: what was sent and answered, with the headers of both, and how long it took. */

import { withoutSecrets } from "../../../core/kernel/secrets.ts";
import { statusBadge } from "../ui/badge.tsx";
import { facts } from "../ui/facts.tsx";
import { bytes } from "./exchange.tsx";
import { exact } from "./story.tsx";
import type { Attempt } from "./webhook-words.tsx";

/** @param of what the call tells of, for pages that show several webhooks, each with its first attempt */
export function attemptShown(entry: Attempt, of = "") {
  const { at, attempt, status, error, milliseconds, again, sent, headers, answer, answerHeaders } = entry;
  const which = `attempt ${attempt}, ${of}${at}`;
  return (
    <>
      <p class="line">
        <strong>Attempt {attempt}</strong> {statusBadge(status, error)}{" "}
        <span class="hint">
          {milliseconds} ms, {exact(at)}
          {again && <>; next attempt {exact(again)}</>}
        </span>
      </p>
      <details>
        <summary>Request</summary>
        {sent && (
          <p class="line">
            <code>
              {sent.method} {withoutSecrets(sent.url)}
            </code>
          </p>
        )}
        {headers ? headersShown(headers) : <p class="hint">Its headers were not kept.</p>}
        {sent?.body
          ? bytes(`Body of ${which}`, sent.body)
          : !sent && <p class="hint">Same URL and body as the first attempt.</p>}
      </details>
      {status !== undefined && (
        <details>
          <summary>Response</summary>
          {answerHeaders && headersShown(answerHeaders)}
          {answer ? bytes(`Response to ${which}`, answer) : <p class="hint">Empty body.</p>}
        </details>
      )}
    </>
  );
}

/** Headers as they went. */
export function headersShown(headers: Readonly<Record<string, string>>) {
  return facts(Object.entries(headers).map(([name, value]) => [name, <code>{value}</code>]));
}
