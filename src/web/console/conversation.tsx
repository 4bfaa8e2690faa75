/** A conversation as bubbles: what a phone received, and what its person wrote. */

import type { C } from "./console-env.ts";
import { ago } from "./words.tsx";

type Button = { label: string; action: string; value?: string };
type Bubble = {
  header?: string;
  text?: string;
  footer?: string;
  media?: { url: string; type?: string; name?: string };
  buttons?: Button[];
};

export type HandsetMessage = {
  id: string;
  from: string;
  text: string;
  parts: number;
  encoding: string;
  receivedAt: string;
  channel?: string;
  shown?: { bubbles: Bubble[]; buttons: Button[] };
};

export type Inbound = { id: string; recipient: string; text: string; receivedAt: string; channel?: string };

/** In the order of time. */
export function bubbles(_c: C, number: string, received: readonly HandsetMessage[], written: readonly Inbound[]) {
  const all = [
    ...received.map((message) => ({ at: message.receivedAt, message, inbound: undefined })),
    ...written.map((inbound) => ({ at: inbound.receivedAt, message: undefined, inbound })),
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  if (all.length === 0) return <li class="empty">Nothing yet.</li>;
  return all.map(({ message, inbound }) =>
    message ? (
      <li id={message.id} class="bubble in">
        <p class="meta">
          <strong>{message.from}</strong> {message.channel ?? sizeOf(message)} {ago(message.receivedAt)}
        </p>
        {message.shown ? rich(number, message) : <p class="text">{message.text}</p>}
      </li>
    ) : (
      <li id={inbound?.id} class="bubble out">
        <p class="meta">
          to <strong>{inbound?.recipient}</strong> {inbound?.channel} {inbound && ago(inbound.receivedAt)}
        </p>
        <p class="text">{inbound?.text}</p>
      </li>
    ),
  );
}

function sizeOf({ parts, encoding }: HandsetMessage): string {
  return `${parts} ${parts === 1 ? "part" : "parts"}, ${encoding === "gsm7" ? "GSM" : "UCS-2"}`;
}

function rich(number: string, message: HandsetMessage) {
  const { bubbles = [], buttons = [] } = message.shown ?? {};
  return (
    <>
      {bubbles.map((bubble) => (
        <div class="card">
          {bubble.media && (
            <p>
              <a href={bubble.media.url} rel="noreferrer">
                {bubble.media.name ?? bubble.media.url}
              </a>
            </p>
          )}
          {bubble.header && <p class="header">{bubble.header}</p>}
          {bubble.text && <p class="text">{bubble.text}</p>}
          {bubble.footer && <p class="hint">{bubble.footer}</p>}
          {pressable(number, message, bubble.buttons ?? [])}
        </div>
      ))}
      {pressable(number, message, buttons)}
    </>
  );
}

function pressable(number: string, message: HandsetMessage, buttons: readonly Button[]) {
  if (buttons.length === 0) return undefined;
  return (
    <ul class="buttons">
      {buttons.map((button) => (
        <li>{press(number, message, button)}</li>
      ))}
    </ul>
  );
}

function press(number: string, message: HandsetMessage, button: Button) {
  if (button.action === "reply") {
    return (
      <form method="post" action={`/console/handsets/${encodeURIComponent(number)}/write`}>
        <input type="hidden" name="to" value={message.from} />
        <input type="hidden" name="channel" value={message.channel} />
        <button type="submit" name="text" value={button.value ?? button.label}>
          {button.label}
        </button>
      </form>
    );
  }
  if (button.action === "open" && /^https?:/.test(button.value ?? "")) {
    return (
      <a href={button.value} rel="noreferrer">
        {button.label}
      </a>
    );
  }
  return (
    <span>
      {button.label} <span class="hint">{button.value}</span>
    </span>
  );
}
