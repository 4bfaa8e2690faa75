/** For how long what is over is kept. */

import type { AccountId } from "./ids.ts";

/** The kinds of which an account may say it. *purchases*: those that nobody confirmed. */
export const KEPT_KINDS = ["messages", "inbound", "webhooks", "purchases"] as const;
export type KeptKind = (typeof KEPT_KINDS)[number];

/** Days, by kind; absent: as long as the deployment says. */
export type Retention = Partial<Record<KeptKind, number>>;

/** What is older than this goes: an account's own time, or that of all others. Epoch ms. */
export type Before = { otherwise: number; own: readonly { account: AccountId; before: number }[] };
