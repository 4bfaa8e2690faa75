/**
 * Keeps a page up to date. The server says over one stream that something has changed; the page is asked for again, and
 * what is marked `data-live` takes the new form, leaving alone what the reader is typing in. Without this script, reload.
 */

import { Idiomorph } from "idiomorph/dist/idiomorph.esm.js";

/** So long is waited, after a change, for others that come with it. Milliseconds. */
const TOGETHER = 60;
/** A stream that has been silent for longer is taken for dead: a laptop that slept does not notice. */
const LONGEST_SILENCE_MS = 25_000;
/** A page that did not come is asked for again after so long, then twice as long, and so on up to the longest. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Rows that come one upon the other get one new stream. Milliseconds. */
const ROWS_TOGETHER = 1_000;
/** So long it has to be reconnecting before it is said aloud: streams end, and come back, as they should. */
const ANNOUNCED_AFTER_MS = 5_000;
/** So many things are watched. */
const MOST_WATCHED = 100;

const status = document.querySelector<HTMLElement>("[data-stream]");
const aloud = document.querySelector<HTMLElement>("[data-stream-aloud]");
/** Where the page is to be had: one that answers a form cannot be asked for at its own address. */
const page = new URL(status?.dataset.page ?? location.href, location.href).href;
let stream: EventSource | undefined;
let hasBegun = false;
let heard = Date.now();
let waiting: number | undefined;
let widening: number | undefined;
let saying: number | undefined;
let isFetching = false;
let failures = 0;
/** What tells of time that passes is asked for again so often, and no oftener however much happens. Milliseconds. */
const pace = Number(document.querySelector<HTMLElement>("[data-pace]")?.dataset.pace ?? 0) * 1_000;
let asked = 0;
/** What the stream was asked to watch. */
let watched = new Set<string>();

/** Those that are in sight, and of which something more may become. */
function inSight(): string[] {
  const ids = [...document.querySelectorAll<HTMLElement>("[data-watch]")].flatMap((one) =>
    (one.dataset.watch ?? "").split(","),
  );
  return [...new Set(ids)].filter((id) => id !== "").slice(0, MOST_WATCHED);
}

function listen(): void {
  hush();
  const ids = inSight();
  const topics = [...document.querySelectorAll<HTMLElement>("[data-live]")].flatMap((one) => one.dataset.live ?? []);
  watched = new Set(ids);
  stream = new EventSource(
    `/console/stream?${new URLSearchParams({ topics: topics.join(","), watch: ids.join(",") })}`,
  );
  heard = Date.now();
  stream.addEventListener("open", () => {
    heard = Date.now();
  });
  // It has looked: what happens from now on it tells. What happened before, and since this page was made, is asked for.
  stream.addEventListener("begun", () => {
    hasBegun = true;
    void refresh();
  });
  stream.addEventListener("error", () => {
    hasBegun = false;
    say("reconnecting");
    // It was refused, and the browser gives up: perhaps the session is over, which the page itself will tell.
    if (stream?.readyState === EventSource.CLOSED) void refresh();
  });
  stream.addEventListener("still", () => {
    heard = Date.now();
  });
  stream.addEventListener("change", () => {
    heard = Date.now();
    refreshIn(Math.max(TOGETHER, asked + pace - Date.now()));
  });
}

/** A browser holds only six connections to one host: a page that nobody looks at keeps none. */
function hush(): void {
  clearTimeout(widening);
  widening = undefined;
  stream?.close();
  stream = undefined;
  hasBegun = false;
}

/** Looked at, or by the reader's wish awake all the same. */
function isSeen(): boolean {
  return document.visibilityState === "visible" || document.body.hasAttribute("data-awake");
}

function say(state: "live" | "reconnecting"): void {
  if (!status || status.dataset.stream === state) return;
  status.dataset.stream = state;
  status.textContent = state === "live" ? "Live" : "Reconnecting…";
  clearTimeout(saying);
  if (!aloud) return;
  if (state === "live") {
    if (aloud.textContent !== "") aloud.textContent = "Live again";
  } else {
    saying = window.setTimeout(() => {
      aloud.textContent = "Reconnecting…";
    }, ANNOUNCED_AFTER_MS);
  }
}

