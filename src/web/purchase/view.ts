/** What the purchase page shows, and where its links go. */

import type { Purchase } from "../../core/billing/purchases/purchase.ts";
import { webUrl } from "../../core/kernel/web-url.ts";
import type { Ending, Mistake, Trouble } from "./words.ts";

/** What is drawn. `token` makes a form ours. */
export type View =
  | { step: "number"; purchase: Purchase; token: string; mistake?: Mistake | undefined }
  | { step: "pin"; purchase: Purchase; token: string; mistake?: Mistake | undefined }
  | { step: "network"; purchase: Purchase; token: string; payToken: string; number: string }
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

/** What became of a purchase that is closed. */
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

/** The merchant's address, if there is one that a browser can be sent to: rows of earlier days may hold what is none. */
export function wayBack({ back }: Purchase): string | undefined {
  return back && webUrl(back.url);
}
