/** The sandbox's clock goes on while it is looked at; and while time passes, the page says so. */

const EVERY = 1_000;
/** Seldom enough to be read aloud. Milliseconds. */
const TOLD_EVERY = 3_000;

/** What the server said the time is, and when that was here. */
let told = { now: "", at: 0 };

function tick(): void {
  const face = document.querySelector<HTMLElement>("[data-clock]");
  const now = face?.dataset.clock;
  if (!face || !now) return;
  if (now !== told.now) told = { now, at: performance.now() };
  const time = new Date(Date.parse(now) + performance.now() - told.at).toISOString();
  face.textContent = `${time.slice(0, 10)} ${time.slice(11, 19)}`;
}

document.addEventListener("submit", ({ target }) => {
  if (!(target instanceof HTMLFormElement) || target.dataset.passes === undefined) return;
  const said = document.querySelector("[data-passing]");
  if (said) said.textContent = "Time is passing …";
  if (said) window.setInterval(() => void passing(said), TOLD_EVERY);
  // Once it is sent: a button that cannot be pressed is not sent along.
  window.setTimeout(hold);
});

/** How far it has come. The page that is on its way ends this. */
async function passing(said: Element): Promise<void> {
  const page = await fetch(location.pathname, { headers: { "x-requested-with": "live" } }).catch(() => undefined);
  const now = /data-clock="([^"]+)"/.exec((await page?.text().catch(() => "")) ?? "")?.[1];
  if (now) said.textContent = `Time is passing: it is ${now.slice(0, 10)} ${now.slice(11, 19)} UTC …`;
}

/** After the back button, the page is as the reader left it. */
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});

function hold(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-passes] button")) button.disabled = true;
}

tick();
window.setInterval(tick, EVERY);
