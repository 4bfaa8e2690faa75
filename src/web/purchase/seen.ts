/** What a page shows, as it is kept for a dispute: its words, and a digest by which one page is told from another. */

import type { Seen } from "../../core/billing/purchases/evidence.ts";
import type { Language } from "../../core/billing/texts.ts";
import { bytesOf, toHex } from "../../core/kernel/bytes.ts";
import { pageOf } from "./page.tsx";
import type { Links, View } from "./view.ts";

/** The step on which a person confirms. */
type Confirming = Extract<View, { step: "pin" | "network" }>;

/** SHA-256 of a page without what is other each time: its tokens, and a mistake in what was entered. In hex. */
export async function digestOf(view: Confirming, language: Language, links: Links): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytesOf(plainPage(view, language, links)));
  return toHex(new Uint8Array(digest));
}

/** @param from `sent` is the digest that the browser brings back */
export async function seenOn(
  view: Confirming,
  { language, links }: { language: Language; links: Links },
  from: { sent: string; address: string; browser: string },
): Promise<Seen> {
  const page = await digestOf(view, language, links);
  const { address, browser } = from;
  return {
    language,
    page,
    isAsSent: from.sent === page,
    shown: wordsOf(plainPage(view, language, links)),
    address,
    browser: browser.replace(/\p{Cc}/gu, " ").slice(0, 300),
  };
}

function plainPage(view: Confirming, language: Language, links: Links): string {
  const plain: Confirming =
    view.step === "pin"
      ? { ...view, token: "", seen: "", mistake: undefined }
      : { ...view, token: "", payToken: "", seen: "" };
  return String(pageOf(language, links, plain));
}

const ENTITIES: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };

/** Without styles and tags: a line for each piece of text. */
function wordsOf(html: string): string {
  return html
    .replace(/<style>[^<]*<\/style>/g, "")
    .replace(/<[^<>]*>/g, "\n")
    .replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity)
    .split("\n")
    .flatMap((line) => line.trim() || [])
    .join("\n");
}
