/** Facts as a list of names and values; and a step that is asked for twice. */

import type { Child } from "hono/jsx";

/** Those without a value are left out. */
export function facts(of: readonly (readonly [string, Child | undefined])[]) {
  return (
    <dl class="facts">
      {of
        .filter(([, value]) => value !== undefined && value !== "" && value !== null && value !== false)
        .map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** A step that cannot be taken back is asked for twice: first opened, then pressed. Works without JavaScript. */
export function confirm(options: { ask: string; says: Child; action: string; button: string }) {
  return (
    <details class="confirm">
      <summary>{options.ask}</summary>
      <form method="post" action={options.action}>
        <p>{options.says}</p>
        <button type="submit" class="bad">
          {options.button}
        </button>
      </form>
    </details>
  );
}
