/** A kept request: the client's request and our answer. */

import type { Child } from "hono/jsx";
import { find, type Item } from "../api.ts";
import type { C } from "../console-env.ts";
import { statusBadge } from "../ui/badge.tsx";
import type { Entry } from "../ui/history-words.ts";
import { exact } from "./story.tsx";

export type Exchange = Item<"GET /admin/v1/exchanges">;

/** The request that a message or charge came by, if its timeline names one. */
export async function exchangeOf(
  c: C,
  story: readonly Entry[],
): Promise<{ id: string; exchange?: Exchange } | undefined> {
  const id = story.find(({ request }) => typeof request === "string")?.request as string | undefined;
  if (!id || !c.get("may")("GET /admin/v1/exchanges/{id}")) return undefined;
  const exchange = await find(c, "GET /admin/v1/exchanges/{id}", { params: { id } });
  return exchange ? { id, exchange } : { id };
}

export function exchangeSection(kept: { id: string; exchange?: Exchange } | undefined) {
  return (
    <section aria-labelledby="client">
      <h2 id="client">Request and response</h2>
      {kept?.exchange ? (
        shown(kept.exchange)
      ) : (
        <p class="hint">
          {kept
            ? "The request is no longer in the log: requests are kept for one day unless their account says otherwise, and under load some are left out."
            : "No API request created this, or requests are not logged (KEEP_REQUESTS)."}
        </p>
      )}
    </section>
  );
}

/** The address and the answer, and both bodies side by side. */
export function shown({ method, path, status, milliseconds, at, request, answer }: Exchange) {
  return (
    <>
      <p class="line">
        <code>
          {method} {path}
        </code>{" "}
        {statusBadge(status)}{" "}
        <span class="hint">
          in {milliseconds} ms, {exact(at)}
        </span>
      </p>
      <div class="sides">
        {side("Request", request, "No body.")}
        {side("Response", answer, "Empty body.")}
      </div>
    </>
  );
}

function side(name: string, body: string, otherwise: string) {
  return (
    <div>
      <h3>{name}</h3>
      {body.trim() === "" ? <p class="hint">{otherwise}</p> : bytes(name, body)}
    </div>
  );
}

/** A body as it is read best. It may be long: then it scrolls, by keyboard too. */
export function bytes(name: string, body: string): Child {
  return (
    <section class="bytes" tabindex={0} aria-label={name}>
      <pre>{pretty(body)}</pre>
    </section>
  );
}

/** JSON in lines; whatever is none as it came. */
export function pretty(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
