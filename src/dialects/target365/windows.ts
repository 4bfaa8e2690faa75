/** Where a person goes after a purchase page. */

import type { WindowFormat } from "../../core/billing/purchases/window.ts";

/** Guides, "One-click": back to the merchant whatever the outcome; the merchant then looks the transaction up. */
export const windows: WindowFormat = {
  returnUrl: ({ redirectUrl, theirId }) => redirectUrl.replaceAll("{TransactionId}", encodeURIComponent(theirId)),
};
