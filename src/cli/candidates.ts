import type { Command } from "@oclif/core/command";
import { compareNames } from "./format";

/** The parts of a command's description that completion reads. */
export type DescribedCommand = Pick<Command.Cached, "id" | "hidden" | "flags" | "args">;

/**
 * What the last word of a command line may become, sorted: a command, a flag, a flag's value or an alias.
 * Empty where nothing is known, as for a file.
 *
 * @param words the words behind `swap`, as a shell split them; the last is the one to complete, maybe empty
 * @param aliases reads the names of the aliases; called only where one is wanted
 */
export async function candidates(
  commands: readonly DescribedCommand[],
  words: readonly string[],
  aliases: () => Promise<string[]>,
): Promise<string[]> {
  const typed = joinedAtEquals(words);
  const current = typed.pop() ?? "";
  const shown = commands.filter(({ hidden }) => !hidden);
  const { command, args: before } = commandOf(shown, typed);
  const matching = (all: readonly string[], start = current) =>
    [...new Set(all)].filter((each) => each.startsWith(start)).sort(compareNames);
  if (command === undefined) {
    if (current.startsWith("-")) return matching(["--help", "--version"]);
    return matching(shown.flatMap(({ id }) => nextWord(id, before) ?? []));
  }

  const valueFlag = flagWithValue(command, typed.at(-1));
  if (valueFlag !== undefined) return matching(valueFlag.options ?? []);
  const [, name = "", start] = /^(--[\w-]+)=(.*)$/s.exec(current) ?? [];
  // Shells that split at `=` complete the value alone; what they insert is the same in both forms.
  if (start !== undefined) return matching(flagWithValue(command, name)?.options ?? [], start);
  if (current.startsWith("-"))
    return matching([
      "--help",
      ...Object.values(command.flags).flatMap(({ hidden, name }) => (hidden ? [] : `--${name}`)),
    ]);
  const args = Object.values(command.args);
  const wanted =
    args[positionals(command, before)] ?? (args.at(-1)?.multiple ? args.at(-1) : undefined);
  if (wanted?.name === "alias") return matching(await aliases());
  return matching(wanted?.options ?? []);
}

/** Joins `--flag`, `=` and a value, which bash hands over as three words. */
function joinedAtEquals(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of words)
    if (joined.length > 0 && (word === "=" || joined.at(-1)?.endsWith("=")))
      joined.push(`${joined.pop()}${word}`);
    else joined.push(word);
  return joined;
}

/** The command that the words name, and the words behind it; without one, all words. */
function commandOf(
  commands: readonly DescribedCommand[],
  words: readonly string[],
): { command?: DescribedCommand; args: readonly string[] } {
  for (let length = Math.min(2, words.length); length > 0; length--) {
    const id = words.slice(0, length).join(":");
    const command = commands.find((each) => each.id === id);
    if (command !== undefined) return { command, args: words.slice(length) };
  }
  return { args: words };
}

/** The word of a command's id that follows these; undefined where the command begins with others. */
function nextWord(id: string, words: readonly string[]): string | undefined {
  const parts = id.split(":");
  return words.every((word, i) => parts[i] === word) ? parts[words.length] : undefined;
}

/** The flag that a word names and whose value is the next word. */
function flagWithValue(command: DescribedCommand, word: string | undefined) {
  const flag = word?.startsWith("--")
    ? command.flags[word.slice(2)]
    : Object.values(command.flags).find(({ char }) => char && word === `-${char}`);
  return flag?.type === "option" ? flag : undefined;
}

/** How many of the words are arguments, rather than flags or their values. */
function positionals(command: DescribedCommand, words: readonly string[]): number {
  return words.filter(
    (word, i) => !word.startsWith("-") && flagWithValue(command, words[i - 1]) === undefined,
  ).length;
}
