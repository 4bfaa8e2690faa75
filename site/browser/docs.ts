/** What a page can do with a script: search, choose its theme, copy a command, and name this gateway in the commands. */

import { element } from "./elements.ts";
import { search } from "./search.ts";
import { tryIt } from "./try-it.ts";

/** What the documents are written for: `npm start` as it comes. */
const WRITTEN_FOR = "http://127.0.0.1:8787";

nameThisGateway();
copying();
themes();
menu();
search();
tryIt();

/** The commands are for the gateway that shows them. */
function nameThisGateway(): void {
  if (location.origin === WRITTEN_FOR) return;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { currentNode: node } = walker;
    if (node.nodeValue?.includes(WRITTEN_FOR)) node.nodeValue = node.nodeValue.replaceAll(WRITTEN_FOR, location.origin);
  }
  for (const link of document.querySelectorAll<HTMLAnchorElement>(`a[href^="${WRITTEN_FOR}"]`)) {
    link.href = link.href.replace(WRITTEN_FOR, location.origin);
  }
}

function copying(): void {
  const aloud = element("p", { className: "unseen" });
  aloud.setAttribute("role", "status");
  document.body.append(aloud);
  for (const figure of document.querySelectorAll<HTMLElement>("figure.code")) addCopy(figure, aloud);
}

/** @param aloud what a screen reader reads out as it changes: of a button it reads the name only on the way there */
function addCopy(figure: HTMLElement, aloud: HTMLElement): void {
  const button = element("button", { type: "button" });
  const what = figure.querySelector("figcaption")?.textContent ?? "";
  const name = (shown: string, label: string) => {
    button.textContent = shown;
    button.setAttribute("aria-label", label);
  };
  const say = (outcome: string) => {
    name(outcome, outcome);
    aloud.textContent = outcome;
  };
  const rest = () => {
    name("Copy", `Copy ${what}`);
    aloud.textContent = "";
  };
  rest();
  button.addEventListener("click", async () => {
    const text = figure.querySelector("code")?.textContent ?? "";
    try {
      await navigator.clipboard.writeText(text);
      say("Copied");
    } catch {
      say("Not copied: select it");
    }
    setTimeout(rest, 2_000);
  });
  figure.querySelector("figcaption")?.append(button);
}

function themes(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-theme-button]");
  if (!button) return;
  const { documentElement: page } = document;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (page.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const say = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", isDark() ? "Light theme" : "Dark theme");
  };
  button.addEventListener("click", () => {
    page.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem("theme", page.dataset.theme);
    say();
  });
  system.addEventListener("change", say);
  say();
  button.hidden = false;
}

/** Where there is room for it, the menu is open. */
function menu(): void {
  const details = document.querySelector<HTMLDetailsElement>("[data-menu]");
  const wide = matchMedia("(min-width: 60rem)");
  const follow = () => {
    if (details) details.open = wide.matches;
  };
  wide.addEventListener("change", follow);
  follow();
}
