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
  const pressed = new Map(received.flatMap(labelsOf));
  const all = [
    ...received.map((message) => ({ at: message.receivedAt, bubble: () => bubbleOf(number, message) })),
    ...written.map((inbound) => ({
      at: inbound.receivedAt,
      bubble: () => ownBubbleOf(inbound, pressed.get(payloadOf(inbound.recipient, inbound.text))),
    })),
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

/** What is written by a button is its payload, which a person never sees: what stands for each is its label. */
function labelsOf({ from, shown }: HandsetMessage): [payload: string, label: string][] {
  const buttons = [...(shown?.buttons ?? []), ...(shown?.bubbles ?? []).flatMap((bubble) => bubble.buttons ?? [])];
  return buttons.flatMap(({ action, label, value }): [string, string][] =>
    action === "reply" && value !== undefined && value !== label ? [[payloadOf(dialled(from), value), label]] : [],
  );
}

function payloadOf(to: string, text: string): string {
  return `${to} ${text}`;
}

/** What was made of it, where something was. */
function madeOf({ isStop, keyword }: Inbound): string {
  if (isStop) return " · opt-out";
  return keyword ? ` · keyword ${keyword}` : "";
}

/** @param label of the button that was pressed, if it was one */
function ownBubbleOf(inbound: Inbound, label?: string) {
  const { id, recipient, text, binary, channel, receivedAt } = inbound;
  return (
    <li id={id} class="bubble out">
      <p class="who">
        to <strong>{recipient}</strong>
      </p>
      <p class="text">{label ?? text}</p>
      <p class="meta">
        {label !== undefined && (
          <>
            button, sends <code>{text}</code> ·{" "}
          </>
        )}
        {hour(receivedAt)}
        {channel && ` · ${channel}`}
        {binary && ` · ${ENCODINGS.binary}`}
        {madeOf(inbound)}
      </p>
    </li>
  );
}

const ENCODINGS = { gsm7: "GSM", ucs2: "UCS-2", binary: "binary, in hexadecimal digits" } as const;

function sizeOf({ parts, encoding }: HandsetMessage): string {
  return `${parts} ${parts === 1 ? "part" : "parts"} · ${ENCODINGS[encoding]}`;
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
          {bubble.media && <p class="media">{mediaOf(bubble.media)}</p>}
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

/** A stand-in: nothing is fetched from a customer's server by looking at a conversation. The link opens it. */
function mediaOf({ url, name, type = "" }: { url: string; name?: string; type?: string }) {
  const kind = KINDS.find(([begins]) => type.startsWith(begins))?.[1] ?? "File";
  return outside(
    url,
    <>
      <strong>{kind}</strong> {name ?? url} {type && <span class="hint">{type}</span>}
    </>,
    "stand-in",
  );
}

const KINDS = [
  ["image/", "Picture"],
  ["video/", "Video"],
  ["audio/", "Sound"],
] as const;

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
