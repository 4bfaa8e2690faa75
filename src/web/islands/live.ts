/**
 * Keeps a page up to date. The server says over one stream that something has changed; the page is asked for again, and
 * what is marked `data-live` takes the new form, leaving alone what the reader is typing in. Without this script, reload.
 */

import { Idiomorph } from "idiomorph/dist/idiomorph.esm.js";

/** So long is waited, after a change, for others that come with it. Milliseconds. */
const TOGETHER = 60;
/** A stream that has been silent for longer is taken for dead: a laptop that slept does not notice. Milliseconds. */
const SILENCE = 25_000;

const status = document.querySelector<HTMLElement>("[data-stream]");
let stream: EventSource | undefined;
let heard = Date.now();
let waiting: number | undefined;
let isFetching = false;
/** What tells of time that passes is asked for again so often, and no oftener however much happens. Milliseconds. */
const pace = Number(document.querySelector<HTMLElement>("[data-pace]")?.dataset.pace ?? 0) * 1_000;
let asked = 0;

function address(): string {
  const watched = [...document.querySelectorAll<HTMLElement>("[data-watch]")].flatMap((one) => one.dataset.watch ?? []);
  const topics = [...document.querySelectorAll<HTMLElement>("[data-live]")].flatMap((one) => one.dataset.live ?? []);
  return `/console/stream?${new URLSearchParams({ topics: topics.join(","), watch: watched.slice(0, 100).join(",") })}`;
}

function listen(): void {
  stream?.close();
  stream = new EventSource(address());
  heard = Date.now();
  stream.addEventListener("open", () => {
    heard = Date.now();
  });
  // It has looked: what happens from now on it tells. What happened before, and since this page was made, is asked for.
  stream.addEventListener("begun", () => {
    say("live");
    void refresh();
  });
  stream.addEventListener("error", () => say("reconnecting"));
  stream.addEventListener("still", () => {
    heard = Date.now();
  });
  stream.addEventListener("change", () => {
    heard = Date.now();
    clearTimeout(waiting);
    waiting = window.setTimeout(refresh, Math.max(TOGETHER, asked + pace - Date.now()));
  });
}

function say(state: "live" | "reconnecting"): void {
  if (!status || status.dataset.stream === state) return;
  status.dataset.stream = state;
  status.textContent = state === "live" ? "Live" : "Reconnecting…";
}

async function refresh(): Promise<void> {
  if (isFetching) {
    clearTimeout(waiting);
    waiting = window.setTimeout(refresh, TOGETHER);
    return;
  }
  isFetching = true;
  asked = Date.now();
  const before = address();
  try {
    const answer = await fetch(location.href, { headers: { "x-requested-with": "live" } });
    if (answer.redirected && new URL(answer.url).pathname === "/console/login") return location.reload();
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll<HTMLElement>("[data-live]")) {
      const next = part.id ? fresh.getElementById(part.id) : null;
      if (next) take(part, next);
    }
    // Other rows may be in sight now.
    if (address() !== before) listen();
  } finally {
    isFetching = false;
  }
}

/** What a script has drawn, and what the reader has opened, stays as it is. */
const KEEP = {
  beforeNodeMorphed: (old: Node) => !(old instanceof HTMLElement && old.dataset.keep !== undefined),
  beforeAttributeUpdated: (name: string, element: Element) => !(name === "open" && element.tagName === "DETAILS"),
};

function take(part: HTMLElement, next: HTMLElement): void {
  const wasAtEnd = part.scrollHeight - part.scrollTop - part.clientHeight < 40;
  Idiomorph.morph(part, next, { ignoreActiveValue: true, callbacks: KEEP });
  if (part.dataset.follow !== undefined && wasAtEnd) part.scrollTop = part.scrollHeight;
  part.dispatchEvent(new CustomEvent("stafett:fresh", { bubbles: true }));
}

if (document.querySelector("[data-live]")) {
  listen();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    void refresh();
    if (Date.now() - heard > SILENCE || stream?.readyState === EventSource.CLOSED) listen();
  });
  window.setInterval(() => {
    if (Date.now() - heard > SILENCE || stream?.readyState === EventSource.CLOSED) listen();
  }, 5_000);
  if (pace > 0) {
    window.setInterval(() => {
      if (document.visibilityState === "visible" && status?.dataset.stream === "live") void refresh();
    }, pace);
  }
  for (const part of document.querySelectorAll<HTMLElement>("[data-follow]")) part.scrollTop = part.scrollHeight;
}
