/**
 * Shows the size of a text as it is typed, by the very functions that the server measures with; and asks the server, when
 * the typing pauses, what each dialect would make of it. Without this script there is the button "Check".
 */

import { Size, sizeInWords } from "../console/ui/size.tsx";

/** The server is asked when nothing was typed for so long. Milliseconds. */
const PAUSE = 150;

const form = document.querySelector<HTMLFormElement>("#send");
const text = document.querySelector<HTMLTextAreaElement>("#text");
const size = document.querySelector<HTMLElement>("#size");
const said = document.querySelector<HTMLElement>("#size-said");

let waiting: number | undefined;
let asking: AbortController | undefined;
let words = text ? sizeInWords(text.value) : "";

function measure(): void {
  if (!text || !size) return;
  size.innerHTML = String(Size({ text: text.value }));
  // Announced only when it changes: a screen reader should not read a count after each letter.
  const now = sizeInWords(text.value);
  if (said && now !== words) said.textContent = now;
  words = now;
}

function askLater(): void {
  clearTimeout(waiting);
  waiting = window.setTimeout(ask, PAUSE);
}

/** The page as it would be with what is typed; of it is taken what it says of that. */
async function ask(): Promise<void> {
  if (!form) return;
  asking?.abort();
  asking = new AbortController();
  const body = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
  try {
    const answer = await fetch("/console/send/check", { method: "POST", body, signal: asking.signal });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll<HTMLElement>("[data-fresh]")) {
      const next = fresh.getElementById(part.id);
      if (next && next.innerHTML !== part.innerHTML) part.innerHTML = next.innerHTML;
    }
    if (valueIn(fresh, "shown-for") !== valueIn(document, "shown-for")) {
      for (const id of ["shown-for", "from"]) field(document, id).value = valueIn(fresh, id);
    }
  } catch (error) {
    // Another question has taken its place; or the server is away, and the next letter asks again.
    if (!(error instanceof TypeError) && (error as Error).name !== "AbortError") throw error;
  }
}

function field(page: Document, id: string): { value: string } {
  return page.querySelector<HTMLInputElement>(`input#${id}`) ?? { value: "" };
}

function valueIn(page: Document, id: string): string {
  return field(page, id).value;
}

form?.addEventListener("input", () => {
  measure();
  askLater();
});
form?.querySelector<HTMLElement>("[data-check]")?.setAttribute("hidden", "");
// A browser that comes back to the page may have kept what was typed.
window.addEventListener("pageshow", () => {
  measure();
  if (text && text.value !== text.defaultValue) askLater();
});

for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const code = document.getElementById(button.dataset.copy ?? "");
    await navigator.clipboard.writeText(code?.textContent ?? "");
    if (said) said.textContent = "Copied";
    button.textContent = "Copied";
    button.addEventListener("blur", () => (button.textContent = "Copy"), { once: true });
  });
}
