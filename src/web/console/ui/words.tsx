/** How the console writes times and names. */

import type { C } from "../console-env.ts";

/** A short time, with the exact one as its title. All times of the console are UTC, and say so. */
export function when(at: string) {
  return (
    <time datetime={at} title={at}>
      <span class="day">{at.slice(0, 10)}</span> <span class="hour">{at.slice(11, 19)}</span>{" "}
      <span class="zone">UTC</span>
    </time>
  );
}

const GROUPED = new Intl.NumberFormat("en-GB");

/** `20,021` */
export function withThousands(count: number): string {
  return GROUPED.format(count);
}

/** With a capital, as at the beginning of a line. */
export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** An API by the name that people know it under. */
export function dialectName(c: C, dialect: string): string {
  return c.get("dialects").find(({ name }) => name === dialect)?.title ?? "Stafett (system)";
}

/** The beginning of a text; what looks like one character is not cut through. */
export function beginning(text: string, longest: number): string {
  if (text.length <= longest) return text;
  let shown = "";
  for (const { segment } of new Intl.Segmenter().segment(text.slice(0, longest + 60))) {
    if (shown.length + segment.length > longest) break;
    shown += segment;
  }
  return `${shown}…`;
}
