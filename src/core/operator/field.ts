/** How an operator is asked for one value: what a dialect says of its credentials, callbacks and settings. */

export type Field = {
  /** The member of the API's body. */
  name: string;
  label: string;
  hint?: string;
  /** Absent: a line of text. */
  kind?: "address" | "area" | "choice" | "whole" | "money" | "dollars" | "time";
  /** For a choice: each value with its meaning. */
  options?: readonly (readonly [value: string, words: string])[];
  required?: boolean;
  /** How wide it is, in characters; absent: as wide as there is room. */
  size?: number;
};

/** Fields that belong together. */
export type FieldGroup = { legend?: string; hint?: string; fields: readonly Field[] };

/** A choice that need not be made. @param unset what holds then */
export function either(
  name: string,
  label: string,
  unset: string,
  ...options: readonly (readonly [value: string, words: string])[]
): Field {
  return { name, label, kind: "choice", options: [["", `not set: ${unset}`], ...options] };
}
