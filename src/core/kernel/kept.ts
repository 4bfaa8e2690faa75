/** For how long what is over is kept. */

import type { AccountId } from "./ids.ts";

/**
 * The kinds of which an account may say it. *purchases*: those that nobody confirmed. *charges*: the person in those that are settled;
 * for ever, unless set. *requests*: kept requests; a day, unless set.
 */
export const KEPT_KINDS = ["messages", "inbound", "webhooks", "purchases", "charges", "requests"] as const;
export type KeptKind = (typeof KEPT_KINDS)[number];

/** Days, by kind; absent: as long as the deployment says, unless the kind says otherwise. */
export type Retention = Partial<Record<KeptKind, number>>;

/** What is older than this goes: an account's own time, or that of all others. Epoch ms. */
export type Before = { otherwise: number; own: readonly { account: AccountId; before: number }[] };
