/** Rich content as it is shown on its channel, to be looked at: nothing in it can be pressed. */

import type { Button, Shown } from "../../../core/messages/rich.ts";
import { outside } from "../ui/outside.tsx";

export function richContent({ bubbles, buttons }: Shown) {
  return (
    <div class="shown">
      {bubbles.map(({ header, text, footer, media, buttons: own = [] }) => (
        <div class="bubble-of">
          {media && <p>{outside(media.url, media.name ?? media.url)}</p>}
          {header && (
            <p>
              <strong>{header}</strong>
            </p>
          )}
          {text && <p>{text}</p>}
          {footer && <p class="hint">{footer}</p>}
          {labels(own)}
        </div>
      ))}
      {labels(buttons)}
    </div>
  );
}

function labels(buttons: readonly Button[]) {
  if (buttons.length === 0) return undefined;
  return (
    <ul class="labels" aria-label="Buttons">
      {buttons.map(({ label, value }) => (
        <li title={value}>{label}</li>
      ))}
    </ul>
  );
}
