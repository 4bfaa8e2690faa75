/** A conversation as bubbles: what a phone received, and what its person wrote, day by day. */

import type { Button } from "../../../core/messages/rich.ts";
import type { Item } from "../api.ts";
import { codeIn } from "../ui/code.ts";
import { outside } from "../ui/outside.tsx";
import { day, dayOf, hour } from "../ui/phone-time.tsx";

export type HandsetMessage = Item<"GET /sandbox/v1/handsets/{msisdn}/messages">;

export type Inbound = Item<"GET /admin/v1/inbound">;

/** In the order of time, the newest last; each day under its heading. */
export function bubbles(number: string, received: readonly HandsetMessage[], written: readonly Inbound[]) {
  const all = [
    ...received.map((message) => ({ at: message.receivedAt, bubble: () => bubbleOf(number, message) })),
    ...written.map((inbound) => ({ at: inbound.receivedAt, bubble: () => ownBubbleOf(inbound) })),
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  if (all.length === 0) {
    return <li class="empty">No messages yet.</li>;
  }
  return all.map(({ at, bubble }, index) => {
    const before = all[index - 1];
    return (
      <>
        {(!before || dayOf(before.at) !== dayOf(at)) && (
          <li id={`day-${dayOf(at)}`} class="day">
            <h2>{day(at)}</h2>
          </li>
        )}
        {bubble()}
      </>
    );
  });
}

function bubbleOf(number: string, message: HandsetMessage) {
  return (
    <li id={message.id} class="bubble in">
      <p class="who">
        <strong>{message.from}</strong>
      </p>
      {message.shown ? rich(number, message) : <p class="text">{withCode(message.text)}</p>}
      <p class="meta">
        {hour(message.receivedAt)} · {message.channel ?? sizeOf(message)}
      </p>
    </li>
  );
}

function ownBubbleOf({ id, recipient, text, channel, receivedAt }: Inbound) {
  return (
    <li id={id} class="bubble out">
      <p class="who">
        to <strong>{recipient}</strong>
      </p>
      <p class="text">{text}</p>
      <p class="meta">
        {hour(receivedAt)}
        {channel && ` · ${channel}`}
      </p>
    </li>
  );
}

function sizeOf({ parts, encoding }: HandsetMessage): string {
  return `${parts} ${parts === 1 ? "part" : "parts"} · ${encoding === "gsm7" ? "GSM" : "UCS-2"}`;
}

/** A code stands out, is marked as a whole by one click, and can be copied. */
function withCode(text: string) {
  const found = codeIn(text);
  if (!found) return text;
  const { at, code } = found;
  return (
    <>
      {text.slice(0, at)}
      <mark class="code">{code}</mark>
      {text.slice(at + code.length)}{" "}
      <button type="button" class="copy" data-copy={code}>
        Copy {code}
      </button>
    </>
  );
}

function rich(number: string, message: HandsetMessage) {
  const { bubbles = [], buttons = [] } = message.shown ?? {};
  return (
    <>
      {bubbles.map((bubble) => (
        <div class="card">
          {bubble.media && (
            <p class="media">
              {outside(bubble.media.url, bubble.media.name ?? bubble.media.url)}{" "}
              <span class="hint">{bubble.media.type}</span>
            </p>
          )}
          {bubble.header && <p class="header">{bubble.header}</p>}
          {bubble.text && <p class="text">{withCode(bubble.text)}</p>}
          {bubble.footer && <p class="hint">{bubble.footer}</p>}
          {pressable(number, message, bubble.buttons ?? [])}
        </div>
      ))}
      {bubbles.length === 0 && message.text && <p class="text">{withCode(message.text)}</p>}
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
        <input type="hidden" name="to" value={dialled(message.from)} />
        <input type="hidden" name="channel" value={message.channel} />
        <button type="submit" name="text" value={button.value ?? button.label}>
          {button.label}
        </button>
      </form>
    );
  }
  if (button.action === "open" && button.value) return outside(button.value, button.label, "button");
  return (
    <span class="button still">
      {button.label} <span class="hint">{button.value}</span>
    </span>
  );
}

/** A sender as one writes to it: some wires write 00 where others write +. */
export function dialled(sender: string): string {
  return /^00\d{5,}$/.test(sender) ? `+${sender.slice(2)}` : sender;
}
