/** How people return to the merchant from a purchase page of our own kind. */

import type { WindowFormat } from "../../core/billing/purchases/window.ts";
import { withQuery } from "../read.ts";

const PLACEHOLDER = /\{TransactionId\}/gi;

export const stafettWindows: WindowFormat = {
  returnUrl({ redirectUrl, customId, theirId }, status) {
    const id = customId ?? theirId;
    if (redirectUrl.search(PLACEHOLDER) < 0) return withQuery(redirectUrl, { id, status });
    return redirectUrl.replace(PLACEHOLDER, () => encodeURIComponent(id));
  },
};
