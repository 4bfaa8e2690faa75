/** Words for states. Each has a colour, which adds nothing to the word. */

import { capital } from "./words.tsx";

type Tone = "good" | "bad" | "busy" | "still";

/** The word is the API's own for the state, so that a filter, a badge and an answer of the API say the same. */
const MESSAGES: Record<string, [Tone, string]> = {
  scheduled: ["still", "waits for its send time"],
  accepted: ["busy", "queued, to be handed to a carrier"],
  held: ["busy", "waits for its payment"],
  submitting: ["busy", "being handed to a carrier"],
  unknown: ["busy", "the carrier's answer was lost; it is being asked"],
  sent: ["busy", "with the carrier; no receipt yet"],
  delivered: ["good", "the handset received it"],
  failed: ["bad", "will not be delivered"],
  expired: ["bad", "its validity ended first"],
  cancelled: ["still", "cancelled before it was sent"],
};

const CHARGES: Record<string, [Tone, string]> = {
  waiting: ["still", "waits for the person to confirm"],
  ready: ["busy", "queued, to be charged"],
  charging: ["busy", "the carrier is being asked"],
  sent: ["busy", "with the operator; no outcome yet"],
  unknown: ["busy", "the carrier's answer was lost; it is being asked"],
  billed: ["good", "on the phone bill"],
  reversed: ["still", "billed, then reversed"],
  failed: ["bad", "not billed"],
  expired: ["bad", "the person did not confirm in time"],
  cancelled: ["still", "cancelled before it was charged"],
};

const WEBHOOKS: Record<string, [Tone, string]> = {
  owed: ["busy", "queued, or waiting for its next attempt"],
  delivering: ["busy", "being sent"],
  answered: ["good", "the receiver acknowledged it"],
  dead: ["bad", "no more attempts, until it is replayed"],
};

const CAMPAIGNS: Record<string, [Tone, string]> = {
  draft: ["still", "takes recipients; not started yet"],
  scheduled: ["still", "waits for its time"],
  running: ["busy", "sends, in its hours and at its pace"],
  paused: ["still", "sends nothing until it is resumed"],
  finished: ["good", "all its texts have left, or its end came"],
  cancelled: ["still", "what had not left is not sent"],
};

const ALL = { campaigns: CAMPAIGNS, messages: MESSAGES, charges: CHARGES, webhooks: WEBHOOKS };

export function badge(kind: keyof typeof ALL, state: string) {
  const [tone, means] = ALL[kind][state] ?? ["still", undefined];
  return (
    <span class={`badge ${tone}`} title={means}>
      {capital(state)}
    </span>
  );
}

/** An HTTP status, or why there was none. */
export function statusBadge(status: number | undefined, error?: string) {
  return <span class={`badge ${status && status < 400 ? "good" : "bad"}`}>{status ?? error ?? "no answer"}</span>;
}

/** A reason as a person says it: `subscriber-barred` → "subscriber barred". */
export function reasonWords(reason: string): string {
  return reason.replaceAll("-", " ");
}
