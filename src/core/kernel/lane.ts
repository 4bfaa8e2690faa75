/** Lanes: what is urgent overtakes, and what comes in bulk lets everything else go first. */

/** The lanes a text may go in, the first before the second. Each has a queue of its own. */
export const LANES = ["urgent", "normal", "bulk"] as const;
export type Lane = (typeof LANES)[number];

/** A request with more texts than this is bulk. */
const MOST_TOGETHER = 20;

/**
 * The lane of a text. Codes, and answers to a person, are urgent because whoever makes them gives them a high priority.
 * @param together how many texts came in the same request
 */
export function laneOf(priority: "low" | "normal" | "high", together = 1): Lane {
  if (priority === "high") return "urgent";
  return priority === "low" || together > MOST_TOGETHER ? "bulk" : "normal";
}
