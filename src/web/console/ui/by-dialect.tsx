/** What each dialect makes of a text, and how a program sends it by each. What `data-fresh` marks is drawn anew as one types. */

import type { Answer } from "../api.ts";
export type DialectPreview = Answer<"POST /admin/v1/preview">["dialects"][number];

/** @param wanted.asWritten the text before any dialect has seen it */
export function byDialect({ dialects, asWritten }: { dialects: readonly DialectPreview[]; asWritten: string }) {
  return dialects.map((one, index) => (
    <details class="dialect" open={index === 0}>
      <summary>
        <strong>{one.title}</strong>{" "}
        <span id={`size-${one.dialect}`} data-fresh>
          {one.parts} {one.parts === 1 ? "part" : "parts"}, {one.encoding === "gsm7" ? "GSM" : "UCS-2"}
          {one.price && `, ${one.price.display}`}
        </span>
      </summary>
      <div id={`made-${one.dialect}`} data-fresh>
        {whatItMakes(one, asWritten)}
      </div>
      {one.calls.map((call, index) => callOf(one, call, index === 0))}
    </details>
  ));
}

function whatItMakes({ changes, text, refused, price, hasCredential }: DialectPreview, asWritten: string) {
  return (
    <>
      {refused && <p class="notice bad">It would be refused: {refused}.</p>}
      {changes.length > 0 && (
        <p>
          Replaced:{" "}
          {changes.map(({ from, to }, index) => (
            <>
              {index > 0 && ", "}
              <mark>{from.trim() === "" ? `U+${hex(from)}` : from}</mark> by <kbd>{to === " " ? "a space" : to}</kbd>
            </>
          ))}
        </p>
      )}
      {text !== asWritten && (
        <p>
          Sent as <q class="mono">{text}</q>
        </p>
      )}
      {price && (
        <p>
          {price.display} for {price.segments} {price.segments === 1 ? "segment" : "segments"}, as this wire counts them
        </p>
      )}
      {!hasCredential && <p class="hint">The account has no credential for it yet; Setup makes one.</p>}
    </>
  );
}

function callOf({ dialect, title }: DialectPreview, { by, code }: { by: string; code: string }, isOpen: boolean) {
  const id = `call-${dialect}-${by.toLowerCase()}`;
  return (
    <details class="call" open={isOpen}>
      <summary>{by}</summary>
      <button type="button" class="quiet" data-copy={id} hidden aria-label={`Copy ${by} for ${title}`}>
        Copy
      </button>
      <pre>
        <code id={id} data-fresh>
          {code}
        </code>
      </pre>
    </details>
  );
}

function hex(char: string): string {
  return (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}
