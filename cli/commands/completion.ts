/** `stafett completion`: what a shell needs in order to complete commands and options, made of their table. */

import { type Command, EVERYWHERE, Trouble } from "../command.ts";
import { nearest } from "../nearest.ts";

const SHELLS = { bash, zsh, fish } as const;

/** @param commands every command there is; asked for when it runs, since this one is among them */
export function completion(commands: () => readonly Command[]): Command {
  return {
    name: "completion",
    summary: "Print what bash, zsh or fish needs to complete commands and options",
    takes: "bash|zsh|fish",
    words: [1, 1],
    choices: Object.keys(SHELLS),
    options: {},
    examples: ["completion bash >> ~/.bashrc", "completion fish > ~/.config/fish/completions/stafett.fish"],

    async run({ words: [shell = ""] }) {
      if (!Object.hasOwn(SHELLS, shell)) {
        const close = nearest(shell, Object.keys(SHELLS));
        throw new Trouble(`There is completion for bash, zsh and fish, not for ${shell}.${close ? ` ${close}?` : ""}`);
      }
      console.log(SHELLS[shell as keyof typeof SHELLS](commands()));
    },
  };
}

const optionsOf = ({ options }: Command) => Object.keys({ ...options, ...EVERYWHERE }).map((name) => `--${name}`);
const namesOf = (commands: readonly Command[]) => commands.map(({ name }) => name);

function bash(commands: readonly Command[]): string {
  const cases = commands.map(
    (one) => `    ${one.name}) words="${[...(one.choices ?? []), ...optionsOf(one)].join(" ")}" ;;`,
  );
  return `_stafett() {
  local words
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${namesOf(commands).join(" ")} --help --version" -- "\${COMP_WORDS[COMP_CWORD]}"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    *) return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _stafett stafett`;
}

function zsh(commands: readonly Command[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const names = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = commands.map(
    (one) => `    ${one.name}) compadd -- ${[...(one.choices ?? []), ...optionsOf(one)].join(" ")}; _files ;;`,
  );
  return `#compdef stafett
_stafett() {
  local -a commands=(
${names.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "$words[2]" in
${cases.join("\n")}
  esac
}
compdef _stafett stafett`;
}

function fish(commands: readonly Command[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ name, summary, options, choices = [] }) => [
    `complete -c stafett -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...choices.map((choice) => `complete -c stafett -n '__fish_seen_subcommand_from ${name}' -a ${choice}`),
    ...Object.entries({ ...options, ...EVERYWHERE }).map(
      ([option, { value, says }]) =>
        `complete -c stafett -n '__fish_seen_subcommand_from ${name}' -l ${option}${value ? " -r" : ""} -d ${quoted(says)}`,
    ),
  ]);
  return ["complete -c stafett -f", ...lines].join("\n");
}
