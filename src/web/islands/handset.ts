/** Copies a code that stands in a text, or marks it where the browser lets no page copy. */

/** How long it is said. Milliseconds. */
const SAID = 2_000;

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-copy]") : null;
  const code = button?.dataset.copy;
  if (!button || !code) return;
  try {
    await navigator.clipboard.writeText(code);
    button.textContent = "Copied";
  } catch {
    const mark = button.parentElement?.querySelector("mark");
    if (mark) window.getSelection()?.selectAllChildren(mark);
    button.textContent = "Marked";
  }
  window.setTimeout(() => {
    button.textContent = `Copy ${code}`;
  }, SAID);
});
