/** The sandbox's clock goes on while it is looked at; and while it is advanced, no button is pressed twice. */

const EVERY = 1_000;

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
  // Once it is sent: a button that cannot be pressed is not sent along.
  window.setTimeout(hold);
});

/** After the back button, the page is as the reader left it. */
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});

function hold(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-passes] button")) button.disabled = true;
}

tick();
window.setInterval(tick, EVERY);
