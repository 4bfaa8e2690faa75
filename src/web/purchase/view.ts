/** What the purchase page shows, and where its links go. */

import type { Purchase } from "../../core/billing/purchases/purchase.ts";
import { webUrl } from "../../core/kernel/web-url.ts";
import type { Ending, Mistake, Trouble } from "./words.ts";

/** The step that is drawn. `token` proves that a form is ours; `seen` is a digest of the page on which the person confirms. */
export type View =
  | { step: "number"; purchase: Purchase; token: string; mistake?: Mistake | undefined }
  | { step: "pin"; purchase: Purchase; token: string; seen: string; mistake?: Mistake | undefined }
  | { step: "network"; purchase: Purchase; token: string; payToken: string; seen: string; number: string }
  | { step: "closed"; purchase: Purchase }
  | { step: "paying"; purchase: Purchase; next: string; seconds: number }
  | { step: "trouble"; trouble: Trouble; faultId?: string };

/** This page's own addresses. */
export type Links = {
  self: string;
  otherLanguage: string;
  /** To give a number, though one is known. */
  byPin: string;
};

/** The outcome of a closed purchase. */
export function endingOf(purchase: Purchase): Ending {
  switch (purchase.state) {
    case "billed":
      return "paid";
    case "reversed":
    case "cancelled":
    case "failed":
      return purchase.state;
    case "waiting":
    case "expired":
      return "too-late";
    default:
      return purchase.back?.outcome === "success" ? "under-way" : "failed";
  }
}

/** The merchant's address, if it is one that a browser can be sent to: old rows may hold other texts. */
export function wayBack({ back }: Purchase): string | undefined {
  return back && webUrl(back.url);
}
