/** The gateway from outside, as its operator sees it: by HTTP, and by nothing else. */

export const ADMIN_TOKEN = "an-operators-token-for-tests";

/** A gateway that answers nobody for so long hangs, and whoever asks is told where. Milliseconds. */
const ANSWERS_WITHIN = 90_000;

/** Calls an address of the operator's; answers the parsed body, and throws unless it is of the 200s. */
export type Operator = <T>(method: string, path: string, json?: unknown) => Promise<T>;

export function operatorAt(url: string): Operator {
  return async <T>(method: string, path: string, json?: unknown): Promise<T> => {
    const answer = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
      signal: AbortSignal.timeout(ANSWERS_WITHIN),
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  };
}

/** What the operator says that it billed. */
export type OperatorCharge = {
  id: string;
  transaction: string;
  msisdn: string;
  amount: number;
  kind: "charge" | "reversal";
  billedAt: string;
} & Record<string, unknown>;

/** A message as our operator sees it. */
export type AdminMessage = { id: string; theirId: string; account: string; recipient: string; state: string } & Record<
  string,
  unknown
>;

/** A transaction as our operator sees it. */
export type AdminTransaction = { id: string; theirId: string; state: string; amount: number } & Record<string, unknown>;

/** A text as a handset shows it. */
export type HandsetMessage = {
  id: string;
  from: string;
  text: string;
  parts: number;
  encoding: string;
  receivedAt: string;
};

/** All pages of a list of our operator's. */
export async function allOf<T>(operator: Operator, path: string): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | undefined = ""; cursor !== undefined; ) {
    const page: { items: T[]; next?: string } = await operator(
      "GET",
      `/admin/v1/${path}&limit=500${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
    );
    items.push(...page.items);
    cursor = page.next;
  }
  return items;
}

/** All that the operator says that it billed, oldest first. */
export function allCharges(operator: Operator): Promise<OperatorCharge[]> {
  return sinceTheLast(operator, "/sandbox/v1/operator/charges?");
}

/** All that a handset shows, oldest first. */
export function allTexts(operator: Operator, msisdn: string): Promise<HandsetMessage[]> {
  return sinceTheLast(operator, `/sandbox/v1/handsets/${encodeURIComponent(msisdn)}/messages?`);
}

async function sinceTheLast<T extends { id: string }>(operator: Operator, path: string): Promise<T[]> {
  const items: T[] = [];
  for (;;) {
    const since: string = items.at(-1)?.id ?? "";
    const page = await operator<{ items: T[] }>("GET", `${path}limit=1000&since=${since}`);
    items.push(...page.items);
    if (page.items.length < 1_000) return items;
  }
}
