/** A form that is sent with a passkey's answer: the browser is asked by the island passkey.ts. */

import type { Child } from "hono/jsx";

/** @param purpose whether the browser makes a passkey or uses one */
export function passkeyForm(asked: {
  action: string;
  purpose: "create" | "get";
  options: object;
  kept: string;
  submit: string;
  fields?: Child;
}) {
  const { action, purpose, options, kept, submit, fields } = asked;
  return (
    <form method="post" action={action} class="stack" data-passkey={purpose} data-options={JSON.stringify(options)}>
      {fields}
      <input type="hidden" name="kept" value={kept} />
      <input type="hidden" name="answer" value="" />
      <p data-passkey-said="" role="alert" />
      <button type="submit">{submit}</button>
      <noscript>
        <p>A passkey is asked for by a script, and your browser runs none.</p>
      </noscript>
    </form>
  );
}
