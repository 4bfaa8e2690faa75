/**
 * Says that a text came while the phone was out of sight, if the reader asked for it: in the tab's title, and as a notification of
 * the browser, whose permission is asked for on that click alone.
 */

/** Kept in this browser: the reader asked for notifications. */
const ASKED = "stafett-notify";

const conversation = document.querySelector("#conversation");
const button = document.querySelector<HTMLButtonElement>("[data-notify]");
const title = document.title;
let unseen = 0;

function isWanted(): boolean {
  return localStorage.getItem(ASKED) === "on" && Notification.permission === "granted";
}

function show(): void {
  if (!button) return;
  button.hidden = false;
  document.body.toggleAttribute("data-awake", isWanted()); // for live.ts, which else rests while nobody looks
  button.textContent = isWanted() ? "Stop notifying me" : "Notify me of texts";
}

async function toggle(): Promise<void> {
  if (isWanted()) localStorage.removeItem(ASKED);
  else if ((await Notification.requestPermission()) === "granted") localStorage.setItem(ASKED, "on");
  show();
  if (button && Notification.permission === "denied") button.textContent = "Notifications are blocked in this browser";
}

function came(bubble: Element): void {
  unseen++;
  document.title = `(${unseen}) ${title}`;
  new Notification(`${wordsOf(bubble, ".who")} to ${title.split(" ")[0]}`, {
    body: wordsOf(bubble, ".text"),
    tag: bubble.id,
  });
}

/** What stands in a part of it, without the button that copies a code. */
function wordsOf(bubble: Element, part: string): string {
  const copy = bubble.querySelector(part)?.cloneNode(true);
  if (!(copy instanceof Element)) return "";
  for (const inside of copy.querySelectorAll("button")) inside.remove();
  return copy.textContent?.trim() ?? "";
}

if (conversation && "Notification" in window) {
  new MutationObserver((changes) => {
    if (!document.hidden || !isWanted()) return;
    for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
      if (node instanceof Element && node.matches(".bubble.in")) came(node);
    }
  }).observe(conversation, { childList: true });
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unseen = 0;
  document.title = title;
});

if (button && "Notification" in window) {
  button.addEventListener("click", () => void toggle());
  show();
}