function refreshIn(milliseconds: number): void {
  clearTimeout(waiting);
  waiting = window.setTimeout(refresh, milliseconds);
}

async function refresh(): Promise<void> {
  if (!isSeen()) return;
  if (isFetching) return refreshIn(TOGETHER);
  isFetching = true;
  asked = Date.now();
  try {
    if (!(await renew())) return;
    failures = 0;
    if (hasBegun) say("live");
    if (pace > 0) refreshIn(pace);
    // Other rows may be in sight now.
    if (stream && !widening && inSight().some((id) => !watched.has(id))) {
      widening = window.setTimeout(listen, ROWS_TOGETHER);
    }
  } catch {
    say("reconnecting");
    refreshIn(Math.min(FIRST_PAUSE_MS * 2 ** failures++, LONGEST_PAUSE_MS));
  } finally {
    isFetching = false;
  }
}

/** Asks for the page again, and takes over what is new. Whether this is still the page to be shown. */
async function renew(): Promise<boolean> {
  const answer = await fetch(page, {
    headers: { "x-requested-with": "live" },
    signal: AbortSignal.timeout(LONGEST_SILENCE_MS),
  });
  if (answer.redirected && new URL(answer.url).pathname === "/console/login") {
    location.assign(answer.url);
    return false;
  }
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll<HTMLElement>("[data-live]")) {
    const next = part.id ? fresh.getElementById(part.id) : null;
    if (next) take(part, next);
  }
  return true;
}

/** What a script has drawn, and what the reader has opened or begun to fill in, stays as it is. */
const KEEP = {
  beforeNodeMorphed: (old: Node) =>
    !(old instanceof HTMLElement && old.dataset.keep !== undefined) &&
    !(old instanceof HTMLInputElement && isBegun(old.form)),
  // What the page brought only the first time.
  beforeNodeRemoved: (old: Node) => !(old instanceof HTMLElement && old.dataset.stays !== undefined),
  beforeAttributeUpdated: (name: string, element: Element) => !(name === "open" && element.tagName === "DETAILS"),
};

function isBegun(form: HTMLFormElement | null): boolean {
  return [...(form?.elements ?? [])].some(
    (field) =>
      (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) && field.value !== field.defaultValue,
  );
}

function take(part: HTMLElement, next: HTMLElement): void {
  const wasAtEnd = part.scrollHeight - part.scrollTop - part.clientHeight < 40;
  Idiomorph.morph(part, next, { ignoreActiveValue: true, callbacks: KEEP });
  if (part.dataset.follow !== undefined && wasAtEnd) part.scrollTop = part.scrollHeight;
  part.dispatchEvent(new CustomEvent("stafett:fresh", { bubbles: true }));
}

function isSilent(): boolean {
  return !stream || stream.readyState === EventSource.CLOSED || Date.now() - heard > LONGEST_SILENCE_MS;
}

/** A slash leads to the search box, as it does elsewhere; not where one is writing. */
document.addEventListener("keydown", (pressed) => {
  const { key, ctrlKey, metaKey, altKey, target } = pressed;
  if (key !== "/" || ctrlKey || metaKey || altKey) return;
  if (target instanceof HTMLElement && target.closest("input, select, textarea, [contenteditable]")) return;
  const box = document.querySelector<HTMLInputElement>('input[type="search"]');
  if (!box) return;
  pressed.preventDefault();
  box.focus();
  box.select();
});

if (document.querySelector("[data-live]")) {
  if (isSeen()) listen();
  document.addEventListener("visibilitychange", () => {
    if (!isSeen()) return hush();
    void refresh();
    if (isSilent()) listen();
  });
  window.setInterval(() => {
    if (isSeen() && isSilent()) listen();
  }, 5_000);
  for (const part of document.querySelectorAll<HTMLElement>("[data-follow]")) part.scrollTop = part.scrollHeight;
}
