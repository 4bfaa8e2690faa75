/** What a command of the `stafett` program is: its words and options as data, of which help and completion are made. */

import { parseArgs } from "node:util";
import { nearest } from "./nearest.ts";

export type Option = {
  /** What its value is called in the help. Absent: it takes none. */
  value?: string;
  short?: string;
  says: string;
};

export type Given = {
  /** The words that are no options. */
  words: readonly string[];
  /** The value of an option, if it was given. */
  text(name: string): string | undefined;
  /** Whether an option that takes no value was given. */
  has(name: string): boolean;
};

export type Command = {
  name: string;
  summary: string;
  /** Its words, as the help shows them: `NUMBER TEXT`. */
  takes: string;
  /** How many words it needs, and may have. */
  words: readonly [least: number, most: number];
  /** What one of its words may be, where that is a list. */
  choices?: readonly string[];
  options: Record<string, Option>;
  examples: readonly string[];
  run(given: Given): Promise<void>;
};

/** Something that a person did, or that stands in their way: shown as it is, without a stack. */
export class Trouble extends Error {}

/** Options that each command has. */
export const EVERYWHERE: Record<string, Option> = { help: { short: "h", says: "show this help" } };

/**
 * Reads what follows the name of a command.
 * @throws Trouble naming what is wrong, and what was perhaps meant
 */
export function readGiven(command: Command, args: readonly string[], program: string): Given {
  const known: Record<string, Option> = { ...command.options, ...EVERYWHERE };
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(known).map(([name, { value, short }]) => [
        name,
        { type: value === undefined ? "boolean" : "string", ...(short === undefined ? {} : { short }) } as const,
      ]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = known[token.name];
    if (!option) throw new Trouble(`${unknownOption(command, token.rawName, Object.keys(known))}${seeHelp(program)}`);
    if (option.value !== undefined && (token.value === undefined || token.value === "")) {
      throw new Trouble(`--${token.name} needs a value: --${token.name} ${option.value}`);
    }
    if (option.value === undefined && token.value !== undefined) {
      throw new Trouble(`--${token.name} takes no value, and was given ${token.value}`);
    }
  }
  const [least, most] = command.words;
  if (!values.help && (positionals.length < least || positionals.length > most)) {
    const why =
      positionals.length < least ? "needs more than that" : `does not take ${positionals.slice(most).join(" ")}`;
    throw new Trouble(`${command.name} ${why}: ${usageOf(command, program)}`);
  }
  return {
    words: positionals,
    text: (name) => (typeof values[name] === "string" ? values[name] : undefined),
    has: (name) => values[name] === true,
  };
}

function unknownOption({ name }: Command, given: string, known: readonly string[]): string {
  const close = nearest(given.replace(/^-+/, ""), known);
  return `${name} has no option ${given}.${close ? ` Did you mean --${close}?` : ""}`;
}

/** Where the help is. */
export const seeHelp = (program: string) => ` To see all there is: ${program} --help`;

/** The first line of a command's help. */
export function usageOf({ name, takes }: Command, program: string): string {
  return [program, name, takes, "[options]"].filter((part) => part !== "").join(" ");
}

/** The help of one command. */
export function helpOf(command: Command, program: string): string {
  const options = Object.entries({ ...command.options, ...EVERYWHERE }).map(
    ([name, { value, short, says }]) =>
      [`${short ? `-${short}, ` : "    "}--${name}${value === undefined ? "" : ` ${value}`}`, says] as const,
  );
  const examples = command.examples.map((example) => `  ${program} ${example}`);
  return [
    command.summary,
    "",
    `  ${usageOf(command, program)}`,
    "",
    ...inColumns(options),
    ...(examples.length > 0 ? ["", "Examples:", "", ...examples] : []),
  ].join("\n");
}

/** Two columns, the second one straight. */
export function inColumns(lines: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...lines.map(([left]) => left.length)) + 2;
  return lines.map(([left, right]) => `  ${left.padEnd(width)}${right}`);
}

/**
 * A whole number that an option or a word gives.
 * @throws Trouble if it is none
 */
export function wholeNumber(what: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new Trouble(`${what} must be a whole number from ${least} to ${most}, not ${text}`);
}
