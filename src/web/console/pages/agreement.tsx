/** What a person saw when they agreed to be charged, as it is shown beside what they are charged for. */

import type { Answer } from "../api.ts";
import { facts } from "../ui/facts.tsx";

type Consent = Answer<"GET /admin/v1/subscriptions/{id}/consent">;

/** @param consent absent: nobody confirmed it on a page */
export function agreement(consent: Consent | undefined) {
  if (!consent) return null;
  const { at, by, address, browser, language, page, isAsSent, shown, code } = consent;
  return (
    <section aria-labelledby="agreed">
      <h2 id="agreed">What the person agreed to</h2>
      {facts([
        ["Confirmed (UTC)", at.replace("T", " ").slice(0, 19)],
        ["By", by === "pin" ? "the PIN that they were sent" : "a click, and their mobile network's word"],
        ...(code ? [["PIN in", <code>{code.id}</code>] as const] : []),
        ["From", `${address}, ${browser}`],
        [
          "Page",
          `${language}, SHA-256 ${page.slice(0, 16)}…${isAsSent ? ", as it was sent" : ", not the one that was sent last"}`,
        ],
      ])}
      <details>
        <summary>The words of the page</summary>
        <pre>{shown}</pre>
      </details>
    </section>
  );
}
