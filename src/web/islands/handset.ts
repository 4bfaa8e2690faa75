/** Copies a code that stands in a text. Without this script, a click on the code selects it. */

/** How long it is said. Milliseconds. */
const SAID = 2_000;

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-copy]") : null;
  const code = button?.dataset.copy;
  if (!button || !code) return;
  await navigator.clipboard.writeText(code);
  button.textContent = "Copied";
  window.setTimeout(() => {
    button.textContent = `Copy ${code}`;
  }, SAID);
});
