// Shell completion from the table of commands: words a position, no call back into the program, so it is instant.

import { WindtunnelError } from "../model/errors.js";
import type { CommandSpec } from "./command.js";

/** Words after which others are offered: `""`, `trace`, `trace list` ... */
interface Level {
  path: string;
  /** Subcommands and options, with a line of explanation. */
  words: { word: string; text: string; takesValue: boolean }[];
}

/** @throws WindtunnelError USAGE for another shell. */
export function completionScript(shell: string, commands: readonly CommandSpec[]): string {
  const levels = listLevels(commands);
  if (shell === "bash") return bash(levels);
  if (shell === "zsh") return `autoload -U +X bashcompinit && bashcompinit\n${bash(levels)}`;
  if (shell === "fish") return fish(levels);
  throw new WindtunnelError(
    "USAGE",
    `There is no completion for "${shell}"; expected bash, zsh or fish.`,
    "See --help.",
  );
}

function listLevels(commands: readonly CommandSpec[]): Level[] {
  const top = commands.map(({ name, summary }) => ({ word: name, text: summary, takesValue: false }));
  const below = (path: string, spec: CommandSpec): Level[] => {
    const options = (spec.options ?? []).map(({ flags, description }) => {
      const [word] = flags.split(" ");
      return { word: word!, text: description, takesValue: flags.includes("<") };
    });
    const subs = (spec.subcommands ?? []).map(({ name, summary }) => ({
      word: name,
      text: summary,
      takesValue: false,
    }));
    const help = { word: "--help", text: "explain the command", takesValue: false };
    return [
      { path, words: [...subs, ...options, help] },
      ...(spec.subcommands ?? []).flatMap((sub) => below(`${path} ${sub.name}`, sub)),
    ];
  };
  return [{ path: "", words: top }, ...commands.flatMap((spec) => below(spec.name, spec))];
}

function bash(levels: readonly Level[]): string {
  const cases = levels.map(({ path, words }) => `    "${path}") words="${words.map((w) => w.word).join(" ")}" ;;`);
  return `_windtunnel() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in -*) break ;; esac
    local next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in
${levels
  .slice(1)
  .map(({ path }) => `      "${path}") path="$next" ;;`)
  .join("\n")}
      *) break ;;
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _windtunnel windtunnel
`;
}

function fish(levels: readonly Level[]): string {
  const lines = levels.flatMap(({ path, words }) => {
    const depth = path === "" ? [] : path.split(" ");
    const seen = depth.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    const condition = path === "" ? "__fish_use_subcommand" : seen;
    return words.map(({ word, text, takesValue }) => {
      const what = word.startsWith("--") ? `-l ${word.slice(2)}${takesValue ? " -r" : ""}` : `-a ${word} -f`;
      return `complete -c windtunnel -n '${condition}' ${what} -d '${text.replaceAll("'", "\\'")}'`;
    });
  });
  return `${lines.join("\n")}\n`;
}
