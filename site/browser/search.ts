/** The search: a dialog, opened by its button, `/` or Ctrl-K. The index is fetched when it is opened first. */

import MiniSearch, { type SearchResult } from "minisearch";
import { SEARCHED } from "../search-options.ts";

const MOST = 12;
let index: Promise<MiniSearch> | undefined;

export function search(): void {
  const dialog = document.querySelector<HTMLDialogElement>("[data-search]");
  const button = document.querySelector<HTMLButtonElement>("[data-find]");
  const input = dialog?.querySelector("input");
  const list = dialog?.querySelector("ol");
  const said = dialog?.querySelector(".said");
  if (!dialog || !button || !input || !list || !said) return;

  const address = dialog.dataset.index ?? "";
  const open = () => {
    if (!dialog.open) dialog.showModal();
    input.select();
    // Whether it came is said to whoever searches.
    indexAt(address).catch(() => undefined);
  };
  button.hidden = false;
  button.addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    const isTyping = (event.target as Element | null)?.closest("input, textarea, select");
    const isAsked = event.key === "/" ? !isTyping : event.key === "k" && (event.ctrlKey || event.metaKey);
    if (!isAsked || (event.key === "/" && (event.ctrlKey || event.metaKey || event.altKey))) return;
    event.preventDefault();
    open();
  });
  input.addEventListener("input", async () => {
    const asked = input.value.trim();
    const found =
      asked === ""
        ? []
        : await indexAt(address).then(
            (loaded) => hits(loaded, asked),
            () => undefined,
          );
    if (asked !== input.value.trim()) return;
    list.replaceChildren(...(found ?? []).slice(0, MOST).map(toItem));
    said.textContent = asked === "" ? "" : told(found?.length);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    event.preventDefault();
    const first = list.querySelector("a");
    if (event.key === "Enter") first?.click();
    else first?.focus();
  });
  list.addEventListener("keydown", (event) => {
    const item = (event.target as Element).closest("li");
    const next = event.key === "ArrowDown" ? item?.nextElementSibling : item?.previousElementSibling;
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    (next?.querySelector("a") ?? input).focus();
  });
  list.addEventListener("click", () => dialog.close());
}

/** The index, fetched once; one that did not come is asked for again by the next search. */
function indexAt(address: string): Promise<MiniSearch> {
  index ??= load(address).catch((error) => {
    index = undefined;
    throw error;
  });
  return index;
}

async function load(address: string): Promise<MiniSearch> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return MiniSearch.loadJSON(await answer.text(), SEARCHED);
}

function hits(loaded: MiniSearch, asked: string): SearchResult[] {
  const all = loaded.search(asked);
  return all.length > 0 ? all : loaded.search(asked, { combineWith: "OR" });
}

function told(count: number | undefined): string {
  if (count === undefined) return "The index did not come. Type on to ask for it again.";
  if (count === 0) return "Nothing found.";
  return count === 1 ? "1 place" : count > MOST ? `${count} places; the first ${MOST}` : `${count} places`;
}

function toItem({ id, page, title, beginning }: SearchResult): HTMLElement {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = String(id);
  const name = document.createElement("strong");
  name.textContent = String(title);
  const where = document.createElement("span");
  where.textContent = title === page ? String(beginning) : `${page}: ${beginning}`;
  link.append(name, where);
  item.append(link);
  return item;
}
