/** How large a text is, where it is cut, and what makes it so: drawn by the server and, as somebody types, by the browser. */

import { sizeOf } from "../../../core/messages/text.ts";

const ENCODINGS = {
  gsm7: { name: "GSM, 7 bits", unit: "septet" },
  ucs2: { name: "UCS-2", unit: "code unit" },
} as const;

/** In one line, for screen readers. */
export function sizeInWords(text: string): string {
  const { encoding, parts } = sizeOf(text);
  return `${count(parts, "part")}, ${ENCODINGS[encoding].name}`;
}

export function Size({ text }: { text: string }) {
  const { encoding, units, parts, left, partTexts, outside } = sizeOf(text);
  const { name, unit } = ENCODINGS[encoding];
  return (
    <>
      <dl class="facts">
        <div>
          <dt>Encoding</dt>
          <dd>{name}</dd>
        </div>
        <div>
          <dt>Length</dt>
          <dd>{count(units, unit)}</dd>
        </div>
        <div>
          <dt>Parts</dt>
          <dd>{parts}</dd>
        </div>
        <div>
          <dt>Left in {parts === 1 ? "this" : "the last"} part</dt>
          <dd>{left}</dd>
        </div>
      </dl>
      {outside.length > 0 && (
        <p>
          In UCS-2 because of{" "}
          {outside.slice(0, 12).map((char, index) => (
            <>
              {index > 0 && ", "}
              <mark>{char}</mark> <span class="hint">{codePoint(char)}</span>
            </>
          ))}
          {outside.length > 12 && ` and ${outside.length - 12} more`}
        </p>
      )}
      {(parts > 1 || outside.length > 0) && (
        <ol class="parts" aria-label="Parts">
          {partTexts.map((part) => (
            <li>{marked(part, outside)}</li>
          ))}
        </ol>
      )}
    </>
  );
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

function codePoint(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** The text with what is outside the alphabet marked; neighbours together. */
function marked(text: string, outside: readonly string[]) {
  const runs: { isOutside: boolean; text: string }[] = [];
  for (const char of text) {
    const isOutside = outside.includes(char);
    const last = runs.at(-1);
    if (last?.isOutside === isOutside) last.text += char;
    else runs.push({ isOutside, text: char });
  }
  return runs.map((run) => (run.isOutside ? <mark>{run.text}</mark> : run.text));
}
