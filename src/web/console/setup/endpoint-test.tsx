/** A test event: the call as it went out, with its signature and what that covers, and what came back. */

import type { Answer } from "../api.ts";
import { headersShown } from "../pages/attempt.tsx";
import { bytes } from "../pages/exchange.tsx";
import { statusBadge } from "../ui/badge.tsx";

type Test = Answer<"POST /admin/v1/accounts/{id}/endpoints/{name}/test">;

/** @param endpoint the page of the endpoint */
export function tested({ isReceived, request, status, answer, error, milliseconds }: Test, endpoint: string) {
  const { url, headers, body } = request;
  return (
    <>
      <p class={isReceived ? "notice" : "notice bad"} role={isReceived ? "status" : "alert"}>
        {isReceived ? "Received." : "Not received: any 2xx status within ten seconds counts."}
      </p>
      <p class="line">
        {statusBadge(status, error)} <span class="hint">{milliseconds} ms</span>
      </p>
      <h2>Request</h2>
      <p class="line">
        <code>POST {url}</code>
      </p>
      {headersShown(headers)}
      <p class="hint">Any headers of your own went along, and are not shown.</p>
      {bytes("Body of the request", body)}
      <h2>Signature</h2>
      <p>
        <code>v1</code> is the HMAC-SHA256 of this text by the secret, <code>v1a</code> its Ed25519 signature:
      </p>
      <pre class="box" tabindex={0}>
        {`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`}
      </pre>
      <h2>Response</h2>
      {status === undefined ? (
        <p class="empty">No response: {error}</p>
      ) : answer ? (
        bytes("Body of the response", answer)
      ) : (
        <p class="empty">Empty body.</p>
      )}
      <div class="row">
        <form method="post" action={`${endpoint}/test`}>
          <button type="submit">Send another</button>
        </form>
        <a href={endpoint}>To the endpoint</a>
      </div>
    </>
  );
}
