/** Words for states. Each has a colour, which adds nothing to the word. */

type Tone = "good" | "bad" | "busy" | "still";

const MESSAGES: Record<string, [string, Tone]> = {
  scheduled: ["Scheduled", "still"],
  accepted: ["Accepted", "busy"],
  held: ["On hold", "busy"],
  submitting: ["Being handed on", "busy"],
  unknown: ["Unknown to us", "busy"],
  sent: ["With the carrier", "busy"],
  delivered: ["Delivered", "good"],
  failed: ["Failed", "bad"],
  expired: ["Expired", "bad"],
  cancelled: ["Cancelled", "still"],
};

const CHARGES: Record<string, [string, Tone]> = {
  waiting: ["Waits for the person", "still"],
  ready: ["Ready", "busy"],
  charging: ["Being charged", "busy"],
  sent: ["With the operator", "busy"],
  unknown: ["Unknown to us", "busy"],
  billed: ["Billed", "good"],
  reversed: ["Reversed", "still"],
  failed: ["Failed", "bad"],
  expired: ["Expired", "bad"],
  cancelled: ["Cancelled", "still"],
};

const WEBHOOKS: Record<string, [string, Tone]> = {
  owed: ["Owed", "busy"],
  delivering: ["Being sent", "busy"],
  answered: ["Received", "good"],
  dead: ["Given up", "bad"],
};

const ALL = { messages: MESSAGES, charges: CHARGES, webhooks: WEBHOOKS };

/** The state of a thing of this kind, in a word. */
export function stateWord(kind: keyof typeof ALL, state: string): string {
  return ALL[kind][state]?.[0] ?? state;
}

export function badge(kind: keyof typeof ALL, state: string) {
  return <span class={`badge ${ALL[kind][state]?.[1] ?? "still"}`}>{stateWord(kind, state)}</span>;
}

/** An HTTP status, or why there was none. */
export function statusBadge(status: number | undefined, error?: string) {
  return <span class={`badge ${status && status < 400 ? "good" : "bad"}`}>{status ?? error ?? "no answer"}</span>;
}

/** A reason as a person says it: `subscriber-barred` → "subscriber barred". */
export function reasonWords(reason: string): string {
  return reason.replaceAll("-", " ");
}
