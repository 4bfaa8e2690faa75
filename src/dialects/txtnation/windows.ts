/** How a person comes back from the purchase page. Guide, "Transaction Flow", step 5. */

import type { WindowFormat } from "../../core/billing/purchases/window.ts";
import { withQuery } from "../read.ts";

export const windows: WindowFormat = {
  returnUrl: ({ redirectUrl, customId, theirId }, status) =>
    withQuery(redirectUrl, { id: customId ?? theirId, status }),
};
