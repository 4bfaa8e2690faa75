/** What happened to a message, a charge, a subscription or a webhook: its timeline. */

/** One step of a message's story. `at` is epoch ms; the rest says what happened, in plain words. */
export type HistoryEntry = { at: number; what: string } & Record<string, unknown>;
