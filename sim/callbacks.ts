/** Where customers want to be called back, for the dialects that set it by account; and the number that they share. */

/** What an account says of a dialect, as the operator's API has it. */
export type CallbackBody = {
  messageUrl?: string;
  reportUrl?: string;
  subscriptionUrl?: string;
  method?: "GET" | "POST";
  template?: string;
};

export const CALLED_BACK = ["txtnation", "cm", "flowroute", "stafett"] as const;
export type CalledBack = (typeof CALLED_BACK)[number];

/** CM.com's customers say what a report is made of, and all of them want the id, to know it by. */
const CM_QUERY = "?id=[ID]&gsm=[GSM]&status=[STATUS]&reference=[REFERENCE]";
const CM_TEMPLATE = '{"cm": {"id": "[ID]", "gsm": "[GSM]", "status": "[STATUS]", "reference": "[REFERENCE]"}}';

/**
 * What a customer says of a dialect. `move` is how often its servers have moved: each time they have other addresses.
 */
export function callbackOf(account: string, dialect: CalledBack, move = 0): CallbackBody {
  const at = `https://${account}.example${move > 0 ? `/moved-${move}` : ""}/${dialect}`;
  const isFirst = account === "alfa";
  switch (dialect) {
    case "txtnation":
      return { messageUrl: `${at}/texts`, reportUrl: `${at}/reports`, method: isFirst ? "POST" : "GET" };
    case "cm":
      return isFirst
        ? { messageUrl: `${at}/texts`, reportUrl: `${at}/reports${CM_QUERY}` }
        : { messageUrl: `${at}/texts`, reportUrl: `${at}/reports`, method: "POST", template: CM_TEMPLATE };
    case "flowroute":
      return { messageUrl: `${at}/texts`, reportUrl: `${at}/reports` };
    case "stafett":
      return { messageUrl: `${at}/texts`, reportUrl: `${at}/charges`, subscriptionUrl: `${at}/subscriptions` };
  }
}

/** A short number of both: by its keyword it is known whose a text is. */
export const SHARED_NUMBER = "2004";

/** Says it of all dialects. `operator` calls the operator's API, and throws if that is refused. */
export async function setCallbacks(
  operator: (method: string, path: string, json?: unknown) => Promise<void>,
  account: string,
): Promise<void> {
  await operator("PUT", `/admin/v1/accounts/${account}/senders/${SHARED_NUMBER}`, {
    kind: "short-number",
    country: "NO",
    isShared: true,
  });
  for (const dialect of CALLED_BACK) {
    await operator("PUT", `/admin/v1/accounts/${account}/callbacks/${dialect}`, callbackOf(account, dialect));
  }
}
